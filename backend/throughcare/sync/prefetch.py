"""What a batch of ops will ask for, read in a few queries before the first of them is applied."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session, selectinload

from ..memory import absent, quiet, remember
from ..models import Conflict, Op, Record, RecordVersion
from ..records.revision import is_revision, is_uuid
from ..records.types import TYPES

PARENTS = ("person_id", "episode_id", "assessment_id")


def prefetch(session: Session, ops: Sequence[Any]) -> None:
    """The caller holds the write lock. What is malformed is passed over: it is judged later, op by op."""
    remember(session)
    sent = [raw for raw in ops if isinstance(raw, dict)]
    wanted = _ids(raw.get("op") for raw in sent)
    known = {op.id for op in session.scalars(select(Op).where(Op.id.in_(sorted(wanted))))}
    absent(session, Op, wanted - known)
    edited = _ids(raw.get("record") for raw in sent)
    bodies = [raw["body"] for raw in sent if isinstance(raw.get("body"), dict)]
    records = edited | _ids(body.get(name) for body in bodies for name in PARENTS)
    found = _read(session, records)
    absent(session, Record, records - found.keys())
    above = {parent for record in found.values() for parent in (record.person_id, record.episode_id) if parent}
    _read(session, above - records)
    _read_of_edits(session, sent, [found[record_id] for record_id in sorted(edited & found.keys())])


def _read_of_edits(session: Session, sent: list[dict[str, Any]], records: list[Record]) -> None:
    """The rows of the read tables, the versions that the senders saw, and who has an open conflict."""
    ids: dict[str, list[str]] = {}
    for record in records:
        ids.setdefault(record.type, []).append(record.id)
    for kind, of_kind in ids.items():
        table: Any = TYPES[kind].table
        session.scalars(select(table).where(table.id.in_(of_kind))).all()
    seen = {
        (raw["record"], raw["base"]["rev"])
        for raw in sent
        if is_uuid(raw.get("record")) and isinstance(raw.get("base"), dict) and is_revision(raw["base"].get("rev"))
    }
    pair = tuple_(RecordVersion.record_id, RecordVersion.rev)
    there = {
        (each.record_id, each.rev) for each in session.scalars(select(RecordVersion).where(pair.in_(sorted(seen))))
    }
    absent(session, RecordVersion, seen - there)
    all_ids = {record.id for record in records}
    in_conflict = select(Conflict.record_id).where(Conflict.record_id.in_(sorted(all_ids)), Conflict.state == "open")
    quiet(session).update(all_ids - set(session.scalars(in_conflict)))


def _read(session: Session, ids: set[str]) -> dict[str, Record]:
    query = select(Record).where(Record.id.in_(sorted(ids))).options(selectinload(Record.scopes))
    return {record.id: record for record in session.scalars(query)}


def _ids(values: Iterable[Any]) -> set[str]:
    return {value for value in values if is_uuid(value)}
