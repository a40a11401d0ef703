"""How much goes into one page: whole numbers of the feed, as many as fit into so many bytes."""

from __future__ import annotations

from collections.abc import Collection
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import ColumnElement, LargeBinary, Select, Text, cast, func, select
from sqlalchemy.orm import Session

from ..models import Record, RecordScope

MAX_BYTES = 2_000_000
AROUND = 300  # bytes of a record beside its body: ids, revision, scopes
Place = Any  # a row of `places`


def places(session: Session) -> Select[*tuple[Any, ...]]:
    """Places in feeds: (record_id, scope, seq, left, carried, deleted, person_id, episode_id, size). A page has hundreds, and
    nobody changes them: plain rows, each with what the page must know of the record."""
    place = (RecordScope.record_id, RecordScope.scope, RecordScope.seq, RecordScope.left, RecordScope.carried)
    return select(*place, Record.deleted, Record.person_id, Record.episode_id, _size(session).label("size")).join(
        Record, Record.id == RecordScope.record_id
    )


def _size(session: Session) -> ColumnElement[int]:
    """About how many bytes a record takes on the wire; its body stays in the database."""
    in_postgres = session.get_bind().dialect.name == "postgresql"
    length = func.octet_length(cast(Record.body, Text)) if in_postgres else func.length(cast(Record.body, LargeBinary))
    return length + AROUND


def above(rows: Collection[Place]) -> set[str]:
    """The people and episodes of these records."""
    return ({row.person_id for row in rows} | {row.episode_id for row in rows}) - {None}


def fitting(session: Session, rows: list[Place], max_bytes: int) -> list[Place]:
    """The first of these feed rows, in order of their numbers: all rows of a number or none, and one number at least,
    so that a page always goes on. Each record counts with its person and episode, which travel before it."""
    if not rows:
        return rows
    sizes = {row.record_id: row.size for row in rows}
    parents = above(rows) - sizes.keys()
    if parents:
        sizes.update(session.execute(select(Record.id, _size(session)).where(Record.id.in_(parents))).all())
    kept: list[Place] = []
    sent: set[str] = set()
    total = 0
    for _number, group in groupby(rows, key=attrgetter("seq")):
        together = list(group)
        carried = [row for row in together if row.carried and not row.left]
        fresh = {each for row in carried for each in (row.record_id, row.person_id, row.episode_id)} - sent
        total += sum(sizes.get(record_id, 0) for record_id in fresh)
        if kept and total > max_bytes:
            break
        sent |= fresh
        kept += together
    return kept
