"""An op that was kept and not applied, as a person reads it: what it says, who recorded it, when, and why it waits."""

from __future__ import annotations

import json
from typing import Any

from ..models import Op, Person, Record, User
from ..problems import CATALOGUE
from ..queries.conflicts import question_of
from ..queries.scope import find_visible
from . import values, when
from .people_presenter import identity

NOUNS = {
    "person": "Person",
    "custody_episode": "Stay in custody",
    "contact": "Contact",
    "assessment": "Assessment",
    "alert": "Alert",
    "amendment": "Change asked for",
    "conflict": "Decision between 2 values",
}
MORE_FIELDS = {"outcome": "Outcome", "reason": "Reason", "state": "State", "note": "Note"}


def row(op: Op, record: Record | None, user: User, names: dict[str, str]) -> dict[str, Any]:
    wire = json.loads(op.payload)
    body = wire.get("body") or {}
    found = record.body if record else body
    person: Person | None = find_visible(Person, found.get("person_id") or op.record_id, user)
    return {
        "id": op.id,
        "what": NOUNS.get(op.type, op.type),
        "name": identity(person, None, op.received_at)["name"] if person else "Person not in your suites",
        "says": _statements(wire, body, found.get("form")),
        "by": names.get(op.user_id, "Not known"),
        "recorded": when.moment(wire.get("at")),
        "received": when.moment(op.received_at),
        "why": CATALOGUE[op.why or "record.out_of_scope_now"]["title"],
    }


def _statements(wire: dict[str, Any], body: dict[str, Any], form: str | None) -> list[str]:
    """Each thing that it says, in the words of its question or field. What only links records is left out."""
    said: list[tuple[tuple[str, ...], Any]] = [
        (("answers", link_id), value) for link_id, value in (body.get("answers") or {}).items()
    ]
    said += [((name,), value) for name, value in body.items()]
    said += [(tuple(change[0].split("/")[1:]), change[2]) for change in wire.get("set") or []]
    found = []
    for path, value in said:
        if path[0] == "answers" and len(path) > 1:
            asked = question_of(form or "", "/".join(path[1:]))
            ticked = value is True and len(path) > 2
            colon = "" if asked["text"].endswith("?") else ":"
            found.append(f"{asked['text']}{colon} {values.of(path[-1] if ticked else value, asked)}")
        elif words := (values.FIELDS | MORE_FIELDS).get(path[0]):
            found.append(f"{words}: {values.text(value, {})}")
    return found
