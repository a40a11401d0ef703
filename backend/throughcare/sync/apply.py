"""Applying one op: permission, scope, life, merge, projection. Raises Rejected or Held; the caller's savepoint undoes
the rest."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from ..models import Record
from ..permissions import Permission, may
from ..records.merge import Change, merge, same
from ..records.removal import AT
from ..records.revision import is_named, named_id
from ..records.types import TYPES
from . import amendments, assessments, chains, conflicts, documents, form_facts, late, moves, recovered, removals
from .wire import Held, Kept, Rejected, WireOp
from .work import Work


@dataclass
class Outcome:
    """`differs`: the result is not what the sender predicted, so the record goes along. `made` are conflict ids."""

    state: str
    record: Record
    why: str | None = None
    differs: bool = False
    made: list[str] = field(default_factory=list)


def apply(work: Work, op: WireOp) -> Outcome:
    if not may(work.role, Permission.SETTLE if op.type == "conflict" else Permission.RECORD):
        raise Rejected("record.not_permitted")
    record = work.session.get(Record, op.record)
    if record is not None and record.type != op.type:
        raise Rejected("record.wrong_type")
    chains.check_predecessor(work.session, op, record is not None, bool(work.frozen.get("alone")))
    if op.recovered:
        return _recover(work, op, record)
    if record is None:
        if not op.creates:
            raise Held(op.record, "record.missing")
        return _create(work, op)
    documents.check_scope(work, record)
    if op.type == "alert" and op.creates:
        # Two tablets, or a tablet and the server, raised the same alert: there is one.
        return Outcome("merged", record, differs=True)
    if op.type == "conflict":
        settled = conflicts.resolve(work, op, record)
        return Outcome("applied", settled, differs=True)
    return _change(work, op, record)


def _recover(work: Work, op: WireOp, record: Record | None) -> Outcome:
    """What a device held of a record that is not here since the service was set back."""
    if record is not None:
        recovered.check_known(work, op)
        return Outcome("applied", record)
    recovered.check_simple(op)
    try:
        return _create(work, op)
    except Rejected:
        raise Kept("record.recovered") from None


# --- making -----------------------------------------------------------------------------------------------------------


def _create(work: Work, op: WireOp) -> Outcome:
    if op.type == "conflict":
        raise Rejected("conflict.made_by_server")
    predicted = chains.body_after(op, {})
    body = moves.follow(work, moves.check_new(work, op.type, documents.clean(predicted)))
    body = removals.check_new(work, op.type, body)
    verb = None
    if op.type == "assessment":
        body, verb = _new_assessment(work, body)
    documents.check(op.type, body)
    _check_id(op, body)
    if "suite_id" in body and body["suite_id"] not in work.suites:
        late.refuse(work, [body["suite_id"]])
    _check_parents(work, op, body)
    if op.type == "assessment":
        form_facts.check_published(work.session, body["form"])
    if op.type == "amendment":
        amendments.check_new(work, body)
    if op.type == "alert" and body["state"] != "open":
        _check_settled(body)
    touched: dict[tuple[str, ...], str | None] = {(name,): op.at for name in body if name != "answers"}
    touched.update({("answers", link_id): op.at for link_id in body.get("answers") or {}})
    touched.update({change.path: change.at for change in op.changes})
    editors = frozenset({work.by}) if op.type == "assessment" else frozenset()
    record = documents.save(work, op.type, op.record, body, touched, editors=editors)
    moves.write_rows(work, record)
    if verb:
        assessments.after_verb(work, verb, record)
    return Outcome("applied", record, differs=not same(record.body, predicted))


def _new_assessment(work: Work, body: dict[str, Any]) -> tuple[dict[str, Any], str | None]:
    """An assessment is made as a draft by its author; edits coalesced into the create may already hand it in or
    abandon it."""
    body = {"state": "draft", "author_id": work.by, **body}
    if body["author_id"] != work.by or body.get("review") or body["state"] not in ("draft", "submitted", "abandoned"):
        raise Rejected("record.fixed_field")
    if body["state"] == "submitted":
        if (body.get("submission") or {}).get("number") != 1:
            raise Rejected("submission.wrong_number")
        body["submission"] = {**body["submission"], "by": work.by}
        return body, "submit"
    if body["state"] == "abandoned" and not (body.get("stopped") or {}).get("reason"):
        raise Rejected("assessment.no_reason")
    if body.get("submission"):
        raise Rejected("record.fixed_field")
    return body, None


def _check_id(op: WireOp, body: dict[str, Any]) -> None:
    """An alert's id is made from its assessment and its name, so that two makers raise one. No other record of a device has
    an id of that sort: whoever took one first would keep an alert or a conflict from ever being made."""
    right = (
        named_id(body["assessment_id"], body["alert"]) == op.record if op.type == "alert" else not is_named(op.record)
    )
    if not right:
        raise Rejected("op.malformed")


def _check_parents(work: Work, op: WireOp, body: dict[str, Any]) -> None:
    """What the record belongs to is here, within reach, and fits together."""
    for name in ("person_id", "episode_id", "assessment_id"):
        if name not in body:
            continue
        parent = work.session.get(Record, str(body[name]))
        if parent is None:
            raise Held(str(body[name]), "record.parent_missing")
        if parent.type != {"person_id": "person", "episode_id": "custody_episode", "assessment_id": "assessment"}[name]:
            raise Rejected("record.parent_mismatch")
        # A stay that this service had before it was set back is what puts its person into a suite again: it waits for no other.
        if not (op.recovered and op.type == "custody_episode" and not parent.scopes):
            documents.check_scope(work, parent, "record.parent_missing")
        for shared in ("person_id", "suite_id"):
            if parent.body.get(shared) not in (None, body.get(shared)):
                raise Rejected("record.parent_mismatch")
        removals.stand_again(work, parent)


# --- changing ---------------------------------------------------------------------------------------------------------


def _change(work: Work, op: WireOp, record: Record) -> Outcome:
    changes = list(moves.apply_moves(work, op, record))
    if not changes and op.changes:
        return _moved(work, op, record)
    if op.creates:
        changes = [Change((name,), None, value, op.at) for name, value in documents.clean(op.body).items()] + changes
    if op.type == "amendment" and any(change.path[0] in ("state", "decided") for change in changes):
        decided = amendments.decide(work, op, record)
        return Outcome("applied", decided, differs=True)
    changes = removals.check(work, op, record, changes)
    fixed = TYPES[op.type].fixed
    for change in changes:
        if change.path[0] in fixed and not same(record.body.get(change.path[0]), change.chosen):
            raise Rejected("record.fixed_field")
    if op.type == "amendment":
        amendments.check_edit(work, op, record)
    verb: str | None = None
    fields: dict[str, Any] = {}
    if op.type == "assessment":
        kept = replace(op, changes=tuple(changes))
        verb, late = assessments.judge(work, kept, record)
        if late:
            made = assessments.hold_late(work, kept, record)
            if made is None:
                return Outcome("applied", record, differs=True)
            return Outcome("held", record, why="assessment.late_answers", differs=True)
        if verb:
            fields, changes = assessments.life_changes(work, kept, verb, record)
    if op.type == "alert":
        fields, changes = _settle_alert(work, changes, record)
    return _merge(work, op, record, changes, fields, verb)


def _moved(work: Work, op: WireOp, record: Record) -> Outcome:
    """An op that only moved the work."""
    before = chains.body_before(work.session, op)
    differs = before is None or not same(documents.clean(chains.body_after(op, before)), record.body)
    return Outcome("merged" if differs else "applied", record, differs=differs)


def _merge(
    work: Work, op: WireOp, record: Record, changes: list[Change], fields: dict[str, Any], verb: str | None
) -> Outcome:
    before = chains.body_before(work.session, op)
    merged = merge(record.body, changes, before, form_facts.groups_of(work.session, op.type, record.body))
    body = documents.clean({**merged.body, **fields})
    documents.check(op.type, body)
    touched = dict(merged.applied)
    touched.update({(name,): op.at for name in fields})
    takes_over = op.type == "assessment" and (body.get("taken_over") or {}).get("by") == work.by
    removed = conflicts.take_removals(record, merged.clashes)
    saved = documents.save(
        work, op.type, op.record, body, touched, editors=frozenset({work.by}) if takes_over else frozenset()
    )
    made = conflicts.record_clashes(work, saved, merged.clashes, removed)
    conflicts.keep_true(work, saved)
    if any(change.path == AT and change.chosen is None for change in changes):
        conflicts.give_up(work, saved, AT)
    if verb:
        assessments.after_verb(work, verb, saved)
    predicted = None if before is None else documents.clean(chains.body_after(op, before))
    differs = predicted is None or not same(predicted, saved.body)
    return Outcome(
        "conflict" if made else "merged" if differs else "applied", saved, differs=differs or bool(made), made=made
    )


def _settle_alert(work: Work, changes: list[Change], record: Record) -> tuple[dict[str, Any], list[Change]]:
    fields = {change.path[0]: change.chosen for change in changes if change.path in (("state",), ("settled",))}
    if not fields:
        return {}, changes
    if record.body["state"] != "open":
        if same(record.body.get("settled"), fields.get("settled")):
            return {}, []
        raise Rejected("alert.settled")
    _check_settled(fields)
    fields["settled"] = documents.clean({**fields["settled"], "by": work.by})
    return fields, [change for change in changes if change.path not in (("state",), ("settled",))]


def _check_settled(fields: dict[str, Any]) -> None:
    settled = fields.get("settled") or {}
    wanted = {"told": "name", "not-needed": "reason"}.get(str(fields.get("state")))
    if wanted is None or not isinstance(settled, dict) or not str(settled.get(wanted) or "").strip():
        raise Rejected("alert.no_name")
