"""One page of what changed in a user's suites, read from a single snapshot, so that a cursor never skips anything."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Text, and_, cast, or_, select
from sqlalchemy.orm import Session

from .. import clock, json_text
from ..models import Device, Record, RecordScope, User
from . import digests
from .documents import open_conflicts
from .pages import Place, above, fitting, places
from .reference import reference
from .scopes import Plan, read_plan, write_cursor
from .work import durable_seq, meta_of


def pull(session: Session, user: User, device: Device, request: dict[str, Any]) -> dict[str, Any]:
    """The answer to POST /sync/v1/pull. `session` is a snapshot."""
    epoch, seq = meta_of(session)
    plan = read_plan(request["cursor"], epoch, user.id, user.suite_ids)
    limit = request["max_records"]
    rows = _feed(session, plan, user, limit + 1)
    more = len(rows) > limit
    rows = rows[:limit]
    reached = rows[-1].seq if more else seq
    rows = _whole_numbers(session, plan, user, rows, reached) if more else rows
    page = fitting(session, rows, request["max_bytes"])
    if len(page) < len(rows):
        rows, more, reached = page, True, page[-1].seq
    # What was taken away as entered in error is named too, without what it held.
    named = {row.record_id: row for row in rows if row.deleted or _is_here(row)}
    answer: dict[str, Any] = {
        "epoch": epoch,
        "server_now": clock.now(),
        "durable_seq": durable_seq(session),
        "records": as_carried(session, _with_companions(session, named, plan), user.suite_ids),
        "leaves": [{"id": row.record_id, "scope": row.scope} for row in rows if not row.deleted and not _is_here(row)],
        "drop_scopes": plan.drop,
        "cursor": write_cursor(epoch, user.id, {scope: max(since, reached) for scope, since in plan.since.items()}),
        "more": more,
    }
    if not more:
        answer["digest"] = digests.of(session, sorted(plan.since))
    block = reference(session, user, device, request["reference"])
    if block:
        answer["reference"] = block
    return answer


def _is_here(row: Place) -> bool:
    return row.carried and not row.left


def _beyond(scope: str, since: int, user: User) -> ColumnElement[bool]:
    """What a device that has the suite's feed up to `since` lacks. One that has nothing of it has nothing to let go of,
    but what its user made: it holds that since it was answered, and somebody may have taken it away."""
    if since:
        return and_(RecordScope.scope == scope, RecordScope.seq > since)
    carried = and_(RecordScope.carried.is_(True), RecordScope.left.is_(False))
    taken_away = and_(Record.deleted.is_(True), Record.created_by == user.id)
    return and_(RecordScope.scope == scope, or_(carried, taken_away))


def _feed(session: Session, plan: Plan, user: User, limit: int) -> list[Place]:
    """The next feed rows in the server's order. Each suite is read by itself, along its own index."""
    rows: list[Place] = []
    for scope, since in plan.since.items():
        rows += session.execute(
            places(session)
            .where(_beyond(scope, since, user))
            .order_by(RecordScope.seq, RecordScope.record_id)
            .limit(limit)
        )
    return sorted(rows, key=lambda row: (row.seq, row.scope, row.record_id))[:limit]


def _whole_numbers(session: Session, plan: Plan, user: User, rows: list[Place], reached: int) -> list[Place]:
    """A record in two suites has one number in both feeds: a page never ends between them."""
    query = (
        places(session)
        .where(or_(*(_beyond(*each, user) for each in plan.since.items())), RecordScope.seq == reached)
        .order_by(RecordScope.scope, RecordScope.record_id)
    )
    return [row for row in rows if row.seq != reached] + list(session.execute(query))


def _with_companions(session: Session, named: dict[str, Place], plan: Plan) -> list[str]:
    """Each record comes after its person and episode, even when those are older than what is sent by themselves."""
    ordered: dict[str, None] = {}
    parents = above(named.values()) - named.keys()
    carried = select(RecordScope.record_id).where(
        RecordScope.record_id.in_(parents),
        RecordScope.scope.in_(plan.since),
        RecordScope.left.is_(False),
        RecordScope.carried.is_(True),
    )
    allowed = set(session.scalars(carried)) if parents else set()
    for record_id, row in named.items():
        for parent in (row.person_id, row.episode_id):
            if parent in named or parent in allowed:
                ordered[parent] = None
        ordered[record_id] = None
    return list(ordered)


def as_carried(session: Session, ids: list[str], granted: list[str]) -> list[str]:
    """The records as they travel, each as JSON text; of their scopes only those that the user may know.

    A body goes from the database to the wire without being taken apart: most of what a first pull costs would be that.
    """
    if not ids:
        return []  # most syncs find nothing
    columns = select(Record.id, Record.type, Record.rev, Record.deleted, cast(Record.body, Text).label("body"))
    found = {row.id: row for row in session.execute(columns.where(Record.id.in_(ids)))}
    scopes: dict[str, list[str]] = {}
    query = select(RecordScope.record_id, RecordScope.scope).where(
        RecordScope.record_id.in_(ids),
        RecordScope.left.is_(False),
        RecordScope.carried.is_(True),
        RecordScope.scope.in_(granted),
    )
    for row in session.execute(query.order_by(RecordScope.scope)):
        scopes.setdefault(row.record_id, []).append(row.scope)
    conflicts = open_conflicts(session, ids)
    return [_as_text(found[key], scopes.get(key, []), conflicts.get(key, [])) for key in ids]


def _as_text(row: Any, scopes: list[str], conflicts: list[dict[str, Any]]) -> str:
    beside = {
        "id": row.id,
        "type": row.type,
        "rev": row.rev,
        "scopes": scopes,
        "deleted": row.deleted,
        "open_conflicts": conflicts,
    }
    body = "{}" if row.deleted else row.body
    return f'{json_text.write(beside)[:-1]},"body":{body}}}'


def as_text(answer: dict[str, Any]) -> str:
    """An answer whose `records` are texts already."""
    rest = {name: value for name, value in answer.items() if name != "records"}
    head = json_text.write(rest)
    return f'{head[:-1]},"records":[{",".join(answer["records"])}]}}'
