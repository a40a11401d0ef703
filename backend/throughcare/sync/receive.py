"""Receiving ops: kept verbatim first, applied second, each in a savepoint of its own; answered alike however often
they come."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import exists, inspect, select
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session

from .. import audit, clock, fresh, json_text, logs
from ..db import db
from ..models import Device, Op, Record, User
from ..records.revision import sha256
from . import decisions, documents, feeds, late, prefetch, upkeep
from .apply import Outcome, apply
from .wire import MAX_OP, Held, Kept, Rejected, is_too_deep, op_id_of, parse, verbatim
from .work import Work, lock, meta_of, next_seq

# Its arrival, its record's place, and now and then those of a person, an alert, a conflict.
NUMBERS_PER_OP = 3
COLUMNS = tuple(Op.__table__.columns.keys())


def receive_ops(user: User, device: Device | None, ops: Sequence[Any]) -> list[dict[str, Any]]:
    """Receive ops of a device or an office screen (device None) in the caller's transaction; one outcome for each, in
    order."""
    return [json.loads(text) for text in receive_texts(db.session(), user, device, ops)]


def receive_texts(session: Session, user: User, device: Device | None, ops: Sequence[Any]) -> list[str]:
    """The same, each outcome as the JSON text that is stored: what is sent again is answered byte for byte."""
    lock(session, 1 + NUMBERS_PER_OP * len(ops))
    do_upkeep(session)
    prefetch.prefetch(session, ops)
    answers = _receive_all(session, user, device, ops)
    # Read at the end: an op that was held when it came may have been released by a later one of the same batch.
    return [session.get_one(Op, op_id).result if op_id else text for op_id, text in answers]


class NotPlain(Exception):
    """An op of a batch that was written as one could not simply be applied."""


def _receive_all(
    session: Session, user: User, device: Device | None, ops: Sequence[Any]
) -> list[tuple[str | None, str]]:
    """As one write where every op can be applied, which is nearly always; else one by one, each in a savepoint of its
    own, so that a fault undoes what that op did and nothing else."""
    if len(ops) > 1:
        try:
            with session.begin_nested():
                return [_receive(session, user, device, raw, careful=False) for raw in ops]
        except OperationalError:
            raise
        except (NotPlain, DBAPIError):
            prefetch.prefetch(session, ops)
    return [_receive(session, user, device, raw, careful=True) for raw in ops]


def _refusal(raw: Any, why: str) -> str:
    op_id = raw.get("op") if isinstance(raw, dict) else None
    return json.dumps({"op": op_id if isinstance(op_id, str) else None, "state": "rejected", "why": why})


def _receive(session: Session, user: User, device: Device | None, raw: Any, *, careful: bool) -> tuple[str | None, str]:
    """(the id of the stored op, ""), or (None, the answer) for what cannot be kept at all or stands for good."""
    op_id = op_id_of(raw)
    if op_id is None or is_too_deep(raw):
        return None, _refusal(raw, "op.malformed")
    text = verbatim(raw)
    if len(text) > MAX_OP:
        return None, _refusal(raw, "op.too_large")
    try:
        digest = sha256(raw)
    except ValueError:
        return None, _refusal(raw, "op.malformed")
    known = session.get(Op, op_id)
    if known is not None:
        same = known.sha256 == digest and known.user_id == user.id
        if same:
            return _said_before(session, known, user)
        # Two tablets that are one device, or one that was set back: its administrator can find it in the audit.
        device_id = device.id if device else None
        audit.deed("op.mismatch", known.record_id, actor_id=user.id, device_id=device_id, op=op_id)
        return None, _refusal(raw, "op.mismatch")
    op = Op(
        id=op_id,
        arrival=next_seq(session),
        record_id=str(raw.get("record"))[:100].replace("\0", ""),
        type=str(raw.get("type"))[:40].replace("\0", ""),
        user_id=user.id,
        role=user.role,
        suites=user.suite_ids,
        device_id=device.id if device else None,
        payload=text,
        sha256=digest,
        received_at=clock.now(),
        state="received",
        result="",
    )
    settle(session, op, careful=careful)
    audit.deed(
        f"op.{op.state}", op.record_id, actor_id=user.id, device_id=op.device_id, op=op.id, type=op.type, why=op.why
    )
    return (op_id, "") if careful else (None, op.result)


def _said_before(session: Session, op: Op, user: User) -> tuple[str | None, str]:
    """The first result, byte for byte; without the record where its sender holds none of its suites any more: the answer
    to an op that waited has what stood when it was settled, and that may have been after they were taken away."""
    if '"record":{' in op.result and not set(user.suite_ids).intersection(feeds.scopes_of(session, op.record_id)):
        result = json_text.read(op.result)
        return None, json_text.write({name: value for name, value in result.items() if name != "record"})
    return op.id, ""


def do_upkeep(session: Session) -> None:
    """The day's upkeep, with the first writer of the day or at the start of the service."""
    op = upkeep.due(session)
    if op is not None:
        settle(session, op)


def release(session: Session, awaited: str) -> None:
    """Apply what waited for something that is no op and no record: a form that is published now (form_facts.awaited).

    The number at which it happened stays with the op, so that a replay lets it wait as long.
    """
    lock(session)
    seq = meta_of(session).seq
    for op in session.scalars(select(Op).where(Op.waits_for == awaited).order_by(Op.arrival)).all():
        op.frozen = {**(op.frozen or {}), "released": {"seq": seq, "waited_for": awaited}}
        settle(session, op)


