"""Returning, approving, and deciding amendments: each is one op, received exactly as a tablet's would be.

The op names the revision that was read (its rev and its number), so the sync refuses it when there is a newer one.
"""

from __future__ import annotations

from typing import Any

from .. import clock
from ..db import db
from ..models import Amendment, RecordVersion, Submission, User, new_id
from ..sync.receive import receive_ops


def return_with_marks(user: User, read: Submission, marks: dict[str, str], comment: str) -> str | None:
    """Return the revision that was read. Gives the code of the refusal, or nothing when it is done."""
    return _review(user, read, "returned", marks, comment)


def approve(user: User, read: Submission) -> str | None:
    """Approve exactly the revision that was read. Gives the code of the refusal, or nothing when it is done."""
    return _review(user, read, "approved", {}, "")


def _review(user: User, read: Submission, outcome: str, marks: dict[str, str], comment: str) -> str | None:
    at = clock.now()
    version = db.session.get(RecordVersion, (read.assessment_id, read.rev))
    seen = version.body.get("review") if version else None
    review = {"number": read.number, "outcome": outcome, "marks": marks, "comment": comment, "by": user.id, "at": at}
    changes: list[list[Any]] = [["/state", "submitted", outcome, at], ["/review", seen, review, at]]
    return send(user, "assessment", read.assessment_id, read.rev, changes)


def decide_amendment(user: User, amendment: Amendment, rev: str, state: str, reason: str) -> str | None:
    """Accept or decline ("accepted", "declined"). Gives the code of the refusal, or nothing when it is done."""
    at = clock.now()
    decided = {"by": user.id, "at": at, "reason": reason or None}
    changes: list[list[Any]] = [["/state", "proposed", state, at], ["/decided", None, decided, at]]
    return send(user, "amendment", amendment.id, rev, changes)


def send(user: User, kind: str, record_id: str, rev: str, changes: list[list[Any]], **more: Any) -> str | None:
    """Receive one edit of an office screen. A refused op stays stored with its reason: the caller shows it and does not raise."""
    op = {
        "op": new_id(),
        "record": record_id,
        "type": kind,
        "base": {"rev": rev},
        "set": changes,
        "at": clock.now(),
        **more,
    }
    outcome = receive_ops(user, None, [op])[0]
    db.session.expire_all()
    if outcome["state"] in ("applied", "merged", "conflict"):
        return None
    return str(outcome["why"])
