"""Making a tablet known: the JSON side of /enrol/."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, request
from marshmallow import RAISE, Schema, ValidationError, fields, validate

from ..permissions import Permission, may, public
from ..problems import Problem
from ..services import enrolment, users

blueprint = Blueprint("enrolment", __name__, url_prefix="/api/v1/enrolments")
OPEN = "A one-time code is the way in: nobody is known yet."


class _Body(Schema):
    class Meta:
        unknown = RAISE


class StartSchema(_Body):
    code = fields.String(required=True, validate=validate.Length(max=200))


class FinishSchema(StartSchema):
    device_name = fields.String(required=True, validate=validate.Length(min=1, max=80))
    credential = fields.Dict(required=True, allow_none=True)


class DemoSchema(_Body):
    user_id = fields.String(required=True)


def read(schema: Schema) -> dict[str, Any]:
    """The checked body. Raises request.wrong_type, request.malformed with the fields that are wrong."""
    if not request.is_json:
        raise Problem("request.wrong_type")
    try:
        checked: dict[str, Any] = schema.load(request.get_json(silent=True) or {})
    except ValidationError as error:
        wrong = {name: str(words) for name, words in error.normalized_messages().items()}
        raise Problem("request.malformed", fields=wrong) from None
    return checked


@blueprint.post("/start")
@public(OPEN)
def start() -> Any:
    return enrolment.start(read(StartSchema())["code"])


@blueprint.post("/finish")
@public(OPEN)
def finish() -> Any:
    sent = read(FinishSchema())
    return enrolment.finish(sent["code"], sent["device_name"].strip() or "Tablet", sent["credential"]), 201


@blueprint.post("/demo")
@public("Demo mode invites invented workers, on this machine only.")
def demo() -> Any:
    if not current_app.config["DEMO"]:
        raise Problem("page.not_found")
    user = users.get_user(read(DemoSchema())["user_id"])
    if not may(user.role, Permission.SYNC):
        raise Problem("auth.not_permitted")
    return {"code": enrolment.invite(user, None)}
