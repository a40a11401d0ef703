"""Amendments: a proposed change to what was handed in, decided by a supervisor who did not propose it."""

from __future__ import annotations

from ..models import Record
from ..permissions import Permission, may
from ..records.merge import Groups, Path, get, pointer_of, same
from ..records.types.assessment import may as may_do
from ..records.units import lay, place_of, spot_of
from . import assessments, documents, form_facts
from .wire import Rejected, WireOp
from .work import Work


def check_new(work: Work, body: dict) -> None:
    """A device proposes in its user's own name. Raises Rejected."""
    if body.get("by") != work.by or body.get("state") != "proposed" or body.get("decided"):
        raise Rejected("record.fixed_field")
    parent = work.session.get(Record, body["assessment_id"])
    if parent is not None and parent.body["state"] not in ("submitted", "approved"):
        raise Rejected("amendment.wrong_state")


def check_edit(work: Work, op: WireOp, amendment: Record) -> None:
    """Before its decision its author may still change it, the reason above all. Raises Rejected."""
    if amendment.body["state"] != "proposed":
        raise Rejected("amendment.decided")
    if any(change.path[0] not in ("reason", "changes") for change in op.changes):
        raise Rejected("record.fixed_field")
    if work.by != amendment.body["by"]:
        raise Rejected("record.not_permitted")


def decide(work: Work, op: WireOp, amendment: Record) -> Record:
    """Accept or decline. Returns the amendment; accepting makes the assessment's next number. Raises Rejected."""
    body = amendment.body
    fields = {change.path[0]: change.chosen for change in op.changes if len(change.path) == 1}
    decided, state = fields.get("decided"), fields.get("state")
    if not isinstance(decided, dict) or state not in ("accepted", "declined") or set(fields) - {"decided", "state"}:
        raise Rejected("record.fixed_field")
    if not may(work.role, Permission.REVIEW):
        raise Rejected("record.not_permitted")
    if work.by == body["by"]:
        raise Rejected("amendment.own_work")
    if body["state"] != "proposed":
        raise Rejected("amendment.decided")
    reason = str(decided.get("reason") or op.reason or "").strip() or None
    if (state == "declined" and not reason) or (state == "accepted" and not body.get("reason")):
        raise Rejected("amendment.no_reason")
    if state == "accepted":
        _apply(work, op, amendment)
    settled = documents.clean({**body, "state": state, "decided": {**decided, "by": work.by, "reason": reason}})
    return documents.save(work, "amendment", amendment.id, settled, {("state",): op.at, ("decided",): op.at})


def _apply(work: Work, op: WireOp, amendment: Record) -> None:
    record = work.session.get_one(Record, amendment.body["assessment_id"])
    verdict = may_do("accept_amendment", record.body, work.actor, {"by": amendment.body["by"]})
    if not verdict.allowed:
        raise Rejected(verdict.why or "amendment.wrong_state")
    body = documents.clean(record.body)
    touched: dict[tuple[str, ...], str | None] = {}
    groups = form_facts.groups_of(work.session, "assessment", body)
    for address, change in amendment.body["changes"].items():
        path = form_facts.path_at(work.session, body["form"], groups, address)
        if not same(get(body, path), change.get("from")) or _row_is_gone(body, path, groups):
            raise Rejected("amendment.stale")
        lay(body, path, change.get("to"), groups)
        touched[path] = amendment.body.get("at")
    body["submission"] = {**body["submission"], "number": verdict.number}
    review = None
    if verdict.to == "approved":
        review = {"number": verdict.number, "outcome": "approved", "by": work.by, "at": op.at or work.received_at}
        body["review"] = review
    # Whoever proposed it said it: the answer is theirs, the decision the supervisor's.
    claim = record.provenance
    saved = documents.save(work, "assessment", record.id, body, touched)
    proposed = documents.provenance_at(amendment, "/changes")
    saved.provenance = {**claim, **{pointer_of(path): proposed for path in touched}}
    named = {**review, "by_name": work.name_of(work.by), "received_at": work.received_at} if review else None
    assessments.freeze(work, saved, "amendment", state=verdict.to or "submitted", review=named)


def _row_is_gone(body: dict, path: Path, groups: Groups) -> bool:
    """Whether a row around the answer was removed since: accepting must not bring it back with one answer in it."""
    around = [row for row in spot_of(path, groups).rows if row != path]
    return any(get(body, row) is None and get(body, place_of(row)) is None for row in around)
