"""Records as tablets carry them: each as the JSON text that travels.

A body goes from the database to the wire without being taken apart: most of what a first pull costs would be that.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import Text, case, cast, exists, func, select
from sqlalchemy.orm import Session

from .. import json_text
from ..models import Conflict, Record, RecordScope
from .documents import open_conflicts

Row = Any  # a row with the columns of AS_CARRIED
AROUND = 300  # bytes of a record beside its body: ids, revision, scopes

record = Record.__table__.c
_own = RecordScope.__table__.alias("own")
_scopes = select(func.aggregate_strings(_own.c.scope, " ")).where(
    _own.c.record_id == record.id, _own.c.left.is_(False), _own.c.carried.is_(True)
)
_two_values = exists().where(Conflict.record_id == record.id, Conflict.state == "open")

# Plain columns, past the mapper: a page has hundreds, and nobody changes them.
AS_CARRIED = (
    record.id,
    record.type,
    record.rev,
    record.deleted,
    record.person_id,
    record.episode_id,
    _scopes.correlate(Record.__table__).scalar_subquery().label("scopes"),
    _two_values.correlate(Record.__table__).label("two_values"),
    case((record.deleted, "{}"), else_=cast(record.body, Text)).label("body"),
)


def size_of(row: Row) -> int:
    """About how many bytes the record takes on the wire."""
    body: str = row.body
    return AROUND + (len(body) if body.isascii() else len(body.encode()))


def as_texts(session: Session, rows: Collection[Row], granted: Collection[str]) -> list[str]:
    """The records as they travel; of their scopes only those that the user may know."""
    marked = [row.id for row in rows if row.two_values]
    conflicts = open_conflicts(session, marked) if marked else {}
    return [_as_text(row, granted, conflicts.get(row.id, [])) for row in rows]


def _as_text(row: Row, granted: Collection[str], conflicts: list[dict[str, Any]]) -> str:
    beside = {
        "id": row.id,
        "type": row.type,
        "rev": row.rev,
        "scopes": sorted(scope for scope in (row.scopes or "").split() if scope in granted),
        "deleted": row.deleted,
        "open_conflicts": conflicts,
    }
    return f'{json_text.write(beside)[:-1]},"body":{row.body}}}'


def as_text(answer: dict[str, Any]) -> str:
    """An answer whose `records` are texts already."""
    rest = {name: value for name, value in answer.items() if name != "records"}
    return "".join([json_text.write(rest)[:-1], ',"records":[', ",".join(answer["records"]), "]}"])


def beginning(rows: Iterable[Row], max_bytes: int) -> list[Row]:
    """As many of them as fit, one at least."""
    kept: list[Row] = []
    for row in rows:
        max_bytes -= size_of(row)
        if kept and max_bytes < 0:
            break
        kept.append(row)
    return kept
