"""What the sender had in front of them: the body before an op, found by walking back their own chain of ops to a
server revision."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from .. import json_text
from ..models import Op, RecordVersion
from ..records.merge import overlay
from ..records.revision import is_revision
from . import late
from .documents import clean
from .wire import Held, Kept, Rejected, WireOp, parse


def check_predecessor(session: Session, op: WireOp, record_exists: bool, alone: bool) -> None:
    """Raises Held while the predecessor is missing or itself waits; Rejected when there is nothing left to stand on.

    `alone`: it waited long enough for one that never came. What its author saw is then known only path by path.
    """
    if op.base_op is None:
        return
    before = session.get(Op, op.base_op)
    if before is None and alone:
        return
    if before is None:
        raise Held(op.base_op, "op.waits_predecessor")
    if before.record_id != op.record:
        raise Rejected("op.malformed")
    if before.waits_for is not None:
        raise Held(before.id, "op.waits_predecessor")
    if before.state == "rejected" and not record_exists:
        raise Rejected("op.predecessor_rejected")
    if before.state == "held" and before.why == late.WHY and not record_exists:
        raise Kept(late.WHY)


def body_before(session: Session, op: WireOp) -> dict[str, Any] | None:
    """The author's body before this op; None where it cannot be known (a revision of another history).

    A tablet that was long without signal sends hundreds of ops, each on top of the one before: what an op leaves behind is
    worked out once in a session, so that a chain costs as many steps as it has ops.
    """
    known: dict[tuple[str, str], dict[str, Any]] = session.info.setdefault("bodies_after", {})
    chain: list[tuple[tuple[str, str], WireOp]] = []
    seen: set[tuple[str, str]] = set()
    first, body = op, None
    while first.base_op is not None:
        before = session.get(Op, first.base_op)
        if before is None:
            return None
        key = (before.id, before.sha256)
        if (body := known.get(key)) is not None:
            break
        if key in seen:
            return None  # a chain that bites its tail
        seen.add(key)
        first = parse(json_text.read(before.payload))
        chain.append((key, first))
    if body is None:
        body = _body_of_base(session, first)
    for key, earlier in reversed(chain):
        if body is None:
            return None
        body = known[key] = body_after(earlier, body)
    return body


def _body_of_base(session: Session, op: WireOp) -> dict[str, Any] | None:
    if op.base_rev is None:
        return {}
    if not is_revision(op.base_rev):
        return None
    version = session.get(RecordVersion, (op.record, op.base_rev))
    return version.body if version else None


def body_after(op: WireOp, before: dict[str, Any]) -> dict[str, Any]:
    """What the author expects to stand after the op."""
    start = clean(op.body) if op.creates else before
    return overlay(start, op.changes)
