"""Who did what, when. The audit of a deed is in the deed's transaction; the audit of a refusal has its own, or the
rollback would erase it. Events hold ids and codes only."""

from __future__ import annotations

from typing import Any

from flask import g, has_request_context, request
from sqlalchemy.orm import Session

from . import clock, fresh, refusals
from .db import apart, db, reading
from .models import AuditEvent, new_id
from .problems import Problem

# Being signed out is the normal state of a fresh browser, not an attempt at anything.
NOT_A_REFUSAL = frozenset({"auth.sign_in_needed"})
# Trying a door with something else than a token: not a 401 or 403, and worth writing down all the same.
TRIED = frozenset({"enrolment.unknown", "enrolment.used", "enrolment.expired", "passkey.expired"})


def is_refusal(problem: Problem) -> bool:
    """Whether this answer turns somebody away from a door, rather than asking them to mend what they sent."""
    return problem.code in TRIED or (problem.status in (401, 403) and problem.code not in NOT_A_REFUSAL)


def _event(
    action: str, subject: str | None, facts: dict[str, Any], actor_id: str | None, device_id: str | None
) -> dict[str, Any]:
    actor = g.get("actor") if has_request_context() else None
    return {
        "id": new_id(),
        "at": clock.now(),
        "user_id": actor_id or (actor.user_id if actor else None),
        "device_id": device_id or (actor.device_id if actor else None),
        "action": action,
        "subject": subject,
        "facts": facts,
    }


def deed(
    action: str,
    subject: str | None = None,
    *,
    actor_id: str | None = None,
    device_id: str | None = None,
    session: Session | None = None,
    **facts: Any,
) -> None:
    """Record what was done, in the transaction that does it. `subject` is the id of what it was done to."""
    event = _event(action, subject, facts, actor_id, device_id)
    fresh.put(session or db.session(), AuditEvent, event["id"], event)


def refused(code: str) -> int:
    """Record a refusal. Call it after the deed's transaction was rolled back: this one stands alone.

    Returns 0, or, when this source was refused too often lately, the seconds that it should wait: then nothing is
    written any more.
    """
    who = refusals.source()
    with reading():
        if seconds := refusals.wait(db.session(), who):
            return seconds
        db.session.rollback()
    rule = request.url_rule.rule if request.url_rule else None
    with apart() as session:
        last = refusals.count(session, who)
        session.add(AuditEvent(**_event("refused", None, {"code": code, "rule": rule, "last": last}, None, None)))
    return 0
