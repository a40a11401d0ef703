"""Putting right who a person is: one op that merges field by field, as a tablet's would."""

from __future__ import annotations

from .. import clock
from ..models import User
from .reviews import send


def edit(user: User, person_id: str, rev: str, changes: list[tuple[str, str | None, str | None]]) -> str | None:
    """`changes` are (field, value seen, value chosen). Gives the code of the refusal, or nothing when it is done."""
    at = clock.now()
    return send(user, "person", person_id, rev, [[f"/{name}", seen, chosen, at] for name, seen, chosen in changes])
