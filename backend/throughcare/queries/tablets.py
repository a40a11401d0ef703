"""Which tablets somebody in the office is told about, and what those still hold."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, func, select

from ..db import db
from ..models import Device, User, UserSuite
from ..permissions import Permission, may
from .scope import suites_of


def _told_of(user: User, *columns: Any) -> Select[Any]:
    """Who manages tablets is told of each; everybody else of those of colleagues in their suites."""
    query = select(*columns)
    if may(user.role, Permission.MANAGE_DEVICES):
        return query
    colleagues = select(UserSuite.user_id).where(UserSuite.suite_id.in_(suites_of(user)))
    return query.where(Device.user_id.in_(colleagues))


def list_tablets(user: User) -> list[Device]:
    """Those in use first, those that hold unsent work before the others, then by name."""
    order = (Device.revoked_at.is_not(None), Device.waiting.desc(), Device.name, Device.id)
    return list(db.session.scalars(_told_of(user, Device).order_by(*order)))


def unsent(user: User) -> tuple[int, int]:
    """(tablets that said they hold unsent work, how many changes)."""
    counts = _told_of(user, func.count(), func.coalesce(func.sum(Device.waiting), 0))
    tablets, changes = db.session.execute(counts.where(Device.revoked_at.is_(None), Device.waiting > 0)).one()
    return int(tablets), int(changes)
