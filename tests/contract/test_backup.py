"""Backup, verify, restore, receipts: the commands an operator types, on both databases."""

from __future__ import annotations

import json
import sqlite3

import pytest
from click.testing import CliRunner
from sqlalchemy import create_engine

from throughcare import cli, clock
from throughcare.cli.rebuild import check
from throughcare.db import Base, db, transaction
from throughcare.models import AuditEvent, Device, Op, Person, Record, SyncMeta, UserSuite, new_id


@pytest.fixture
def run(service, monkeypatch):
    """Type a command; returns (exit code, what it prints)."""
    for name in ("DATA_DIR", "DATABASE_URL", "SECRET_KEY"):
        monkeypatch.setenv(f"THROUGHCARE_{name}", service.app.config[name])

    def run(*words):
        result = CliRunner().invoke(cli.load(), [str(word) for word in words])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
        return result.exit_code, result.output

    return run


def durable(service) -> int:
    return service.one(SyncMeta, 1).durable_seq


def rows(service) -> dict[str, tuple]:
    return {record.id: (record.rev, record.body, record.seq) for record in service.all(Record)}


def test_only_a_verified_backup_lets_tablets_go_of_what_they_keep(service, run, tmp_path):
    tablet = service.tablet(service.worker)
    tablet.case()
    seq = service.one(SyncMeta, 1).seq
    file = tmp_path / "backup.sqlite3"
    assert run("backup", file)[0] == 0
    assert tablet.pull()["durable_seq"] == 0
    code, said = run("verify", file)
    assert (code, durable(service)) == (0, seq), said
    assert tablet.pull()["durable_seq"] == seq
    tablet.case()
    assert durable(service) == seq, "what came later is not in it"


def test_a_backup_never_replaces_a_file_and_only_its_owner_reads_it(service, run, tmp_path):
    file = tmp_path / "backup.sqlite3"
    assert run("backup", file)[0] == 0
    assert file.stat().st_mode & 0o777 == 0o600
    before = file.read_bytes()
    code, said = run("backup", file)
    assert code == 1
    assert "backup.exists" in said
    assert file.read_bytes() == before


@pytest.mark.parametrize("damage", ["op", "record", "bytes", "other file"])
def test_a_damaged_backup_is_refused_and_lets_nobody_go_of_anything(service, run, tmp_path, damage):
    service.tablet(service.worker).case()
    file = tmp_path / "backup.sqlite3"
    run("backup", file)
    if damage == "bytes":
        content = bytearray(file.read_bytes())
        content[8192:16384] = bytes(8192)
        file.write_bytes(content)
    elif damage == "other file":
        file.write_text("not a database")
    else:
        with sqlite3.connect(file) as connection:
            what = {
                "op": "UPDATE ops SET payload = replace(payload, 'custody_episode', 'custody_episodf')",
                "record": "UPDATE records SET body = '{}' WHERE type = 'person'",
            }[damage]
            connection.execute(what)
    for command in (["verify", file], *([["restore", file, "--yes"]] if damage != "record" else [])):
        before = rows(service)
        code, said = run(*command)
        assert code == 1, said
        assert (durable(service), rows(service)) == (0, before)


def test_a_restore_asks_first_then_puts_everything_back_in_a_new_epoch(service, run, tmp_path):
    tablet = service.tablet(service.worker)
    first = tablet.case()
    file = tmp_path / "backup.sqlite3"
    run("backup", file)
    run("verify", file)
    before, old = rows(service), service.one(SyncMeta, 1)
    second = tablet.case()
    run("restore", file)
    assert second["person"] in rows(service), "without --yes nothing happens"
    code, said = run("restore", file, "--yes")
    assert code == 0, said
    assert rows(service) == before
    now = service.one(SyncMeta, 1)
    assert now.epoch != old.epoch
    assert now.durable_seq == 0
    assert [each.id for each in service.all(Person)] == [first["person"]]
    assert check(service.app)[1] == []
    page = tablet.pull()
    assert page["epoch"] == now.epoch
    assert {record["id"] for record in page["records"]} == {first[name] for name in ("person", "episode", "assessment")}


def test_a_restore_gives_nobody_back_what_was_taken_since(service, run, tmp_path):
    tablet, later = service.tablet(service.worker), None
    tablet.case()
    file = tmp_path / "backup.sqlite3"
    run("backup", file)
    with service.app.app_context(), transaction() as session:
        session.get_one(Device, tablet.id).revoked_at = clock.now()
    service.revoke(service.colleague, service.suite)
    later = service.tablet(service.supervisor)
    assert run("restore", file, "--yes")[0] == 0
    assert tablet.post("/sync/v1/pull", {}).get_json()["code"] == "device.revoked"
    grants = {(each.user_id, each.suite_id) for each in service.all(UserSuite)}
    assert (service.colleague, service.suite) not in grants
    assert later.pull()["records"], "a tablet that was made known since the backup still is"
    assert {"backup.restored", "sync.new_epoch"} <= {event.action for event in service.all(AuditEvent)}


