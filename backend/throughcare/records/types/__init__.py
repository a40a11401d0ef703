"""The registry of synced types: schema, what is fixed, what is atomic, what is still open work, and the read table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from marshmallow import Schema

from ... import models
from .. import schemas

Body = dict[str, Any]


@dataclass(frozen=True)
class RecordType:
    """`fixed` fields cannot change once made; `whole` ones are atomic; `standing(body)` says that it is open work,
    whatever its age; `row(record)` gives the columns of `table`; `removable` ones can be taken away as entered in error."""

    name: str
    schema: type[Schema]
    table: type[models.user.Base]
    row: Callable[[models.Record], Body]
    standing: Callable[[Body], bool]
    fixed: frozenset[str] = frozenset()
    whole: frozenset[str] = frozenset()
    latest: frozenset[str] = frozenset()
    removable: bool = False


def _columns(*names: str) -> Callable[[models.Record], Body]:
    def row(record: models.Record) -> Body:
        return {name: record.body.get(name) for name in names}

    return row


def _with(
    row: Callable[[models.Record], Body], **more: Callable[[models.Record], Any]
) -> Callable[[models.Record], Body]:
    return lambda record: {**row(record), **{name: find(record) for name, find in more.items()}}


def _rev(record: models.Record) -> str:
    return record.rev


def _updated(record: models.Record) -> str:
    return record.updated_at


def _created(record: models.Record) -> str:
    return record.created_at


PARENTS = frozenset({"person_id", "episode_id", "suite_id", "assessment_id"})

TYPES: dict[str, RecordType] = {
    kind.name: kind
    for kind in (
        RecordType(
            "person",
            schemas.PersonSchema,
            models.Person,
            _with(
                _columns("given_name", "family_name", "date_of_birth", "also_known_as", "language", "phone"),
                rev=_rev,
                updated_at=_updated,
            ),
            lambda _body: False,
            removable=True,
        ),
        RecordType(
            "custody_episode",
            schemas.EpisodeSchema,
            models.CustodyEpisode,
            _with(
                _columns(
                    "person_id",
                    "suite_id",
                    "custody_number",
                    "cell",
                    "arrested_at",
                    "arrived_at",
                    "route",
                    "offence_category",
                    "safe_to_see",
                    "released_at",
                    "rest_until",
                ),
                two_person=lambda record: bool(record.body.get("two_person")),
                rev=_rev,
                updated_at=_updated,
            ),
            lambda body: body.get("released_at") is None,
            fixed=PARENTS,
            whole=frozenset({"safe_to_see"}),
            removable=True,
        ),
        RecordType(
            "contact",
            schemas.ContactSchema,
            models.Contact,
            _with(
                _columns(
                    "person_id",
                    "episode_id",
                    "suite_id",
                    "kind",
                    "outcome",
                    "reason",
                    "harm_reduction_offered",
                    "at",
                    "worker_id",
                ),
                received_at=_created,
            ),
            lambda _body: False,
            fixed=PARENTS,
            removable=True,
        ),
        RecordType(
            "assessment",
            schemas.AssessmentSchema,
            models.Assessment,
            _with(
                _columns("person_id", "episode_id", "suite_id", "form", "basis", "author_id", "started_at", "state"),
                number=lambda record: (record.body.get("submission") or {}).get("number") or 0,
                rev=_rev,
                updated_at=_updated,
            ),
            lambda body: body.get("state") in ("draft", "submitted", "returned"),
            fixed=PARENTS | {"form", "basis", "author_id", "started_at"},
            whole=frozenset({"submission", "review", "stopped"}),
            latest=frozenset({"taken_over"}),
        ),
        RecordType(
            "alert",
            schemas.AlertSchema,
            models.Alert,
            _with(
                _columns(
                    "assessment_id",
                    "person_id",
                    "suite_id",
                    "alert",
                    "kind",
                    "text",
                    "due",
                    "raised_at",
                    "owner_id",
                    "state",
                    "settled",
                ),
                received_at=_created,
            ),
            lambda body: body.get("state") == "open",
            fixed=PARENTS | {"alert", "kind"},
            whole=frozenset({"settled"}),
        ),
        RecordType(
            "amendment",
            schemas.AmendmentSchema,
            models.Amendment,
            _with(
                _columns(
                    "assessment_id",
                    "person_id",
                    "suite_id",
                    "number",
                    "reason",
                    "changes",
                    "state",
                    "by",
                    "at",
                    "decided",
                ),
                received_at=_created,
            ),
            lambda body: body.get("state") == "proposed",
            fixed=PARENTS | {"by", "number"},
            whole=frozenset({"decided"}),
        ),
        RecordType(
            "conflict",
            schemas.ConflictSchema,
            models.Conflict,
            _with(
                _columns(
                    "record_id",
                    "record_type",
                    "suite_id",
                    "person_id",
                    "path",
                    "link_id",
                    "safety",
                    "base",
                    "theirs",
                    "mine",
                    "state",
                    "resolution",
                ),
                received_at=_created,
            ),
            lambda body: body.get("state") == "open",
        ),
    )
}
