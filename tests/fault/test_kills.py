"""A server that is killed under load loses nothing that it acknowledged and does nothing twice (F4; I1, I2, I20). One
that answers before it commits must lose something in the same run. The long run: `run.py bench faults --only kills`."""

from __future__ import annotations

from pathlib import Path

import pytest

import databases
from fault import kills


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_what_was_acknowledged_before_ten_kills_is_there_once(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    if kind == "sqlite":
        told = kills.run(f"sqlite:///{tmp_path / 'throughcare.sqlite3'}", tmp_path, 10, seed=1)
    else:
        with databases.own_schema(request.getfixturevalue("postgres"), "kills") as url:
            told = kills.run(url, tmp_path, 10, seed=1)
    assert told["acknowledged"] > 100
    assert told["cut"] > 5, "the kills hit requests on their way"
    assert told["lost"] == told["doubled"] == told["not_applied"] == 0
    assert told["other_answers"] == 0, "what is sent again gets the same bytes"
    assert told["epochs"] == 1, "a restart is no restore"
    assert told["same"], "a replay of the ops makes what stands"


def test_a_server_that_answers_before_it_commits_loses_what_it_acknowledged(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'throughcare.sqlite3'}"
    told = kills.run(url, tmp_path, 2, seed=1, factory="fault.early:create_app")
    assert told["lost"] > 0
    assert told["other_answers"] > 0
