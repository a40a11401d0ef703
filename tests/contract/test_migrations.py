"""The tables: made by the migrations from nothing, equal to the models, taken down again; on both databases."""

from __future__ import annotations

import pytest
from flask_migrate import check, downgrade
from sqlalchemy import inspect

import databases
from throughcare import clock, create_app
from throughcare.config import PROJECT
from throughcare.db import Base, db, transaction, upgrade
from throughcare.models import Suite, SyncMeta, User, UserSuite, new_id

FOLDER = str(PROJECT / "migrations")


@pytest.fixture(params=["sqlite", "postgresql"])
def fresh(request, tmp_path):
    """An app on a database without any table."""
    if request.param == "sqlite":
        app = create_app(databases.settings(tmp_path, f"sqlite:///{tmp_path / 'fresh.sqlite3'}"))
        with app.app_context():
            yield app
            db.engine.dispose()
        return
    with databases.own_schema(request.getfixturevalue("postgres"), "fresh") as url:
        app = create_app(databases.settings(tmp_path, url))
        with app.app_context():
            yield app
            db.engine.dispose()


def test_an_empty_database_is_brought_up_equal_to_the_models_and_down_again(fresh):
    upgrade()
    check(directory=FOLDER)  # exits when a model and its table differ
    assert set(Base.metadata.tables) <= set(inspect(db.engine).get_table_names())
    assert db.session.get_one(SyncMeta, 1).epoch
    db.session.rollback()
    upgrade()
    downgrade(directory=FOLDER, revision="base")
    assert set(inspect(db.engine).get_table_names()) == {"alembic_version"}
    upgrade()


def test_an_upgrade_and_a_downgrade_keep_who_works_here(fresh):
    upgrade()
    user_id, suite_id = new_id(), new_id()
    with transaction() as session:
        session.add(User(id=user_id, name="Test Worker", role="custody_worker", created_at=clock.now()))
        session.add(Suite(id=suite_id, name="Oldbury", short="OB", open_from="2020-01-01"))
        session.flush()
        session.add(UserSuite(user_id=user_id, suite_id=suite_id, granted_seq=0))
    downgrade(directory=FOLDER, revision="0002")
    upgrade()
    assert db.session.get_one(User, user_id).suite_ids == [suite_id]
    db.session.rollback()


def test_sqlite_keeps_its_promises_on_every_connection(tmp_path):
    app = create_app(databases.settings(tmp_path, f"sqlite:///{tmp_path / 'fresh.sqlite3'}"))
    with app.app_context():
        upgrade()
        with db.engine.connect() as connection:
            found = [
                connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("journal_mode", "synchronous", "foreign_keys")
            ]
        db.session.remove()
        db.engine.dispose()
    assert found == ["wal", 2, 1], "2 is FULL: a commit is on the disk before the answer leaves"
