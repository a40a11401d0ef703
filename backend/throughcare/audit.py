"""Who did what, when. The audit of a deed is in the deed's transaction; the audit of a refusal has its own, or the
rollback would erase it. Events hold ids and codes only."""

from __future__ import annotations

from typing import Any

from flask import g, has_request_context, request

from . import clock
from .db import apart, db
from .models import AuditEvent, new_id

# Being signed out is the normal state of a fresh browser, not an attempt at anything.
NOT_A_REFUSAL = frozenset({"auth.sign_in_needed"})


def _event(
    action: str, subject: str | None, facts: dict[str, Any], actor_id: str | None, device_id: str | None
) -> AuditEvent:
    actor = g.get("actor") if has_request_context() else None
    return AuditEvent(
        id=new_id(),
        at=clock.now(),
        user_id=actor_id or (actor.user_id if actor else None),
        device_id=device_id or (actor.device_id if actor else None),
        action=action,
        subject=subject,
        facts=facts,
    )


def deed(
    action: str, subject: str | None = None, *, actor_id: str | None = None, device_id: str | None = None, **facts: Any
) -> None:
    """Record what was done, in the transaction that does it. `subject` is the id of what it was done to."""
    db.session.add(_event(action, subject, facts, actor_id, device_id))


def refused(code: str, subject: str | None = None, **facts: Any) -> None:
    """Record a refusal. Call it after the deed's transaction was rolled back: this one stands alone."""
    rule = request.url_rule.rule if has_request_context() and request.url_rule else None
    with apart() as session:
        session.add(_event("refused", subject, {"code": code, "rule": rule, **facts}, None, None))
