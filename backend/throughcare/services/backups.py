"""A backup is one SQLite file with every table in it, whichever database the service uses, read from one snapshot.

It holds everything that the service knows about people: keep it as the database itself is kept.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, RowMapping, Table, create_engine, delete, func, insert, select, text, update
from sqlalchemy.orm import Session

from .. import audit
from ..db import Base, db, snapshot
from ..models import (
    DERIVED,
    AuditEvent,
    Authority,
    Device,
    Form,
    Op,
    Passkey,
    PastGrant,
    Record,
    Suite,
    SyncMeta,
    User,
    UserSuite,
)
from ..problems import Problem
from ..records.revision import sha256
from ..sync import history
from ..sync.work import open_whole

BATCH = 500
# What a restore takes from the file alone.
HISTORY = frozenset({model.__tablename__ for model in (*DERIVED, Op)})
# What stands is newer than the file: who is switched off, which tablets are revoked. Only what is not there is added.
ADDED = frozenset(
    {model.__tablename__ for model in (Authority, Suite, User, PastGrant, Form, Device, Passkey, AuditEvent)}
)


def make(path: Path) -> dict[str, Any]:
    """Write a backup to a new file, readable by its owner only. Returns {epoch, seq, ops, records}.

    Raises Problem (backup.exists). The service may go on meanwhile.
    """
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        raise Problem("backup.exists") from None
    with _file(path) as target, snapshot() as session:
        Base.metadata.create_all(target)
        with target.begin() as connection:
            for table in Base.metadata.sorted_tables:
                _copy(session.connection(), connection, table)
            _say_version(session.connection(), connection)
            found = _facts(connection)
    _flush(path)
    return found


def _say_version(source: Connection, target: Connection) -> None:
    """Which migration the tables are of, so that a later program can bring the file up to date before it reads it."""
    version = source.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
    target.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
    target.execute(text("INSERT INTO alembic_version VALUES (:version)"), {"version": version})


def _flush(path: Path) -> None:
    """On the disk, name and all, when this returns."""
    for each in (path, path.parent):
        handle = os.open(each, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _facts(connection: Connection) -> dict[str, Any]:
    meta = connection.execute(select(SyncMeta.epoch, SyncMeta.seq)).one()
    return {
        "epoch": meta.epoch,
        "seq": meta.seq,
        "ops": connection.execute(select(func.count()).select_from(Op)).scalar_one(),
        "records": connection.execute(select(func.count()).select_from(Record)).scalar_one(),
    }


def _copy(source: Connection, target: Connection, table: Table) -> None:
    rows = source.execute(select(table).execution_options(yield_per=BATCH))
    for part in rows.mappings().partitions(BATCH):
        target.execute(insert(table), [dict(row) for row in part])


@contextmanager
def _file(path: Path) -> Iterator[Engine]:
    engine = create_engine(f"sqlite:///{path}")
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def working_copy(path: Path) -> Iterator[Path]:
    """A copy of a backup to read from: looking at a file must not change it. Raises Problem (backup.unreadable)."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "backup.sqlite3"
        try:
            shutil.copyfile(path, copy)
            _check_file(copy)
        except (OSError, sqlite3.Error):
            raise Problem("backup.unreadable") from None
        yield copy


def _check_file(path: Path) -> None:
    connection = sqlite3.connect(path)
    try:
        if connection.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
            raise Problem("backup.damaged")
        if connection.execute("PRAGMA foreign_key_check").fetchall():
            raise Problem("backup.damaged")
        if connection.execute("SELECT count(*) FROM sync_meta").fetchone() != (1,):
            raise Problem("backup.unreadable")
    finally:
        connection.close()


def check_ops(path: Path) -> dict[str, Any]:
    """The facts of a working copy. Raises Problem (backup.damaged) where an op is no longer what its hash says."""
    with _file(path) as engine, Session(engine) as session:
        for op in session.execute(select(Op.payload, Op.sha256).execution_options(yield_per=BATCH)):
            if sha256(json.loads(op.payload)) != op.sha256:
                raise Problem("backup.damaged")
        return _facts(session.connection())


def mark_durable(found: dict[str, Any]) -> bool:
    """What tablets keep up to this number they may let go of. False: the backup is of another history."""
    session = db.session()
    meta = session.get_one(SyncMeta, 1, with_for_update=True)
    if meta.epoch != found["epoch"] or found["seq"] > meta.seq:
        return False
    meta.durable_seq = max(meta.durable_seq, found["seq"])
    audit.deed("backup.verified", meta.epoch, seq=found["seq"])
    return True


def put_back(path: Path) -> dict[str, Any]:
    """Replace the history by that of a working copy and begin a new epoch, in the caller's transaction. Accounts, tablets
    and the audit stay as they are where they are newer than the file; links, sessions and refusals are not put back."""
    session = db.session()
    target = session.connection()
    known = set(target.execute(select(User.id)).scalars())
    open_whole(session)
    for table in reversed(Base.metadata.sorted_tables):
        if table.name in HISTORY:
            target.execute(delete(table))
    with _file(path) as engine, engine.connect() as source:
        for table in Base.metadata.sorted_tables:
            if table.name in HISTORY:
                _copy(source, target, table)
            elif table.name in ADDED:
                _add_missing(source, target, table)
            elif table.name == UserSuite.__tablename__:
                _add_missing(source, target, table, lambda row: row["user_id"] not in known)
        found = _facts(source)
        target.execute(update(SyncMeta).values(**_meta(source)))
    session.expire_all()
    history.begin(session, "restore")
    audit.deed("backup.restored", found["epoch"], seq=found["seq"])
    return found


def _meta(source: Connection) -> dict[str, Any]:
    """The counter of the file. Whether the guards are open is a matter of the transaction that writes."""
    row = source.execute(select(SyncMeta.__table__)).mappings().one()
    return {name: value for name, value in row.items() if name not in ("id", "open_from")}


def _add_missing(
    source: Connection, target: Connection, table: Table, wanted: Callable[[RowMapping], bool] = lambda _row: True
) -> None:
    keys = list(table.primary_key.columns)
    there = {tuple(row) for row in target.execute(select(*keys))}
    rows = source.execute(select(table).execution_options(yield_per=BATCH))
    for part in rows.mappings().partitions(BATCH):
        lacking = [dict(row) for row in part if wanted(row) and tuple(row[key.name] for key in keys) not in there]
        if lacking:
            target.execute(insert(table), lacking)
