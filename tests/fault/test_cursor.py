"""A cursor never skips a change while sixteen processes write (F3, I6). The same harness with numbers that are taken
before the transaction must miss some, or it proves nothing. The long run: `run.py bench faults --only cursor`."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import databases

HARNESS = Path(__file__).parent / "cursor.py"


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without tables."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'cursor.sqlite3'}"
        return
    with databases.own_schema(request.getfixturevalue("postgres"), "cursor_run") as url:
        yield url


def measured(url: str, folder: Path, changes: int, *words: str) -> dict[str, float]:
    """A process of its own, because it forks its writers."""
    command = [sys.executable, str(HARNESS), url, str(folder), "--rows", "--push", "25", "--changes", str(changes)]
    done = subprocess.run([*command, *words], capture_output=True, text=True, timeout=150)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


def test_a_reader_misses_none_of_ten_thousand_changes_of_sixteen_writers(empty: str, tmp_path: Path) -> None:
    told = measured(empty, tmp_path, 10_000)
    assert told["written"] == 10_000
    assert told["pulls"] > 20, "the reader was there while they wrote"
    assert told["missed"] == 0


def test_the_same_reader_misses_changes_whose_numbers_were_taken_before_the_transaction(
    empty: str, tmp_path: Path
) -> None:
    told = measured(empty, tmp_path, 2_000, "--naive")
    assert told["missed"] > 0.01 * told["written"]
