"""Making everything derived again from the ops as they were received, and comparing it with what stands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from ..models import DERIVED, Authority, Form, Op, Suite, SyncMeta, User, UserSuite
from . import decisions
from .receive import settle
from .work import count_from

# What is not derived and a replay looks at. Devices and passkeys are only names to it.
INPUTS = (Authority, Suite, User, UserSuite, Form)
BATCH = 200


def replay(session: Session, ops: Session) -> int:
    """Apply every op that `ops` holds, in the order of arrival, to the empty derived tables of `session`. Returns how
    many.

    Each op is judged with what its sender held on that day (kept beside it) and frozen with what the form engine said
    then. The counter is set to the op's arrival first, so that every record gets the number it had.
    """
    count = 0
    waiting: list[Op] = []
    for original in _in_order(ops):
        count += 1
        _release(session, waiting, original.arrival)
        op = Op(**{column: getattr(original, column) for column in _columns(Op)})
        op.waits_for = None
        # Upkeep or a supervisor says it again, at its own number.
        op.frozen = {name: value for name, value in (op.frozen or {}).items() if name not in decisions.MARKS} or None
        session.add(op)
        session.flush()
        if original.why == "op.failed":
            continue  # it had no effect; a mended program must not give it one unseen
        if released := (op.frozen or {}).get("released"):
            op.state, op.waits_for = "held", released["waited_for"]
            waiting.append(op)
            continue
        count_from(session, op.arrival)
        settle(session, op)
        if count % BATCH == 0:
            session.flush()
    _release(session, waiting, None)
    return count


def _release(session: Session, waiting: list[Op], before: int | None) -> None:
    """Apply the ops whose form was published before this arrival (None: all), at the number that it happened at."""

    def when(op: Op) -> int:
        return int((op.frozen or {})["released"]["seq"])

    now = None
    for op in sorted(waiting, key=lambda op: (when(op), op.arrival)):
        if before is not None and when(op) >= before:
            return
        if when(op) != now:
            now = when(op)
            count_from(session, now)
        settle(session, op)
        waiting.remove(op)


def _in_order(session: Session) -> Iterator[Op]:
    yield from session.scalars(select(Op).order_by(Op.arrival))


def copy_inputs(source: Session, target: Session) -> None:
    for model in INPUTS:
        for row in source.scalars(select(model)):
            target.add(model(**{name: getattr(row, name) for name in _columns(model)}))
        target.flush()
    meta = source.get_one(SyncMeta, 1)
    target.merge(SyncMeta(id=1, epoch=meta.epoch, seq=0))
    target.flush()


def differences(left: Session, right: Session) -> list[str]:
    """Where the derived tables and the outcomes of two databases differ: "table id: columns". Ids and names of columns
    only."""
    found: list[str] = []
    for model in (*DERIVED, Op):
        ours, theirs = _rows(left, model), _rows(right, model)
        for key in sorted(ours.keys() | theirs.keys()):
            if key not in ours or key not in theirs:
                found.append(
                    f"{model.__tablename__} {'/'.join(key)}: only in the {'replay' if key not in ours else 'database'}"
                )
                continue
            columns = [name for name, value in ours[key].items() if theirs[key][name] != value]
            if columns:
                found.append(f"{model.__tablename__} {'/'.join(key)}: {', '.join(columns)}")
    return found


def _rows(session: Session, model: type[Any]) -> dict[tuple[str, ...], dict[str, Any]]:
    names = _columns(model)
    keys = [column.name for column in inspect(model).primary_key]
    return {
        tuple(str(getattr(row, key)) for key in keys): {name: getattr(row, name) for name in names}
        for row in session.scalars(select(model))
    }


def _columns(model: type[Any]) -> list[str]:
    return [attribute.key for attribute in inspect(model).column_attrs]
