"""What a device holds of a suite against what it should hold: docs/sync-protocol.md, "POST /sync/v1/compare"."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import bindparam, select, tuple_
from sqlalchemy.orm import Session

from .. import clock
from ..models import Record, RecordScope, RecordVersion, User
from ..problems import Problem
from ..records.revision import is_revision, is_uuid
from .carried import AS_CARRIED, Row, as_texts, beginning, record
from .pages import MAX_BYTES, PIECE
from .work import meta_of

MAX_RECORDS = 500
_OF_IDS = select(*AS_CARRIED).where(record.id.in_(bindparam("ids", expanding=True))).order_by(record.id)


def compare(session: Session, user: User, request: dict[str, Any]) -> dict[str, Any]:
    """The answer; `session` is a snapshot. Raises Problem: record.out_of_scope for a suite that is not the user's,
    sync.malformed for ends of the range that are no ids."""
    scope = request["scope"]
    if not all(is_uuid(end) for end in (request["after"], request["until"]) if end):
        raise Problem("sync.malformed")
    if scope not in user.suite_ids:
        raise Problem("record.out_of_scope")
    have = {key: rev for key, rev in request["have"] if _within(key, request)}
    ours = _carried(session, scope, request["after"], request["until"])
    wrong = [record_id for record_id, rev in ours.items() if have.get(record_id) != rev]
    unknown = _unseen(session, [(key, rev) for key, rev in have.items() if ours.get(key) != rev])
    brought = beginning(_read(session, wrong[:MAX_RECORDS]), MAX_BYTES)
    now = meta_of(session)
    return {
        "epoch": now.epoch,
        "server_now": clock.now(),
        "durable_seq": now.durable_seq,
        "records": as_texts(session, brought, user.suite_ids),
        "leaves": [{"id": key, "scope": scope} for key in have if key not in ours],
        "unseen": unknown,
        "more": len(brought) < len(wrong),
    }


def _within(record_id: str, request: dict[str, Any]) -> bool:
    """Whether the id is in the range: of what a device names beyond it nothing is known here."""
    until = request["until"]
    return request["after"] < record_id and (until is None or record_id <= until)


def _read(session: Session, ids: list[str]) -> Iterator[Row]:
    """The records, in order of id, a piece at a time: nobody waits for what no longer fits."""
    for start in range(0, len(ids), PIECE):
        yield from session.execute(_OF_IDS, {"ids": ids[start : start + PIECE]})


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
