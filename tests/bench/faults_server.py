"""The long runs against the server's own code and processes: `run.py bench faults --only cursor`, `--only kills`.

Each run is a list of pieces; a finished piece is a line of the log, `[key, result]`, and is not run again.
"""

from __future__ import annotations

import contextlib
import io
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import databases
from fault import kills as killing

FAULT = Path(__file__).resolve().parents[1] / "fault"
DATABASES = ("sqlite", "postgresql")
PIECE = 50_000  # changes in one database
KILLS = 25  # of one server with one database
THROUGH_RECEIVE = 10_000  # changes that pass through all of `receive`, which costs ten times as much


class Pieces:
    """What is done so far, and until when new pieces are begun."""

    def __init__(self, log: Path | None, minutes: float) -> None:
        self.log, self.done = log, {}
        self.ends = time.monotonic() + minutes * 60 if minutes else None
        if log is not None and log.exists():
            self.done = dict(map(json.loads, log.read_text().splitlines()))

    def get(self, key: str, run: Callable[..., dict[str, Any]], *given: Any) -> dict[str, Any] | None:
        """The result of a piece, from the log or by running it; nothing when the time is over."""
        if key not in self.done:
            if self.ends and time.monotonic() > self.ends:
                return None
            self.done[key] = run(*given)
            if self.log:
                with self.log.open("a") as file:
                    file.write(json.dumps([key, self.done[key]]) + "\n")
        print(key, json.dumps(self.done[key]), flush=True)
        return self.done[key]


@contextlib.contextmanager
def empty_database(kind: str) -> Iterator[tuple[str, Path]]:
    """(URL, folder) of a database without tables."""
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        url = f"sqlite:///{folder / 'throughcare.sqlite3'}"
        if kind == "postgresql":
            url = stack.enter_context(databases.postgres_url())
        yield url, folder


def _cursor(kind: str, changes: int, seed: int, *words: str) -> dict[str, Any]:
    with empty_database(kind) as (url, folder):
        command = [sys.executable, FAULT / "cursor.py", url, folder, "--changes", changes, "--seed", seed, *words]
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(done.stderr[-3000:])
        return json.loads(done.stdout)


def cursor(count: int, log: Path | None, minutes: float) -> int:
    """`count` changes on each database, then the control, whose numbers are taken before the transaction."""
    pieces = Pieces(log, minutes)
    worst = 0
    for kind in DATABASES:
        # Small pushes, so that the reader keeps up with them: one that lags sees late numbers too.
        control = pieces.get(f"cursor {kind} naive 10", _cursor, kind, 20_000, 1, "--rows", "--naive", "--push", 10)
        written = missed = 0
        for piece in range((count + PIECE - 1) // PIECE):
            size = min(PIECE, count - piece * PIECE)
            key = f"cursor {kind} rows {piece + 1} {size}"
            told = pieces.get(key, _cursor, kind, size, piece + 1, "--rows")
            if told is None:
                break
            written, missed = written + told["written"], missed + told["missed"]
        receive = pieces.get(f"cursor {kind} receive", _cursor, kind, THROUGH_RECEIVE, 1)
        if control is None or receive is None or written < count:
            print(f"{kind}: stopped after {written} of {count}; the same command with --log goes on from here")
            worst = 1
            continue
        share = control["missed"] / control["written"]
        print(f"{kind}: {missed} of {written} missed, {receive['missed']} of {receive['written']} through receive;")
        print(f"{kind}: numbers taken before the transaction: {share:.1%} missed")
        worst = worst or int(missed > 0 or receive["missed"] > 0 or share <= 0.01)
    return worst


def _kills(kind: str, count: int, seed: int, factory: str | None = None, servers: int = 1) -> dict[str, Any]:
    log = io.StringIO()  # the service's own, of the requests that prepare the run
    with empty_database(kind) as (url, folder), contextlib.redirect_stdout(log), contextlib.redirect_stderr(log):
        return killing.run(url, folder, count, seed, factory, servers)


def _good(told: dict[str, Any]) -> bool:
    wrong = ("missed", "lost", "doubled", "not_applied", "other_answers")
    return told["same"] and told["epochs"] == 1 and not any(told[name] for name in wrong)


def two(count: int, log: Path | None, minutes: float) -> int:
    """`count` kills of one of two servers on one PostgreSQL."""
    pieces = Pieces(log, minutes)
    done = bad = 0
    for piece in range(count // KILLS):
        key = f"two {piece + 1} {KILLS}"
        told = pieces.get(key, _kills, "postgresql", KILLS, piece + 1, None, 2)
        if told is None:
            break
        done, bad = done + KILLS, bad + (not _good(told))
    print(f"{done} of {count} kills of one of two servers: {bad} pieces with anything lost, doubled or missed")
    return int(bad > 0 or done < count)


def kills(count: int, log: Path | None, minutes: float) -> int:
    """`count` kills of the server, half of them on each database; before them the control, which answers too early."""
    pieces = Pieces(log, minutes)
    control = pieces.get("kills control", _kills, "sqlite", 4, 1, "fault.early:create_app")
    done = acknowledged = bad = 0
    for piece in range(count // KILLS):
        told = pieces.get(f"kills {piece + 1} {KILLS}", _kills, DATABASES[piece % 2], KILLS, piece + 1)
        if told is None:
            print(f"stopped after {done} of {count} kills; the same command with --log goes on from here")
            break
        done, acknowledged, bad = done + KILLS, acknowledged + told["acknowledged"], bad + (not _good(told))
    lost = control["lost"] if control else 0
    print(
        f"{done} kills, {acknowledged} ops acknowledged: {bad} pieces with anything lost, doubled or answered otherwise"
    )
    print(f"a server that answers before it commits: {lost} lost in 4 kills")
    return int(bad > 0 or lost == 0 or done < count)
