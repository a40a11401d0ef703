"""Sixteen processes write through the shipped server code while one follows the shipped pull; what does the cursor
miss? (F3, I6)

    python tests/fault/cursor.py URL FOLDER --changes 20000 [--naive]

prints one line of JSON: {"written", "missed", "pulls", "again", "seconds"}. URL is an empty database. A writer hands
ops to `receive_texts` in the service's own transaction, as a push of a tablet does, only without HTTP, and rests for a
random moment before it, within it and before the commit. The reader asks `/sync/v1/pull` with the cursor it was given, a
millisecond after the page before, and drains the feed when the writers are done.

`--rows` leaves out what `receive` does with an op (keep, check, merge, project, audit), which is what costs time: the
transaction, the lock, the counter and the pull are the shipped ones, the rows of records and feed are written as they
are. It makes a million changes affordable.

`--naive` is the positive control: numbers come from a sequence before the transaction begins, no row is locked, and the
cursor is the highest number that can be seen. That is how such feeds are usually made, and it must miss.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import random
import sys
import time
from multiprocessing.synchronize import Event
from pathlib import Path
from types import SimpleNamespace
from typing import Any

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parents[2] / "backend")]

from flask import Flask
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

import databases
import factories
from throughcare import clock, guards
from throughcare.db import db, reading, transaction, upgrade
from throughcare.models import Device, Record, RecordScope, User, new_id
from throughcare.sync import documents, receive
from throughcare.sync import pull as pulling

WRITERS = 16
REST = 1.0  # seconds at most before a transaction
PAUSE = 0.004  # seconds at most within it, after the lock and before the commit
# Numbers that a naive push takes for itself: an op needs two of them here, for its arrival and its record, and some for upkeep.
SPARE = 4


def _contacts(
    chance: random.Random, user: str, suite: str, cases: list[dict[str, str]], count: int
) -> list[dict[str, Any]]:
    """The smallest records that a suite's feed has: a round of the cells."""
    at = clock.now()
    case = chance.choice(cases)
    return [
        {
            "op": new_id(),
            "record": new_id(),
            "type": "contact",
            "base": None,
            "set": [],
            "at": at,
            "body": {
                "person_id": case["person"],
                "episode_id": case["episode"],
                "suite_id": suite,
                "kind": "cell-sweep",
                "outcome": "not-approached",
                "at": at,
                "worker_id": user,
            },
        }
        for _ in range(count)
    ]


def _append(session: Session, ops: list[dict[str, Any]], suite: str, chance: random.Random) -> None:
    """The same contacts as rows, each with the number that `documents.save` would take for it."""
    receive.lock(session, 1 + len(ops))
    time.sleep(chance.random() * PAUSE)
    records = [
        {
            "id": op["record"],
            "type": "contact",
            "rev": "1-0000000000000000",
            "n": 1,
            "seq": documents.next_seq(session),
            "body": op["body"],
            "provenance": {},
            "editors": [],
            "created_by": op["body"]["worker_id"],
            "created_at": op["at"],
            "updated_at": op["at"],
            "person_id": op["body"]["person_id"],
            "episode_id": op["body"]["episode_id"],
        }
        for op in ops
    ]
    session.execute(insert(Record), records)
    places = [{"record_id": row["id"], "scope": suite, "seq": row["seq"]} for row in records]
    session.execute(insert(RecordScope), places)


class Naive:
    """Numbers from a sequence that is not part of the transaction."""

    def __init__(self, counter: Any) -> None:
        self.counter, self.mine = counter, iter(())

    def take(self, count: int) -> None:
        with self.counter.get_lock():
            first = self.counter.value + 1
            self.counter.value += count
        self.mine = iter(range(first, first + count))

    def plant(self) -> None:
        """Replace the shipped counter in this process: who writes, and where the reader believes the feed to end."""
        shipped = [module for name, module in sys.modules.items() if name.startswith("throughcare.sync.")]
        for module in shipped:
            if hasattr(module, "next_seq"):
                module.next_seq = lambda _session: next(self.mine)
            if hasattr(module, "lock"):
                module.lock = lambda _session, _numbers=1: None

        def highest(session: Session) -> Any:
            seq = session.scalar(select(func.max(RecordScope.seq))) or 0
            return SimpleNamespace(epoch="naive", seq=seq, durable_seq=0)

        pulling.meta_of = highest


