"""What was taken away as entered in error, for those who may see people: nothing of it is in a read table."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, select

from ..db import db
from ..models import Record, RecordScope, User
from .scope import suites_of

MOST = 200


def list_removed(user: User) -> list[Record]:
    """In the user's suites, the last taken away first."""
    return list(db.session.scalars(_removed(user).order_by(Record.seq.desc()).limit(MOST)))


def find(user: User, record_id: str) -> Record | None:
    found: Record | None = db.session.scalars(_removed(user).where(Record.id == record_id)).one_or_none()
    return found


def _removed(user: User) -> Select[Any]:
    mine = select(RecordScope.record_id).where(RecordScope.scope.in_(suites_of(user)), RecordScope.left.is_(False))
    return select(Record).where(Record.deleted.is_(True), Record.id.in_(mine))
