"""Clearing a tablet from here: an order that stands until the tablet says that it has done so, or until it is taken back.

The tablet hears of it in the answers of push and pull, sends everything that only it has, destroys its keys, then what
lies there, and says so with the proof that came with the order: by then it has no token any more. That closes it.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

from flask import current_app

from .. import audit, clock
from ..db import db
from ..models import Device
from ..problems import Problem
from . import devices

LONGEST_REASON = 500


def order(device: Device, reason: str, by: str) -> None:
    """Ask it to clear itself at its next contact. Its passkey and its user's office sessions end now.

    Raises device.no_reason, and device.revoked for one that is switched off: it would never hear of it.
    """
    if device.revoked_at:
        raise Problem("device.revoked")
    if not reason.strip():
        raise Problem("device.no_reason")
    if device.clear_asked_at is None:
        device.clear_asked_at, device.clear_asked_by = clock.now(), by
        device.clear_reason = reason.strip()[:LONGEST_REASON]
        devices.close_other_doors(device)
        audit.deed("device.clear_asked", device.id, reason=device.clear_reason, waiting=device.waiting)


def take_back(device: Device) -> None:
    """The order stands no more. A tablet that has heard of it and obeyed is cleared all the same, and says so."""
    if device.clear_asked_at and device.cleared_at is None:
        device.clear_asked_at = device.clear_asked_by = device.clear_reason = None
        audit.deed("device.clear_taken_back", device.id)


def told(device: Device) -> dict[str, Any]:
    """What an answer of sync says of it: {} or {clear: {asked_at, proof}}."""
    if device.clear_asked_at is None:
        return {}
    return {"clear": {"asked_at": device.clear_asked_at, "proof": _proof(device.id)}}


def _proof(device_id: str) -> str:
    """Only says that this device is cleared, and can do nothing else. Made anew each time, so that a service that was
    set back to before the order still knows it."""
    key = str(current_app.config["SECRET_KEY"]).encode()
    return hmac.new(key, f"cleared {device_id}".encode(), hashlib.sha256).hexdigest()


def done(device_id: str, proof: str) -> str:
    """The tablet is empty, and closed from now on; said again, the same. Returns when. Raises device.token_refused."""
    device = db.session.get(Device, device_id)
    if device is None or not hmac.compare_digest(proof.encode(), _proof(device_id).encode()):
        raise Problem("device.token_refused")
    if device.cleared_at is None:
        device.cleared_at = clock.now()
        device.waiting, device.waiting_at, device.oldest_at, device.differs_since = 0, device.cleared_at, None, None
        if device.revoked_at is None:
            device.revoked_at = device.cleared_at
            devices.close_other_doors(device)
        audit.deed("device.cleared", device.id, device_id=device.id)
    return device.cleared_at
