"""Each suite's feed: which records belong to a suite, which of them its tablets carry, and in what order they changed."""

from __future__ import annotations

from sqlalchemy.orm import Session

from ..models import Record, RecordScope
from . import digests
from .work import next_seq


def scopes_of(session: Session, record_id: str) -> list[str]:
    """The suites that the record belongs to, sorted."""
    record = session.get(Record, record_id)
    return sorted(row.scope for row in record.scopes if not row.left) if record else []


def carried_by(record: Record) -> list[str]:
    """The suites whose tablets hold the record, sorted."""
    return sorted(row.scope for row in record.scopes if row.carried and not row.left)


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
    parent = session.get(Record, parent_id)
    if parent is not None and not parent.deleted and scope not in carried_by(parent):
        enter(session, parent, scope, next_seq(session), parent.rev)


def enter(session: Session, record: Record, scope: str, seq: int, before: str | None) -> None:
    """The record's place in the suite's feed is `seq` from now on, and the suite's tablets carry it, or hear there that it
    was taken away."""
    row = next((row for row in record.scopes if row.scope == scope), None)
    had = before if row is not None and row.carried and not row.left else None
    carried = not record.deleted
    if row is None:
        record.scopes.append(RecordScope(record_id=record.id, scope=scope, seq=seq, left=False, carried=carried))
    else:
        row.seq, row.left, row.carried = seq, False, carried
    digests.change(session, scope, record.id, had, record.rev if carried else None)


def let_go(session: Session, row: RecordScope, rev: str, seq: int) -> None:
    """The suite's tablets carry this record no longer; it still belongs to the suite."""
    row.seq, row.carried = seq, False
    digests.change(session, row.scope, row.record_id, rev, None)
