"""The tables: made by the migrations from nothing, equal to the models, taken down again; on both databases."""

from __future__ import annotations

import pytest
from flask_migrate import check, downgrade
from flask_migrate import upgrade as migrate_to
from sqlalchemy import JSON, Boolean, Integer, MetaData, String, inspect, select, text
from sqlalchemy.exc import IntegrityError

import databases
from throughcare import clock, create_app, guards
from throughcare.config import PROJECT
from throughcare.db import Base, db, transaction, upgrade
from throughcare.models import Suite, SyncMeta, User, UserSuite, new_id

FOLDER = str(PROJECT / "migrations")
NEWEST = len(list((PROJECT / "migrations" / "versions").glob("0*.py")))


def guards_of(connection) -> set[str]:
    """The names of the triggers that are there."""
    if connection.dialect.name == "sqlite":
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    else:
        query = (
            "SELECT tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid"
            " WHERE NOT tgisinternal AND relnamespace = current_schema()::regnamespace"
        )
    return set(connection.execute(text(query)).scalars())


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


@pytest.mark.parametrize("version", [f"{number:04}" for number in range(1, NEWEST)])
def test_rows_of_every_version_come_up_with_all_that_is_in_them_and_guarded(fresh, version):
    migrate_to(directory=FOLDER, revision=version)
    tables = MetaData()
    with db.engine.begin() as connection:
        tables.reflect(connection)
        guarded = bool(guards_of(connection))
        if guarded:
            guards.take_down(connection)
        for table in tables.sorted_tables:
            if table.name == "sync_meta":
                connection.execute(table.update().values(seq=7, **({"open_from": 7} if guarded else {})))
            elif table.name != "alembic_version":
                connection.execute(table.insert().values({each.name: _some(each) for each in table.columns}))
        before = _rows(connection, tables)
        if guarded:
            guards.put_up(connection)
    upgrade()
    with db.engine.connect() as connection:
        after = _rows(connection, tables)
        for name, row in after.items():
            assert row == {column: before[name][column] for column in row}, name
        assert guards_of(connection) == guards.names(connection.dialect.name)
        assert connection.execute(text("SELECT open_from, seq FROM sync_meta")).one() == (7, 7)
        with pytest.raises(IntegrityError, match="Nothing was written"):
            connection.execute(text("UPDATE people SET given_name = 'Zebedee'"))


def _some(column):
    """A value of the column's type; every id is the same one, so that all of them lead somewhere."""
    if isinstance(column.type, JSON):
        return {"some": "thing"}
    if isinstance(column.type, Boolean):
        return True
    if isinstance(column.type, Integer):
        return 3
    return "00000000-0000-7000-8000-000000000001"[: column.type.length] if isinstance(column.type, String) else b"some"


def _rows(connection, tables):
    """{table: {column: value}} of its one row, as far as the columns are still there."""
    there = inspect(connection)
    found = {}
    for table in tables.sorted_tables:
        if table.name != "alembic_version":
            kept = {each["name"] for each in there.get_columns(table.name)}
            columns = [column for column in table.columns if column.name in kept]
            found[table.name] = dict(connection.execute(select(*columns)).mappings().one())
    return found


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
