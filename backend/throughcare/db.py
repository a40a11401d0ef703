"""The database: one session per request, one transaction per deed. Nothing else in the project calls commit().

SQLite and PostgreSQL behave the same here: a writer holds the one write lock (BEGIN IMMEDIATE; the row of sync_meta)
from its first decision to its commit, so that commit order is the order of `seq`; whoever only reads sees one picture
of everything committed, from the first statement to the last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from flask import Flask, current_app, has_request_context, request
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import JSON, Connection, Engine, MetaData, String, event
from sqlalchemy.orm import DeclarativeBase, Session, registry

from . import json_text
from .config import PROJECT
from .memory import RememberingSession

View = TypeVar("View", bound=Callable[..., Any])
Id = String(36)
Time = String(20)
Json = JSON(none_as_null=True)
READING = ("GET", "HEAD", "OPTIONS")
# Seconds that a write waits for another one. Then it is told to come again (503), before its tablet gives up on the answer
# and before those that wait take every thread from those that only read.
PATIENCE = 10
# Set while a snapshot is read, or a view said that it only reads.
_reading: ContextVar[bool | None] = ContextVar("throughcare_reading", default=None)


class Base(DeclarativeBase):
    registry = registry(
        type_annotation_map={dict[str, Any]: Json, list[Any]: Json},
        metadata=MetaData(
            naming_convention={
                "ix": "ix_%(table_name)s_%(column_0_N_name)s",
                "uq": "uq_%(table_name)s_%(column_0_N_name)s",
                "ck": "ck_%(table_name)s_%(constraint_name)s",
                "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
                "pk": "pk_%(table_name)s",
            }
        ),
    )


db = SQLAlchemy(model_class=Base, session_options={"class_": RememberingSession})
migrate = Migrate(directory=str(PROJECT / "migrations"), render_as_batch=True, compare_type=True)


class TransactionalFlask(Flask):
    """A Flask whose requests are transactions: the view returns, we commit, and only then does the answer leave."""

    def dispatch_request(self) -> Any:
        with transaction():
            return super().dispatch_request()


def init_app(app: Flask) -> None:
    app.config["SQLALCHEMY_DATABASE_URI"] = app.config["DATABASE_URL"]
    options: dict[str, Any] = {"pool_pre_ping": True}
    if app.config["DATABASE_URL"].startswith("sqlite"):
        options = {"connect_args": {"timeout": PATIENCE}}
    # What is stored goes out as it stands.
    options |= {"json_serializer": json_text.write, "json_deserializer": json_text.read_column}
    app.config.setdefault("SQLALCHEMY_ENGINE_OPTIONS", options)
    db.init_app(app)
    migrate.init_app(app, db)
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            _prepare_sqlite(db.engine)
        else:
            _prepare_postgres(db.engine)
        _close_at_commits(db.engine)


def close_at_commit(connection: Connection) -> None:
    """This transaction was let through the guards (guards.py); the next one must be again."""
    connection.info["open"] = True


def _close_at_commits(engine: Engine) -> None:
    @event.listens_for(engine, "commit")
    def on_commit(connection: Connection) -> None:
        if connection.info.pop("open", False):
            connection.exec_driver_sql("UPDATE sync_meta SET open_from = seq")

    @event.listens_for(engine, "rollback")
    def on_rollback(connection: Connection) -> None:
        connection.info.pop("open", None)


def _prepare_postgres(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        # A cluster may be set not to wait for its disk; what we acknowledge must outlive a power cut. Whoever set it to
        # something stricter keeps that.
        connection.execute(
            "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
        )
        connection.execute(f"SET lock_timeout = {PATIENCE * 1000}")
        connection.commit()

    @event.listens_for(engine, "begin")
    def on_begin(connection: Any) -> None:
        if _is_reading():
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        # The driver must not begin by itself: it would begin late and deferred, and break savepoints.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def on_begin(connection: Any) -> None:
        # A reader that later turned writer would fail (SQLITE_BUSY_SNAPSHOT): writers say so at once.
        connection.exec_driver_sql("BEGIN" if _is_reading() else "BEGIN IMMEDIATE")


def _is_reading() -> bool:
    said = _reading.get()
    if said is not None:
        return said
    if not has_request_context():
        return False
    view = current_app.view_functions.get(request.endpoint or "")
    return request.method in READING or getattr(view, "only_reads", False)


def only_reads(view: View) -> View:
    """Mark a view that asks by POST and changes nothing: it takes no write lock on SQLite, and reads one picture. What it
    writes beside that it writes `apart`."""
    view.only_reads = True  # type: ignore[attr-defined]
    return view


@contextmanager
def transaction() -> Iterator[Session]:
    """One deed: commit when the block returns, roll back on anything raised. For requests and the command line."""
    session = db.session()
    try:
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise


@contextmanager
def apart(patience: float = PATIENCE) -> Iterator[Session]:
    """A short transaction of its own, which stays when the caller's is rolled back (the audit of a refusal). On SQLite it
    waits for another writer for so many seconds; raises OperationalError.

    On SQLite the caller must not hold the write lock: call it before the first statement or after the rollback.
    """
    token = _reading.set(False)
    try:
        with (
            db.engine.connect() as connection,
            _waits(connection, patience),
            Session(connection) as session,
            session.begin(),
        ):
            yield session
    finally:
        _reading.reset(token)


@contextmanager
def _waits(connection: Connection, seconds: float) -> Iterator[None]:
    if seconds == PATIENCE or connection.dialect.name != "sqlite":
        yield
        return
    raw: Any = connection.connection.driver_connection
    raw.execute(f"PRAGMA busy_timeout = {int(seconds * 1000)}")
    try:
        yield
    finally:
        raw.execute(f"PRAGMA busy_timeout = {PATIENCE * 1000}")


@contextmanager
def snapshot() -> Iterator[Session]:
    """One consistent picture of everything committed, for reading only (a pull: records, scopes and counter agree)."""
    token = _reading.set(True)
    try:
        with Session(db.engine) as session:
            yield session
            session.rollback()
    finally:
        _reading.reset(token)


@contextmanager
def reading() -> Iterator[None]:
    """The block only reads, whatever the method of the request: it takes no write lock on SQLite."""
    token = _reading.set(True)
    try:
        yield
    finally:
        _reading.reset(token)


def upgrade() -> None:
    """Bring the tables of the current app to the newest migration. One process at a time on PostgreSQL."""
    from flask_migrate import upgrade as run

    run(directory=str(PROJECT / "migrations"))
