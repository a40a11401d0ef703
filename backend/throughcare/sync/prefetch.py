"""What a batch of ops will ask for, read in a few queries before the first of them is applied."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from ..memory import absent, remember
from ..models import Op, Record
from ..records.revision import is_uuid

PARENTS = ("person_id", "episode_id", "assessment_id")


def prefetch(session: Session, ops: Sequence[Any]) -> None:
    """The caller holds the write lock. What is malformed is passed over: it is judged later, op by op."""
    remember(session)
    sent = [raw for raw in ops if isinstance(raw, dict)]
    records = _ids(raw.get("record") for raw in sent)
    for raw in sent:
        if isinstance(body := raw.get("body"), dict):
            records |= _ids(body.get(name) for name in PARENTS)
    wanted = _ids(raw.get("op") for raw in sent)
    known = {op.id for op in session.scalars(select(Op).where(Op.id.in_(sorted(wanted))))}
    absent(session, Op, wanted - known)
    found = _read(session, records)
    above = {parent for record in found.values() for parent in (record.person_id, record.episode_id) if parent}
    _read(session, above - records)
    absent(session, Record, records - found.keys())


def _read(session: Session, ids: set[str]) -> dict[str, Record]:
    query = select(Record).where(Record.id.in_(sorted(ids))).options(selectinload(Record.scopes))
    return {record.id: record for record in session.scalars(query)}


def _ids(values: Iterable[Any]) -> set[str]:
    return {value for value in values if is_uuid(value)}