def test_a_backup_of_another_history_counts_for_nothing(service, run, tmp_path):
    service.tablet(service.worker).case()
    file = tmp_path / "backup.sqlite3"
    run("backup", file)
    with service.app.app_context(), transaction() as session:
        session.get_one(SyncMeta, 1).epoch = new_id()
    code, said = run("verify", file)
    assert (code, durable(service)) == (0, 0)
    assert "not of this service's present history" in said


@pytest.mark.parametrize("with_command", [True, False])
def test_what_tablets_kept_is_all_there_again_after_one_sync_each(service, run, tmp_path, with_command):
    """The restore drill, small. The simulation does it with the shipped tablet."""
    tablets = [service.tablet(user) for user in (service.worker, service.colleague, service.supervisor)]
    kept = {tablet.id: [] for tablet in tablets}

    def work(tablet):
        person = new_id()
        ops = [
            tablet.create("person", {"given_name": "Zebedee"}, person),
            tablet.create("custody_episode", {"person_id": person, "suite_id": service.suite}),
        ]
        ops.append(tablet.edit("person", person, {"op": ops[0]["op"]}, ["/phone", None, "none"]))
        assert {result["state"] for result in tablet.push(*ops)} == {"applied"}
        kept[tablet.id] += ops

    for tablet in tablets:
        work(tablet)
        tablet.pull_all()
    file = tmp_path / "backup.sqlite3"
    run("backup", file)
    for tablet in tablets * 2:
        work(tablet)
        tablet.pull_all()
    everything = {key: value[1] for key, value in rows(service).items()}
    epoch = service.one(SyncMeta, 1).epoch
    if with_command:
        run("restore", file, "--yes")
    else:
        copy_back(service, file)
    for tablet in tablets:
        last = kept[tablet.id][-1]["op"]
        sent = {"proto": 1, "epoch": epoch, "schema": 1, "cursor": tablet.cursor, "reference": None, "last_op": last}
        assert tablet.post("/sync/v1/pull", sent).get_json()["epoch"] != epoch
        results = tablet.push(*kept[tablet.id])
        assert {result["state"] for result in results} == {"applied"}
    assert {key: value[1] for key, value in rows(service).items()} == everything
    assert check(service.app)[1] == []


def copy_back(service, file) -> None:
    """As somebody does who copies yesterday's database file over today's: no command, no new epoch."""
    with sqlite3.connect(file) as source, service.behind_its_back() as session:
        names = ("ops", "records", "record_scopes", "record_versions", "scope_digests", "people", "custody_episodes")
        tables = [Base.metadata.tables[name] for name in names]
        for table in reversed(tables):
            session.execute(db.delete(table))
        engine = create_engine(f"sqlite:///{file}")
        with engine.connect() as old:
            for table in tables:
                found = [dict(row) for row in old.execute(db.select(table)).mappings()]
                if found:
                    session.execute(db.insert(table), found)
        engine.dispose()
        meta = source.execute("SELECT seq FROM sync_meta").fetchone()
        session.get_one(SyncMeta, 1).seq = meta[0]


# --- receipts ---


def receipts_of(tablet, results, ops) -> dict:
    given = [
        {
            "op": each["op"],
            "record": op["record"],
            **{key: each.get(key) for key in ("rev", "seq", "sha256", "received_at")},
        }
        for each, op in zip(results, ops, strict=True)
    ]
    return {"device": tablet.id, "epoch": None, "receipts": given}


@pytest.fixture
def exported(service):
    tablet = service.tablet(service.worker)
    ops = [tablet.create("person", {"given_name": "Zebedee"}), tablet.create("person", {"given_name": "Zachary"})]
    return receipts_of(tablet, tablet.push(*ops), ops)


def test_receipts_of_a_tablet_are_all_held(run, tmp_path, exported):
    file = tmp_path / "receipts.json"
    file.write_text(json.dumps(exported))
    code, said = run("receipts", "check", file)
    assert (code, said) == (0, "receipts.json: 2 of 2 receipts are held by the service.\n")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"op": new_id()}, "the service does not have it"),
        ({"sha256": "0" * 64}, "the service has other content under this id"),
        ({"rev": "9-0123456789abcdef"}, "the record never had this revision here"),
        ({"received_at": "2020-01-01T00:00:00Z"}, "the service received it at another time"),
    ],
)
def test_a_receipt_that_does_not_agree_is_named(run, tmp_path, exported, change, words):
    exported["receipts"][1] |= change
    file = tmp_path / "receipts.json"
    file.write_text(json.dumps(exported))
    code, said = run("receipts", "check", file)
    assert code == 1
    assert f"op {exported['receipts'][1]['op']}: {words}" in said
    assert "1 of 2 receipts are held" in said


@pytest.mark.parametrize("text", ["", "[]", '{"receipts": 1}', '{"receipts": ["x"]}'])
def test_what_is_no_export_is_refused(run, service, tmp_path, text):
    file = tmp_path / "receipts.json"
    file.write_text(text)
    code, said = run("receipts", "check", file)
    assert code == 1
    assert "is not a tablet's export" in said
    assert service.all(Op) == []
