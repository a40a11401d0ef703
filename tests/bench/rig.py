"""What `run.py bench sync` measures on: a real server process with its tablets, a raw database on the same disk, and clocks."""

from __future__ import annotations

import gzip
import http.client
import json
import os
import random
import sqlite3
import statistics
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg

import databases
from browser.server import Server
from factories import FORM, Service, Tablet
from throughcare import clock
from throughcare.db import db, transaction
from throughcare.models import Record, RecordScope, RecordVersion, new_id
from throughcare.records.revision import revision
from throughcare.sync import digests

WORDS = [
    "custody",
    "worker",
    "saw",
    "person",
    "in",
    "cell",
    "asked",
    "about",
    "last",
    "use",
    "and",
    "said",
    "it",
    "was",
    "the",
    "day",
    "before",
]


class Bench:
    """A server process on a database of its own, its tablets, and a raw table in a database beside it."""

    def __init__(self, folder: Path, kind: str, postgres: str | None) -> None:
        self.rng = random.Random(8)
        self.kind = kind
        self.url = postgres or f"sqlite:///{folder / 'bench.sqlite3'}"
        if postgres:
            databases.migrate_postgres(folder, postgres)
        else:
            (databases.make_template(folder)).rename(folder / "bench.sqlite3")
        from throughcare import create_app

        self.app = create_app(databases.settings(folder, self.url))
        self.service = Service(self.app)
        self.tablet = self.service.tablet(self.service.worker)
        self.case = self.tablet.case()
        self.server = Server(folder, url=self.url, THROUGHCARE_SECRET_KEY=databases.SECRET)
        self.raw_path = folder / "raw.sqlite3"

    def raw(self) -> Any:
        if self.kind == "postgresql":
            raw = psycopg.connect(self.url.replace("postgresql+psycopg://", "postgresql://"))
            raw.execute("CREATE TABLE IF NOT EXISTS raw_docs (id text PRIMARY KEY, body text NOT NULL)")
            raw.commit()
            return raw
        raw = sqlite3.connect(self.raw_path, isolation_level=None)
        raw.execute("PRAGMA journal_mode=WAL")
        raw.execute("PRAGMA synchronous=FULL")
        raw.execute("CREATE TABLE IF NOT EXISTS raw_docs (id text PRIMARY KEY, body text NOT NULL)")
        return raw

    def answers(self, count: int = 44) -> dict[str, str]:
        return {f"question-{n}": " ".join(self.rng.choices(WORDS, k=30)) for n in range(count)}

    def document(self) -> dict[str, Any]:
        return {
            "person_id": self.case["person"],
            "episode_id": self.case["episode"],
            "suite_id": self.service.suite,
            "form": FORM,
            "basis": "voluntary",
            "author_id": self.service.worker,
            "started_at": clock.now(),
            "state": "draft",
            "answers": self.answers(),
        }


class Wire:
    """One kept connection of one tablet."""

    def __init__(self, server: Server, tablet: Tablet) -> None:
        self.tablet, self.port = tablet, server.port
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        self.sent = self.received = 0

    def ask(self, path: str, body: bytes) -> Any:
        return json.loads(self.send(path, packed(body)))

    def send(self, path: str, data: bytes, accept: str = "gzip") -> bytes:
        """The answer's text. `data` is `packed` already."""
        headers = {
            "Authorization": f"Bearer {self.tablet.token}",
            "Content-Type": "application/json",
            "Accept-Encoding": accept,
            **({"Content-Encoding": "gzip"} if data[:2] == b"\x1f\x8b" else {}),
        }
        self.connection.request("POST", path, data, headers)
        answer = self.connection.getresponse()
        text = answer.read()
        self.sent, self.received = len(data), len(text)
        if answer.headers.get("Content-Encoding") == "gzip":
            text = gzip.decompress(text)
        if answer.status != 200:
            raise SystemExit(f"{path} answered {answer.status}: {text[:300]!r}")
        return text


def packed(body: bytes) -> bytes:
    return gzip.compress(body, 6) if len(body) > 2000 else body


def worked(server: Server) -> float:
    """Seconds of processor time that the server's processes took so far (Linux; they are a group of their own)."""
    ticks = 0
    for file in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = file.read_text().rpartition(")")[2].split()
            ticks += sum(map(int, fields[11:13])) if int(fields[2]) == server.group else 0
    return ticks / os.sysconf("SC_CLK_TCK")


def timed(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def told(what: str, ours: list[float], raw: list[float], count: int, floor: float, aim: float | None = None) -> None:
    ratio = statistics.median(raw) / statistics.median(ours)
    print(
        f"{what:44} {count / statistics.median(ours):8.0f}/s   raw {count / statistics.median(raw):8.0f}/s   ratio {ratio:.3f}"
        f"   floor {floor}{f' aim {aim}' if aim else ''}: {'met' if ratio >= floor else 'MISSED'}",
        flush=True,
    )


def fill(bench: Bench, count: int) -> None:
    """So many records more in the suite, written past the op pipeline: a pull does not ask where they came from."""
    with bench.app.app_context(), transaction() as session:
        from throughcare.sync.work import next_seq, reserve

        reserve(session, count)
        sum_of = digests.of(session, [bench.service.suite])[bench.service.suite]
        n, x = sum_of["n"], int(sum_of["x"], 16)
        for start in range(0, count, 1000):
            records, scopes, versions = [], [], []
            for _ in range(min(1000, count - start)):
                body = bench.document()
                record_id, rev, seq = new_id(), revision(1, body), next_seq(session)
                x = (x + digests.mark(record_id, rev)) % digests.MODULUS
                n += 1
                records.append(
                    {
                        "id": record_id,
                        "type": "assessment",
                        "rev": rev,
                        "n": 1,
                        "seq": seq,
                        "body": body,
                        "provenance": {},
                        "editors": [],
                        "deleted": False,
                        "standing": True,
                        "person_id": body["person_id"],
                        "episode_id": body["episode_id"],
                        "created_by": bench.service.worker,
                        "created_at": clock.now(),
                        "updated_at": clock.now(),
                    }
                )
                scopes.append(
                    {"record_id": record_id, "scope": bench.service.suite, "seq": seq, "left": False, "carried": True}
                )
                versions.append({"record_id": record_id, "rev": rev, "seq": seq, "op_id": record_id, "body": {}})
            session.execute(db.insert(Record), records)
            session.execute(db.insert(RecordScope), scopes)
            session.execute(db.insert(RecordVersion), versions)
        from throughcare.models import ScopeDigest

        row = session.get_one(ScopeDigest, bench.service.suite)
        row.n, row.x = n, f"{x:016x}"
