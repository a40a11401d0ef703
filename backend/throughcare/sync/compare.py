"""What a device holds of a suite against what it should hold: docs/sync-protocol.md, "POST /sync/v1/compare"."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from .. import clock
from ..models import Record, RecordScope, RecordVersion, User
from ..problems import Problem
from ..records.revision import is_revision, is_uuid
from .pull import as_carried
from .work import durable_seq, meta_of

MAX_RECORDS = 500


def compare(session: Session, user: User, request: dict[str, Any]) -> dict[str, Any]:
    """The answer; `session` is a snapshot. Raises Problem: record.out_of_scope for a suite that is not the user's,
    sync.malformed for ends of the range that are no ids."""
    scope = request["scope"]
    if not all(is_uuid(end) for end in (request["after"], request["until"]) if end):
        raise Problem("sync.malformed")
    if scope not in user.suite_ids:
        raise Problem("record.out_of_scope")
    have = dict(request["have"])
    ours = _carried(session, scope, request["after"], request["until"])
    wrong = [record_id for record_id, rev in ours.items() if have.get(record_id) != rev]
    unknown = _unseen(session, [(key, rev) for key, rev in have.items() if ours.get(key) != rev])
    epoch, _seq = meta_of(session)
    return {
        "epoch": epoch,
        "server_now": clock.now(),
        "durable_seq": durable_seq(session),
        "records": as_carried(session, wrong[:MAX_RECORDS], user.suite_ids),
        "leaves": [{"id": key, "scope": scope} for key in have if key not in ours],
        "unseen": unknown,
        "more": len(wrong) > MAX_RECORDS,
    }


def _carried(session: Session, scope: str, after: str, until: str | None) -> dict[str, str]:
    """{id: rev} of what the suite's tablets carry in this range, by id."""
    query = (
        select(Record.id, Record.rev)
        .join(RecordScope, RecordScope.record_id == Record.id)
        .where(RecordScope.scope == scope, RecordScope.carried.is_(True), RecordScope.left.is_(False))
        .where(Record.id > after)
        .order_by(Record.id)
    )
    if until is not None:
        query = query.where(Record.id <= until)
    return {row.id: row.rev for row in session.execute(query)}


def _unseen(session: Session, pairs: list[tuple[str, str]]) -> list[str]:
    """Which of these (id, rev) this service never had."""
    known: set[tuple[str, str]] = set()
    possible = [(key, rev) for key, rev in pairs if is_uuid(key) and is_revision(rev)]
    for start in range(0, len(possible), 400):
        part = possible[start : start + 400]
        query = select(RecordVersion.record_id, RecordVersion.rev).where(
            tuple_(RecordVersion.record_id, RecordVersion.rev).in_(part)
        )
        known.update((row.record_id, row.rev) for row in session.execute(query))
    return [key for key, rev in pairs if (key, rev) not in known]
