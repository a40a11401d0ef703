"""Tablets: which there are, what they are called, and switching one off."""

from __future__ import annotations

from .. import audit, clock
from ..db import db
from ..models import Device, Passkey
from ..problems import Problem
from . import users

LONGEST_NAME = 80


def get_device(device_id: str) -> Device:
    """Raises device.unknown."""
    device = db.session.get(Device, device_id)
    if device is None:
        raise Problem("device.unknown")
    return device


def list_devices() -> list[Device]:
    """Those in use first, those that hold unsent work before the others, then by name."""
    query = db.select(Device).order_by(Device.revoked_at.is_not(None), Device.waiting.desc(), Device.name, Device.id)
    return list(db.session.scalars(query))


def others_with_its_passkey(device: Device) -> int:
    """How many tablets in use share this one's passkey, because it is synced between them."""
    same = (
        db.select(db.func.count())
        .select_from(Device)
        .where(Device.credential_id == device.credential_id, Device.id != device.id, Device.revoked_at.is_(None))
    )
    return int(db.session.scalar(same) or 0) if device.credential_id else 0


def checked_name(name: str) -> str:
    """The name without space around it. Raises device.no_name."""
    name = name.strip()
    if not name or len(name) > LONGEST_NAME:
        raise Problem("device.no_name")
    return name


def rename(device: Device, name: str) -> None:
    """The tablet calls itself so from its next sync on. Raises device.no_name."""
    name = checked_name(name)
    if name != device.name:
        device.name = name
        audit.deed("device.renamed", device.id)


def revoke(device: Device, reason: str) -> None:
    """Refuse the tablet from its next request on. What it holds stays sealed there. Raises device.no_reason.

    Its passkey goes, and its user's office sessions end: whoever has the tablet must not get in by the other door.
    """
    if not reason.strip():
        raise Problem("device.no_reason")
    if device.revoked_at is None:
        device.revoked_at = clock.now()
        close_other_doors(device)
        audit.deed("device.revoked", device.id, reason=reason.strip()[:500], waiting=device.waiting)


def close_other_doors(device: Device) -> None:
    """Its passkey signs in to the office no more, and its user's sessions there end."""
    users.end_sessions(device.user)
    if device.credential_id:
        db.session.execute(db.delete(Passkey).where(Passkey.credential_id == device.credential_id))
