"""`run.py bench faults --only held --hold 10`: somebody holds a transaction open for so many minutes, first a reader that
never ends, then a writer that does not commit, then a backup onto a disk that stands still, while tablets push and pull
(F26; I6).

Beside the reader and the backup everything goes on; beside the writer every pull does, and every push is told to come
again. `/health` tells of each once it is older than its setting. In the end everything that was acknowledged is there once,
the tablet that only pulls has all of it, and the backup holds whatever was acknowledged before it began and nothing of
what came after. The control is a backup that reads each table as it is by then.
"""

from __future__ import annotations

import contextlib
import io
import json
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from faults_server import DATABASES, Pieces, empty_database
from flask import Flask
from sqlalchemy import Connection, Engine, Table, create_engine, text

import databases
import factories
from browser.server import Server
from fault.clients import Client, Follower, compare
from throughcare.db import db, upgrade
from throughcare.services import backups

KINDS = ("reader", "writer", "backup", "control")
# The control's: what comes in meanwhile is in the file at once.
SHORT = 0.2


class Calm(Client):
    """A push a second."""

    def _push(self, ops: list[dict[str, Any]]) -> list[str] | None:
        time.sleep(1)
        return super()._push(ops)


class CalmFollower(Follower):
    def _page(self) -> bool | None:
        time.sleep(0.5)
        return super()._page()


def held(minutes: float, log: Path | None, within: float) -> int:
    pieces = Pieces(log, within)
    bad = done = 0
    for kind in KINDS:
        for database in DATABASES:
            long = SHORT if kind == "control" else minutes
            told = pieces.get(f"held {kind} {database} {long:g} minutes", _piece, kind, database, long)
            if told is None:
                print("stopped; the same command with --log goes on from here")
                return 1
            done, bad = done + 1, bad + (not _good(kind, told))
    print(f"{done} transactions held open: {bad} with anything lost, missed or not told of, or a control not found out")
    return int(bad > 0)


def _good(kind: str, told: dict[str, Any]) -> bool:
    if kind == "control":
        return told["beyond_backup"] > 0
    wrong = ("missed", "lost", "doubled", "other_answers", "told_without", "not_in_backup", "beyond_backup")
    # Beside a writer a push is told to come again, and nothing else.
    pushed = told["pushed"] == 0 and set(told["refused"]) <= {"503"} if kind == "writer" else told["pushed"] > 0
    return (
        pushed and told["pulled"] > 0 and told["told_after"] is not None and not any(told.get(each) for each in wrong)
    )


def _piece(kind: str, database: str, minutes: float) -> dict[str, Any]:
    service_log = io.StringIO()
    with empty_database(database) as (url, folder), contextlib.redirect_stderr(service_log):
        return _hold(url, folder, kind, minutes)


def _hold(url: str, folder: Path, kind: str, minutes: float) -> dict[str, Any]:
    app = databases.create_app(databases.settings(folder, url))
    with app.app_context():
        upgrade()
    service = factories.Service(app)
    tablets = [service.tablet(service.worker) for _ in range(2)]
    cases = [tablet.case() for tablet in tablets]
    server = Server(folder, url)
    clients = [
        Calm(tablet, case, lambda: server.port, n) for n, (tablet, case) in enumerate(zip(tablets, cases, strict=True))
    ]
    follower = CalmFollower(service.tablet(service.colleague), lambda: server.port)
    engine = create_engine(url)
    told: dict[str, Any] = {"told_without": 0, "told_after": None}
    try:
        server.start()
        for thread in (follower, *clients):
            thread.start()
        time.sleep(10)
        told["told_without"] += _told(server.port) is not None
        acknowledged = _answered(clients)
        if kind in ("backup", "control"):
            holding = _backup(app, folder / "backup.sqlite3", whole=kind == "backup")
        else:
            holding = _transaction(engine, kind)
        with holding as outcome:
            time.sleep(2)  # what was under way before is over
            early = _answered(clients)
            before = sum(len(each.told.answers) for each in clients), follower.pages
            since = time.monotonic()
            while time.monotonic() < since + minutes * 60:
                time.sleep(5)
                if told["told_after"] is None and _told(server.port) is not None:
                    told["told_after"] = round(time.monotonic() - since)
            told["pushed"] = sum(len(each.told.answers) for each in clients) - before[0]
            told["pulled"] = follower.pages - before[1]
            told["refused"] = {str(status): n for each in clients for status, n in each.told.refused.items()}
        if "ops" in outcome:
            told["in_backup"] = len(outcome["ops"])
            told["not_in_backup"] = len(acknowledged - outcome["ops"])
            told["beyond_backup"] = len(outcome["ops"] & (_answered(clients) - early))
        time.sleep(10)
        told["told_without"] += _told(server.port) is not None
        for thread in (*clients, follower):
            thread.working.clear()
            thread.join(120)
            if thread.is_alive():
                raise RuntimeError("a tablet could not send or fetch what there was")
        return {**compare(app, clients, follower), **told}
    finally:
        server.kill()
        engine.dispose()
        with app.app_context():
            db.engine.dispose()


def _answered(clients: list[Calm]) -> set[str]:
    return {op for each in clients for op in list(each.told.answers)}


@contextlib.contextmanager
def _transaction(engine: Engine, kind: str) -> Iterator[dict[str, Any]]:
    with engine.connect() as connection:
        _open(connection, kind)
        yield {}
        connection.rollback()


@contextlib.contextmanager
def _backup(app: Flask, file: Path, whole: bool) -> Iterator[dict[str, Any]]:
    """A backup that has read its first rows and can write no further. Its `ops` are there when it has ended. Not `whole`:
    it does not keep to one picture."""
    copy: Callable[..., None] = backups._copy
    stuck, goes_on = threading.Event(), threading.Event()
    outcome: dict[str, Any] = {}

    def slowly(source: Connection, target: Connection, table: Table) -> None:
        copy(source, target, table)
        if not whole:
            source.connection.driver_connection.commit()
        stuck.set()
        goes_on.wait()

    def make() -> None:
        with app.app_context():
            backups.make(file)

    backups._copy = slowly
    try:
        with ThreadPoolExecutor(1) as pool:
            made = pool.submit(make)
            try:
                while not stuck.wait(0.1):
                    if made.done():
                        break
                yield outcome
            finally:
                goes_on.set()
            made.result()
    finally:
        backups._copy = copy
    with backups.working_copy(file) as copied:
        backups.check_ops(copied)
        with create_engine(f"sqlite:///{copied}").connect() as rows:
            outcome["ops"] = set(rows.execute(text("SELECT id FROM ops")).scalars())


def _open(connection: Any, kind: str) -> None:
    if connection.dialect.name == "sqlite":
        connection.connection.driver_connection.isolation_level = None
        connection.exec_driver_sql("PRAGMA busy_timeout = 30000")
        connection.exec_driver_sql("BEGIN" if kind == "reader" else "BEGIN IMMEDIATE")
    else:
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    connection.execute(text("SELECT count(*) FROM records"))
    if kind == "writer":
        connection.execute(text("UPDATE sync_meta SET seq = seq + 1"))


def _told(port: int) -> int | None:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=20) as answer:
        said: int | None = json.load(answer)["held_open"]
        return said
