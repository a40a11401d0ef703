"""Each suite's feed: which records belong to a suite, which of them its tablets carry, and in what order they changed."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..models import Record, RecordScope
from . import digests
from .work import next_seq


def scopes_of(session: Session, record_id: str) -> list[str]:
    """The suites that the record belongs to, sorted."""
    rows = session.scalars(
        select(RecordScope.scope).where(RecordScope.record_id == record_id, RecordScope.left.is_(False))
    )
    return sorted(rows)


def carried_by(session: Session, record_id: str) -> list[str]:
    """The suites whose tablets hold the record, sorted."""
    query = select(RecordScope.scope).where(
        RecordScope.record_id == record_id, RecordScope.left.is_(False), RecordScope.carried.is_(True)
    )
    return sorted(session.scalars(query))


def place(session: Session, record: Record, before: str | None) -> None:
    """Put a saved record into its suites' feeds. `before` is the revision that it had.

    A person goes wherever one of their episodes is; the person and the episode of what is carried are carried too.
    """
    if record.type == "person" or record.body.get("record_type") == "person":
        wanted = scopes_of(session, record.body.get("record_id") or record.id)
    else:
        wanted = [record.body["suite_id"]]
    for scope in wanted:
        for parent_id in (record.person_id, record.episode_id):
            if parent_id and parent_id != record.id:
                _keep(session, parent_id, scope)
        enter(session, record, scope, record.seq, before)


def announce(session: Session, record: Record) -> None:
    """Send an unchanged record again: what travels beside it (its open conflicts) has changed."""
    seq = next_seq(session)
    record.seq = seq
    for scope in scopes_of(session, record.id):
        enter(session, record, scope, seq, record.rev)


def _keep(session: Session, parent_id: str, scope: str) -> None:
    row = session.get(RecordScope, (parent_id, scope))
    parent = session.get(Record, parent_id)
    if parent is not None and (row is None or row.left or not row.carried):
        enter(session, parent, scope, next_seq(session), parent.rev)


def enter(session: Session, record: Record, scope: str, seq: int, before: str | None) -> None:
    """The record's place in the suite's feed is `seq` from now on, and the suite's tablets carry it."""
    row = session.get(RecordScope, (record.id, scope))
    had = before if row is not None and row.carried and not row.left else None
    if row is None:
        session.add(RecordScope(record_id=record.id, scope=scope, seq=seq, left=False, carried=True))
    else:
        row.seq, row.left, row.carried = seq, False, True
    digests.change(session, scope, record.id, had, record.rev)
    session.flush()


def let_go(session: Session, row: RecordScope, rev: str, seq: int) -> None:
    """The suite's tablets carry this record no longer; it still belongs to the suite."""
    row.seq, row.carried = seq, False
    digests.change(session, row.scope, row.record_id, rev, None)
