"""Whether somebody holds the database open: a person at a prompt, a script that waits, a backup that hangs.

Pushes and pulls go on beside a reader that never ends, and pulls beside a writer that does not commit (F26 of
docs/fault-matrix.md); but every push waits for that writer, and what a reader holds can neither be tidied away nor, on
SQLite, be written back from the log. `GET /health` asks, and whoever watches that is told.
"""

from __future__ import annotations

import sqlite3
import time
from typing import Any

from sqlalchemy import Connection, text

from .db import PATIENCE, db

# Sessions of other roles show no times to a role that may not read statistics: docs/operating-guide.md says what to grant.
OLDEST = text(
    "SELECT max(extract(epoch FROM clock_timestamp() - xact_start)) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
)
# SQLite says only how it is now: what this process saw before, as {what: (a page of the log, since when)}.
_seen: dict[str, tuple[int, float]] = {}


def held_open() -> int | None:
    """For how many seconds the oldest transaction beside ours has been open; None where there is none. On SQLite, since
    this process first saw it."""
    if db.engine.dialect.name == "postgresql":
        oldest = db.session.execute(OLDEST).scalar()
        return None if oldest is None else int(oldest)
    with db.engine.connect() as connection:
        return _on_sqlite(connection)


def _on_sqlite(connection: Connection) -> int | None:
    raw: Any = connection.connection.driver_connection
    raw.rollback()
    raw.execute("PRAGMA busy_timeout = 0")
    try:
        _, pages, written_back = raw.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        # Whoever commits makes the log longer: two that are busy at two looks are not the same one then.
        ages = [
            _since("reader", written_back if written_back < pages else None),
            _since("writer", pages if _is_writing(raw) else None),
        ]
    finally:
        raw.execute(f"PRAGMA busy_timeout = {PATIENCE * 1000}")
    return max((age for age in ages if age is not None), default=None)


def _is_writing(raw: sqlite3.Connection) -> bool:
    try:
        raw.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError:
        return True
    raw.rollback()
    return False


def _since(what: str, mark: int | None) -> int | None:
    """Seconds for which `mark` has been the same; None where there is none."""
    now = time.monotonic()
    if mark is None:
        _seen.pop(what, None)
        return None
    before, since = _seen.get(what, (mark, now))
    _seen[what] = (mark, since if before == mark else now)
    return int(now - _seen[what][1])
