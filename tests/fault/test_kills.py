"""A server that is killed under load loses nothing that it acknowledged and does nothing twice (F4; I1, I2, I20). One
that answers before it commits must lose something in the same run. The long run: `run.py bench faults --only kills`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

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
    holds(told)


def test_two_servers_on_one_postgresql_hold_all_of_it_while_one_is_killed(postgres: str, tmp_path: Path) -> None:
    with databases.own_schema(postgres, "two_apps") as url:
        holds(kills.run(url, tmp_path, 4, seed=2, servers=2), cut=1)


def holds(told: dict[str, Any], cut: int = 5) -> None:
    assert told["acknowledged"] > 100
    assert told["cut"] >= cut, "the kills hit requests on their way"
    assert told["lost"] == told["doubled"] == told["not_applied"] == 0
    assert told["other_answers"] == 0, "what is sent again gets the same bytes"
    assert told["missed"] == 0, "a tablet that pulled all the while holds what stands"
    assert told["pages"] > 5
    assert told["epochs"] == 1, "a restart is no restore"
    assert told["same"], "a replay of the ops makes what stands"


def test_a_server_that_answers_before_it_commits_loses_what_it_acknowledged(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'throughcare.sqlite3'}"
    told = kills.run(url, tmp_path, 2, seed=1, factory="fault.early:create_app")
    assert told["lost"] > 0
    assert told["other_answers"] > 0
