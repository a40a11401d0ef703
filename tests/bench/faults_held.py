"""`run.py bench faults --only held --hold 10`: somebody holds a transaction open for so many minutes, first a reader that
never ends, then a writer that does not commit, while tablets push and pull (F26; I6).

Beside the reader everything goes on; beside the writer every pull does, and every push is told to come again. `/health`
tells of either once it is older than its setting. In the end everything that was acknowledged is there once, and the
tablet that only pulls has all of it.
"""

from __future__ import annotations

import contextlib
import io
import json
import time
import urllib.request
from pathlib import Path
from typing import Any

from faults_server import DATABASES, Pieces, empty_database
from sqlalchemy import create_engine, text

import databases
import factories
from browser.server import Server
from fault.clients import Client, Follower, compare
from throughcare.db import db, upgrade

KINDS = ("reader", "writer")


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
            told = pieces.get(f"held {kind} {database} {minutes:g} minutes", _piece, kind, database, minutes)
            if told is None:
                print("stopped; the same command with --log goes on from here")
                return 1
            done, bad = done + 1, bad + (not _good(kind, told))
    print(f"{done} transactions held open for {minutes:g} minutes: {bad} with anything lost, missed or not told of")
    return int(bad > 0)


def _good(kind: str, told: dict[str, Any]) -> bool:
    wrong = ("missed", "lost", "doubled", "other_answers", "told_without")
    # Beside a writer a push is told to come again, and nothing else.
    pushed = told["pushed"] > 0 if kind == "reader" else told["pushed"] == 0 and set(told["refused"]) <= {"503"}
    return pushed and told["pulled"] > 0 and told["told_after"] is not None and not any(told[each] for each in wrong)


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
        with engine.connect() as connection:
            _open(connection, kind)
            time.sleep(2)  # what was under way before is over
            before = sum(len(each.told.answers) for each in clients), follower.pages
            since = time.monotonic()
            while time.monotonic() < since + minutes * 60:
                time.sleep(5)
                if told["told_after"] is None and _told(server.port) is not None:
                    told["told_after"] = round(time.monotonic() - since)
            told["pushed"] = sum(len(each.told.answers) for each in clients) - before[0]
            told["pulled"] = follower.pages - before[1]
            told["refused"] = {str(status): n for each in clients for status, n in each.told.refused.items()}
            connection.rollback()
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
