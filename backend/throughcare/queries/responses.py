"""What was handed in, as FHIR R4 QuestionnaireResponses that others can read: one for each revision, from its frozen row.

People are ids. An answer that had two values has none here: both stand in an extension, because whoever reads one of them would
have settled it. What the form engine could not read when it was handed in goes out word for word, without items.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from .. import clock
from ..forms import engine
from ..models import Submission
from ..records.paths import Path
from ..records.units import address_of
from ..sync import form_facts
from ..sync.form_facts import find_form

OURS = "https://throughcare.example/StructureDefinition/response-"
HERE = ZoneInfo("Europe/London")


EVERYTHING = select(Submission)


def of_assessment(session: Session, assessment_id: str, among: Select[Any] = EVERYTHING) -> Iterator[dict[str, Any]]:
    """Every revision of one assessment, oldest first; `among` narrows it to what somebody may see (queries/scope.py)."""
    query = among.where(Submission.assessment_id == assessment_id).order_by(Submission.number)
    return (response(session, each) for each in session.scalars(query))


def of_period(session: Session, first: date, last: date, among: Select[Any] = EVERYTHING) -> Iterator[dict[str, Any]]:
    """Every revision received from the first day to the last, both included (days of England), in order of receipt; `among`
    narrows it to what somebody may see (queries/scope.py)."""
    start, end = (clock.text(_midnight(day)) for day in (first, last + timedelta(days=1)))
    query = among.where(Submission.received_at >= start, Submission.received_at < end)
    ordered = query.order_by(Submission.received_at, Submission.assessment_id, Submission.number)
    return (response(session, each) for each in session.scalars(ordered))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), HERE)


def response(session: Session, row: Submission) -> dict[str, Any]:
    """One revision. Its extensions: `revision`, `reads-as`, `basis`, `received`, `state`, `score`, and where they apply `changed`
    (the engine reads the answers otherwise today than when they were frozen) and `as-sent`; those of an item: `recorded`, `two-values`."""
    body = {
        "form": row.form,
        "answers": row.answers,
        "state": "submitted",
        "person_id": row.person_id,
        "author_id": row.author_id,
        "submission": {"number": row.number, "at": row.submitted_at or row.received_at},
    }
    form = find_form(session, row.form)
    now = form_facts.moment_of(row.submitted_at, None, row.received_at)
    context = {"now": now, "conflicts": _conflicts(session, row), "person": row.person}
    about = [
        {"url": OURS + "revision", "valueInteger": row.number},
        {"url": OURS + "reads-as", "valueString": row.reads_as},
        {"url": OURS + "basis", "valueCode": row.basis},
        {"url": OURS + "received", "valueDateTime": row.received_at},
        {"url": OURS + "state", "valueCode": row.state},
        *(_score(score) for score in row.scores),
    ]
    found = None
    if form is not None and row.verified:
        try:
            found = engine.questionnaire_response(form.definition, {"id": row.id, "body": body}, context)
            evaluation = engine.evaluate(form.definition, row.answers, context)
            if engine.rows(form.definition, row.answers, evaluation, context) != row.rows:
                about.append({"url": OURS + "changed", "valueBoolean": True})
        except engine.EngineError:
            found = None
    if found is None:
        found = _word_for_word(row)
        about.append(
            {"url": OURS + "as-sent", "valueString": json.dumps(row.answers, ensure_ascii=False, sort_keys=True)}
        )
    two = {
        each["link_id"]: each["values"]
        for page in row.rows
        for each in page["rows"]
        if each["state"] == "two-values" and each.get("values")
    }
    _mark(found.get("item") or [], row, two)
    return {**found, "extension": about}


def _word_for_word(row: Submission) -> dict[str, Any]:
    return {
        "resourceType": "QuestionnaireResponse",
        "id": row.id,
        "questionnaire": row.form,
        "status": "completed",
        "subject": {"reference": f"Patient/{row.person_id}"},
        "author": {"reference": f"Practitioner/{row.author_id}"},
        "authored": row.submitted_at or row.received_at,
    }


def _conflicts(session: Session, row: Submission) -> dict[str, list[Any]]:
    groups = form_facts.groups_of(session, "assessment", {"form": row.form})
    sides = ("theirs", "mine")
    return dict(
        form_facts.two_values(groups, c["path"], row.answers, [c[side].get("value") for side in sides])
        for c in row.conflicts
        if c.get("link_id")
    )


def _score(score: dict[str, Any]) -> dict[str, Any]:
    parts = [{"url": "id", "valueString": score["id"]}, {"url": "title", "valueString": score["title"]}]
    if score.get("total") is not None:
        parts.append({"url": "total", "valueDecimal": score["total"]})
    if score.get("band"):
        parts += [
            {"url": "band", "valueCode": score["band"]["code"]},
            {"url": "band-label", "valueString": score["band"]["label"]},
        ]
    return {"url": OURS + "score", "extension": parts}


def _mark(items: list[dict[str, Any]], row: Submission, two: dict[str, list[str]], around: Path = ("answers",)) -> None:
    """Put beside each item who recorded it, and take out what had two values. `around` is the row that the items are in:
    one of a repeating group has the row's id."""
    for item in items:
        link_id = address_of((*around, item["linkId"]))
        inside = (*around, item["linkId"], item["id"]) if "id" in item else around
        more = list(item.get("extension") or [])
        if link_id in two:
            item.pop("answer", None)
            more.append(
                {
                    "url": OURS + "two-values",
                    "extension": [{"url": "value", "valueString": text} for text in two[link_id]],
                }
            )
        said = row.provenance.get(link_id)
        if said:
            more.append({"url": OURS + "recorded", "extension": _recorded(said)})
        if more:
            item["extension"] = more
        _mark(item.get("item") or [], row, two, inside)
        for answer in item.get("answer") or []:
            _mark(answer.get("item") or [], row, two, inside)


def _recorded(said: dict[str, Any]) -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = []
    if said.get("by"):
        parts.append({"url": "by", "valueReference": {"reference": f"Practitioner/{said['by']}"}})
    if said.get("device"):
        parts.append({"url": "device", "valueReference": {"reference": f"Device/{said['device']}"}})
    parts += [{"url": name, "valueDateTime": said[name]} for name in ("at", "received_at") if said.get(name)]
    return parts
