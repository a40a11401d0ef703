"""What the sync needs to know of a form: which questions are atomic, and what the engine makes of a set of answers."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from .. import clock, logs
from ..models import Form
from ..records.merge import Groups, Path, copied, get, parse_pointer, put
from ..records.revision import named_id
from ..records.types import TYPES
from ..records.units import address_of, subject_of
from .wire import Held

HERE = ZoneInfo("Europe/London")
OFFSET = re.compile(r"[+-](0[0-9]|1[0-4]):[0-5][0-9]")
FORMS = "6ba7b811-9dad-11d1-80b4-00c04fd430c8"  # RFC 9562's namespace of URLs


def find_form(session: Session, name: str) -> Form | None:
    """The published version that `url|version` names."""
    known: dict[str, Form] = session.info.setdefault("forms", {})
    if name not in known:
        url, _, version = name.rpartition("|")
        form = session.scalars(select(Form).where(Form.url == url, Form.version == version)).one_or_none()
        if form is None:
            return None
        known[name] = form
    return known[name]


def awaited(name: str) -> str:
    """What an op waits for (Op.waits_for) whose form version is not published."""
    return named_id(FORMS, name)


def check_published(session: Session, name: str) -> None:
    """Raises Held. Without the form nobody knows which questions carry safety, so nothing could be merged as it must be
    (docs/decisions/0008)."""
    if find_form(session, name) is None:
        raise Held(awaited(name), "form.not_published")


def questions(session: Session, name: str) -> dict[str, dict[str, Any]]:
    """{link_id: {safety, many, exclusive, options}}; nothing for a form that is not here."""
    from ..forms.structure import questions as read

    form = find_form(session, name)
    return read(form.definition) if form else {}


def groups_of(session: Session, kind: str, body: dict[str, Any]) -> Groups:
    """What is atomic in a record of this type; for an assessment its form says which questions are."""
    from ..forms import structure

    record_type = TYPES[kind]
    known: dict[str, Groups] = session.info.setdefault("groups_of_forms", {})
    if kind == "assessment" and body.get("form") in known:
        return known[body["form"]]
    form = find_form(session, body.get("form") or "") if kind == "assessment" else None
    if form is None:
        return Groups(whole=record_type.whole, latest=record_type.latest)
    asked = structure.questions(form.definition)
    # A published version never changes, and a batch brings hundreds of ops for a handful of forms.
    known[body["form"]] = groups = Groups(
        whole=record_type.whole,
        latest=record_type.latest,
        safety=frozenset(link_id for link_id, question in asked.items() if question.get("safety")),
        exclusive={
            link_id: frozenset(question["exclusive"]) for link_id, question in asked.items() if question["exclusive"]
        },
        rows=structure.rows(form.definition),
        together=structure.together(form.definition),
    )
    return groups


def path_at(session: Session, name: str, groups: Groups, address: str) -> Path:
    """Where the answer stands that the form engine names so."""
    keys = tuple(part.replace("~1", "/").replace("~0", "~") for part in address.split("/"))
    in_rows = len(keys) > 1 and keys[0] in groups.rows and address not in questions(session, name)
    return ("answers", *keys) if in_rows else ("answers", address)


def two_values(groups: Groups, pointer: str, answers: dict[str, Any], values: list[Any]) -> tuple[str, list[Any]]:
    """(the address of what the engine reads, its two values) of a conflict about answers. One about a single box of many
    is about the whole question."""
    path = parse_pointer(pointer)
    subject = subject_of(path, groups)[1]
    if len(path) == len(subject):
        return address_of(subject), values
    return address_of(subject), [get(_with(answers, path, value), subject) for value in values]


def _with(answers: dict[str, Any], path: Path, value: Any) -> dict[str, Any]:
    body = copied({"answers": answers})
    put(body, path, value)
    return body


def moment_of(at: str | None, offset: str | None, received_at: str) -> str:
    """What the form's rules take for now: when it was handed in, with the offset of the clock it was handed in by, such as
    2026-07-01T00:30:00+01:00. Where the tablet named none, the service's own clock; where it named no time, the arrival."""
    try:
        moment = clock.parse(at or "")
    except ValueError:
        moment = clock.parse(received_at)
    if isinstance(offset, str) and OFFSET.fullmatch(offset):
        return moment.astimezone(datetime.strptime(offset, "%z").tzinfo).isoformat()
    return moment.astimezone(HERE).isoformat()


def frozen_evaluation(session: Session, name: str, answers: dict[str, Any], context: dict[str, Any]) -> dict[str, Any]:
    """What the engine says: {verified, title, evaluation, rows, engine {version, sha256}}.

    The answers are stored whatever happens here: an engine that fails makes a page "not verified", never a lost op.
    """
    form = find_form(session, name)
    if form is None:
        return {"verified": False, "title": None, "evaluation": {}, "rows": [], "engine": {}}
    from ..forms import engine

    try:
        evaluation = engine.evaluate(form.definition, answers, context)
        rows = engine.rows(form.definition, answers, evaluation, context)
        return {
            "verified": True,
            "title": form.title,
            "evaluation": evaluation,
            "rows": rows,
            "engine": engine.engine_version(),
        }
    except Exception as error:  # noqa: BLE001  whatever breaks in the engine, the answers stand
        logs.failure(error, form=name)
        return {"verified": False, "title": form.title, "evaluation": {}, "rows": [], "engine": {}}
