"""A service that was set back to an older state notices it, and begins a new epoch: on both databases."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from throughcare import clock
from throughcare.db import db, transaction
from throughcare.memory import RememberingSession
from throughcare.models import AuditEvent, Device, Op, Record, SyncMeta, new_id
from throughcare.sync import history


def epoch_of(service) -> str:
    return service.one(SyncMeta, 1).epoch


def reasons(service) -> list[str]:
    return [event.facts["reason"] for event in service.all(AuditEvent) if event.action == "sync.new_epoch"]


def forget_the_last(service, ops: int) -> None:
    """As a restored backup does: the newest ops and their numbers are gone. (What they did stays; it is not asked
    about.)"""
    with service.behind_its_back() as session:
        newest = session.scalars(db.select(Op).order_by(Op.arrival.desc()).limit(ops)).all()
        for op in newest:
            session.delete(op)
        session.get_one(SyncMeta, 1).seq = min(op.arrival for op in newest) - 1


def test_every_answer_to_a_push_is_preceded_by_the_witness(service):
    tablet = service.tablet(service.worker)
    witness = history.Witness(Path(service.app.config["WITNESS"]))
    tablet.case()
    meta = service.one(SyncMeta, 1)
    assert witness.read() == (meta.epoch, meta.seq)


def test_a_push_that_could_not_be_committed_leaves_the_witness_where_it_was(service, monkeypatch):
    """A full disk, a database that restarts: the next start would take it for a service that was set back."""
    tablet = service.tablet(service.worker)
    tablet.case()
    witness = history.Witness(Path(service.app.config["WITNESS"]))
    before = witness.read()

    def fail(_session: RememberingSession) -> None:
        raise OperationalError("COMMIT", {}, Exception("disk I/O error"))

    with monkeypatch.context() as patch:
        patch.setattr(RememberingSession, "commit", fail)
        sent = tablet.envelope(tablet.create("person", {"given_name": "Zebedee"}))
        assert tablet.post("/sync/v1/push", sent).status_code == 503
    assert witness.read() == before
    with service.app.app_context(), transaction() as session:
        assert not history.check_start(session, witness)


def test_a_start_below_the_witness_begins_a_new_epoch_once(service, tmp_path):
    tablet = service.tablet(service.worker)
    tablet.case()
    meta = service.one(SyncMeta, 1)
    witness = history.Witness(tmp_path / "witness.json")
    with service.app.app_context(), transaction() as session:
        assert not history.check_start(session, witness), "no witness, nothing to compare with"
        witness.write(meta.epoch, meta.seq)
        assert not history.check_start(session, witness)
        witness.write(meta.epoch, meta.seq + 1)
        assert history.check_start(session, witness)
        assert not history.check_start(session, witness)
    assert epoch_of(service) != meta.epoch
    assert service.one(SyncMeta, 1).seq > meta.seq
    assert reasons(service) == ["witness"]


@pytest.mark.parametrize("app", ["postgresql"], indirect=True)  # SQLite's one writer lets nothing come between
def test_a_start_beside_a_server_that_goes_on_begins_no_new_epoch(service):
    """Another server answers a push at every moment of it (run.py bench faults --only two)."""
    tablet = service.tablet(service.worker)
    tablet.case()
    before, pushed = epoch_of(service), 0

    def answer() -> None:
        nonlocal pushed
        pushed += 1
        person = tablet.create("person", {"given_name": "Zebedee"})
        with ThreadPoolExecutor(1) as elsewhere:  # here it would be in the same transaction
            assert elsewhere.submit(tablet.push_one, person).result()["state"] == "applied"

    class Beside(history.Witness):
        def read(self) -> tuple[str, int] | None:
            answer()
            found = super().read()
            answer()
            return found

    with service.app.app_context(), transaction() as session:
        starting = session.connection()

        @event.listens_for(starting, "after_cursor_execute")
        def after_each(*_: object) -> None:
            answer()

        begun = history.check_start(session, Beside(Path(service.app.config["WITNESS"])))
        event.remove(starting, "after_cursor_execute", after_each)
    assert pushed > 2
    assert not begun
    assert epoch_of(service) == before


def test_an_op_that_changed_nothing_is_not_taken_for_one_that_a_backup_has(service):
    """Its number is its own, not that of the record, which may be in a verified backup for long: a device would let go of
    it, and a service that was set back to that backup would never hear of it again (simulation, seed 699)."""
    tablet, other = service.tablet(service.worker), service.tablet(service.colleague)
    case = tablet.case()
    rev = service.one(Record, case["person"]).rev
    tablet.push(tablet.edit("person", case["person"], rev, ["/phone", None, "one"]))
    in_backup = service.one(SyncMeta, 1).seq
    same = other.push_one(other.edit("person", case["person"], rev, ["/phone", None, "one"]))
    assert service.one(Record, case["person"]).seq <= in_backup < same["seq"]


def test_a_database_that_is_older_than_the_witnesss_epoch_begins_another(service, tmp_path):
    """Restored twice: the second time without the command, to a copy from before the first. Going on under the old
    epoch's name would give numbers a second meaning for a tablet that never heard of the one between (simulation)."""
    witness = history.Witness(tmp_path / "witness.json")
    first = epoch_of(service)
    with service.app.app_context(), transaction() as session:
        witness.write(new_id(), 1)
        assert history.check_start(session, witness)
    assert reasons(service) == ["witness"]
    with service.app.app_context(), transaction() as session:
        witness.write(first, 10_000)
        assert not history.check_start(session, witness), (
            "one of its own past, left behind by a pull that began another"
        )


