"""Passkeys: the one module that knows py_webauthn. It speaks our words and raises our Problems.

Every ceremony asks for user verification (WebAuthn level 2, section 6.2.3): a passkey here is a whole way in, not a
second factor. A challenge is kept by the server, good once and for two minutes.
"""

from __future__ import annotations

import json
from struct import error as StructError  # noqa: N812
from typing import Any
from urllib.parse import urlsplit

import webauthn
from cbor2 import CBORError
from flask import current_app
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from .. import clock
from ..db import db
from ..models import Challenge, Passkey, User, new_id
from ..problems import Problem

MINUTES = 2
# A stranger's bytes break the parsers below in all these ways; each means the same to whoever sent them.
NOT_ACCEPTED = (WebAuthnException, CBORError, AttributeError, IndexError, KeyError, StructError, TypeError, ValueError)


def relying_party() -> tuple[str, str]:
    """(id, origin) of this service: the configured public host."""
    origin = current_app.config["PUBLIC_ORIGIN"]
    return urlsplit(origin).hostname or "localhost", origin


def _remember(purpose: str, challenge: bytes, user_id: str | None) -> None:
    db.session.execute(db.delete(Challenge).where(Challenge.expires_at < clock.now()))
    db.session.add(
        Challenge(
            id=new_id(),
            user_id=user_id,
            purpose=purpose,
            value=bytes_to_base64url(challenge),
            expires_at=clock.after(minutes=MINUTES),
        )
    )


def _spend(purpose: str, credential: dict[str, Any]) -> tuple[bytes, str | None]:
    """The challenge that this answer signs, and for whom it was made; gone afterwards. Raises passkey.refused."""
    try:
        said = json.loads(base64url_to_bytes(credential["response"]["clientDataJSON"]))["challenge"]
    except (AttributeError, KeyError, TypeError, ValueError):
        raise Problem("passkey.refused") from None
    # One statement finds and removes it: of two answers that arrive together, one gets it.
    taken = db.session.execute(
        db.delete(Challenge)
        .where(Challenge.value == str(said), Challenge.purpose == purpose, Challenge.expires_at >= clock.now())
        .returning(Challenge.value, Challenge.user_id)
    ).one_or_none()
    if taken is None:
        raise Problem("passkey.expired")
    return base64url_to_bytes(taken.value), taken.user_id


def creation_options(user: User) -> dict[str, Any]:
    """What the browser needs to make a passkey for this user. The client adds the PRF input: its output never leaves
    the device."""
    rp_id, _origin = relying_party()
    known = db.session.scalars(db.select(Passkey).where(Passkey.user_id == user.id))
    options = webauthn.generate_registration_options(
        rp_id=rp_id,
        rp_name="Throughcare",
        user_id=user.id.encode(),
        user_name=user.email or user.name,
        user_display_name=user.name,
        exclude_credentials=[PublicKeyCredentialDescriptor(id=base64url_to_bytes(key.credential_id)) for key in known],
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
    )
    _remember("enrol", options.challenge, user.id)
    made: dict[str, Any] = json.loads(webauthn.options_to_json(options))
    return made


def enrol(user: User, credential: dict[str, Any]) -> Passkey:
    """The passkey that this user's browser just made, or, where a synced one of theirs was there already and may not be
    made twice (WebAuthn level 3, section 5.1.3, excludeCredentials), just used. Raises passkey.refused, passkey.expired.
    """
    challenge, made_for = _spend("enrol", credential)
    if made_for != user.id:
        raise Problem("passkey.refused")
    if "attestationObject" in credential["response"]:
        return _register(user, credential, challenge)
    passkey = _find(credential)
    if passkey is None or passkey.user_id != user.id:
        raise Problem("passkey.refused")
    _check(passkey, credential, challenge)
    return passkey


def _register(user: User, credential: dict[str, Any], challenge: bytes) -> Passkey:
    rp_id, origin = relying_party()
    try:
        verified = webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=rp_id,
            expected_origin=origin,
            require_user_verification=True,
        )
    except NOT_ACCEPTED:
        raise Problem("passkey.refused") from None
    credential_id = bytes_to_base64url(verified.credential_id)
    if db.session.scalars(db.select(Passkey).where(Passkey.credential_id == credential_id)).one_or_none():
        raise Problem("passkey.refused")
    passkey = Passkey(
        id=new_id(),
        user_id=user.id,
        credential_id=credential_id,
        public_key=verified.credential_public_key,
        sign_count=verified.sign_count,
        created_at=clock.now(),
    )
    db.session.add(passkey)
    return passkey


def request_options() -> dict[str, Any]:
    """What the browser needs to sign in with whichever passkey it holds for this service."""
    rp_id, _origin = relying_party()
    options = webauthn.generate_authentication_options(
        rp_id=rp_id, user_verification=UserVerificationRequirement.REQUIRED
    )
    _remember("sign_in", options.challenge, None)
    made: dict[str, Any] = json.loads(webauthn.options_to_json(options))
    return made


def authenticate(credential: dict[str, Any]) -> User:
    """The user whose passkey signed. Raises passkey.refused, passkey.expired."""
    challenge, _nobody = _spend("sign_in", credential)
    passkey = _find(credential)
    if passkey is None:
        raise Problem("passkey.refused")
    user = db.session.get(User, passkey.user_id)
    handle = credential["response"].get("userHandle")
    if user is None or not user.active or (handle and handle != bytes_to_base64url(user.id.encode())):
        raise Problem("passkey.refused")
    _check(passkey, credential, challenge)
    return user


def _find(credential: dict[str, Any]) -> Passkey | None:
    named = db.select(Passkey).where(Passkey.credential_id == str(credential.get("id")))
    return db.session.scalars(named).one_or_none()


def _check(passkey: Passkey, credential: dict[str, Any], challenge: bytes) -> None:
    """Whether this passkey signed the challenge, for us, after checking the person. Raises passkey.refused."""
    rp_id, origin = relying_party()
    try:
        verified = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=rp_id,
            expected_origin=origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except NOT_ACCEPTED:
        raise Problem("passkey.refused") from None
    passkey.sign_count = verified.new_sign_count
