"""What the service does by itself, once a day, as an op of its own: closed work of long ago leaves the tablets, and what
waited too long for an op that never came is applied without it."""

from __future__ import annotations

import json

from flask import current_app
from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from .. import clock
from ..models import CustodyEpisode, Op, Record, RecordScope, SyncMeta, new_id
from ..records.revision import sha256
from . import feeds
from .work import next_seq

KIND = "upkeep"
# The ones whom it waits for may be on a tablet in a drawer: docs/sync-protocol.md, "Held".
PATIENCE_DAYS = 5


def due(session: Session) -> Op | None:
    """Today's op, kept and still to be applied; None when it was done. The caller holds the write lock."""
    meta = session.get_one(SyncMeta, 1, populate_existing=True)
    today = clock.now()[:10]
    if meta.upkept_on is not None and meta.upkept_on >= today:
        return None
    meta.upkept_on = today
    now = clock.now()
    days = current_app.config["SYNC_DAYS"]
    raw = {
        "op": new_id(),
        "type": KIND,
        "oldest": clock.after(base=now, days=-days),
        "held_before": clock.after(base=now, days=-PATIENCE_DAYS),
    }
    op = Op(
        id=raw["op"],
        arrival=next_seq(session),
        record_id="",
        type=KIND,
        user_id="",
        role="service",
        suites=[],
        device_id=None,
        payload=json.dumps(raw, separators=(",", ":")),
        sha256=sha256(raw),
        received_at=now,
        state="received",
        result="",
    )
    session.add(op)
    session.flush()
    return op


def is_upkeep(op: Op) -> bool:
    """A tablet cannot send one: its ops have a device."""
    return op.type == KIND and op.role == "service" and op.device_id is None


def apply(session: Session, op: Op) -> list[Op]:
    """Let go of what tablets need no longer. Returns the held ops whose patience is at its end, marked as such."""
    sent = json.loads(op.payload)
    _sweep(session, sent["oldest"])
    query = (
        select(Op)
        .where(Op.state == "held", Op.why == "op.waits_predecessor", Op.received_at < sent["held_before"])
        .order_by(Op.arrival)
    )
    waited = list(session.scalars(query))
    for each in waited:
        each.frozen = {**(each.frozen or {}), "alone": True}
    op.state, op.result = "applied", json.dumps({"op": op.id, "state": "applied"}, separators=(",", ":"))
    session.flush()
    return waited


def _sweep(session: Session, oldest: str) -> None:
    """Tablets carry open work of any age, whatever changed since `oldest`, and the person and episode of each of
    those."""
    standing = select(CustodyEpisode.id).where(CustodyEpisode.released_at.is_(None))
    people = select(CustodyEpisode.person_id).where(CustodyEpisode.released_at.is_(None))
    wanted = or_(
        Record.updated_at >= oldest,
        Record.standing.is_(True),
        Record.episode_id.in_(standing),
        and_(Record.type == "person", Record.id.in_(people)),
    )
    kept: set[str] = set()
    for row in session.execute(select(Record.id, Record.person_id, Record.episode_id).where(wanted)):
        kept.update(each for each in row if each)
    carried = (
        select(RecordScope, Record.rev)
        .join(Record, Record.id == RecordScope.record_id)
        .where(RecordScope.carried.is_(True), RecordScope.left.is_(False))
        .order_by(RecordScope.record_id, RecordScope.scope)
    )
    for place, rev in session.execute(carried).all():
        if place.record_id not in kept:
            feeds.let_go(session, place, rev, next_seq(session))
    session.flush()
