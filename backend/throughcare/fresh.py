"""New rows on their way into the database past the mapper: a batch of a hundred ops makes five hundred, and nearly none of
them is looked at again before the commit.

They stand aside as plain values until the session is flushed, which is before any query, savepoint or commit; then each
table is written in one go. Whoever asks for one by its key before that gets it as a mapped object (memory.py).
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

Rows = dict[Any, dict[Hashable, dict[str, Any]]]


def put(session: Session, model: Any, key: Hashable, values: dict[str, Any]) -> None:
    """A new row of this primary key. A session that cannot set it aside gets it as an object. Raises ValueError for a key
    that waits already."""
    waiting: Rows | None = session.info.get("fresh")
    if waiting is None:
        session.add(model(**values))
    else:
        if not session.in_transaction():
            session.begin()  # as adding an object does: a rollback must know of it
        if waiting.setdefault(model, {}).setdefault(key, values) is not values:
            raise ValueError(f"two new rows of {model.__tablename__} have one key")
        if (memory := session.info.get("memory")) is not None:
            memory.absent.discard((model, key))


def take(session: Session, model: Any, key: Hashable) -> Any:
    """The waiting row as an object of the session; nothing where none waits."""
    values = session.info["fresh"].get(model, {}).pop(key, None)
    if values is None:
        return None
    made = model(**values)
    session.add(made)
    return made


def write(session: Session) -> None:
    """Insert what waits."""
    waiting: Rows = session.info["fresh"]
    session.info["fresh"] = {}
    for model, rows in waiting.items():
        if rows:
            session.connection().execute(insert(model.__table__), list(rows.values()))


def drop(session: Session) -> None:
    """What waited belonged to a savepoint or a transaction that was rolled back."""
    session.info["fresh"] = {}
