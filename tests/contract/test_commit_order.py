"""A cursor never skips a change, however eight writers interleave; on both databases.

The harness runs twice: with our counter, where nothing may be missed, and with a number taken before the transaction,
which is how such feeds are usually made. That one must miss something, or the harness proves nothing.
"""

from __future__ import annotations

import random
import threading
import time

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

import databases
from throughcare.db import _prepare_sqlite
from throughcare.sync.work import next_seq

WRITERS, EACH = 8, 25


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request, tmp_path):
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'order.sqlite3'}"
        made = create_engine(url, connect_args={"timeout": 60})
        _prepare_sqlite(made)
        _create(made)
        yield made
        made.dispose()
        return
    with databases.own_schema(request.getfixturevalue("postgres"), "commit_order") as url:
        made = create_engine(url, pool_size=WRITERS + 2)
        _create(made)
        yield made
        made.dispose()


def _create(engine):
    with engine.begin() as connection:
        connection.execute(
            text("CREATE TABLE sync_meta (id INTEGER PRIMARY KEY, epoch VARCHAR(36), seq BIGINT, open_from BIGINT)")
        )
        connection.execute(text("INSERT INTO sync_meta VALUES (1, 'e', 0, 0)"))
        connection.execute(text("CREATE TABLE feed (seq BIGINT PRIMARY KEY)"))


def _missed(engine, number_of):
    """Write from many threads while one reader follows the highest number it has seen. Returns how many rows it never
    saw."""
    stop, seen, faults = threading.Event(), set(), []

    def write(seed):
        chance = random.Random(seed)
        try:
            for _ in range(EACH):
                number_of(engine, chance)
        except Exception as error:  # noqa: BLE001  shown by the assertion below
            faults.append(error)

    def read():
        cursor = 0
        while True:
            last = stop.is_set()
            with engine.connect() as connection:
                rows = (
                    connection.execute(
                        text("SELECT seq FROM feed WHERE seq > :cursor ORDER BY seq"), {"cursor": cursor}
                    )
                    .scalars()
                    .all()
                )
            seen.update(rows)
            cursor = max([cursor, *rows])
            if last:
                return
            time.sleep(0.001)

    from throughcare.db import _reading

    def reader():
        _reading.set(True)
        read()

    writers = [threading.Thread(target=write, args=(seed,)) for seed in range(WRITERS)]
    follower = threading.Thread(target=reader)
    for thread in [follower, *writers]:
        thread.start()
    for thread in writers:
        thread.join()
    stop.set()
    follower.join()
    assert not faults, faults
    with engine.connect() as connection:
        written = set(connection.execute(text("SELECT seq FROM feed")).scalars())
    assert len(written) == WRITERS * EACH
    return len(written - seen)


def _with_our_counter(engine, chance):
    with Session(engine) as session, session.begin():
        time.sleep(chance.random() * 0.002)
        seq = next_seq(session)
        time.sleep(chance.random() * 0.002)
        session.execute(text("INSERT INTO feed VALUES (:seq)"), {"seq": seq})
        time.sleep(chance.random() * 0.002)


_naive = {"lock": threading.Lock(), "last": 0}


def _with_a_number_taken_before(engine, chance):
    with _naive["lock"]:
        _naive["last"] += 1
        seq = _naive["last"]
    time.sleep(chance.random() * 0.01)
    with Session(engine) as session, session.begin():
        session.execute(text("INSERT INTO feed VALUES (:seq)"), {"seq": seq})


def test_a_reader_that_follows_the_counter_misses_nothing(engine):
    assert _missed(engine, _with_our_counter) == 0


def test_the_harness_catches_a_number_that_is_taken_before_the_commit(engine):
    _naive["last"] = 0
    assert _missed(engine, _with_a_number_taken_before) > 0


def test_eight_tablets_pushing_at_once_lose_nothing_and_a_follower_sees_everything(service):
    from throughcare.models import Record

    tablets = [service.tablet(service.worker) for _ in range(8)]
    follower, stop = service.tablet(service.colleague), threading.Event()
    faults = []

    def guarded(work):
        try:
            work()
        except BaseException as error:  # noqa: BLE001  a thread's failure is the test's
            faults.append(error)

    def follow():
        while not stop.is_set():
            follower.pull(3)
        follower.pull_all(3)

    threads = [
        threading.Thread(target=guarded, args=(lambda t=tablet: [t.case() for _ in range(3)],)) for tablet in tablets
    ]
    reader = threading.Thread(target=guarded, args=(follow,))
    for thread in [reader, *threads]:
        thread.start()
    for thread in threads:
        thread.join()
    stop.set()
    reader.join()
    assert not faults, faults
    records = service.all(Record)
    assert len(records) == 8 * 3 * 3
    assert len({record.seq for record in records}) == len(records)
    assert set(follower.held) == {record.id for record in records}
