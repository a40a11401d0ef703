"""Entered in error: what may be taken away, and when it stands again. docs/sync-protocol.md, "Entered in error"."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import select

from ..models import Conflict, Record
from ..records.merge import Change, Clash
from ..records.removal import AT, MARK, is_removed, without_mark
from ..records.types import TYPES
from . import conflicts, documents
from .wire import Rejected, WireOp
from .work import Work


def check_new(work: Work, kind: str, body: dict[str, Any]) -> dict[str, Any]:
    """A record that its maker took away before it was ever sent. Returns the body with the sender as who did it. Raises
    Rejected."""
    if not is_removed(body):
        return body
    _check_kind(kind)
    return {**body, MARK: _signed(work, body[MARK])}


def check(work: Work, op: WireOp, record: Record, changes: list[Change]) -> list[Change]:
    """The changes with the sender as who takes the record away. Raises Rejected where it cannot go."""
    if not any(change.path[0] == MARK for change in changes):
        return changes
    _check_kind(op.type)
    if any(change.path[0] == MARK and change.path != AT for change in changes):
        raise Rejected("record.fixed_field")
    signed = [
        replace(change, chosen=_signed(work, change.chosen))
        if change.path == AT and change.chosen is not None
        else change
        for change in changes
    ]
    if not record.deleted and any(change.path == AT and change.chosen is not None for change in signed):
        check_unused(work, record)
    return signed


def check_unused(work: Work, record: Record) -> None:
    """Raises Rejected while something is recorded under it, or one of its answers has two values."""
    of_itself = select(Conflict.id).where(Conflict.record_id == record.id)
    above = {"person": Record.person_id, "custody_episode": Record.episode_id}.get(record.type)
    below = select(Record.id).where(Record.id != record.id, Record.deleted.is_(False), Record.id.not_in(of_itself))
    used = above is not None and work.session.scalars(below.where(above == record.id).limit(1)).first()
    two_values = [each for each in conflicts.open_on(work.session, record.id) if each.path != f"/{MARK}"]
    if used or two_values:
        raise Rejected("record.in_use")


def stand_again(work: Work, record: Record) -> None:
    """Somebody who had not heard that it was taken away goes on with it: it stands, and a person settles it."""
    if not record.deleted:
        return
    clash = Clash(AT, None, record.body[MARK], None, work.at, put_back=True)
    removed = conflicts.take_removals(record, [clash])
    saved = documents.save(work, record.type, record.id, without_mark(record.body), {})
    conflicts.record_clashes(work, saved, [clash], removed)


def _check_kind(kind: str) -> None:
    if not TYPES[kind].removable:
        raise Rejected("record.fixed_field")


def _signed(work: Work, mark: Any) -> dict[str, Any]:
    if not isinstance(mark, dict) or not str(mark.get("reason") or "").strip():
        raise Rejected("record.no_reason")
    return {**mark, "by": work.by}
