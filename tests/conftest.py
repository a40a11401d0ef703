"""Fixtures of every test: `app` runs each test that asks for it on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

import databases
import factories
from throughcare.db import db


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a migrated PostgreSQL database of this test process."""
    with databases.postgres_url() as url:
        databases.migrate_postgres(tmp_path_factory.mktemp("postgres"), url)
        yield url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return databases.make_template(tmp_path_factory.mktemp("template"))


@pytest.fixture(params=["sqlite", "postgresql"])
def app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """The service with empty tables."""
    if request.param == "sqlite":
        made = databases.sqlite_app(request.getfixturevalue("sqlite_template"), tmp_path)
    else:
        made = databases.create_app(databases.settings(tmp_path, request.getfixturevalue("postgres")))
        databases.empty_postgres(made)
    yield made
    with made.app_context():
        db.engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def service(app: Flask) -> factories.Service:
    """Two suites, a worker and a colleague in the first, a supervisor of both, a worker in the second, an
    administrator, a manager."""
    return factories.Service(app)
