"""Who a request is: a device by its token, or somebody in the office by their session. Never both."""

from __future__ import annotations

import hashlib
import hmac

from flask import Flask, request, session
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user

from .db import db
from .models import Device, User
from .permissions import Actor, set_way_in
from .problems import Problem

_manager = LoginManager()


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
    if device.revoked_at:
        raise Problem("device.revoked")
    if not device.user.active:
        raise Problem("user.inactive")
    return Actor(device.user_id, device.user.role, device.id, user=device.user, device=device)


class _Login(UserMixin):
    """What Flask-Login keeps in the cookie: the user's id and session version, so that raising the version ends every
    session."""

    def __init__(self, user: User) -> None:
        self.user = user

    def get_id(self) -> str:
        return f"{self.user.id}:{self.user.session_version}"


@_manager.user_loader
def _load(kept: str) -> _Login | None:
    user_id, _, version = kept.partition(":")
    user = db.session.get(User, user_id)
    if user is None or not user.active or str(user.session_version) != version:
        return None
    return _Login(user)


def actor_of_session() -> Actor:
    """Whoever is signed in to the office. Raises auth.sign_in_needed."""
    if not current_user.is_authenticated:
        raise Problem("auth.sign_in_needed")
    user: User = current_user.user
    return Actor(user.id, user.role, user=user)


def sign_in(user: User) -> None:
    session.clear()
    login_user(_Login(user))


def sign_out() -> None:
    logout_user()
    session.clear()


def init_app(app: Flask) -> None:
    secure = app.config["PUBLIC_ORIGIN"].startswith("https://")
    # A __Host- cookie needs Secure, and a laptop's localhost has no TLS.
    app.config["SESSION_COOKIE_NAME"] = "__Host-throughcare" if secure else "throughcare"
    _manager.session_protection = "strong"
    _manager.init_app(app)
    set_way_in(app, "device", actor_of_device)
    set_way_in(app, "session", actor_of_session)
