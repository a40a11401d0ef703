"""Assessments: edits, the verbs of their life, late answers, and the frozen page of each submission."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from ..models import Conflict, Record, Submission
from ..records.merge import Change, get, pointer_of, put
from ..records.revision import named_id, reads_as
from ..records.types.assessment import HANDED_IN, may, number_of, verb_of
from ..records.units import address_of, differing, flat
from . import documents, form_facts
from .wire import Rejected, WireOp
from .work import Work

LIFE = frozenset({"state", "submission", "review"})


def judge(work: Work, op: WireOp, record: Record) -> tuple[str | None, bool]:
    """(the verb of this op, or None for an edit; whether its answers come too late and become an amendment). Raises
    Rejected."""
    chosen = {change.path: change.chosen for change in op.changes}
    state = next((change for change in op.changes if change.path == ("state",)), None)
    takes_over = (get(_as_body(op), ("taken_over", "by"))) == work.by
    editors = {*record.editors, *({work.by} if takes_over else ())}
    late = record.body["state"] in HANDED_IN and any(path[0] == "answers" for path in chosen)
    if takes_over and not may("take_over", record.body, work.actor, {}).allowed and not late:
        raise Rejected("assessment.wrong_state")
    if any(path[0] in LIFE for path in chosen) and state is None:
        raise Rejected("record.fixed_field")
    verb = verb_of(str(state.seen), str(state.chosen)) if state else None
    if state is not None and verb is None:
        raise Rejected("assessment.wrong_state")
    verdict = may(verb or "edit", record.body, work.actor, _details(op, verb), editors)
    if verdict.allowed:
        return verb, False
    own = work.by in editors or work.by == record.body.get("author_id")
    if late and own and verb in (None, "submit", "resubmit"):
        return verb, True
    raise Rejected(verdict.why or "assessment.wrong_state")


def _as_body(op: WireOp) -> dict[str, Any]:
    body: dict[str, Any] = {}
    for change in op.changes:
        put(body, change.path, change.chosen)
    return body


def _details(op: WireOp, verb: str | None) -> dict[str, Any]:
    body = _as_body(op)
    if verb in ("submit", "resubmit"):
        return {"number": get(body, ("submission", "number"))}
    if verb in ("return", "approve"):
        return {"number": get(body, ("review", "number"))}
    return {"reason": get(body, ("stopped", "reason")) or op.reason}


def life_changes(work: Work, op: WireOp, verb: str, record: Record) -> tuple[dict[str, Any], list[Change]]:
    """(the top-level fields that the verb sets, the other changes of the op). Raises Rejected."""
    body = _as_body(op)
    fields: dict[str, Any] = {"state": body["state"]}
    if verb in ("submit", "resubmit"):
        fields["submission"] = {**body["submission"], "by": work.by}
    if verb in ("return", "approve"):
        outcome = "returned" if verb == "return" else "approved"
        review = {**body["review"], "outcome": outcome, "by": work.by}
        if verb == "return" and not review.get("marks") and not (review.get("comment") or "").strip():
            raise Rejected("review.nothing_marked")
        if verb == "return" and isinstance(review.get("marks"), dict) and review["marks"]:
            # What was handed in, beside what is asked about it: the answers move on while the author corrects them.
            answers = flat(revision_of(work, record.id, review["number"]).answers)
            review["answers"] = {name: value for name, value in answers.items() if name in review["marks"]}
        if verb == "approve" and open_conflicts(work, record.id):
            raise Rejected("assessment.two_values")
        if verb == "approve" and revision_of(work, record.id, review["number"]).person_id != record.body["person_id"]:
            raise Rejected("submission.moved")  # what was read names the person it was wrongly recorded on
        fields["review"] = review
        others = [change for change in op.changes if change.path[0] not in LIFE]
        if others:
            raise Rejected("record.fixed_field")  # a reviewer reads; only its author writes
    if verb == "abandon" and not body.get("stopped"):
        fields["stopped"] = {"reason": op.reason, "at": op.at or work.received_at}
    if verb == "take_up":
        fields["stopped"] = None  # it is no longer abandoned, whatever else the op says
    return fields, [change for change in op.changes if change.path[0] not in LIFE]


def after_verb(work: Work, verb: str, record: Record) -> None:
    """Freeze what was handed in, or write the review beside what was frozen."""
    if verb in ("submit", "resubmit"):
        freeze(work, record, "submit")
    elif verb in ("return", "approve"):
        review = record.body["review"]
        row = revision_of(work, record.id, review["number"])
        row.state = review["outcome"]
        row.review = {**review, "by_name": work.name_of(work.by), "received_at": work.received_at}


def revision_of(work: Work, assessment_id: str, number: int) -> Submission:
    """The frozen row of a revision."""
    query = select(Submission).where(Submission.assessment_id == assessment_id, Submission.number == number)
    return work.session.scalars(query).one()


def open_conflicts(work: Work, record_id: str) -> list[Conflict]:
    query = (
        select(Conflict)
        .where(Conflict.record_id == record_id, Conflict.state == "open")
        .order_by(Conflict.path, Conflict.id)
    )
    return list(work.session.scalars(query))


def hold_late(work: Work, op: WireOp, record: Record) -> Record | None:
    """Keep answers that came after handing in as a proposed amendment. Returns it, or nothing when every value stands
    already."""
    before: dict[str, Any] = {"answers": record.body.get("answers") or {}}
    after = documents.clean(before)
    for change in op.changes:
        if change.path[0] == "answers" and len(change.path) > 1:
            put(after, change.path, change.chosen)
    groups = form_facts.groups_of(work.session, "assessment", record.body)
    changes = {
        address_of(path): {"from": get(before, path), "to": get(after, path)}
        for path in differing(before["answers"], after.get("answers"), groups)
    }
    if not changes:
        return None
    body = {
        "assessment_id": record.id,
        "person_id": record.body["person_id"],
        "suite_id": record.body["suite_id"],
        "number": number_of(record.body),
        "reason": op.reason,
        "changes": changes,
        "state": "proposed",
        "by": work.by,
        "at": op.at,
    }
    amendment_id = named_id(record.id, f"{op.id}/amendment")
    return documents.save(work, "amendment", amendment_id, documents.clean(body), {("changes",): op.at})


def freeze(
    work: Work, record: Record, made_by: str, *, state: str = "submitted", review: dict[str, Any] | None = None
) -> Submission:
    """Write the submissions row of the record's newest number: what every later page is drawn from. Raises the
    engine's alerts."""
    body = record.body
    person = work.session.get(Record, body["person_id"])
    episode = work.session.get(Record, body.get("episode_id") or "")
    answers = body.get("answers") or {}
    groups = form_facts.groups_of(work.session, "assessment", body)
    conflicts: list[dict[str, Any]] = []
    two: dict[str, list[Any]] = {}
    for c in open_conflicts(work, record.id):
        address = c.link_id
        if c.link_id:
            sides = [c.theirs.get("value"), c.mine.get("value")]
            address, two[address] = form_facts.two_values(groups, c.path, answers, sides)
        conflicts.append(
            {
                "id": c.id,
                "path": c.path,
                "link_id": c.link_id,
                **({} if address == c.link_id else {"address": address}),
                "safety": c.safety,
                "theirs": work.named(c.theirs),
                "mine": work.named(c.mine),
            }
        )
    submission = body["submission"]
    context = {
        "now": form_facts.moment_of(submission.get("at"), submission.get("offset"), work.received_at),
        "conflicts": two,
        "person": person.body if person else {},
    }
    key = f"evaluation/{record.id}/{number_of(body)}"
    if key not in work.frozen:
        work.frozen[key] = form_facts.frozen_evaluation(work.session, body["form"], answers, context)
    made = work.frozen[key]
    evaluation = made["evaluation"]
    alerts = evaluation.get("alerts") or []
    values: dict[str, Any] = {
        "assessment_id": record.id,
        "number": submission["number"],
        "rev": record.rev,
        "made_by": made_by,
        "person_id": body["person_id"],
        "episode_id": body.get("episode_id"),
        "suite_id": body["suite_id"],
        "form": body["form"],
        "form_title": made["title"],
        "basis": body["basis"],
        "author_id": body["author_id"],
        "author_name": work.name_of(body["author_id"]),
        "submitted_by": submission.get("by") or work.by,
        "submitted_by_name": work.name_of(submission.get("by") or work.by),
        "submitted_at": submission.get("at"),
        "received_at": work.received_at,
        "person": person.body if person else {},
        "episode": episode.body if episode else None,
        "answers": answers,
        "stopped": body.get("stopped"),
        "replies": body.get("replies") or {},
        "rows": made["rows"],
        "scores": evaluation.get("scores") or [],
        "alerts": alerts,
        "conflicts": conflicts,
        "provenance": _provenance(work, record, answers),
        "engine_version": (made["engine"] or {}).get("version"),
        "engine_sha256": (made["engine"] or {}).get("sha256"),
        "verified": made["verified"],
        "safety": any(alert.get("kind") in ("stop", "urgent") for alert in alerts)
        or any(c["safety"] for c in conflicts),
    }
    for older in work.session.scalars(
        select(Submission).where(Submission.assessment_id == record.id, Submission.state == "submitted")
    ):
        older.state = "superseded"
    row = Submission(
        id=named_id(record.id, f"submission/{submission['number']}"),
        state=state,
        review=review,
        reads_as=reads_as(values),
        **values,
    )
    work.session.add(row)
    work.session.flush()
    for alert in alerts:
        raise_alert(work, record, alert)
    return row


def _provenance(work: Work, record: Record, answers: dict[str, Any]) -> dict[str, Any]:
    found = {}
    for link_id in answers:
        found[link_id] = work.named(documents.provenance_at(record, pointer_of(("answers", link_id))))
    for address in flat(answers).keys() - found.keys():  # in rows, where it is a pointer but for its beginning
        found[address] = work.named(documents.provenance_at(record, "/answers/" + address))
    return found


def raise_alert(work: Work, record: Record, alert: dict[str, Any]) -> None:
    """Raise what the device did not: the id is made from the assessment and the alert, so there is only ever one."""
    alert_id = named_id(record.id, alert["id"])
    if work.session.get(Record, alert_id) is not None:
        return
    body = {
        "assessment_id": record.id,
        "person_id": record.body["person_id"],
        "suite_id": record.body["suite_id"],
        "alert": alert["id"],
        "kind": alert["kind"],
        "text": alert.get("text"),
        "due": alert.get("due"),
        "raised_at": work.received_at,
        "owner_id": record.body["author_id"],
        "state": "open",
    }
    body = documents.clean(body)
    documents.check("alert", body)
    documents.save(work, "alert", alert_id, body, {("state",): work.at})
