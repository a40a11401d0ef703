"""`run.py bench sync`: a real server process, over HTTP, beside raw writes and reads of the same documents on the same disk.

Rounds of ours and of the raw database alternate, so that a noisy machine is noisy for both; medians of the rounds and their
ratio are printed, with the target beside each, and the processor time of the server alone. On both sides what is sent is
ready before the clock starts. `--only push,pull,…` chooses; `--database postgresql` takes the other
database. Documents are draft assessments of 8 KB, 100 in a request, each commit flushed to the disk on both sides.
"""

from __future__ import annotations

import argparse
import http.client
import json
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HOME = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(HOME / "tests"), str(HOME / "backend")]

from rig import Bench, Wire, fill, packed, timed, told, worked

import databases
from factories import Tablet
from throughcare.db import db
from throughcare.models import Record

ROUNDS = 7
BATCH = 100


# --- pushing ---


def push(bench: Bench) -> None:
    wire, raw = Wire(bench.server, bench.tablet), bench.raw()
    ours, theirs, edits, bytes_per_op = [], [], [], []
    cpu = [0.0, 0.0]
    floor, aim = (0.35, 0.60) if bench.kind == "postgresql" else (0.12, 0.17)
    mark = "%s" if bench.kind == "postgresql" else "?"
    for round_ in range(ROUNDS + 1):
        ops = [bench.tablet.create("assessment", bench.document()) for _ in range(BATCH)]
        sent = packed(json.dumps(bench.tablet.envelope(*ops)).encode())
        answer: list[Any] = []
        before = worked(bench.server)
        took = timed(lambda sent=sent, answer=answer: answer.append(wire.send("/sync/v1/push", sent)))
        cpu[0] += worked(bench.server) - before if round_ else 0
        results = json.loads(answer[0])["results"]
        assert {each["state"] for each in results} == {"applied"}, results[0]
        rows = [(op["op"], json.dumps(op["body"])) for op in ops]
        took_raw = timed(lambda rows=rows: _raw_write(raw, bench.kind, mark, rows))
        changes = []
        for op, result in zip(ops, results, strict=True):
            names = bench.rng.sample(sorted(op["body"]["answers"]), bench.rng.randint(1, 3))
            changes.append(
                bench.tablet.edit(
                    "assessment",
                    op["record"],
                    result["rev"],
                    *[[f"/answers/{name}", op["body"]["answers"][name], "yes, since Tuesday"] for name in names],
                )
            )
        sent = packed(json.dumps(bench.tablet.envelope(*changes)).encode())
        before = worked(bench.server)
        took_edit = timed(lambda sent=sent, answer=answer: answer.append(wire.send("/sync/v1/push", sent)))
        cpu[1] += worked(bench.server) - before if round_ else 0
        results = json.loads(answer[1])["results"]
        assert {each["state"] for each in results} == {"applied"}, results[0]
        if round_:  # the first round warms both
            ours.append(took)
            theirs.append(took_raw)
            edits.append(took_edit)
            bytes_per_op.append(wire.sent / BATCH)
    told("durable push of creates", ours, theirs, BATCH, floor, aim)
    told("durable push of edits (1-3 fields)", edits, theirs, BATCH, floor, aim)
    each = [seconds / ROUNDS / BATCH * 1000 for seconds in cpu]
    print(f"{'  processor time of the server, each':44} create {each[0]:.2f} ms   edit {each[1]:.2f} ms", flush=True)
    print(f"{'bytes of an edit, gzipped':44} {statistics.median(bytes_per_op):8.0f} B   target 350", flush=True)


def _raw_write(raw: Any, kind: str, mark: str, rows: list[tuple[str, str]]) -> None:
    statement = f"INSERT INTO raw_docs VALUES ({mark}, {mark})"
    if kind == "postgresql":
        with raw.cursor() as cursor:
            cursor.executemany(statement, rows)
        raw.commit()
    else:
        raw.execute("BEGIN IMMEDIATE")
        raw.executemany(statement, rows)
        raw.execute("COMMIT")


# --- pulling ---


def pull_body(cursor: str | None, epoch: str | None, reference: str | None) -> bytes:
    return json.dumps(
        {"proto": 1, "epoch": epoch, "schema": 1, "cursor": cursor, "reference": reference, "max_records": 500}
    ).encode()


def pull_all(wire: Wire, cursor: str | None = None, epoch: str | None = None, reference: str | None = None) -> tuple:
    count, more = 0, True
    while more:
        page = wire.ask("/sync/v1/pull", pull_body(cursor, epoch, reference))
        count += len(page["records"])
        cursor, epoch, more = page["cursor"], page["epoch"], page["more"]
        reference = page.get("reference", {}).get("hash", reference)
    return count, cursor, epoch, reference


