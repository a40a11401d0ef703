"""One page of the feeds: whole numbers of them, as many as fit, and the people and episodes that travel before them."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import and_, bindparam, or_, select
from sqlalchemy.orm import Session

from ..models import RecordScope, User
from .carried import AS_CARRIED, Row, record, size_of
from .scopes import Plan

MAX_BYTES = 2_000_000
PIECE = 128  # places that are read at a time: two make a page of long records, and no third is read for nothing

_place = RecordScope.__table__.c
_here = and_(_place.carried.is_(True), _place.left.is_(False))


@dataclass(frozen=True)
class Page:
    """`rows` are places in the feeds (columns of AS_CARRIED, seq, scope, here) in order of their numbers; among `before`,
    by id, are their people and episodes. `more`: there are further numbers."""

    rows: list[Row]
    before: dict[str, Row]
    more: bool


def _reading(*columns: Any) -> Any:
    return select(*AS_CARRIED, *columns).join_from(_place.scope.table, record.id.table, record.id == _place.record_id)


_CHANGED = (
    _reading(_place.seq, _place.scope, _here.label("here"))
    .where(_place.scope == bindparam("scope"), _place.seq >= bindparam("number"))
    .where(or_(_place.seq > bindparam("number"), record.id > bindparam("last")))
    .order_by(_place.seq, record.id)
    .limit(bindparam("piece"))
)
# One that has nothing of a suite has nothing to let go of, but what its user made: it holds that since it was answered, and
# somebody may have taken it away.
_ALL = _CHANGED.where(or_(_here, and_(record.deleted.is_(True), record.created_by == bindparam("user"))))
_BEFORE = _reading().where(
    record.id.in_(bindparam("ids", expanding=True)), _place.scope.in_(bindparam("scopes", expanding=True)), _here
)


def page_of(session: Session, plan: Plan, user: User, max_records: int, max_bytes: int) -> Page:
    """So many changes at most, and about so many bytes: all rows of a number or none, and one number at least, so that a
    cursor can stand between any two pages, and a page always goes on."""
    feeds = [_feed(session, scope, since, user.id) for scope, since in plan.since.items()]
    numbers = groupby(heapq.merge(*feeds, key=attrgetter("seq", "scope", "id")), key=attrgetter("seq"))
    found, left, more = _as_many(numbers, max_records, max_bytes)
    before = _companions(session, plan, found)
    if sum(map(size_of, before.values())) <= left:
        return Page(found, before, more)
    # What comes to stand behind the end of this page may be the person of somebody who stands before it.
    before |= {row.id: row for row in found if row.here}
    rows = _fitting(found, before, max_bytes)
    return Page(rows, before, more or len(rows) < len(found))


def _feed(session: Session, scope: str, since: int, user_id: str) -> Iterator[Row]:
    """The suite's places beyond `since`, in their order along the suite's own index."""
    asked = {"scope": scope, "number": since + 1, "last": "", "user": user_id, "piece": PIECE}
    while True:
        rows = session.execute(_CHANGED if since else _ALL, asked).all()
        yield from rows
        if len(rows) < PIECE:
            return
        asked |= {"number": rows[-1].seq, "last": rows[-1].id}


def _as_many(
    numbers: Iterable[tuple[int, Iterable[Row]]], max_records: int, max_bytes: int
) -> tuple[list[Row], int, bool]:
    """(the places of the first numbers, the bytes that are left, whether there are more)."""
    rows: list[Row] = []
    for _number, group in numbers:
        together = list(group)
        max_bytes -= sum(size_of(row) for row in together if row.here)
        if rows and (len(rows) >= max_records or max_bytes < 0):
            return rows, max_bytes + sum(size_of(row) for row in together if row.here), True
        rows += together
    return rows, max_bytes, False


def _companions(session: Session, plan: Plan, rows: list[Row]) -> dict[str, Row]:
    """The people and episodes of these that are not here themselves, where tablets of these suites carry them."""
    named = [row for row in rows if row.here or row.deleted]
    ids = {each for row in named for each in (row.person_id, row.episode_id)} - {row.id for row in named} - {None}
    if not ids:
        return {}
    return {row.id: row for row in session.execute(_BEFORE, {"ids": sorted(ids), "scopes": list(plan.since)})}


def _fitting(rows: list[Row], before: dict[str, Row], max_bytes: int) -> list[Row]:
    """The first of these places, each record counted with its person and episode, which travel before it."""
    sizes = {row.id: size_of(row) for row in [*before.values(), *rows]}
    kept: list[Row] = []
    sent: set[str] = set()
    for _number, group in groupby(rows, key=attrgetter("seq")):
        together = list(group)
        fresh = {each for row in together if row.here for each in (row.id, row.person_id, row.episode_id)} - sent
        max_bytes -= sum(sizes.get(each, 0) for each in fresh)
        if kept and max_bytes < 0:
            break
        sent |= fresh
        kept += together
    return kept
