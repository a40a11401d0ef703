"""The power goes right after an answer: what was not flushed is gone, what was acknowledged is there (F5; I1)."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine, create_engine, event, make_url, text

import databases
import factories
from fault.flushed import watched
from throughcare.db import db

PUSHES = 12


def lost(template: Path, folder: Path, pragma: str | None = None) -> int:
    """How many acknowledged ops a power cut right after their answer takes. `pragma` changes each connection."""
    flushed = folder / "flushed"
    flushed.mkdir()
    shutil.copy(template, flushed / "test.sqlite3")  # as it was made, long before the service ran
    with watched(folder, flushed) as disk:
        app = databases.sqlite_app(template, folder)
        if pragma:
            with app.app_context():
                _on_connect(db.engine, pragma)
        service = factories.Service(app)
        tablet = service.tablet(service.worker)
        missing = 0
        for number in range(PUSHES):
            before = sum(disk.syncs.values())
            op = tablet.create("person", {"given_name": "Zebedee"})
            assert tablet.push_one(op)["state"] == "applied"
            found = disk.after_power_cut("test.sqlite3", folder / f"cut-{number}")
            try:
                missing += found.execute("SELECT count(*) FROM ops WHERE id = ?", [op["op"]]).fetchone() != (1,)
                assert found.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            finally:
                found.close()
            assert pragma or sum(disk.syncs.values()) > before, "the commit was flushed"
        with app.app_context():
            db.engine.dispose()
    return missing


def _on_connect(engine: Engine, pragma: str) -> None:
    @event.listens_for(engine, "connect")
    def weaken(connection: object, _record: object) -> None:
        connection.execute(f"PRAGMA {pragma}")  # type: ignore[attr-defined]


def test_sqlite_has_flushed_what_was_acknowledged(sqlite_template: Path, tmp_path: Path) -> None:
    assert lost(sqlite_template, tmp_path) == 0


@pytest.mark.parametrize("pragma", ["synchronous=NORMAL", "synchronous=OFF"])
def test_a_service_that_does_not_flush_each_commit_loses_it(sqlite_template: Path, tmp_path: Path, pragma: str) -> None:
    assert lost(sqlite_template, tmp_path, pragma) > PUSHES // 2


def test_postgresql_flushes_each_commit_even_if_it_is_set_not_to(postgres: str, tmp_path: Path) -> None:
    """What that means for what was acknowledged: `run.py bench faults --only power`."""
    careless = make_url(postgres).update_query_dict({"options": "-csynchronous_commit=off"})
    url = careless.render_as_string(hide_password=False)
    told = []
    app = databases.create_app(databases.settings(tmp_path, url))
    for engine in (create_engine(url), _engine_of(app)):
        with engine.connect() as connection:
            told.append(connection.execute(text("SHOW synchronous_commit")).scalar_one())
        engine.dispose()
    assert told == ["off", "on"]


def _engine_of(app: Flask) -> Engine:
    with app.app_context():
        return db.engine
