"""What a supervisor says about a change that waits: apply it without what it waits for, or put it aside. It is an op of
its own, so that a replay says it again at its own number."""

from __future__ import annotations

import json

from sqlalchemy.orm import Session

from .. import clock
from ..models import Op, Record, User, new_id
from ..records.revision import sha256
from . import feeds
from .wire import Rejected
from .work import next_seq

KIND = "decision"
APPLY, ASIDE = CHOICES = ("apply", "aside")
# Held for something that may still come.
WAITING = ("op.waits_predecessor", "record.missing", "record.parent_missing", "form.not_published")
# Held for a person, and for nothing else.
FOR_A_PERSON = ("record.recovered", "record.out_of_scope_now")
# What is said again by the op that said it, and must not be known before.
MARKS = ("alone", "aside")


def make(session: Session, user: User, held: Op, choice: str, reason: str) -> Op:
    """The decision as an op, kept and still to be applied. The caller holds the write lock."""
    raw = {"op": new_id(), "type": KIND, "of": held.id, "choice": choice, "reason": reason}
    op = Op(
        id=raw["op"],
        arrival=next_seq(session),
        record_id=held.record_id,
        type=KIND,
        user_id=user.id,
        role=user.role,
        suites=user.suite_ids,
        device_id=None,
        payload=json.dumps(raw, ensure_ascii=True, separators=(",", ":")),
        sha256=sha256(raw),
        received_at=clock.now(),
        state="received",
        result="",
    )
    session.add(op)
    session.flush()
    return op


def is_decision(op: Op) -> bool:
    """A tablet cannot send one: its ops have a device."""
    return op.type == KIND and op.device_id is None


def apply(session: Session, op: Op) -> list[Op]:
    """The op that was decided about, marked with what was said."""
    sent = json.loads(op.payload)
    held = session.get_one(Op, sent["of"])
    if sent["choice"] == APPLY:
        held.frozen = {**(held.frozen or {}), "alone": True}
    else:
        held.frozen = {
            **(held.frozen or {}),
            "aside": {"by": op.user_id, "at": op.received_at, "reason": sent["reason"]},
        }
        if held.why == "form.not_published" and "released" not in held.frozen:
            # Its form may be published later: a replay lets it wait up to here all the same.
            held.frozen = {**held.frozen, "released": {"seq": op.arrival, "waited_for": held.waits_for}}
        if (record := session.get(Record, held.record_id)) is not None:
            # Nothing changes in it: sent again, it tells the tablet to ask what became of its change.
            feeds.announce(session, record)
    op.state, op.result = "applied", json.dumps({"op": op.id, "state": "applied"}, separators=(",", ":"))
    session.flush()
    return [held]


def check(op: Op) -> None:
    """Raises Rejected for what was put aside."""
    if aside := (op.frozen or {}).get("aside"):
        raise Rejected("op.put_aside", reason=aside["reason"])
