"""`run.py bench faults --only triples --count 1000000`: the long runs behind the small ones of the tests.

Each part is cut into pieces of its own seed, and each finished piece is a line of the log file, so that a run that was
stopped goes on where it was (`--log FILE`).
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import io
import json
import sys
import tempfile
import time
from pathlib import Path
from types import ModuleType

sys.path[:0] = [str(Path(__file__).resolve().parents[1])]

import faults_browser
import faults_held
import faults_power
import faults_restore
import faults_server
import faults_tablet

import databases
from sim import triples as oracle
from sim import world
from sim.triples import Tally, compare
from throughcare.records import merge, paths, units

PIECE = 50_000
SEEDS = 20
HERE = Path(__file__).resolve().parent
SHIPPED = Path(str(merge.__file__)).parents[1]


def triples(count: int, log: Path | None, minutes: float) -> int:
    """Print the tally of `count` triples in pieces. Returns 1 when the merge and the oracle differ anywhere. A line of the
    log counts only for the rules and the oracle that made it."""
    done = _read(log)
    about = _fingerprint(merge, paths, units, oracle)
    total = Tally()
    ends = time.monotonic() + minutes * 60
    for piece in range((count + PIECE - 1) // PIECE):
        size = min(PIECE, count - piece * PIECE)
        key = f"triples {piece + 1} {size} {about}"
        if key not in done:
            if minutes and time.monotonic() > ends:
                print(f"stopped after {total.triples} of {count}; the same command with --log goes on from here")
                break
            # Seed 0 is not used: piece 1 is what the tests run.
            tally = compare(merge, seed=piece + 1, count=size)
            if tally.first:
                print(f"seed {piece + 1}: {tally.first}")
            counts = [tally.expected, tally.reported, tally.right, tally.wrong_bodies]
            done[key] = counts
            if log:
                with log.open("a") as file:
                    file.write(json.dumps([key, counts]) + "\n")
        expected, reported, right, wrong = done[key]
        total.triples += size
        total.expected += expected
        total.reported += reported
        total.right += right
        total.wrong_bodies += wrong
        print(total, flush=True)
    return 0 if total.precision == total.recall == 1.0 and total.wrong_bodies == 0 else 1


def _fingerprint(*modules: ModuleType) -> str:
    source = "".join(Path(str(each.__file__)).read_text() for each in modules)
    return hashlib.sha256(source.encode()).hexdigest()[:12]


def simulation(first: int, seeds: int, steps: int, log: Path | None, minutes: float) -> int:
    """Histories of `seeds` seeds, in pieces. Prints the violations and their tally; returns 1 when there was one. A line of
    the log holds the seeds that failed, and counts only for the sources that it was run on."""
    done, ran = _read(log), 0
    bad: list[int] = []
    about = _sources()
    ends = time.monotonic() + minutes * 60
    with tempfile.TemporaryDirectory() as folder:
        template = databases.make_template(Path(folder))
        for start in range(first, first + seeds, SEEDS):
            piece = range(start, min(start + SEEDS, first + seeds))
            key = f"simulation {piece[0]}-{piece[-1]} {steps} {about}"
            if key not in done:
                if minutes and time.monotonic() > ends:
                    print(f"stopped; the same command with --log goes on at seed {start}")
                    break
                done[key] = [seed for seed in piece if _violated(template, seed, steps)]
                if log:
                    with log.open("a") as file:
                        file.write(json.dumps([key, done[key]]) + "\n")
            ran += len(piece)
            bad += done[key]
            print(f"{ran} seeds of {steps} steps: {len(bad)} violations {bad or ''}", flush=True)
    return 1 if bad else 0


def _violated(template: Path, seed: int, steps: int) -> bool:
    # The service's own lines about its requests say nothing here.
    with contextlib.redirect_stderr(io.StringIO()):
        try:
            world.history(template, seed, steps)
            return False
        except world.Violation as violation:
            found = violation
    print(found, file=sys.stderr, flush=True)
    return True


def _sources() -> str:
    """What the outcome of a seed depends on: the tablet's store and sync, the service's sync and records, the world."""
    folders = [
        world.SHIPPED / "store",
        world.SHIPPED / "sync",
        SHIPPED / "sync",
        SHIPPED / "records",
        HERE.parent / "sim",
    ]
    files = [path for folder in folders for path in sorted(folder.glob("*.*")) if path.suffix in (".js", ".py")]
    files = [path for path in files if not path.name.startswith("test_")]
    return hashlib.sha256("".join(path.read_text() for path in files).encode()).hexdigest()[:12]


def _read(log: Path | None) -> dict[str, list[int]]:
    if log is None or not log.exists():
        return {}
    return dict(map(json.loads, log.read_text().splitlines()))


def main(words: list[str]) -> int:
    options = argparse.ArgumentParser(prog="run.py bench faults", description=__doc__)
    options.add_argument(
        "--only",
        choices=[
            *("triples", "simulation", "cursor", "kills", "two", "browser", "restore", "power", "held"),
            *faults_tablet.STORIES,
        ],
        required=True,
    )
    options.add_argument("--count", type=int, default=1_000_000)
    options.add_argument("--seeds", type=int, default=1000)
    options.add_argument("--first", type=int, default=1, help="the first seed; with --seeds 1 a failure is replayed")
    options.add_argument("--steps", type=int, default=300)
    options.add_argument("--kills", type=int, default=1000)
    options.add_argument("--tablets", type=int, default=50, help="of the restore drill")
    options.add_argument("--hours", type=int, default=24, help="by which the restore drill sets the service back")
    options.add_argument("--hold", type=float, default=10, help="minutes for which a transaction is held open")
    options.add_argument("--minutes", type=float, default=0, help="stop after so many; 0 runs to the end")
    options.add_argument("--log", type=Path, help="where each finished piece is written, and read when it goes on")
    given = options.parse_args(words)
    if given.only == "cursor":
        return faults_server.cursor(given.count, given.log, given.minutes)
    if given.only == "held":
        return faults_held.held(given.hold, given.log, given.minutes)
    if given.only == "power":
        return faults_power.power(given.log, given.minutes)
    if given.only == "restore":
        return faults_restore.restore(given.tablets, given.hours, given.log, given.minutes)
    if given.only in faults_tablet.STORIES:
        return faults_tablet.tablet(given.only, given.log, given.minutes)
    if given.only == "browser":
        return faults_browser.browser(given.log, given.minutes)
    if given.only == "two":
        return faults_server.two(given.kills, given.log, given.minutes)
    if given.only == "kills":
        return faults_server.kills(given.kills, given.log, given.minutes)
    if given.only == "simulation":
        return simulation(given.first, given.seeds, given.steps, given.log, given.minutes)
    return triples(given.count, given.log, given.minutes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
