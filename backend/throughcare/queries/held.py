"""The changes that wait, for something to come or for a person: for the supervisors of their suites."""

from __future__ import annotations

import json
from itertools import islice
from typing import Any

from sqlalchemy import select

from ..db import db
from ..models import KeptOp, Op, User
from ..permissions import Permission, may
from ..sync import feeds
from ..sync.decisions import FOR_A_PERSON, WAITING
from .scope import suites_of

MOST = 200


def list_waiting(user: User) -> list[Op]:
    """Those that wait for something to come, in the order in which they came."""
    if not may(user.role, Permission.SETTLE_SAFETY):
        return []
    query = select(Op).where(Op.state == "held", Op.why.in_(WAITING)).order_by(Op.arrival)
    return list(islice((op for op in db.session.scalars(query) if _belongs(op, user)), MOST))


def find(user: User, op_id: str) -> Op | None:
    """One change that is held, or was put aside; nothing for somebody who is no supervisor of its suite."""
    op = db.session.get(Op, op_id)
    if op is None or not may(user.role, Permission.SETTLE_SAFETY):
        return None
    if op.state == "held" and op.why in FOR_A_PERSON or _was_kept(op):
        scopes = db.session.scalars(select(KeptOp.scope).where(KeptOp.op_id == op.id))
        return op if set(scopes).intersection(suites_of(user)) else None
    held = op.state == "held" and op.why in WAITING
    return op if (held or op.why == "op.put_aside") and _belongs(op, user) else None


def _was_kept(op: Op) -> bool:
    query = select(KeptOp.op_id).where(KeptOp.op_id == op.id).limit(1)
    return op.why == "op.put_aside" and db.session.scalar(query) is not None


def suites_it_names(op: Op) -> list[str]:
    """The suites that the change is of, as far as the service knows: of its record, of what it makes or belongs to, or of
    the change before it."""
    seen: set[str] = set()
    while op.id not in seen:
        seen.add(op.id)
        wire: dict[str, Any] = json.loads(op.payload)
        body = wire.get("body") or {}
        if found := feeds.scopes_of(db.session(), op.record_id):
            return found
        if isinstance(body.get("suite_id"), str):
            return [body["suite_id"]]
        for name in ("assessment_id", "episode_id", "person_id"):
            if found := feeds.scopes_of(db.session(), str(body.get(name))):
                return found
        before = db.session.get(Op, str((wire.get("base") or {}).get("op")))
        if before is None or before.record_id != op.record_id:
            return []
        op = before
    return []


def _belongs(op: Op, user: User) -> bool:
    """Where nobody knows yet of which suite it is, it is a matter of those in which its sender worked on that day."""
    return bool(set(suites_it_names(op) or op.suites).intersection(suites_of(user)))
