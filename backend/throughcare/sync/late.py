"""What comes from somebody who no longer works in a suite: kept word for word for its supervisors, and not applied."""

from __future__ import annotations

import json

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..models import KeptOp, Op, PastGrant
from .feeds import scopes_of
from .wire import Kept, Rejected
from .work import Work

WHY = "record.out_of_scope_now"


def refuse(work: Work, scopes: list[str]) -> None:
    """Raises Kept where the sender once held one of these suites: they recorded it when they still did, or without
    knowing. Raises Rejected for a suite that was never theirs."""
    if set(scopes).intersection(_once_held(work)):
        raise Kept(WHY)
    raise Rejected("record.out_of_scope")


def _once_held(work: Work) -> list[str]:
    """The suites that the sender had lost when the op was first applied."""
    once: list[str] = work.frozen.get("once_held") or list(
        work.session.scalars(
            select(PastGrant.suite_id).where(PastGrant.user_id == work.by).order_by(PastGrant.suite_id)
        )
    )
    if once:
        work.frozen["once_held"] = once
    return once


def show(session: Session, op: Op, why: str) -> None:
    """Enter a kept op where the supervisors of its suites see it."""
    wire = json.loads(op.payload)
    made_in = (wire.get("body") or {}).get("suite_id")
    before = (wire.get("base") or {}).get("op")
    followed = select(KeptOp.scope).where(KeptOp.op_id == before).order_by(KeptOp.scope)
    scopes = scopes_of(session, op.record_id) or ([made_in] if made_in else list(session.scalars(followed)))
    for scope in scopes:
        session.merge(KeptOp(op_id=op.id, scope=scope, why=why, received_at=op.received_at))
