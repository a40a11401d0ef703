"""How much goes into one page: whole numbers of the feed, as many as fit into so many bytes."""

from __future__ import annotations

from itertools import groupby

from sqlalchemy import LargeBinary, Text, cast, func, select
from sqlalchemy.orm import Session

from ..models import Record, RecordScope

MAX_BYTES = 2_000_000
AROUND = 300  # bytes of a record beside its body: ids, revision, scopes


def sizes(session: Session, ids: set[str]) -> dict[str, tuple[int, list[str]]]:
    """{record: (about how many bytes it takes on the wire, its person and episode)}, without reading the bodies."""
    in_postgres = session.get_bind().dialect.name == "postgresql"
    length = func.octet_length(cast(Record.body, Text)) if in_postgres else func.length(cast(Record.body, LargeBinary))
    query = select(Record.id, Record.person_id, Record.episode_id, length).where(Record.id.in_(ids))
    return {
        record_id: (size + AROUND, [each for each in (person, episode) if each and each != record_id])
        for record_id, person, episode, size in session.execute(query)
    }


def fitting(session: Session, rows: list[RecordScope], max_bytes: int) -> list[RecordScope]:
    """The first of these feed rows, in order of their numbers: all rows of a number or none, and one number at least,
    so that a page always goes on. Each record counts with its person and episode, which travel before it."""
    if not rows:
        return rows
    known = sizes(session, {row.record_id for row in rows})
    known |= sizes(session, {parent for _size, parents in known.values() for parent in parents} - known.keys())
    kept: list[RecordScope] = []
    sent: set[str] = set()
    total = 0
    for _number, group in groupby(rows, key=lambda row: row.seq):
        together = list(group)
        fresh = {row.record_id for row in together if row.carried and not row.left}
        fresh |= {parent for record_id in fresh for parent in known[record_id][1]}
        total += sum(known[record_id][0] for record_id in fresh - sent if record_id in known)
        if kept and total > max_bytes:
            break
        sent |= fresh
        kept += together
    return kept
