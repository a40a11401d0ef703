"""Who a request is: a device by its token, or somebody in the office by their session. Never both."""

from __future__ import annotations

import hashlib
import hmac

from flask import Flask, request, session
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from sqlalchemy import bindparam, select
from sqlalchemy.orm import joinedload

from . import audit, clock
from .db import db
from .models import Device, OfficeSession, User, new_id
from .permissions import Actor, set_way_in
from .problems import Problem

_manager = LoginManager()
SESSION_HOURS = 24
# Asked at every sync: the tablet, its user and the user's suites at once.
_BY_TOKEN = (
    select(Device)
    .where(Device.token_sha256 == bindparam("digest"))
    .options(joinedload(Device.user).joinedload(User.grants))
)


def token_sha256(token: str) -> str:
    """What is kept of a device token."""
    return hashlib.sha256(token.encode()).hexdigest()


def borne() -> str:
    """What the request bears to be let in. Raises device.token_refused where it bears nothing."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Problem("device.token_refused")
    return token


def actor_of_device() -> Actor:
    """The user and device whose token the request bears. Raises Problem; no cookie is read."""
    token = borne()
    digest = token_sha256(token)
    device = db.session.scalars(_BY_TOKEN, {"digest": digest}).unique().one_or_none()
    if device is None or not hmac.compare_digest(device.token_sha256, digest):
        raise Problem("device.token_refused")
    if device.revoked_at:
        raise Problem("device.revoked")
    if not device.user.active:
        raise Problem("user.inactive")
    return Actor(device.user_id, device.user.role, device.id, user=device.user, device=device)


class _Login(UserMixin):
    """What Flask-Login keeps in the cookie: the id of the session's row. Deleting the row ends the session for good, in
    every browser that the cookie was copied to."""

    def __init__(self, office_session: OfficeSession) -> None:
        self.user, self.session_id = office_session.user, office_session.id

    def get_id(self) -> str:
        return self.session_id


@_manager.user_loader
def _load(kept: str) -> _Login | None:
    found = db.session.get(OfficeSession, kept)
    if found is None or not found.user.active or found.started_at < _oldest():
        return None
    return _Login(found)


def _oldest() -> str:
    return clock.after(hours=-SESSION_HOURS)


def actor_of_session() -> Actor:
    """Whoever is signed in to the office. Raises auth.sign_in_needed."""
    if not current_user.is_authenticated:
        raise Problem("auth.sign_in_needed")
    user: User = current_user.user
    return Actor(user.id, user.role, user=user)


def sign_in(user: User) -> None:
    """Begin a session in this browser. Sessions that ran out leave the table now and then, which is here."""
    db.session.execute(db.delete(OfficeSession).where(OfficeSession.started_at < _oldest()))
    started = OfficeSession(id=new_id(), user=user, started_at=clock.now())
    db.session.add(started)
    db.session.flush()
    session.clear()
    login_user(_Login(started))


def sign_out() -> None:
    """End this browser's session for good; those of other browsers go on."""
    if current_user.is_authenticated:
        db.session.execute(db.delete(OfficeSession).where(OfficeSession.id == current_user.session_id))
        audit.deed("office.signed_out", current_user.user.id, actor_id=current_user.user.id)
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