def pull(bench: Bench) -> None:
    fill(bench, 4000)
    wire, raw = Wire(bench.server, bench.tablet), bench.raw()
    with bench.app.app_context():
        bodies = [(record.id, json.dumps(record.body)) for record in db.session.scalars(db.select(Record))]
        db.session.remove()
    mark = "%s" if bench.kind == "postgresql" else "?"
    _raw_write(raw, bench.kind, mark, bodies)
    taken: dict[str, list[float]] = {"tablet": [], "plain": [], "raw": []}
    cpu = {"tablet": 0.0, "plain": 0.0}
    for round_ in range(ROUNDS + 1):
        for way, fetch in (("tablet", pull_all), ("plain", pull_texts)):
            got: list[Any] = []
            before = worked(bench.server)
            took = timed(lambda got=got, fetch=fetch: got.append(fetch(wire)))
            if round_:
                cpu[way] += (worked(bench.server) - before) / got[0][0] / ROUNDS
                taken[way].append(took / got[0][0])
        took_raw = timed(lambda: raw.execute("SELECT id, body FROM raw_docs").fetchall())
        if round_:
            taken["raw"].append(took_raw / len(bodies))
    told("first pull, packed; unpacked and parsed", taken["tablet"], taken["raw"], 1, 0.14, 0.30)
    told("first pull, as texts, as the raw one gets them", taken["plain"], taken["raw"], 1, 0.14, 0.30)
    print(
        f"{'  processor time of the server, each':44} packed {cpu['tablet'] * 1000:.3f} ms   as texts"
        f" {cpu['plain'] * 1000:.3f} ms",
        flush=True,
    )


def pull_texts(wire: Wire) -> tuple[int]:
    """A first pull, neither packed nor parsed: what a raw SELECT does, over HTTP. The records stand at the end of an answer,
    and what stands before them says how to go on."""
    cursor, epoch, reference, more = None, None, None, True
    while more:
        text = wire.send("/sync/v1/pull", pull_body(cursor, epoch, reference), accept="identity")
        page = json.loads(text[: text.index(b',"records":[')] + b"}")
        cursor, epoch, more = page["cursor"], page["epoch"], page["more"]
        reference = page.get("reference", {}).get("hash", reference)
    return (sum(each["n"] for each in page["digest"].values()),)


def small(bench: Bench) -> None:
    """Twelve changes among few records and among many; and a sync that finds nothing."""
    wire = Wire(bench.server, bench.tablet)
    medians = []
    for size in (2400, 100_000):
        with bench.app.app_context():
            there = db.session.scalar(db.select(db.func.count()).select_from(Record))
            db.session.remove()
        fill(bench, size - there)
        wire.connection.close()  # as the server does meanwhile; the next request opens one
        _count, cursor, epoch, reference = pull_all(wire)
        times = []
        for _ in range(ROUNDS * 3):
            ops = [bench.tablet.create("person", {"given_name": "Zebedee"}) for _ in range(6)]
            stays = [
                bench.tablet.create("custody_episode", {"person_id": op["record"], "suite_id": bench.service.suite})
                for op in ops
            ]
            wire.ask("/sync/v1/push", json.dumps(bench.tablet.envelope(*ops, *stays)).encode())
            found: list[Any] = []
            times.append(timed(lambda c=cursor, e=epoch, r=reference, f=found: f.append(pull_all(wire, c, e, r))))
            assert found[0][0] == 12, found[0][0]
            cursor = found[0][1]
        medians.append(statistics.median(times))
        nothing = pull_body(cursor, epoch, reference)
        idle = [timed(lambda nothing=nothing: wire.ask("/sync/v1/pull", nothing)) for _ in range(60)]
        print(
            f"{f'idle sync among {size}':44} {statistics.median(idle) * 1000:8.2f} ms   {wire.sent} B asked, {wire.received} B"
            " answered   target 3 ms, 400 B",
            flush=True,
        )
    ratio = medians[1] / medians[0]
    print(
        f"{'12 changes among 100,000 beside 2,400':44} {medians[1] * 1000:8.2f} ms   {medians[0] * 1000:.2f} ms   ratio"
        f" {ratio:.2f}   ceiling 1.1: {'met' if ratio <= 1.1 else 'MISSED'}",
        flush=True,
    )


# --- a change of shift ---


