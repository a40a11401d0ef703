"""A stored value in the words of its question, outside a frozen record: two values side by side, a proposed change."""

from __future__ import annotations

from typing import Any

from ..models import Conflict
from ..queries.conflicts import question_of
from . import when

FIELDS = {
    "given_name": "Given name",
    "family_name": "Family name",
    "date_of_birth": "Date of birth",
    "also_known_as": "Also known as",
    "language": "Language",
    "phone": "Phone",
    "custody_number": "Custody number",
    "cell": "Cell",
    "route": "Route",
    "offence_category": "Offence category",
    "safe_to_see": "Safe to see",
    "two_person": "Two people go in",
    "arrested_at": "Arrested",
    "arrived_at": "Arrived",
    "released_at": "Released",
    "rest_until": "Resting until",
}
ABSENT = {"asked-declined": "Declined to answer", "asked-unknown": "Could not answer", "not-asked": "Not asked"}


def text(value: Any, options: dict[str, str] | None = None) -> str:
    """The value in words; options are {code: words}."""
    options = options or {}
    if value in (None, "", {}):
        return "No answer"
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, dict):
        if "state" in value:
            return str(value["state"]).replace("-", " ").capitalize()
        return ", ".join(text(code, options) for code, chosen in value.items() if chosen) or "No answer"
    if isinstance(value, str) and value in options:
        return options[value]
    if isinstance(value, str) and value in ABSENT:
        return ABSENT[value]
    if isinstance(value, str) and len(value) == 20 and value.endswith("Z"):
        return when.moment(value)
    return when.day(value) or str(value) if isinstance(value, str) else str(value)


def change(form: str, link_id: str, change: dict[str, Any]) -> dict[str, str]:
    """{question, was, now} of one changed answer."""
    question = question_of(form, link_id)
    return {
        "question": question["text"],
        "was": text(change.get("from"), question["options"]),
        "now": text(change.get("to"), question["options"]),
    }


def asked(conflict: Conflict, form: str | None) -> dict[str, Any]:
    """{text, options} of what has two values: a question of a form, or a field of a record."""
    if conflict.link_id and form:
        return question_of(form, conflict.link_id)
    return {"text": FIELDS.get(conflict.path.split("/")[1], conflict.path), "options": {}}
