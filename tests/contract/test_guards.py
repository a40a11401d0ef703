"""The database itself refuses what a script writes past the service; and what happens where it does not."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

import databases
from throughcare import guards
from throughcare.cli.rebuild import check
from throughcare.db import db, transaction
from throughcare.models import DERIVED, Op, Person, Record, SyncMeta
from throughcare.sync.work import lock, meta_of

WRITES = {
    "an edit of a record": "UPDATE records SET body = '{}' WHERE type = 'person'",
    "an edit with a number": "UPDATE records SET body = '{}', seq = (SELECT seq + 1 FROM sync_meta) WHERE type = 'person'",
    "who may edit": "UPDATE records SET editors = '[]' WHERE type = 'assessment'",
    "a place in a feed": "UPDATE record_scopes SET carried = false",
    "a row to read": "UPDATE people SET given_name = 'Tampered'",
    "a sum": "UPDATE scope_digests SET n = n + 1",
    "an old version": "UPDATE record_versions SET body = '{}'",
    "an outcome": "UPDATE ops SET state = 'rejected'",
    "a record that goes": "DELETE FROM records WHERE type = 'assessment'",
    "an op that goes": "DELETE FROM ops",
    "a new op": (
        "INSERT INTO ops (id, arrival, record_id, type, user_id, role, suites, payload, sha256, received_at, state, result)"
        " SELECT 'another', (SELECT seq + 1 FROM sync_meta), record_id, type, user_id, role, suites, payload, sha256,"
        " received_at, state, result FROM ops LIMIT 1"
    ),
    "a new record": (
        "INSERT INTO records (id, type, rev, n, seq, body, provenance, editors, deleted, standing, created_by, created_at,"
        " updated_at) SELECT 'another', type, rev, n, seq, body, provenance, editors, deleted, standing, created_by,"
        " created_at, updated_at FROM records WHERE type = 'person'"
    ),
}


@pytest.fixture
def script(service):
    """A connection that knows nothing of the service."""
    with service.app.app_context():
        engine = create_engine(db.engine.url)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def test_what_a_script_writes_is_refused_with_what_to_do_instead(service, script):
    service.tablet(service.worker).case()
    said = {}
    for write, statement in WRITES.items():
        with pytest.raises(IntegrityError) as refused:
            script.execute(text(statement))
        said[write] = str(refused.value)
        script.rollback()
    assert [write for write, words in said.items() if "POST /sync/v1/push" not in words] == []
    assert check(service.app)[1] == []


def as_the_service(service, deed) -> None:
    """Do this in a transaction that took a number."""
    with service.app.app_context(), transaction() as session:
        lock(session)
        deed(session)


def test_what_came_is_never_changed_not_even_by_the_service(service):
    service.tablet(service.worker).case()
    for statement in ("UPDATE ops SET payload = '{}'", "UPDATE record_versions SET seq = 1", "DELETE FROM assessments"):
        with pytest.raises(IntegrityError, match="Nothing was written"):
            as_the_service(service, lambda session, statement=statement: session.execute(text(statement)))


def test_a_number_that_this_transaction_did_not_take_is_refused(service):
    tablet = service.tablet(service.worker)
    case = tablet.case()
    for off in (-1, 0, 2):

        def renumber(session, off=off):
            session.get_one(Record, case["person"]).seq = meta_of(session)[1] - 1 + off

        with pytest.raises(IntegrityError, match="Nothing was written"):
            as_the_service(service, renumber)
    tablet.case()  # nothing is left of it


def test_a_write_that_was_not_finished_leaves_no_door_open(service, script):
    tablet = service.tablet(service.worker)
    tablet.case()
    with pytest.raises(ZeroDivisionError):
        as_the_service(service, lambda _session: 1 / 0)
    tablet.case()
    meta = service.one(SyncMeta, 1)
    assert meta.open_from == meta.seq
    with pytest.raises(IntegrityError):
        script.execute(text(WRITES["a row to read"]))


def test_a_counter_that_was_set_back_by_hand_stops_nobody(service, script):
    tablet = service.tablet(service.worker)
    tablet.case()
    script.execute(text("UPDATE sync_meta SET seq = 100, open_from = 100"))
    script.execute(text("UPDATE sync_meta SET seq = 50"))
    script.commit()
    tablet.case()


def test_without_the_guards_a_follower_misses_what_a_script_wrote_and_a_replay_denies_it(service):
    """The control: the same write in a database that takes it."""
    case = service.tablet(service.worker).case()
    follower = service.tablet(service.colleague)
    follower.pull_all()
    with databases.without_guards(service.app), service.app.app_context(), Session(db.engine) as session:
        session.begin()
        record = session.get_one(Record, case["person"])
        record.body = {**record.body, "given_name": "Written Past The Service"}
        session.get_one(Person, case["person"]).given_name = "Written Past The Service"
        session.commit()
    assert follower.pull()["records"] == [], "its cursor is beyond the number of that record"
    assert follower.held[case["person"]]["body"].get("given_name") != "Written Past The Service"
    assert check(service.app)[1] == [f"people {case['person']}: given_name", f"records {case['person']}: body"]


def test_every_table_that_follows_from_the_ops_is_guarded():
    assert {*guards.NUMBERED, *guards.DERIVED} == {model.__tablename__ for model in (*DERIVED, Op)}