def _write(
    app: Flask,
    device: str,
    cases: list[dict[str, str]],
    count: int,
    push: int,
    seed: int,
    rows: bool,
    naive: Naive | None,
    told: Any,
) -> None:
    chance = random.Random(seed)
    again = 0
    if naive:
        naive.plant()
    with app.app_context():
        db.engine.dispose(close=False)  # the connections are the parent's
        with reading():
            user_id = db.session.get_one(Device, device).user_id
            suite = db.session.get_one(User, user_id).suite_ids[0]
            db.session.rollback()
        while count:
            ops = _contacts(chance, user_id, suite, cases, min(push, count))
            if naive:
                naive.take(len(ops) * SPARE)
            time.sleep(chance.random() * REST)
            try:
                with transaction() as session:
                    if rows:
                        _append(session, ops, suite, chance)
                    else:
                        user, known = session.get_one(User, user_id), session.get_one(Device, device)
                        receive.receive_texts(session, user, known, ops)
                    time.sleep(chance.random() * PAUSE)
            except OperationalError:  # SQLite's queue is not a fair one: as a tablet does, send again
                again += 1
                continue
            count -= len(ops)
    told.put(again)


def _read(app: Flask, token: str, done: Event, naive: Naive | None, told: Any) -> None:
    """Follow the feed until it ends after `done`. Tells (ids seen, pulls)."""
    if naive:
        naive.plant()
    seen: set[str] = set()
    cursor, reference, pulls = None, None, 0
    with app.app_context():
        db.engine.dispose(close=False)
    client, headers = app.test_client(), {"Authorization": f"Bearer {token}"}
    while True:
        last = done.is_set()
        sent = {"proto": 1, "cursor": cursor, "reference": reference}
        page = client.post("/sync/v1/pull", json=sent, headers=headers).get_json()
        seen.update(record["id"] for record in page["records"])
        cursor, pulls = page["cursor"], pulls + 1
        reference = page.get("reference", {}).get("hash", reference)
        if page["more"]:
            continue
        if last:
            break
        time.sleep(0.001)
    with app.app_context(), reading():
        written = set(db.session.scalars(select(Record.id)))
    told.put((len(written), len(written - seen), pulls))


def run(url: str, folder: Path, changes: int, push: int, naive: bool, rows: bool, seed: int) -> dict[str, Any]:
    """Write `changes` records into the empty database `url` and count those that the follower was never sent."""
    app = databases.create_app(databases.settings(folder, url))
    with app.app_context():
        upgrade()
    service = factories.Service(app)
    cases = [service.tablet(service.worker).case() for _ in range(4)]
    writers = [service.tablet(service.worker).id for _ in range(WRITERS)]
    reader = service.tablet(service.colleague).token
    made = 0
    with app.app_context():
        made = db.session.scalar(select(func.count()).select_from(Record)) or 0
        first = db.session.scalar(text("SELECT seq FROM sync_meta")) or 0
        db.session.rollback()
        if naive:
            with db.engine.begin() as connection:
                guards.take_down(connection)  # they would not let its numbers in
        db.engine.dispose()
    fork = multiprocessing.get_context("fork")
    counter = Naive(fork.Value("q", first)) if naive else None
    done, told, ended = fork.Event(), fork.Queue(), fork.Queue()
    started = time.monotonic()
    follower = fork.Process(target=_read, args=(app, reader, done, counter, told), daemon=True)
    shares = [changes // WRITERS + (number < changes % WRITERS) for number in range(WRITERS)]
    processes = [
        fork.Process(
            target=_write,
            args=(app, device, cases, share, push, seed * 1000 + number, rows, counter, ended),
            daemon=True,
        )
        for number, (device, share) in enumerate(zip(writers, shares, strict=True))
    ]
    for process in [follower, *processes]:
        process.start()
    for process in processes:
        process.join()
    done.set()
    if any(process.exitcode for process in processes):
        follower.terminate()
        raise SystemExit("a writer failed")
    follower.join()
    if follower.exitcode:
        raise SystemExit("the reader failed")
    written, missed, pulls = told.get()
    again = sum(ended.get() for _ in processes)
    if written != changes + made:
        raise SystemExit(f"{written - made} of {changes} were written")
    return {
        "written": changes,
        "missed": missed,
        "pulls": pulls,
        "again": again,
        "seconds": round(time.monotonic() - started, 1),
    }


def main(words: list[str]) -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("url")
    options.add_argument("folder", type=Path)
    options.add_argument("--changes", type=int, default=20_000)
    options.add_argument("--naive", action="store_true")
    options.add_argument("--rows", action="store_true")
    options.add_argument("--push", type=int, default=100, help="changes in one transaction; a tablet sends 100 at most")
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args(words)
    print(json.dumps(run(given.url, given.folder, given.changes, given.push, given.naive, given.rows, given.seed)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
