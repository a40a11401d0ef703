"""Moves as text. Neither history names the other person; it leads there."""

from __future__ import annotations

from ..models import Move
from ..queries.reviews import names_of
from . import when

NOUNS = {"assessment": "An assessment", "custody_episode": "A stay in custody with everything in it"}


def history(moves: list[Move], person_id: str) -> list[dict[str, str]]:
    names = names_of({move.by for move in moves})
    rows = []
    for move in moves:
        left = move.from_person_id == person_id
        other = move.to_person_id if left else move.from_person_id
        rows.append(
            {
                "title": f"{NOUNS[move.record_type]} was moved {'to' if left else 'here from'} another person",
                "quiet": f"{when.moment(move.at or move.received_at)} · {names.get(move.by, 'a colleague')} · {move.reason}",
                "href": f"/office/people/{other}",
            }
        )
    return rows


def notice(move: Move | None, *, waits: bool) -> dict[str, str] | None:
    """What stands above a frozen page that names the person the work was first recorded on. `waits`: for a review."""
    if move is None:
        return None
    by = names_of({move.by}).get(move.by, "a colleague")
    next_step = " Return it, so that it is handed in again for the right person." if waits else ""
    return {
        "words": f"Moved to another person {when.moment(move.at or move.received_at, year=True)} by {by}: {move.reason}.",
        "more": f"This page stays as it was handed in and names the person it was first recorded on.{next_step}",
        "href": f"/office/people/{move.to_person_id}",
    }
