"""New rows are set aside until the session is flushed (fresh.py): nobody who reads or turns back may notice."""

from __future__ import annotations

import pytest
from sqlalchemy import event, func, select

from throughcare import audit, fresh
from throughcare.db import db, transaction
from throughcare.memory import remember
from throughcare.models import AuditEvent, Op, RecordVersion, new_id


@pytest.fixture
def session(app):
    with app.app_context():
        yield db.session()
        db.session.remove()


def deeds(session, action):
    return session.scalar(select(func.count()).select_from(AuditEvent).where(AuditEvent.action == action))


def test_a_query_a_savepoint_and_a_commit_find_them_written(session):
    audit.deed("test.query")
    assert deeds(session, "test.query") == 1
    audit.deed("test.commit")
    session.commit()
    assert deeds(session, "test.commit") == 1
    audit.deed("test.before")
    with session.begin_nested():
        audit.deed("test.within")
    session.rollback()
    assert deeds(session, "test.before") == deeds(session, "test.within") == 0


def test_a_savepoint_that_is_rolled_back_takes_its_own_along_and_no_others(session):
    audit.deed("test.before")
    within = session.begin_nested()
    audit.deed("test.within")
    within.rollback()
    audit.deed("test.after")
    session.commit()
    assert [deeds(session, f"test.{when}") for when in ("before", "within", "after")] == [1, 0, 1]


def test_a_transaction_that_is_rolled_back_before_its_first_statement_leaves_nothing(session):
    audit.deed("test.first")
    session.rollback()
    session.commit()
    assert deeds(session, "test.first") == 0


@pytest.mark.parametrize("written", [False, True])
def test_one_is_found_by_its_key_whether_it_is_written_yet_or_was_missed_before(session, written):
    remember(session)
    key = new_id()
    assert session.get(AuditEvent, key) is None
    event_of = {"id": key, "at": "2026-11-23T14:00:00Z", "action": "test.key", "subject": None, "facts": {"n": 1}}
    fresh.put(session, AuditEvent, key, event_of)
    if written:
        session.flush()
    found = session.get(AuditEvent, key)
    assert found.facts == {"n": 1}
    found.subject = "changed"
    session.commit()
    assert session.get_one(AuditEvent, key).subject == "changed"
    assert deeds(session, "test.key") == 1


def test_two_of_one_key_are_refused(session):
    key = new_id()
    values = {"id": key, "at": "2026-11-23T14:00:00Z", "action": "test.twice", "facts": {}}
    fresh.put(session, AuditEvent, key, values)
    with pytest.raises(ValueError, match="audit_events"):
        fresh.put(session, AuditEvent, key, dict(values))
    session.rollback()


def test_a_batch_writes_each_table_in_one_go_and_answers_what_it_stored(app, service):
    tablet = service.tablet(service.worker)
    person = [tablet.create("person", {"given_name": "Zebedee"}) for _ in range(20)]
    said = []

    def heard(*args):
        said.append((args[2], args[5]))

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", heard)
    results = tablet.push(*person)
    event.remove(engine, "before_cursor_execute", heard)
    inserts = [(text.split()[2], many) for text, many in said if text.startswith("INSERT")]
    for table in ("ops", "record_versions", "people", "audit_events"):
        # The first op is written by itself: whether anything waits for it is asked of the database, once in a batch.
        assert [many for name, many in inserts if name == table] in ([True], [False, True]), (table, inserts)
    with app.app_context(), transaction() as session:
        for op, result in zip(person, results, strict=True):
            assert result["state"] == "applied"
            assert session.get_one(RecordVersion, (op["record"], result["rev"])).op_id == op["op"]
            assert session.get_one(Op, op["op"]).state == "applied"
