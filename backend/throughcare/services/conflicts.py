"""Settling two values, by a named person with a reason. One op, as a tablet would send it."""

from __future__ import annotations

from ..db import db
from ..models import Conflict, Record, User
from .reviews import send

CHOICES = ("theirs", "mine", "neither")


def settle(user: User, conflict: Conflict, choice: str, reason: str, seen: str) -> str | None:
    """`seen` is the rev of the conflict that was read. Gives the code of the refusal, or nothing when it is done."""
    record = db.session.get_one(Record, conflict.id)
    if record.rev != seen:
        return "conflict.resolved" if conflict.state == "resolved" else "conflict.changed"
    value = None if choice == "neither" else getattr(conflict, choice).get("value")
    resolution = {"choice": choice, "value": value, "reason": reason}
    changes = [["/resolution", None, resolution, None]]
    return send(user, "conflict", conflict.id, seen, changes, resolves=[conflict.id], reason=reason)
