"""What the known fields of each type hold. Unknown fields survive: they come from newer or older devices."""

from __future__ import annotations

from functools import cache
from typing import Any

from marshmallow import INCLUDE, Schema, ValidationError, fields, validate

TIME = validate.Regexp(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$", error="must be a time such as 2026-11-22T18:00:00Z")
DATE = validate.Regexp(r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$", error="must be a date such as 1990-01-31")
ROUTES = ("cell-sweep", "required", "self-request", "liaison", "court", "booking")


def _time(**options: Any) -> fields.String:
    return fields.String(validate=TIME, **options)


def _text(limit: int = 2000, **options: Any) -> fields.String:
    return fields.String(validate=validate.Length(max=limit), **options)


def _one_of(*values: str, **options: Any) -> fields.String:
    return fields.String(validate=validate.OneOf(values), **options)


class BodySchema(Schema):
    class Meta:
        unknown = INCLUDE


class RemovalSchema(BodySchema):
    """Who took a record away as entered in error, and why: docs/sync-protocol.md, "Entered in error"."""

    reason = _text(required=True)
    by = _text(36, required=True)
    at = _time()


def _entered_in_error() -> fields.Nested:
    return fields.Nested(RemovalSchema)


class PersonSchema(BodySchema):
    given_name, family_name = _text(200), _text(200)
    date_of_birth = fields.String(validate=DATE)
    also_known_as, language, phone = _text(200), _text(200), _text(100)
    entered_in_error = _entered_in_error()


class MoveSchema(BodySchema):
    """One move to the right person: docs/sync-protocol.md, "Moved"."""

    from_person, to_person = fields.UUID(required=True), fields.UUID(required=True)
    from_episode, to_episode = fields.UUID(), fields.UUID()
    reason = _text(required=True)
    by = _text(36, required=True)
    at = _time()


def _moves() -> fields.Dict:
    return fields.Dict(keys=fields.UUID(), values=fields.Nested(MoveSchema))


class EpisodeSchema(BodySchema):
    person_id = fields.UUID(required=True)
    suite_id = _text(36, required=True)
    custody_number, cell, offence_category = _text(100), _text(40), _text(200)
    arrested_at, arrived_at, released_at, rest_until = _time(), _time(), _time(), _time()
    route = _one_of(*ROUTES)
    safe_to_see = fields.Dict()
    two_person = fields.Boolean(truthy={True}, falsy={False})
    moves = _moves()
    entered_in_error = _entered_in_error()


class ContactSchema(BodySchema):
    person_id = fields.UUID(required=True)
    episode_id = fields.UUID(required=True)
    suite_id = _text(36, required=True)
    kind = _text(40, required=True)
    outcome = _one_of("accepted", "declined", "not-approached", "withdrawn", required=True)
    reason = _text()
    harm_reduction_offered = fields.Boolean(truthy={True}, falsy={False})
    at = _time()
    worker_id = _text(36)
    entered_in_error = _entered_in_error()


class AssessmentSchema(BodySchema):
    person_id = fields.UUID(required=True)
    episode_id = fields.UUID(required=True)
    suite_id = _text(36, required=True)
    form = fields.String(required=True, validate=validate.Regexp(r"^\S{1,500}\|\S{1,40}$", error="must be url|version"))
    basis = _one_of("required", "voluntary", "court", required=True)
    author_id = _text(36, required=True)
    started_at, confirmed_identity_at = _time(), _time()
    state = _one_of("draft", "submitted", "returned", "approved", "abandoned", required=True)
    answers = fields.Dict()
    stopped, submission, review, taken_over = (fields.Dict() for _ in range(4))
    replies = fields.Dict(values=_text())
    moves = _moves()


class AlertSchema(BodySchema):
    assessment_id = fields.UUID(required=True)
    person_id = fields.UUID(required=True)
    suite_id = _text(36, required=True)
    alert = _text(100, required=True)
    kind = _one_of("stop", "urgent", "prompt", required=True)
    text, due = _text(), _text()
    raised_at = _time()
    owner_id = _text(36)
    state = _one_of("open", "told", "not-needed", required=True)
    settled = fields.Dict()


class AmendmentSchema(BodySchema):
    assessment_id = fields.UUID(required=True)
    person_id = fields.UUID(required=True)
    suite_id = _text(36, required=True)
    number = fields.Integer(required=True, strict=True)
    reason = _text()
    changes = fields.Dict(values=fields.Dict(), required=True)
    state = _one_of("proposed", "accepted", "declined", required=True)
    by = _text(36, required=True)
    at = _time()
    decided = fields.Dict()


class ConflictSchema(BodySchema):
    resolution = fields.Dict()


@cache
def _ready(schema: type[Schema]) -> Schema:
    """Making one copies all of its fields."""
    return schema()


def problems_of(schema: type[Schema], body: dict[str, Any]) -> dict[str, str]:
    """{field: what is wrong}, empty when the body may be stored. The words never quote a value."""
    try:
        _ready(schema).load(body)
    except ValidationError as error:
        return {
            str(name): "This value is not possible here." if name in body else "This is missing."
            for name in error.normalized_messages()
        }
    return {}
