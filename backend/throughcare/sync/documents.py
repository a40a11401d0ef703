"""Writing one record: its next revision, its version, its provenance, its scopes and its row in the read tables."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from .. import fresh
from ..models import Assessment, Conflict, Record, RecordVersion
from ..records.merge import pointer_of, same
from ..records.removal import is_removed
from ..records.revision import revision
from ..records.schemas import problems_of
from ..records.types import TYPES
from . import late
from .feeds import carried_by, place, scopes_of
from .wire import Held, Rejected
from .work import Work, next_seq


def clean(body: Mapping[str, Any]) -> dict[str, Any]:
    """The body without nulls: null means absent."""
    return {key: clean(value) if isinstance(value, dict) else value for key, value in body.items() if value is not None}


def check(kind: str, body: dict[str, Any]) -> None:
    wrong = problems_of(TYPES[kind].schema, body)
    if wrong:
        raise Rejected("record.invalid", fields=wrong)


def check_scope(work: Work, record: Record, missing: str = "record.missing") -> None:
    """Raises Rejected or Kept for a record that is in none of the sender's suites.

    A person whom the sender has just made is in none yet. Anybody else's first stay is still to come: raises Held with
    the words `missing`, as for a person who is not here (after a restore, tablets bring both back in their own time).
    """
    scopes = scopes_of(work.session, record.id)
    if work.suites.intersection(scopes):
        return
    if record.type == "person" and not record.scopes:
        if record.created_by == work.by:
            return
        raise Held(record.id, missing)
    late.refuse(work, scopes)


def save(
    work: Work,
    kind: str,
    record_id: str,
    body: dict[str, Any],
    touched: Mapping[tuple[str, ...], str | None],
    *,
    editors: frozenset[str] = frozenset(),
) -> Record:
    """Store a body as the record's next revision. `touched` maps each changed path to the claim of when. An equal body
    changes nothing."""
    session = work.session
    record = session.get(Record, record_id)
    if record is not None and same(record.body, body):
        if editors - set(record.editors):
            record.editors = sorted({*record.editors, *editors})
        return record
    seq = next_seq(session)
    claims = {at: work.claim(at) for at in set(touched.values())}
    provenance = {pointer_of(path): claims[at] for path, at in touched.items()}
    if record is None:
        record = Record(
            id=record_id,
            type=kind,
            n=0,
            provenance={},
            editors=[],
            created_by=work.by,
            created_at=work.received_at,
            deleted=False,
        )
        session.add(record)
    before = record.rev
    record.n += 1
    record.rev = revision(record.n, body)
    record.seq, record.body = seq, body
    record.provenance = {**record.provenance, **provenance}
    record.editors = sorted({*record.editors, *editors})
    record.updated_at = work.received_at
    record.deleted = is_removed(body)
    record.standing = not record.deleted and TYPES[kind].standing(body)
    record.person_id = record_id if kind == "person" else body.get("person_id")
    record.episode_id = record_id if kind == "custody_episode" else _episode_of(session, body)
    version = {"record_id": record_id, "rev": record.rev, "seq": seq, "op_id": work.op_id, "body": body}
    fresh.put(session, RecordVersion, (record_id, record.rev), version)
    place(session, record, before)
    project(session, record)
    return record


def _episode_of(session: Session, body: Mapping[str, Any]) -> str | None:
    if body.get("episode_id"):
        return body["episode_id"]
    parent = session.get(Record, body.get("assessment_id") or body.get("record_id") or "")
    return parent.episode_id if parent else None


def project(session: Session, record: Record) -> None:
    """Write the record's row in its read table; what was entered in error has none."""
    kind = TYPES[record.type]
    values = {"id": record.id, **kind.row(record)}
    row = session.get(kind.table, record.id) if record.n > 1 else None
    if record.deleted:
        if row is not None:
            session.delete(row)
            session.flush()
    elif row is None:
        fresh.put(session, kind.table, record.id, values)
    else:
        for name, value in values.items():
            if getattr(row, name) != value:
                setattr(row, name, value)
    if record.type == "conflict" and record.body.get("record_type") == "assessment":
        assessment = session.get(Assessment, record.body["record_id"])
        if assessment is not None:
            assessment.open_conflicts = count_open(session, assessment.id)


def count_open(session: Session, record_id: str) -> int:
    query = select(func.count()).select_from(Conflict).where(Conflict.record_id == record_id, Conflict.state == "open")
    return session.scalar(query) or 0


def open_conflicts(session: Session, record_ids: list[str]) -> dict[str, list[dict[str, Any]]]:
    """{record id: its open conflicts as they travel}: the working value first, then the other."""
    found: dict[str, list[dict[str, Any]]] = {}
    query = select(Conflict).where(Conflict.record_id.in_(record_ids), Conflict.state == "open").order_by(Conflict.id)
    for conflict in session.scalars(query):
        found.setdefault(conflict.record_id, []).append(
            {
                "id": conflict.id,
                "path": conflict.path,
                "link_id": conflict.link_id,
                "values": [conflict.theirs.get("value"), conflict.mine.get("value")],
            }
        )
    return found


def as_sent(session: Session, record: Record, suites: Container[str]) -> dict[str, Any]:
    """The record as it travels to somebody who holds these suites."""
    return {
        "id": record.id,
        "type": record.type,
        "rev": record.rev,
        "scopes": [scope for scope in carried_by(record) if scope in suites],
        "body": {} if record.deleted else record.body,
        "deleted": record.deleted,
        "open_conflicts": open_conflicts(session, [record.id]).get(record.id, []),
    }


def forget(session: Session) -> None:
    """Empty every derived table (before a replay)."""
    from ..models import DERIVED

    for table in DERIVED:
        session.execute(delete(table))


def provenance_at(record: Record, pointer: str) -> dict[str, Any]:
    """Who last changed this path, something in it, or what it stands in; else who made the record."""
    steps = pointer.split("/")
    above = {"/".join(steps[:depth]) for depth in range(2, len(steps) + 1)}
    below = pointer + "/"
    found = [
        (claim["received_at"], len(path), claim["op"] or "", claim)
        for path, claim in record.provenance.items()
        if path in above or path.startswith(below)
    ]
    if found:
        return max(found, key=lambda each: each[:3])[3]
    return {"op": None, "by": record.created_by, "device": None, "at": None, "received_at": record.created_at}


def last_claim(session: Session, record: Record) -> dict[str, Any]:
    """Who made the revision that stands."""
    version = session.get_one(RecordVersion, (record.id, record.rev))
    found = [claim for claim in record.provenance.values() if claim["op"] == version.op_id]
    return found[0] if found else provenance_at(record, "")