def settle(session: Session, op: Op, *, careful: bool = True) -> None:
    """Apply a stored op and write its outcome; then whatever waited for it. Also the heart of a replay. Not `careful`:
    without savepoints; raises NotPlain."""
    waiting = _ops_of(session, op)
    while waiting:
        current = waiting.pop(0)
        outcome = _try(session, current) if careful else _plainly(session, current)
        if outcome is None or not anyone_waits(session):
            continue
        query = select(Op).where(Op.waits_for.in_(_brought(current, outcome)), Op.id != current.id).order_by(Op.arrival)
        # What stands in line already keeps its turn: applied twice, it would meet what came after it as if it were another's.
        in_line = {each.id for each in waiting}
        waiting = [*(each for each in session.scalars(query) if each.id not in in_line), *waiting]


def _ops_of(session: Session, op: Op) -> list[Op]:
    """What there is to apply: the op itself, or those that the service or a supervisor decides about with it."""
    if upkeep.is_upkeep(op):
        return upkeep.apply(session, op)
    if decisions.is_decision(op):
        return decisions.apply(session, op)
    return [op]


def _brought(op: Op, outcome: Outcome) -> list[str]:
    """What ops may have waited for and is here now: those of the same chain the op, children of a new record the record,
    and whoever has just met a person that person's first stay."""
    person = [outcome.record.body["person_id"]] if op.type == "custody_episode" and outcome.record else []
    return [op.id, op.record_id, *person]


def anyone_waits(session: Session) -> bool:
    """Whether any op waits for another or a record: asked once of the database, and remembered by those who make one
    wait."""
    if "waiting" not in session.info:
        session.info["waiting"] = session.scalar(select(exists().where(Op.waits_for.is_not(None))))
    return bool(session.info["waiting"])


def _work(session: Session, op: Op) -> Work:
    return Work(
        session=session,
        op_id=op.id,
        by=op.user_id,
        role=op.role,
        suites=frozenset(op.suites),
        device_id=op.device_id,
        received_at=op.received_at,
        frozen=dict(op.frozen or {}),
    )


def _plainly(session: Session, op: Op) -> Outcome:
    """Apply without a savepoint of its own. Raises NotPlain for whatever would need one."""
    work = _work(session, op)
    op.waits_for = None
    try:
        wire = parse(json_text.read(op.payload))
        work.at = wire.at
        outcome = apply(work, wire)
    except DBAPIError:
        raise
    except Exception as error:
        raise NotPlain from error
    _conclude(op, work, outcome.state, outcome.why, **_facts(work, op, outcome))
    if inspect(op).transient:  # else it came earlier, and waited until now
        fresh.put(session, Op, op.id, {name: getattr(op, name) for name in COLUMNS})
    return outcome


def _try(session: Session, op: Op) -> Outcome | None:
    """Apply within a savepoint, which keeps the op with its outcome too. Returns the outcome, or nothing while it waits.

    Where the op cannot be applied, what it did is undone, and it is kept with the words for that.
    """
    work = _work(session, op)
    outcome = None
    op.waits_for = None
    try:
        with session.begin_nested():
            decisions.check(op)
            wire = parse(json_text.read(op.payload))
            work.at = wire.at
            outcome = apply(work, wire)
            _answer(session, op, work, outcome.state, outcome.why, **_facts(work, op, outcome))
            session.flush()
    except Held as held:
        op.waits_for = held.waits_for
        session.info["waiting"] = True
        _answer(session, op, work, "held", held.why)
    except Kept as kept:
        late.show(session, op, kept.why)
        _answer(session, op, work, "held", kept.why, **_current(session, op))
    except Rejected as refusal:
        _answer(session, op, work, "rejected", refusal.why, **refusal.details, **_current(session, op))
    except OperationalError:
        raise  # the database itself is in trouble: nothing is acknowledged, the device sends again
    except Exception as error:  # noqa: BLE001  a fault of ours: this op waits for us, its neighbours go on
        logs.failure(error, op=op.id)
        _answer(session, op, work, "rejected", "op.failed")
    return None if op.waits_for else outcome or Outcome("rejected", None)  # type: ignore[arg-type]


def _facts(work: Work, op: Op, outcome: Outcome) -> dict[str, Any]:
    # An op that changed nothing is as new as its arrival, however old the record is: by this number a device knows whether a
    # backup has the op.
    facts: dict[str, Any] = {"rev": outcome.record.rev, "seq": max(op.arrival, outcome.record.seq)}
    if outcome.differs:
        facts["record"] = documents.as_sent(work.session, outcome.record, work.suites)
    if outcome.made:
        facts["conflicts"] = outcome.made
    return facts


def _answer(session: Session, op: Op, work: Work, state: str, why: str | None, **facts: Any) -> None:
    """Write the outcome of an op into it, and the op into the database."""
    _conclude(op, work, state, why, **facts)
    session.add(op)


def _conclude(op: Op, work: Work, state: str, why: str | None, **facts: Any) -> None:
    answer = {
        "op": op.id,
        "state": state,
        "seq": op.arrival,
        "received_at": op.received_at,
        "sha256": op.sha256,
        **facts,
    }
    if why:
        answer["why"] = why
    op.state, op.why, op.frozen = state, why, work.frozen or None
    op.result = json_text.write(answer)


def _current(session: Session, op: Op) -> dict[str, Any]:
    """A refused edit comes with what stands, where the sender may see it, so that the screen can show the
    difference."""
    record = session.get(Record, op.record_id)
    if record is None or not set(op.suites).intersection(feeds.scopes_of(session, record.id)):
        return {}
    return {"record": documents.as_sent(session, record, op.suites)}