@pytest.mark.parametrize("text", ["", "{", "[]", '{"epoch": 1}', json.dumps({"epoch": "e", "seq": "many"})])
def test_a_broken_witness_says_nothing(service, tmp_path, text):
    path = tmp_path / "witness.json"
    path.write_text(text)
    assert history.Witness(path).read() is None


def test_a_counter_below_its_records_begins_a_new_epoch(service, tmp_path):
    tablet = service.tablet(service.worker)
    tablet.case()
    before = epoch_of(service)
    with service.app.app_context(), transaction() as session:
        session.get_one(SyncMeta, 1).seq = 1
        session.flush()
        assert history.check_start(session, history.Witness(tmp_path / "none.json"))
    assert epoch_of(service) != before
    assert tablet.push_one(tablet.create("person", {"given_name": "Zebedee"}))["state"] == "applied"


def test_a_cursor_of_ours_above_the_counter_begins_a_new_epoch(service):
    tablet = service.tablet(service.worker)
    case = tablet.case()
    tablet.pull_all()
    before, cursor = epoch_of(service), tablet.cursor
    forget_the_last(service, 1)
    page = tablet.pull()
    assert page["epoch"] == epoch_of(service) != before
    assert case["person"] in {record["id"] for record in page["records"]}, (
        "the cursor of the old history counts as none"
    )
    assert reasons(service) == ["device"]
    tablet.cursor, tablet.epoch = cursor, before
    assert tablet.pull()["epoch"] == page["epoch"]
    assert reasons(service) == ["device"], "a tablet that has not heard of it begins no other one"


@pytest.mark.parametrize("path", ["push", "pull"])
def test_an_answered_op_that_is_gone_begins_a_new_epoch(service, path):
    """Others have sent so much since that the counter has caught up: the numbers tell nothing."""
    tablet, other = service.tablet(service.worker), service.tablet(service.colleague)
    last = tablet.push_one(tablet.create("person", {"given_name": "Zebedee"}))["op"]
    before = epoch_of(service)
    forget_the_last(service, 1)
    other.case()
    other.case()
    sent = {"proto": 1, "epoch": before, "schema": 1, "last_op": last}
    sent |= {"ops": []} if path == "push" else {"cursor": None, "reference": None}
    answer = tablet.post(f"/sync/v1/{path}", sent).get_json()
    assert answer["epoch"] == epoch_of(service) != before
    again = tablet.post(f"/sync/v1/{path}", {**sent, "epoch": answer["epoch"], "last_op": new_id()}).get_json()
    assert again["epoch"] == answer["epoch"], "who invents ops is not believed again at once"
    with clock.standing_at(clock.after(minutes=11)):
        later = tablet.post(f"/sync/v1/{path}", {**sent, "epoch": answer["epoch"], "last_op": new_id()}).get_json()
    assert later["epoch"] != answer["epoch"], "a service may be set back twice, and the same tablet know it"


def test_two_tablets_that_notice_it_at_once_begin_one_epoch(service, monkeypatch):
    tablets = [service.tablet(service.worker), service.tablet(service.colleague)]
    last = [each.push_one(each.create("person", {"given_name": "Zebedee"}))["op"] for each in tablets]
    before = epoch_of(service)
    forget_the_last(service, 2)
    service.tablet(service.worker).case()
    begin, both = history.begin, Barrier(2)

    def together(*given: Any, **more: Any) -> str:
        both.wait(20)
        return begin(*given, **more)

    monkeypatch.setattr(history, "begin", together)
    asked = {"proto": 1, "epoch": before, "schema": 1, "cursor": None, "reference": None}
    with ThreadPoolExecutor(2) as threads:
        told = list(
            threads.map(lambda n: tablets[n].post("/sync/v1/pull", {**asked, "last_op": last[n]}).get_json(), (0, 1))
        )
    assert reasons(service) == ["device"]
    assert {each["epoch"] for each in told} == {epoch_of(service)}


def test_an_op_that_is_here_begins_nothing(service):
    tablet = service.tablet(service.worker)
    last = tablet.push_one(tablet.create("person", {"given_name": "Zebedee"}))["op"]
    before = epoch_of(service)
    tablet.push(tablet.create("person", {"given_name": "Zachary"}), epoch=before, last_op=last)
    assert epoch_of(service) == before
    assert service.one(Device, tablet.id).waiting == 0


def test_a_push_of_another_epoch_is_taken_only_after_the_tablet_knows_of_the_new_one(service):
    tablet = service.tablet(service.worker)
    before = epoch_of(service)
    with service.app.app_context(), transaction() as session:
        history.begin(session, "restore")
    op = tablet.create("person", {"given_name": "Zebedee"})

    answer = tablet.post("/sync/v1/push", tablet.envelope(op, epoch=before)).get_json()

    assert (answer["results"], answer["epoch"]) == ([], epoch_of(service))
    assert service.all(Op) == []
    assert tablet.push(op, epoch=answer["epoch"])[0]["state"] == "applied"


def test_two_tablets_that_invent_ops_in_turn_do_not_begin_epochs_without_end(service):
    tablets = [service.tablet(service.worker), service.tablet(service.worker)]
    tablets[0].pull()
    begun = {epoch_of(service)}
    for turn in range(6):
        asked = {"proto": 1, "epoch": epoch_of(service), "schema": 1, "last_op": new_id()}
        tablets[turn % 2].post("/sync/v1/pull", asked)
        begun.add(epoch_of(service))
    assert len(begun) == 3, "each of them is believed once in ten minutes"