def shift(bench: Bench, devices: int = 300, each: int = 30) -> None:
    tablets = [bench.service.tablet(bench.service.worker) for _ in range(devices)]
    failures: list[str] = []
    start = time.perf_counter()

    def one(tablet: Tablet) -> None:
        try:
            wire = Wire(bench.server, tablet)
            person = tablet.create("person", {"given_name": "Zebedee"})
            stay = tablet.create("custody_episode", {"person_id": person["record"], "suite_id": bench.service.suite})
            body = {**bench.document(), "person_id": person["record"], "episode_id": stay["record"], "answers": {}}
            work = tablet.create("assessment", body)
            ops = [person, stay, work]
            while len(ops) < each:
                change = [f"/answers/question-{len(ops)}", None, "yes"]
                ops.append(tablet.edit("assessment", work["record"], {"op": ops[-1]["op"]}, change))
            answer = wire.ask("/sync/v1/push", json.dumps(tablet.envelope(*ops)).encode())
            states = {result["state"] for result in answer["results"]}
            if states != {"applied"}:
                failures.append(str(states))
            pull_all(wire)
        except (OSError, SystemExit, http.client.HTTPException) as error:
            failures.append(str(error)[:200])

    threads = [threading.Thread(target=one, args=(tablet,)) for tablet in tablets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - start
    print(
        f"{f'{devices} tablets, {each} changes each, at once':44} {took:8.1f} s   target 60, no error: "
        f"{'met' if took <= 60 and not failures else 'MISSED'}   {len(failures)} errors {failures[:2] or ''}",
        flush=True,
    )


# --- one who fetches everything, and the others ---


def fair(bench: Bench, records: int = 10_000, rounds: int = 150) -> None:
    """I22: a change of one tablet and its next look, while another one makes its first sync, beside the same alone."""
    fill(bench, records)
    wire, tablet = Wire(bench.server, bench.tablet), bench.tablet
    _count, cursor, epoch, reference = pull_all(wire)
    phone = 0

    def look() -> None:
        nonlocal cursor, phone
        phone += 1
        person = tablet.create("person", {"given_name": "Zebedee", "phone": str(phone)})
        stay = tablet.create("custody_episode", {"person_id": person["record"], "suite_id": bench.service.suite})
        wire.ask("/sync/v1/push", json.dumps(tablet.envelope(person, stay)).encode())
        _found, cursor, *_rest = pull_all(wire, cursor, epoch, reference)

    look()
    alone = [timed(look) for _ in range(rounds)]
    over = threading.Event()
    pages = 0

    def fetch() -> None:
        nonlocal pages
        other = Wire(bench.server, bench.service.tablet(bench.service.colleague))
        while not over.is_set():
            pages += pull_all(other)[0]

    greedy = threading.Thread(target=fetch)
    greedy.start()
    time.sleep(0.3)
    beside = [timed(look) for _ in range(rounds)]
    over.set()
    greedy.join()
    last = [statistics.quantiles(each, n=100)[98] for each in (alone, beside)]
    print(
        f"{'a change beside a first sync, p99':44} {last[1] * 1000:8.1f} ms   alone {last[0] * 1000:.1f} ms   ratio"
        f" {last[1] / last[0]:.2f}   ceiling 3: {'met' if last[1] <= 3 * last[0] else 'MISSED'}   medians"
        f" {statistics.median(beside) * 1000:.1f} and {statistics.median(alone) * 1000:.1f} ms, {pages} records fetched",
        flush=True,
    )


WHAT = {"push": push, "pull": pull, "shift": shift, "small": small, "fair": fair}


@contextmanager
def database(kind: str) -> Iterator[str | None]:
    if kind == "sqlite":
        yield None
        return
    with databases.postgres_url() as url:
        yield url


def main() -> int:
    options = argparse.ArgumentParser(prog="run.py bench sync")
    options.add_argument("--only", default=",".join(WHAT))
    options.add_argument("--database", choices=["sqlite", "postgresql"], default=None)
    chosen = options.parse_args()
    for kind in [chosen.database] if chosen.database else ["sqlite", "postgresql"]:
        print(kind, flush=True)
        with database(kind) as url:
            for name in chosen.only.split(","):
                with tempfile.TemporaryDirectory() as folder:
                    bench = Bench(Path(folder), kind, url)
                    bench.server.start()
                    try:
                        WHAT[name](bench)
                    finally:
                        bench.server.kill()
                        with bench.app.app_context():
                            db.engine.dispose()
    return 0


if __name__ == "__main__":
    sys.exit(main())
