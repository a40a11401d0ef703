"""The change of shifts: many tablets push and fetch at once while another one fetches everything for the first time.
Nothing is refused, lost or doubled, and nobody waits for the large fetch to end (F25; I22). Times are not looked at:
between two answers to small syncs only a part of the large one may come. How long it takes: `run.py bench sync --only
shift`, `--only fair`."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

import databases
import factories
from browser.server import Server
from fault.clients import post
from throughcare.db import db, reading, upgrade
from throughcare.models import Op, Record, RecordVersion

TABLETS, CHANGES = 16, 5
STORED, PAGE = 900, 50


@contextmanager
def filled(
    url: str, folder: Path, factory: str | None = None
) -> Iterator[tuple[factories.Service, Server, dict[str, str]]]:
    """A server whose suite has STORED contacts, and the case that they belong to."""
    app = databases.create_app(databases.settings(folder, url))
    with app.app_context():
        upgrade()
    service = factories.Service(app)
    writer = service.tablet(service.worker)
    case = writer.case()
    for _ in range(STORED // 100):
        writer.push(*(contact(writer, case) for _ in range(100)))
    server = Server(folder, url, factory=factory)
    try:
        yield service, server.start(), case
    finally:
        server.kill()
        with app.app_context():
            db.engine.dispose()


def contact(tablet: factories.Tablet, case: dict[str, str]) -> dict[str, Any]:
    body = {"person_id": case["person"], "episode_id": case["episode"], "suite_id": case["suite"]}
    return tablet.create("contact", body | {"kind": "cell-sweep", "outcome": "declined"})


class Shift:
    """`heard`: in their order, how many records each answer to the large fetch brought, and 0 for an answer to somebody
    else; `wrong`: what was refused or cut."""

    def __init__(self, service: factories.Service, server: Server, case: dict[str, str]) -> None:
        self.service, self.server, self.case = service, server, case
        self.heard: list[int] = []
        self.wrong: list[Any] = []
        self.sent: list[str] = []
        self.done = threading.Event()

    def _ask(self, tablet: factories.Tablet, path: str, sent: dict[str, Any]) -> Any:
        answer = post(self.server.port, tablet, path, sent)
        if answer is None or answer[0] != 200:
            self.wrong.append(answer)
            return {"more": False, "records": [], "cursor": None, "epoch": None}
        return json.loads(answer[1])

    def _pull(self, tablet: factories.Tablet, most: int) -> dict[str, Any]:
        sent = {"proto": 1, "epoch": tablet.epoch, "schema": 1, "cursor": tablet.cursor, "max_records": most}
        page: dict[str, Any] = self._ask(tablet, "/sync/v1/pull", sent)
        tablet.held |= {each["id"]: each for each in page["records"]}
        tablet.cursor, tablet.epoch = page["cursor"], page["epoch"]
        return page

    def large(self, tablet: factories.Tablet) -> None:
        more = True
        while more:
            page = self._pull(tablet, PAGE)
            self.heard.append(len(page["records"]))
            more = page["more"]
        self.done.set()

    def small(self, tablet: factories.Tablet) -> None:
        for _ in range(CHANGES):
            op = contact(tablet, self.case)
            self.sent.append(op["op"])
            self._ask(tablet, "/sync/v1/push", tablet.envelope(op))
            self._pull(tablet, 500)
            self.heard.append(0)
        # Whoever is through goes on asking while the large fetch lasts, so that there is always somebody who could wait.
        while not self.done.is_set():
            self._pull(tablet, 500)
            self.heard.append(0)

    def run(self) -> factories.Tablet:
        small = [self.service.tablet(self.service.worker) for _ in range(TABLETS)]
        small[0].pull_all()
        for tablet in small[1:]:  # all of one user: what one has fetched, all have
            tablet.cursor, tablet.epoch = small[0].cursor, small[0].epoch
        large = self.service.tablet(self.service.colleague)
        threads = [threading.Thread(target=self.small, args=[each]) for each in small]
        threads.insert(TABLETS // 2, threading.Thread(target=self.large, args=[large]))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return large

    def longest(self) -> int:
        """The most records of the large fetch that came between two answers to anybody else."""
        runs = [0]
        for records in self.heard:
            runs = [*runs, 0] if records == 0 else [*runs[:-1], runs[-1] + records]
        return max(runs)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_shift_changes_beside_a_first_fetch(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    if kind == "postgresql":
        with databases.own_schema(request.getfixturevalue("postgres"), "shift") as url:
            changes(url, tmp_path)
    else:
        changes(f"sqlite:///{tmp_path / 'throughcare.sqlite3'}", tmp_path)


def changes(url: str, folder: Path) -> None:
    with filled(url, folder) as (service, server, case):
        shift = Shift(service, server, case)
        large = shift.run()
        assert not shift.wrong
        assert shift.longest() <= STORED // 2, "the large fetch shut the others out"
        large.pull_all()
        with service.app.app_context(), reading():
            session = db.session
            assert set(shift.sent) <= set(session.scalars(select(Op.id).where(Op.state == "applied")))
            twice = select(RecordVersion.op_id).group_by(RecordVersion.op_id).having(func.count() > 1)
            assert not list(session.scalars(twice))
            standing = dict(session.execute(select(Record.id, Record.rev)).all())
            session.rollback()
        assert {key: each["rev"] for key, each in large.held.items()} == standing


def test_a_server_on_which_the_first_fetch_shuts_others_out_is_found_out(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'throughcare.sqlite3'}"
    with filled(url, tmp_path, "fault.greedy:create_app") as (service, server, case):
        shift = Shift(service, server, case)
        shift.run()
        assert shift.longest() > STORED // 2
