"""Fixtures of every test: `app` runs each test that asks for it on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

import databases
import factories
from databases import Standing
from throughcare.db import db

# What takes longest, in falling order: two processes that share the files end together when these are not the last.
LONG = (
    "browser/test_every_screen.py", "browser/test_two_tablets.py", "browser/test_every_office_screen.py",
    "browser/test_killed_browser.py", "browser/test_locked.py", "browser/test_full_assessment.py", "browser/test_story.py",
    "browser/test_two_values.py", "browser/test_raw_profile.py", "browser/test_moved.py", "browser/test_controls.py",
    "browser/test_lost_answers.py", "browser/test_one_hand.py", "browser/test_keyboard.py",
    "fault/test_delivery.py", "fault/test_cursor.py", "sim/test_simulation.py", "fault/test_kills.py",
    "contract/test_backup.py", "fault/test_middleboxes.py", "unit/test_javascript.py", "stranger/test_stranger.py",
    "fault/test_shift.py", "fault/test_batches.py", "fault/test_errors_in_a_batch.py", "pinned/test_old_tablets.py",
)  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    turns = {name: turn for turn, name in enumerate(LONG)}
    here = Path(__file__).parent
    items.sort(key=lambda item: turns.get(item.path.relative_to(here).as_posix(), len(turns)))


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a migrated PostgreSQL database of this test process."""
    with databases.postgres_url(flushed=False) as url:
        databases.migrate_postgres(tmp_path_factory.mktemp("postgres"), url)
        yield url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return databases.make_template(tmp_path_factory.mktemp("template"))


@pytest.fixture(scope="session")
def standing(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Standing]]:
    """The one app of this test process on this database, made when it is first asked for."""
    made: dict[str, Standing] = {}

    def of(kind: str) -> Standing:
        if kind not in made:
            folder = tmp_path_factory.mktemp(f"standing-{kind}")
            if kind == "sqlite":
                made[kind] = Standing(databases.sqlite_app(request.getfixturevalue("sqlite_template"), folder))
            else:
                url = request.getfixturevalue("postgres")
                made[kind] = Standing(databases.create_app(databases.settings(folder, url)))
        return made[kind]

    yield of
    for each in made.values():
        _close(each.app)


@pytest.fixture(params=["sqlite", "postgresql"])
def app(request: pytest.FixtureRequest, standing: Callable[[str], Standing], tmp_path: Path) -> Flask:
    """The service with empty tables."""
    made = standing(request.param).again(tmp_path)
    if request.param == "sqlite":
        databases.empty_sqlite(made, request.getfixturevalue("sqlite_template"))
    else:
        databases.empty_postgres(made)
    return made


@pytest.fixture(params=["sqlite", "postgresql"])
def own_app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """The same, made for this test alone, which changes it."""
    if request.param == "sqlite":
        made = databases.sqlite_app(request.getfixturevalue("sqlite_template"), tmp_path)
    else:
        made = databases.create_app(databases.settings(tmp_path, request.getfixturevalue("postgres")))
        databases.empty_postgres(made)
    yield made
    _close(made)


def _close(app: Flask) -> None:
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def service(app: Flask) -> factories.Service:
    """Two suites, a worker and a colleague in the first, a supervisor of both, a worker in the second, an
    administrator, a manager."""
    return factories.Service(app)
