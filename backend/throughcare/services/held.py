"""Deciding about a change that waits, by a named supervisor. One op, which a replay makes again."""

from __future__ import annotations

from .. import audit
from ..db import db
from ..models import Op, Record, User
from ..sync import decisions
from ..sync.receive import do_upkeep, settle
from ..sync.work import lock


def may_apply(op: Op) -> bool:
    """Whether it can be applied without what it waits for: an edit of a record that is here, whose predecessor is not."""
    if op.why != "op.waits_predecessor" or op.waits_for is None or op.state != "held":
        return False
    return db.session.get(Record, op.record_id) is not None and db.session.get(Op, op.waits_for) is None


def decide(user: User, op_id: str, choice: str, reason: str) -> str | None:
    """Gives the code of the refusal, or nothing when it is done. The caller has looked whether this user may."""
    session = db.session()
    lock(session)
    do_upkeep(session)
    held = session.get_one(Op, op_id, populate_existing=True)
    if held.state != "held" or (choice == decisions.APPLY and not may_apply(held)):
        return "op.not_waiting"
    was = held.why
    settle(session, decisions.make(session, user, held, choice, reason))
    audit.deed(f"held.{choice}", held.record_id, op=held.id, was=was, state=held.state)
    session.expire_all()
    return None
