"""What the sender had in front of them: the body before an op, found by walking back their own chain of ops to a
server revision."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy.orm import Session

from ..models import Op, RecordVersion
from ..records.merge import overlay
from .documents import clean
from .wire import Held, Rejected, WireOp, parse


def check_predecessor(session: Session, op: WireOp, record_exists: bool) -> None:
    """Raises Held while the predecessor is missing or itself waits; Rejected when there is nothing left to stand on."""
    if op.base_op is None:
        return
    before = session.get(Op, op.base_op)
    if before is None:
        raise Held(op.base_op, "op.waits_predecessor")
    if before.record_id != op.record:
        raise Rejected("op.malformed")
    if before.waits_for is not None:
        raise Held(before.id, "op.waits_predecessor")
    if before.state == "rejected" and not record_exists:
        raise Rejected("op.predecessor_rejected")


def body_before(session: Session, op: WireOp, depth: int = 0) -> dict[str, Any] | None:
    """The author's body before this op; None where it cannot be known (a revision of another history)."""
    if op.base_rev is not None:
        version = session.get(RecordVersion, (op.record, op.base_rev))
        return version.body if version else None
    if op.base_op is None:
        return {}
    before = session.get(Op, op.base_op)
    if before is None or depth > 200:
        return None
    earlier = parse(json.loads(before.payload))
    base = body_before(session, earlier, depth + 1)
    return None if base is None else body_after(earlier, base)


def body_after(op: WireOp, before: dict[str, Any]) -> dict[str, Any]:
    """What the author expects to stand after the op."""
    start = clean(op.body) if op.creates else before
    return overlay(start, op.changes)
