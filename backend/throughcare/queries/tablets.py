"""Which tablets somebody in the office is told about, and what those still hold."""

from __future__ import annotations

from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, Select, and_, func, select

from .. import clock
from ..db import db
from ..models import AuditEvent, Device, User, UserSuite
from ..permissions import Permission, may
from .scope import suites_of


def _told_of(user: User, *columns: Any) -> Select[Any]:
    """Who manages tablets is told of each; everybody else of those of colleagues in their suites."""
    query = select(*columns)
    if may(user.role, Permission.MANAGE_DEVICES):
        return query
    colleagues = select(UserSuite.user_id).where(UserSuite.suite_id.in_(suites_of(user)))
    return query.where(Device.user_id.in_(colleagues))


def hours() -> int:
    """After so many hours without a word a tablet with unsent work is one to look for."""
    return int(current_app.config["SILENT_HOURS"])


def _holds_work() -> ColumnElement[bool]:
    return and_(Device.revoked_at.is_(None), Device.waiting > 0)


def _silent() -> ColumnElement[bool]:
    return and_(_holds_work(), func.coalesce(Device.last_sync_at, Device.created_at) < clock.after(hours=-hours()))


def is_silent(device: Device) -> bool:
    """Whether it said that it holds unsent work, and has not been heard from for long."""
    heard = device.last_sync_at or device.created_at
    return device.revoked_at is None and device.waiting > 0 and heard < clock.after(hours=-hours())


def list_tablets(user: User) -> list[Device]:
    """Those in use first: the silent ones, those that hold unsent work, the others; then by name."""
    order = (Device.revoked_at.is_not(None), _silent().desc(), Device.waiting.desc(), Device.name, Device.id)
    return list(db.session.scalars(_told_of(user, Device).order_by(*order)))


def copied() -> dict[str, tuple[int, str]]:
    """By tablet: how many of its changes had a number under which something else had come before, and when the last did. It
    was copied then, or set back to an older image of its disk (docs/sync-protocol.md, "A copied device")."""
    seen = select(AuditEvent.device_id, func.count(), func.max(AuditEvent.at))
    seen = seen.where(AuditEvent.action == "op.mismatch", AuditEvent.device_id.is_not(None))
    return {str(device): (count, at) for device, count, at in db.session.execute(seen.group_by(AuditEvent.device_id))}


def unsent(user: User) -> tuple[int, int]:
    """(tablets that said they hold unsent work, how many changes)."""
    return _counted(user, _holds_work())


def silent(user: User) -> tuple[int, int]:
    """The same of those that have not been heard from for long."""
    return _counted(user, _silent())


def _counted(user: User, which: ColumnElement[bool]) -> tuple[int, int]:
    counts = _told_of(user, func.count(), func.coalesce(func.sum(Device.waiting), 0)).select_from(Device)
    tablets, changes = db.session.execute(counts.where(which)).one()
    return int(tablets), int(changes)
