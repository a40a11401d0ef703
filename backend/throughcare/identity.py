"""Who a request is: a device by its token."""

from __future__ import annotations

import hashlib
import hmac

from flask import Flask, request

from .db import db
from .models import Device
from .permissions import Actor, set_way_in
from .problems import Problem


def token_sha256(token: str) -> str:
    """What is kept of a device token."""
    return hashlib.sha256(token.encode()).hexdigest()


def actor_of_device() -> Actor:
    """The user and device whose token the request bears. Raises Problem; no cookie is read."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Problem("device.token_refused")
    digest = token_sha256(token)
    device = db.session.scalars(db.select(Device).where(Device.token_sha256 == digest)).one_or_none()
    if device is None or not hmac.compare_digest(device.token_sha256, digest):
        raise Problem("device.token_refused")
    if device.revoked_at or not device.user.active:
        raise Problem("device.revoked")
    return Actor(device.user_id, device.user.role, device.id, user=device.user, device=device)


def init_app(app: Flask) -> None:
    set_way_in(app, "device", actor_of_device)
