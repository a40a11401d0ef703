"""Two values for one path: making the record of it, keeping it true, and settling it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..memory import quiet
from ..models import Conflict, Record
from ..permissions import Permission, may
from ..records.merge import Clash, Groups, Path, parse_pointer, pointer_of, same
from ..records.removal import AT
from ..records.revision import named_id
from ..records.units import lay, paths_of, subject_of, value_of
from . import assessments, documents, feeds, form_facts, removals
from .wire import Held, Rejected, WireOp
from .work import Work


def open_on(session: Session, record_id: str) -> list[Conflict]:
    if record_id in quiet(session):
        return []
    query = select(Conflict).where(Conflict.record_id == record_id, Conflict.state == "open").order_by(Conflict.id)
    return list(session.scalars(query))


def take_removals(record: Record, clashes: list[Clash]) -> dict[Path, dict[str, Any]]:
    """Who removed each row that is put back (or the whole record), taken from the record before the merged body is saved:
    it stands again, and what is in it was said by whoever said it."""
    back = {pointer_of(clash.path): clash.path for clash in clashes if clash.put_back}
    found = {path: documents.provenance_at(record, pointer) for pointer, path in back.items()}
    if back:
        record.provenance = {pointer: claim for pointer, claim in record.provenance.items() if pointer not in back}
    return found


def record_clashes(
    work: Work, record: Record, clashes: list[Clash], removed: dict[Path, dict[str, Any]] | None = None
) -> list[str]:
    """One conflict for each clash; someone who goes on changing their own side changes that side, and makes no second
    conflict. A row that is put back is the working value, and its removal, which came first, the other."""
    ids = []
    groups = form_facts.groups_of(work.session, record.type, record.body)
    for clash in clashes:
        pointer = pointer_of(clash.path)
        side = {"value": clash.mine, **work.claim(clash.at)}
        own = next(
            (c for c in open_on(work.session, record.id) if c.path == pointer and c.mine.get("by") == work.by), None
        )
        if own is not None and not clash.put_back:
            _write(work, own.id, {"mine": side})
            ids.append(own.id)
            continue
        answer = clash.path[0] == "answers" and len(clash.path) > 1
        theirs = _standing(work, record, clash.path, groups)
        if clash.put_back:
            theirs, side = {**side, "value": theirs["value"]}, {"value": clash.theirs, **(removed or {})[clash.path]}
        quiet(work.session).discard(record.id)
        scopes = feeds.scopes_of(work.session, record.id)
        conflict_id = named_id(record.id, work.op_id + pointer)
        body = {
            "record_id": record.id,
            "record_type": record.type,
            "suite_id": record.body.get("suite_id") or (scopes[0] if scopes else None),
            "person_id": record.person_id,
            "path": pointer,
            "link_id": subject_of(clash.path, groups)[0] if answer else None,
            "safety": answer and _is_safety(clash, groups),
            "base": clash.base,
            "theirs": theirs,
            "mine": side,
            "state": "open",
        }
        # A side whose value is absent says so by having none.
        documents.save(work, "conflict", conflict_id, documents.clean(body), {("state",): work.at})
        ids.append(conflict_id)
    if ids:
        feeds.announce(work.session, record)
    return ids


def keep_true(work: Work, record: Record) -> None:
    """After a change of the record: `theirs` of its open conflicts is the working value; two equal values close by
    themselves."""
    groups = form_facts.groups_of(work.session, record.type, record.body)
    for conflict in open_on(work.session, record.id):
        side = _standing(work, record, parse_pointer(conflict.path), groups)
        value = side["value"]
        if same(value, conflict.theirs.get("value")):
            continue
        both_gone = value is not None and conflict.path == pointer_of(AT) and conflict.mine.get("value") is not None
        closing = both_gone or same(value, conflict.mine.get("value"))
        more = (
            {"state": "resolved", "resolution": _resolution(work, "theirs", value, "same-value", work.at)}
            if closing
            else {}
        )
        _write(work, conflict.id, {"theirs": side, **more})


def give_up(work: Work, record: Record, path: Path) -> None:
    """The sender takes their own side back: what stands is no question any more."""
    for conflict in open_on(work.session, record.id):
        if conflict.path == pointer_of(path) and conflict.mine.get("by") == work.by:
            side = {"value": conflict.theirs.get("value"), **work.claim()}
            resolution = _resolution(work, "theirs", side["value"], "same-value", work.at)
            _write(work, conflict.id, {"mine": side, "state": "resolved", "resolution": resolution})
            feeds.announce(work.session, record)


def _standing(work: Work, record: Record, path: Path, groups: Groups) -> dict[str, Any]:
    """The working value as a side of a conflict, with the newest claim of who set any of it."""
    if path == AT and not record.deleted:
        # That a record stands was said by whoever changed anything in it last.
        return {"value": None, **documents.last_claim(work.session, record)}
    claims = [documents.provenance_at(record, pointer_of(each)) for each in paths_of(path, groups)]
    newest = max(claims, key=lambda claim: (claim["received_at"], claim["op"] or ""))
    return {"value": value_of(record.body, path, groups), **newest}


def _is_safety(clash: Clash, groups: Groups) -> bool:
    """A flagged question, or a row or group in which either side answers one."""
    if subject_of(clash.path, groups)[0] in groups.safety:
        return True
    return any(_holds_safety(side, groups) for side in (clash.base, clash.theirs, clash.mine))


def _holds_safety(value: Any, groups: Groups) -> bool:
    if not isinstance(value, dict):
        return False
    return any(key in groups.safety or _holds_safety(each, groups) for key, each in value.items())


def _write(work: Work, conflict_id: str, fields: dict[str, Any]) -> Record:
    record = work.session.get_one(Record, conflict_id)
    body = documents.clean({**record.body, **fields})
    return documents.save(work, "conflict", conflict_id, body, {(name,): work.at for name in fields})


def _resolution(work: Work, choice: str, value: Any, reason: str, at: str | None) -> dict[str, Any]:
    return {"choice": choice, "value": value, "reason": reason, "by": work.by, "at": at or work.received_at}


def resolve(work: Work, op: WireOp, conflict: Record) -> Record:
    """A named person's choice with a reason. Returns the conflict. Raises Rejected."""
    body = conflict.body
    chosen = next((change.chosen for change in op.changes if change.path == ("resolution",)), None)
    if not isinstance(chosen, dict) or chosen.get("choice") not in ("theirs", "mine", "neither"):
        raise Rejected("op.malformed")
    if any(change.path[0] not in ("resolution", "state") for change in op.changes):
        raise Rejected("record.fixed_field")
    reason = str(chosen.get("reason") or op.reason or "").strip()
    if not reason:
        raise Rejected("conflict.no_reason")
    _check_person(work, body)
    choice = chosen["choice"]
    stands = None if choice == "neither" else (body.get(choice) or {}).get("value")
    # What was read and chosen; nothing is a value too. Who does not name it takes whatever that side is by now.
    value = chosen.get("value", stands)
    if body["state"] == "resolved":
        if same((body.get("resolution") or {}).get("value"), value):
            return conflict
        raise Rejected("conflict.resolved")
    if choice != "neither" and not same(value, stands):
        raise Rejected("conflict.changed")
    target = work.session.get(Record, body["record_id"])
    if target is None:
        raise Held(body["record_id"], "record.missing")
    settled = {"state": "resolved", "resolution": _resolution(work, choice, value, reason, op.at)}
    _write(work, conflict.id, settled)
    _lay_down(work, target, body["path"], value, op.at)
    return conflict


