"""One page of what changed in a user's suites, read from a single snapshot, so that a cursor never skips anything."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from .. import clock
from ..models import Device, User
from . import digests
from .carried import Row, as_texts
from .pages import Page, page_of
from .reference import reference
from .scopes import read_plan, write_cursor
from .work import meta_of


def pull(session: Session, user: User, device: Device, request: dict[str, Any]) -> dict[str, Any]:
    """The answer to POST /sync/v1/pull. `session` is a snapshot."""
    now = meta_of(session)
    granted = user.suite_ids
    plan = read_plan(request["cursor"], now.epoch, user.id, granted)
    page = page_of(session, plan, user, request["max_records"], request["max_bytes"])
    reached = page.rows[-1].seq if page.more else now.seq
    answer: dict[str, Any] = {
        "epoch": now.epoch,
        "server_now": clock.now(),
        "durable_seq": now.durable_seq,
        "records": as_texts(session, _in_order(page), granted),
        "leaves": [{"id": row.id, "scope": row.scope} for row in page.rows if not row.deleted and not row.here],
        "drop_scopes": plan.drop,
        "cursor": write_cursor(now.epoch, user.id, {scope: max(since, reached) for scope, since in plan.since.items()}),
        "more": page.more,
    }
    if not page.more:
        answer["digest"] = digests.of(session, sorted(plan.since))
    block = reference(session, user, device, request["reference"])
    if block:
        answer["reference"] = block
    return answer


def _in_order(page: Page) -> list[Row]:
    """What travels: each record after its person and episode, even when those are older than what is sent by themselves.
    What was taken away as entered in error is named too, without what it held."""
    named = {row.id: row for row in page.rows if row.deleted or row.here}
    ordered: dict[str, Row] = {}
    for record_id, row in named.items():
        for each in (row.person_id, row.episode_id, record_id):
            if each in named or each in page.before:
                ordered[each] = named.get(each) or page.before[each]
    return list(ordered.values())
