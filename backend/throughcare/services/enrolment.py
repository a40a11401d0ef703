"""Enrolment: a one-time, short-lived code makes one tablet known for one user.

The code is kept as SHA-256 only and travels in the link's fragment (docs/decisions/0001). A finish that fails uses
nothing up: the transaction takes it back.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import Any

from flask import current_app

from .. import audit, clock
from ..db import db
from ..identity import token_sha256
from ..models import Device, Enrolment, Suite, User, new_id
from ..permissions import Permission, may
from ..problems import Problem
from . import devices, passkeys


def minutes() -> int:
    """For how long a code is good."""
    return int(current_app.config["ENROLMENT_MINUTES"])


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()


def invite(user: User, by: str | None) -> str:
    """A fresh code for this user. Raises user.inactive."""
    if not user.active:
        raise Problem("user.inactive")
    code = secrets.token_urlsafe(24)
    enrolment = Enrolment(
        id=new_id(),
        code_sha256=_digest(code),
        user_id=user.id,
        created_by=by,
        created_at=clock.now(),
        expires_at=clock.after(minutes=minutes()),
    )
    db.session.add(enrolment)
    audit.deed("enrolment.created", enrolment.id, actor_id=by, user=user.id)
    return code


def link(code: str) -> str:
    return f"{current_app.config['PUBLIC_ORIGIN']}/enrol/#{code}"


def is_public() -> bool:
    """Whether another machine can open the link: localhost is each machine's own."""
    return bool(current_app.config["PUBLIC_ORIGIN"].startswith("https://"))


def _get(code: str) -> tuple[Enrolment, User]:
    """Raises enrolment.unknown, enrolment.used, enrolment.expired, user.inactive."""
    query = db.select(Enrolment).where(Enrolment.code_sha256 == _digest(code)).with_for_update()
    enrolment = db.session.scalars(query).one_or_none()
    if enrolment is None:
        raise Problem("enrolment.unknown")
    if enrolment.used_at:
        raise Problem("enrolment.used")
    if enrolment.expires_at < clock.now():
        raise Problem("enrolment.expired")
    user = db.session.get_one(User, enrolment.user_id)
    if not user.active:
        raise Problem("user.inactive")
    return enrolment, user


def start(code: str) -> dict[str, Any]:
    """{user, public_key, demo}: who the code is for, and what the browser needs to make a passkey."""
    _enrolment, user = _get(code)
    return {
        "user": described(user),
        "public_key": passkeys.creation_options(user),
        "demo": bool(current_app.config["DEMO"]),
    }


def finish(code: str, device_name: str, credential: dict[str, Any] | None) -> dict[str, Any]:
    """Use the code up. Returns {user, device, token, suites}; the token is shown this once and kept as a hash.

    Without a credential (a browser that has no WebAuthn, or the demo) the tablet syncs, and its user cannot sign in to
    the office with it.
    """
    enrolment, user = _get(code)
    passkey = passkeys.enrol(user, credential) if credential is not None else None
    device, token = _make_known(user, device_name, passkey.credential_id if passkey else None)
    enrolment.used_at = clock.now()
    audit.deed("device.enrolled", device.id, actor_id=user.id, passkey=bool(passkey))
    return _credentials(user, device, token)


def enrol_script(user: User, name: str) -> dict[str, Any]:
    """Make a script known, without a link: it has no browser. Returns what `finish` returns.

    Raises device.no_name, user.inactive, auth.not_permitted for a role that does not sync.
    """
    name = devices.checked_name(name)
    if not user.active:
        raise Problem("user.inactive")
    if not may(user.role, Permission.SYNC):
        raise Problem("auth.not_permitted")
    device, token = _make_known(user, name, None)
    audit.deed("device.enrolled", device.id, user=user.id, script=True)
    return _credentials(user, device, token)


def _make_known(user: User, name: str, credential_id: str | None) -> tuple[Device, str]:
    token = secrets.token_urlsafe(32)
    device = Device(
        id=new_id(),
        user_id=user.id,
        name=name,
        token_sha256=token_sha256(token),
        credential_id=credential_id,
        created_at=clock.now(),
    )
    db.session.add(device)
    return device, token


def _credentials(user: User, device: Device, token: str) -> dict[str, Any]:
    return {"user": described(user), "device": {"id": device.id, "name": device.name}, "token": token,
            "suites": _suites(user) if may(user.role, Permission.SYNC) else []}  # fmt: skip


def described(user: User) -> dict[str, str]:
    return {"id": user.id, "name": user.name, "role": user.role}


def _suites(user: User) -> list[dict[str, str]]:
    query = db.select(Suite).where(Suite.id.in_(user.suite_ids)).order_by(Suite.name)
    return [{"id": suite.id, "name": suite.name, "short": suite.short} for suite in db.session.scalars(query)]
