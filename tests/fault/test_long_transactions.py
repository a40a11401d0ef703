"""Somebody holds a transaction open, or a backup runs, while tablets send and fetch: pulls go on and miss nothing
(F26; I6)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine, select, text

import databases
import factories
from throughcare import clock
from throughcare.db import db
from throughcare.models import Device, Record
from throughcare.sync import receive


@contextmanager
def beside(service: factories.Service) -> Iterator[Connection]:
    """A connection that the service knows nothing of, as an administrator's or a backup's."""
    with service.app.app_context():
        engine = create_engine(db.engine.url)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def follows(service: factories.Service, follower: factories.Tablet, writer: factories.Tablet) -> None:
    """What is sent now is in the next pull."""
    before = follower.cursor
    case = writer.case()
    follower.pull_all()
    assert {case["person"], case["episode"], case["assessment"]} <= follower.held.keys()
    assert follower.cursor != before
    revs = {row.id: row.rev for row in service.all(Record)}
    assert {record_id: record["rev"] for record_id, record in follower.held.items()} == revs


def test_pulls_and_pushes_go_on_beside_a_reader_that_never_ends(service: factories.Service) -> None:
    writer, follower = service.tablet(service.worker), service.tablet(service.colleague)
    writer.case()
    with beside(service) as idle:
        if idle.dialect.name == "postgresql":
            idle.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        else:
            idle.exec_driver_sql("BEGIN")
        first = idle.execute(select(Record.id)).all()
        for _ in range(3):
            follows(service, follower, writer)
        assert idle.execute(select(Record.id)).all() == first, "it still looks at its own moment"


def test_a_writer_that_does_not_commit_hides_nothing_from_the_pulls_that_go_on(service: factories.Service) -> None:
    writer, follower = service.tablet(service.worker), service.tablet(service.colleague)
    follows(service, follower, writer)
    cursor = follower.cursor
    with service.behind_its_back() as session:
        # The time of a pull is written down once a minute at most, and must not wait for the writer then.
        session.get_one(Device, follower.id).last_sync_at = clock.after(hours=-1)
    with beside(service) as slow:
        if slow.dialect.name == "sqlite":
            slow.exec_driver_sql("PRAGMA busy_timeout=0")
        slow.execute(text("UPDATE sync_meta SET seq = seq + 1"))  # as the first statement of every push does
        for _ in range(3):
            assert follower.pull()["records"] == [], "an open transaction stops no pull"
        slow.commit()
    follower.cursor = cursor
    follows(service, follower, writer)


@pytest.mark.parametrize("kind", ["reader", "writer"])
def test_whoever_watches_the_service_hears_of_a_transaction_that_is_held_open(
    service: factories.Service, kind: str
) -> None:
    writer = service.tablet(service.worker)
    service.app.config["HELD_OPEN_MINUTES"] = 0

    def held() -> int | None:
        answer = service.app.test_client().get("/health")
        assert answer.status_code == 200, "a restart would not mend it"
        said: int | None = answer.get_json()["held_open"]
        return said

    writer.case()
    assert held() is None
    with beside(service) as open_for_long:
        if open_for_long.dialect.name == "sqlite":
            open_for_long.exec_driver_sql("PRAGMA busy_timeout=0")
            open_for_long.exec_driver_sql("BEGIN" if kind == "reader" else "BEGIN IMMEDIATE")
        open_for_long.execute(select(Record.id)).all()
        if kind == "writer":
            open_for_long.execute(text("UPDATE sync_meta SET seq = seq + 1"))
        else:
            writer.case()
        assert held() is not None
        service.app.config["HELD_OPEN_MINUTES"] = 5
        assert held() is None, "it is too young to be told of"
        service.app.config["HELD_OPEN_MINUTES"] = 0
        open_for_long.rollback()
    assert held() is None


def test_a_write_does_not_wait_until_those_that_wait_have_every_thread(service: factories.Service) -> None:
    asked = {"postgresql": "SHOW lock_timeout", "sqlite": "PRAGMA busy_timeout"}
    with service.app.app_context():
        patience = db.session.execute(text(asked[db.engine.dialect.name])).scalar()
    assert patience in ("10s", 10_000)


def test_a_backup_that_runs_meanwhile_neither_stops_a_push_nor_hides_it(
    service: factories.Service, tmp_path: Path
) -> None:
    writer, follower = service.tablet(service.worker), service.tablet(service.colleague)
    follows(service, follower, writer)
    with beside(service) as connection:
        if connection.dialect.name == "postgresql":
            # What pg_dump does: one snapshot, and a shared lock on every table.
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            connection.exec_driver_sql("LOCK TABLE ops, records, record_scopes, sync_meta IN ACCESS SHARE MODE")
            follows(service, follower, writer)
            return
        path = connection.engine.url.database
    assert path
    steps = 0

    def step(_status: int, _remaining: int, _total: int) -> None:
        nonlocal steps
        steps += 1
        if steps == 2:
            follows(service, follower, writer)

    source, copy = sqlite3.connect(path), sqlite3.connect(tmp_path / "copy.sqlite3")
    source.backup(copy, pages=20, progress=step)
    assert steps > 2
    assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    source.close()
    copy.close()


def test_a_server_that_numbers_outside_its_transaction_is_found_out(
    service: factories.Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same open transaction, with a number that nobody waits for: what it writes is never pulled."""
    writer, follower = service.tablet(service.worker), service.tablet(service.colleague)
    case = writer.case()
    follower.pull_all()
    late = writer.create(
        "contact",
        {
            "person_id": case["person"],
            "episode_id": case["episode"],
            "suite_id": case["suite"],
            "kind": "cell-sweep",
            "outcome": "declined",
        },
    )
    taken = service.one(Record, case["assessment"]).seq
    monkeypatch.setattr(receive, "lock", lambda _session, _numbers=1: None)
    for module in ("documents", "feeds", "receive"):
        monkeypatch.setattr(f"throughcare.sync.{module}.next_seq", lambda _session: taken)
    with databases.without_guards(service.app):  # they would refuse it
        assert writer.push_one(late)["state"] == "applied"
    with pytest.raises(AssertionError, match="holds something else than the service says"):
        follower.pull_all()
    assert late["record"] not in follower.held
