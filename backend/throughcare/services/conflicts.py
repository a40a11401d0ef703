"""Settling two values, by a named person with a reason. One op, as a tablet would send it."""

from __future__ import annotations

from ..db import db
from ..models import Conflict, Record, RecordVersion, User
from .reviews import send

CHOICES = ("theirs", "mine", "neither")


def settle(user: User, conflict: Conflict, choice: str, reason: str, seen: str) -> str | None:
    """`seen` is the rev of the conflict that was read. Gives the code of the refusal, or nothing when it is done. What comes
    after somebody else's choice is kept all the same, and is no refusal where it is the same value."""
    read = db.session.get(RecordVersion, (conflict.id, seen))
    changed = db.session.get_one(Record, conflict.id).rev != seen
    if read is None or (changed and conflict.state == "open"):
        return "conflict.changed"
    value = None if choice == "neither" else read.body[choice].get("value")
    resolution = {"choice": choice, "value": value, "reason": reason}
    changes = [["/resolution", None, resolution, None]]
    return send(user, "conflict", conflict.id, seen, changes, resolves=[conflict.id], reason=reason)
