"""docs/sync-protocol.md is enough: a client in another language, which has nothing of ours, works with a real server."""

from __future__ import annotations

import contextlib
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

import databases
from browser.server import HOME, Server

CLIENT = HOME / "tests" / "stranger" / "client.mjs"


@pytest.fixture(params=["sqlite", "postgresql"])
def served(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Server, str]]:
    """A server process with the invented data, and the URL of its database."""
    with contextlib.ExitStack() as stack:
        given = stack.enter_context(databases.postgres_url()) if request.param == "postgresql" else None
        server = Server(tmp_path, given).start()
        stack.callback(server.stop)
        yield server, given or f"sqlite:///{tmp_path / 'throughcare.sqlite3'}"


def credentials(server: Server, user: str) -> dict:
    return json.loads(server.cli("devices", "enrol", "--api", "--user", user, "--name", "A script", "--json"))


def test_a_client_written_from_the_protocol_alone_works(served):
    server, url = served
    given = {"one": credentials(server, "Nia Farrow"), "two": credentials(server, "Sam Brackley")}
    done = subprocess.run(
        ["node", str(CLIENT), server.origin], input=json.dumps(given), text=True, capture_output=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["pages"] > 5, "it came page by page"
    engine = create_engine(url)
    with engine.connect() as connection:
        rows = connection.execute(
            text("select count(*) from ops where record_id in (:person, :assessment)"),
            {"person": found["person"], "assessment": found["assessment"]},
        )
        assert rows.scalar_one() == 6, "what was sent again was taken once"
        rev = connection.execute(text("select rev from records where id = :id"), {"id": found["assessment"]})
        assert rev.scalar_one() == found["rev"]
    engine.dispose()
    server.cli("devices", "revoke", given["one"]["device"]["id"], "--reason", "Done")
    again = subprocess.run(
        ["node", str(CLIENT), server.origin], input=json.dumps(given), text=True, capture_output=True, timeout=60
    )
    assert again.returncode != 0
    assert "device.revoked" in again.stderr


def test_the_client_has_nothing_of_ours():
    imported = [line for line in CLIENT.read_text().splitlines() if line.startswith("import ")]
    assert imported
    assert all('from "node:' in line for line in imported)
