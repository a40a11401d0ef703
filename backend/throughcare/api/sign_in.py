"""Signing in to the office with a passkey: the JSON side of /office/sign-in."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from marshmallow import RAISE, Schema, fields

from .. import audit
from ..identity import sign_in
from ..permissions import Permission, may, public
from ..problems import Problem
from ..services import passkeys
from .enrolment import read

blueprint = Blueprint("api_sign_in", __name__, url_prefix="/api/v1/sign-in")
OPEN = "Signing in comes before knowing who it is."


class FinishSchema(Schema):
    class Meta:
        unknown = RAISE

    credential = fields.Dict(required=True)


class StartSchema(Schema):
    class Meta:
        unknown = RAISE


@blueprint.post("/start")
@public(OPEN)
def start() -> Any:
    read(StartSchema())
    return {"public_key": passkeys.request_options()}


@blueprint.post("/finish")
@public(OPEN)
def finish() -> Any:
    user = passkeys.authenticate(read(FinishSchema())["credential"])
    if not may(user.role, Permission.OFFICE):
        raise Problem("auth.not_permitted")
    sign_in(user)
    audit.deed("office.signed_in", user.id, actor_id=user.id)
    return {"next": "/office/"}