def _check_person(work: Work, body: dict[str, Any]) -> None:
    if not may(work.role, Permission.SETTLE):
        raise Rejected("record.not_permitted")
    if body.get("safety") and not may(work.role, Permission.SETTLE_SAFETY):
        raise Rejected("conflict.safety")
    sides = {(body.get(side) or {}).get("by") for side in ("theirs", "mine")}
    if work.by not in sides and work.role != "supervisor":
        raise Rejected("conflict.not_yours")


def _lay_down(work: Work, target: Record, pointer: str, value: Any, at: str | None) -> None:
    """Set the chosen value. What was already handed in gets its next revision, because the page that was read said "2
    values"."""
    path = parse_pointer(pointer)
    groups = form_facts.groups_of(work.session, target.type, target.body)
    if path == AT and value is not None:
        removals.check_unused(work, target)
    body = documents.clean(target.body)
    lay(body, path, value, groups)
    documents.check(target.type, body)
    handed_in = target.type == "assessment" and body["state"] in ("submitted", "approved")
    if handed_in:
        body["submission"] = {**body["submission"], "number": body["submission"]["number"] + 1}
    record = documents.save(work, target.type, target.id, body, dict.fromkeys(paths_of(path, groups), at))
    keep_true(work, record)
    feeds.announce(work.session, record)
    if handed_in:
        assessments.freeze(work, record, "resolution")
