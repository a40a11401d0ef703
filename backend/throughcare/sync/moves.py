"""Recorded on the wrong person: an assessment, or a stay with everything under it, moves to the right one.

What was sent stays as it was sent, and what was frozen stays byte for byte; the records take the right person, and the
move itself stands in both histories.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import or_, select

from ..models import Alert, Amendment, Conflict, Move, Record
from ..permissions import Permission, may
from ..records.merge import Change, same
from ..records.revision import is_uuid
from ..records.types.assessment import may as may_do
from ..records.types.move import MOVABLE, refusal
from . import documents, removals
from .wire import Held, Rejected, WireOp
from .work import Work

PARENTS = frozenset({"person_id", "episode_id"})


def apply_moves(work: Work, op: WireOp, record: Record) -> tuple[Change, ...]:
    """Carry out the moves of an edit, in the order in which they were made. Returns the op's other changes. Raises
    Rejected; Held while the right person is not here yet."""
    if op.type not in MOVABLE or not any(change.path[0] == "moves" for change in op.changes):
        return op.changes
    removals.stand_again(work, record)
    for change in op.changes:
        if change.path[0] == "moves":
            _apply(work, record, change)
    for change in op.changes:
        if change.path[0] in PARENTS and not same(record.body.get(change.path[0]), change.chosen):
            raise Rejected("record.fixed_field")
    return tuple(change for change in op.changes if change.path[0] != "moves" and change.path[0] not in PARENTS)


def check_new(work: Work, kind: str, body: dict[str, Any]) -> dict[str, Any]:
    """A record that its maker moved before it was ever sent: the moves must lead to where it is. Returns the body with
    the sender as who moved it. Raises Rejected."""
    moves = body.get("moves")
    if moves is None:
        return body
    if kind not in MOVABLE or not isinstance(moves, dict) or not moves:
        raise Rejected("record.fixed_field")
    named = {}
    for move_id, said in moves.items():
        if not is_uuid(move_id) or not isinstance(said, dict) or not str(said.get("reason") or "").strip():
            raise Rejected("move.no_reason")
        named[move_id] = {**said, "by": work.by}
    places = [(said.get("to_person"), said.get("to_episode")) for said in named.values()]
    if (body.get("person_id"), body.get("episode_id")) not in places:
        raise Rejected("record.fixed_field")
    return {**body, "moves": named}


def follow(work: Work, body: dict[str, Any]) -> dict[str, Any]:
    """What is recorded on work that has moved meanwhile goes with it: whoever recorded it had not heard of the move."""
    parent = work.session.get(Record, str(body.get("assessment_id") or body.get("episode_id") or ""))
    if parent is None or parent.body.get("person_id") == body.get("person_id"):
        return body
    left = select(Move.id).where(
        Move.record_id.in_([parent.id, parent.episode_id or parent.id]), Move.from_person_id == body.get("person_id")
    )
    if work.session.scalars(left.limit(1)).first() is None:
        return body
    return {**body, "person_id": parent.body["person_id"]}


def _apply(work: Work, record: Record, change: Change) -> None:
    said = change.chosen
    if len(change.path) != 2 or not is_uuid(change.path[1]) or change.seen is not None or not isinstance(said, dict):
        raise Rejected("record.fixed_field")
    body, whole = record.body, record.type == "custody_episode"
    if body["person_id"] == said.get("to_person") and body.get("episode_id") == said.get("to_episode"):
        return  # somebody has moved it there already: one move is enough
    why = refusal(body, said) if whole else may_do("move", body, work.actor, said, record.editors).why
    if why:
        raise Rejected(why)
    if whole and not may(work.role, Permission.RECORD):
        raise Rejected("record.not_permitted")
    _check_target(work, record, said, whole)
    move = {**said, "by": work.by, "at": said.get("at") or change.at}
    moved = {**body, "person_id": said["to_person"], "moves": {**(body.get("moves") or {}), change.path[1]: move}}
    touched: dict[tuple[str, ...], str | None] = {("person_id",): change.at, ("moves",): change.at}
    if not whole:
        moved["episode_id"] = said["to_episode"]
        touched[("episode_id",)] = change.at
    moved = documents.clean(moved)
    documents.check(record.type, moved)
    below = _below(work, record)
    documents.save(work, record.type, record.id, moved, touched)
    for child in below:
        body_of = {**child.body, "person_id": said["to_person"]}
        documents.save(work, child.type, child.id, body_of, {("person_id",): change.at})
    write_rows(work, record)


def _check_target(work: Work, record: Record, said: dict[str, Any], whole: bool) -> None:
    """The right person, and for an assessment their stay in the same suite, are here and within reach."""
    wanted = [("to_person", "person")] if whole else [("to_person", "person"), ("to_episode", "custody_episode")]
    for name, kind in wanted:
        if not is_uuid(said.get(name)):
            raise Rejected("record.invalid", fields={"moves": "This value is not possible here."})
        target = work.session.get(Record, said[name])
        if target is None:
            raise Held(said[name], "record.parent_missing")
        if target.type != kind:
            raise Rejected("record.parent_mismatch")
        documents.check_scope(work, target)
        removals.stand_again(work, target)
        if kind == "custody_episode" and (
            target.body["person_id"] != said["to_person"] or target.body["suite_id"] != record.body["suite_id"]
        ):
            raise Rejected("record.parent_mismatch")


def _below(work: Work, record: Record) -> list[Record]:
    """Everything that belongs to the work, in a fixed order: contacts, assessments, alerts, amendments, conflicts."""
    if record.type == "custody_episode":
        query = select(Record).where(Record.episode_id == record.id, Record.id != record.id)
    else:
        ids = [
            select(Alert.id).where(Alert.assessment_id == record.id),
            select(Amendment.id).where(Amendment.assessment_id == record.id),
            select(Conflict.id).where(Conflict.record_id == record.id),
            select(Conflict.id).where(Conflict.record_id.in_(select(Alert.id).where(Alert.assessment_id == record.id))),
        ]
        query = select(Record).where(or_(*(Record.id.in_(each) for each in ids)))
    return list(work.session.scalars(query.order_by(Record.id)))


def write_rows(work: Work, record: Record) -> None:
    """The read table's rows of a record's moves."""
    if not record.body.get("moves"):
        return
    for move_id, said in (record.body.get("moves") or {}).items():
        if work.session.get(Move, move_id) is not None:
            continue
        work.session.add(
            Move(
                id=move_id,
                record_id=record.id,
                record_type=record.type,
                suite_id=record.body["suite_id"],
                from_person_id=said["from_person"],
                to_person_id=said["to_person"],
                from_episode_id=said.get("from_episode"),
                to_episode_id=said.get("to_episode"),
                reason=said["reason"],
                by=said["by"],
                at=said.get("at"),
                received_at=work.received_at,
            )
        )
    work.session.flush()
