"""A stored value in the words of its question, outside a frozen record: two values side by side, a proposed change."""

from __future__ import annotations

from typing import Any

from ..models import Conflict
from ..queries.conflicts import question_of
from ..records.removal import MARK
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
    MARK: "Added by mistake, or still needed?",
}
ABSENT = {"asked-declined": "Declined to answer", "asked-unknown": "Could not answer", "not-asked": "Not asked"}


def of(value: Any, asked: dict[str, Any]) -> str:
    """The value in the words of what was asked; of a row or a group, its answers."""
    inside = asked.get("inside")
    if asked.get("removal") and value is None:
        return "It stays: somebody went on with it"
    if not inside:
        return text(value, asked["options"])
    if not isinstance(value, dict):
        return "Removed"
    if value.keys().isdisjoint(inside):
        places = value["_order"] if isinstance(value.get("_order"), dict) else {}
        rows = sorted((row for row in value if row != "_order"), key=lambda row: (str(places.get(row, "")), row))
        return "; ".join(f"({of(value[row], asked)})" for row in rows) or "No answer"
    said = [f"{each['text']}: {of(value[key], each)}" for key, each in inside.items() if key in value]
    return "; ".join(said) or "No answer"


def text(value: Any, options: dict[str, str] | None = None) -> str:
    """The value in words; options are {code: words}."""
    options = options or {}
    if value in (None, "", {}):
        return "No answer"
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, dict):
        if "reason" in value and "by" in value:
            return f"Take it away: {value['reason']}"
        if "state" in value:
            return str(value["state"]).replace("-", " ").capitalize()
        said = [
            text(code if chosen is True else chosen, options)
            for code, chosen in value.items()
            if chosen and code != "_order"
        ]
        return ", ".join(said) or "No answer"
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
        "was": _row(change.get("from"), question, "Not there"),
        "now": _row(change.get("to"), question, "Removed"),
    }


def _row(value: Any, question: dict[str, Any], absent: str) -> str:
    return absent if question["inside"] and value is None else of(value, question)


def asked(conflict: Conflict, form: str | None) -> dict[str, Any]:
    """{text, options} of what has two values: a question of a form, or a field of a record."""
    if conflict.link_id and form:
        # In a row the question is told with its group; the path of a single box is one key longer than its question's.
        keys = conflict.path.split("/")[2:]
        in_row = len(keys) > 2 and conflict.link_id in keys[2::2]
        return question_of(form, "/".join(keys[: keys.index(conflict.link_id) + 1]) if in_row else conflict.link_id)
    field = conflict.path.split("/")[1]
    # Like a row, a whole record stays or goes: there is no third way.
    gone = field == MARK
    return {"text": FIELDS.get(field, conflict.path), "options": {}, "inside": {}, "row": gone, "removal": gone}
