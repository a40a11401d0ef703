"""Who works here, as the office's list and one user's page read it. Only who manages users gets here."""

from __future__ import annotations

from sqlalchemy import func, select

from ..db import db
from ..models import Device, Passkey, Suite, User


def list_users() -> list[User]:
    """Those who may come in first, then by name."""
    return list(db.session.scalars(select(User).order_by(User.active.desc(), User.name, User.id)))


def list_suites() -> list[Suite]:
    return list(db.session.scalars(select(Suite).order_by(Suite.name, Suite.id)))


def tablets_by_user() -> dict[str, int]:
    """How many tablets in use each user has."""
    query = select(Device.user_id, func.count()).where(Device.revoked_at.is_(None)).group_by(Device.user_id)
    return {user_id: int(count) for user_id, count in db.session.execute(query)}


def tablets_of(user: User) -> list[Device]:
    """This user's tablets that are in use."""
    query = (
        select(Device).where(Device.user_id == user.id, Device.revoked_at.is_(None)).order_by(Device.name, Device.id)
    )
    return list(db.session.scalars(query))


def has_passkey(user: User) -> bool:
    return db.session.scalars(select(Passkey.id).where(Passkey.user_id == user.id).limit(1)).first() is not None
