"""What a device still holds of a record that this service, set back to a backup, does not have: docs/sync-protocol.md,
"compare"."""

from __future__ import annotations

from ..models import RecordVersion
from .wire import Kept, WireOp
from .work import Work

WHY = "record.recovered"
# Nobody decides anything about these but the one who recorded them.
SIMPLE = frozenset({"person", "custody_episode", "contact"})


def check_known(work: Work, op: WireOp) -> None:
    """The record is here: raises Kept unless it had this very revision, because what stands now came about without
    it."""
    if work.session.get(RecordVersion, (op.record, op.recovered)) is None:
        raise Kept(WHY)


def check_simple(op: WireOp) -> None:
    """The record is not here: raises Kept where making it again would say that somebody judged it."""
    state = op.body.get("state")
    if op.type not in SIMPLE and (op.type, state) not in (("assessment", "draft"), ("alert", "open")):
        raise Kept(WHY)
