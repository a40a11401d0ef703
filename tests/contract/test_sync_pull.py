"""What a device may rely on when it pulls, and who may sync at all: on both databases."""

from __future__ import annotations

import gzip
import json
import random

import pytest

from factories import FORM
from throughcare import clock
from throughcare.db import db, transaction
from throughcare.models import Device, Op, Record, RecordScope
from throughcare.sync import feeds
from throughcare.sync.work import next_seq


def test_a_second_tablet_gets_the_suites_records_with_the_person_before_the_episode(service):
    case = service.tablet(service.worker).case()
    page = service.tablet(service.colleague).pull()
    assert [record["id"] for record in page["records"]] == [case["person"], case["episode"], case["assessment"]]
    assert {scope for record in page["records"] for scope in record["scopes"]} == {service.suite}
    assert page["more"] is False


def test_a_quiet_pull_brings_nothing(service):
    service.tablet(service.worker).case()
    tablet = service.tablet(service.colleague)
    tablet.pull_all()
    assert tablet.pull()["records"] == []


@pytest.mark.parametrize("size", [1, 2, 3, 500])
def test_pages_of_any_size_bring_every_record_once_and_end(service, size):
    worker = service.tablet(service.worker)
    for _ in range(4):
        worker.case()
    tablet, seen, pages = service.tablet(service.colleague), [], 0
    more = True
    while more:
        page = tablet.pull(size)
        seen += [record["id"] for record in page["records"]]
        more, pages = page["more"], pages + 1
        assert pages < 30, "the pull does not end"
    assert set(seen) == {record.id for record in service.all(Record)}
    assert tablet.pull(size)["records"] == []


def test_a_new_suite_is_backfilled_and_a_lost_one_is_dropped(service):
    case = service.tablet(service.stranger).case(suite=service.other_suite)
    tablet = service.tablet(service.worker)
    tablet.case()
    tablet.pull_all()
    service.grant(service.worker, service.other_suite)
    assert case["assessment"] in tablet.pull_all()
    service.revoke(service.worker, service.other_suite)
    page = tablet.pull()
    assert (page["drop_scopes"], page["records"]) == ([service.other_suite], [])
    assert tablet.pull()["drop_scopes"] == []


def test_a_person_met_in_a_second_suite_comes_to_it_with_the_new_episode(service):
    supervisor = service.tablet(service.supervisor)
    case = supervisor.case()
    tablet = service.tablet(service.stranger)
    assert tablet.pull_all() == {}
    episode = supervisor.create("custody_episode", {"person_id": case["person"], "suite_id": service.other_suite})
    supervisor.push(episode)
    page = tablet.pull()
    assert [record["id"] for record in page["records"]] == [case["person"], episode["record"]]
    assert page["records"][0]["scopes"] == [service.other_suite], (
        "the other suite of the person is not this user's to know"
    )


def test_closed_work_of_long_ago_stays_away_until_it_changes_and_then_brings_its_person(service):
    worker = service.tablet(service.worker)
    case = worker.case()
    worker.push(
        worker.edit("custody_episode", case["episode"], "1-0", ["/released_at", None, clock.now()]),
        worker.edit(
            "assessment",
            case["assessment"],
            case["rev"],
            ["/state", "draft", "abandoned"],
            ["/stopped", None, {"reason": "left"}],
        ),
    )
    with service.behind_its_back() as session:
        for record in session.scalars(db.select(Record)):
            record.updated_at = clock.after(days=-60)
    service.upkeep()
    tablet = service.tablet(service.colleague)
    assert tablet.pull_all() == {}
    contact = worker.create(
        "contact",
        {
            "person_id": case["person"],
            "episode_id": case["episode"],
            "suite_id": service.suite,
            "kind": "cell-sweep",
            "outcome": "declined",
        },
    )
    worker.push(contact)
    assert [record["id"] for record in tablet.pull()["records"]] == [case["person"], case["episode"], contact["record"]]


def test_a_record_that_leaves_a_suite_is_announced_as_leaving(service):
    case = service.tablet(service.worker).case()
    tablet = service.tablet(service.colleague)
    tablet.pull_all()
    with service.app.app_context(), transaction() as session:
        row = session.get_one(RecordScope, (case["assessment"], service.suite))
        feeds.let_go(session, row, session.get_one(Record, case["assessment"]).rev, next_seq(session))
    assert tablet.pull()["leaves"] == [{"id": case["assessment"], "scope": service.suite}]
    assert service.tablet(service.colleague).pull()["leaves"] == [], "who never had it has nothing to let go of"


def test_the_reference_tells_a_device_after_how_long_it_locks_and_comes_again_when_that_changed(service):
    tablet = service.tablet(service.worker)
    first = tablet.pull()["reference"]
    assert first["device"]["idle_minutes"] == 5
    service.app.config["IDLE_MINUTES"] = 3
    sent = {"proto": 1, "epoch": None, "schema": 1, "cursor": None, "reference": first["hash"]}
    assert tablet.post("/sync/v1/pull", sent).get_json()["reference"]["device"]["idle_minutes"] == 3


def test_the_reference_comes_when_it_changed_and_only_then(service):
    tablet = service.tablet(service.worker)
    block = tablet.pull()["reference"]
    assert [form["form"] for form in block["forms"]] == [FORM]
    assert block["forms"][0]["definition"]["resourceType"] == "Questionnaire"
    assert block["device"]["suites"] == [service.suite]
    sent = {"proto": 1, "epoch": None, "schema": 1, "cursor": None, "reference": block["hash"]}
    assert "reference" not in tablet.post("/sync/v1/pull", sent).get_json()


def test_a_forged_or_foreign_cursor_counts_as_none(service):
    case = service.tablet(service.worker).case()
    other = service.tablet(service.supervisor)
    other.pull_all()
    tablet = service.tablet(service.colleague)
    for cursor in ("nonsense", other.cursor):
        tablet.cursor = cursor
        assert case["person"] in {record["id"] for record in tablet.pull()["records"]}


def test_a_refused_token_and_a_revoked_one_have_codes_of_their_own_and_change_nothing(service):
    tablet = service.tablet(service.worker)
    op = tablet.create("person", {"given_name": "Zebedee"})
    with service.app.app_context(), transaction() as session:
        session.get_one(Device, tablet.id).revoked_at = clock.now()
    answer = tablet.post("/sync/v1/push", tablet.envelope(op))
    assert (answer.status_code, answer.get_json()["code"]) == (403, "device.revoked")
    tablet.token = "never given to anyone"
    answer = tablet.post("/sync/v1/pull", {})
    assert (answer.status_code, answer.get_json()["code"]) == (401, "device.token_refused")
    assert answer.content_type == "application/problem+json"
    assert service.all(Op) == []


def bad_requests():
    good = {"proto": 1, "epoch": None, "device": None, "schema": 1, "ops": []}
    yield "malformed JSON", b'{"proto": 1,', {}, 400, "sync.malformed"
    yield "a number that is none", b'{"proto": NaN}', {}, 400, "sync.malformed"
    yield "a list", b"[]", {}, 400, "sync.malformed"
    yield "nested without end", b"[" * 200_000, {}, 400, "sync.malformed"
    yield "bad UTF-8", b'{"proto": "\xff\xfe"}', {}, 400, "sync.malformed"
    yield "no ops", json.dumps({"proto": 1}).encode(), {}, 400, "sync.malformed"
    yield "an unknown field", json.dumps({**good, "surprise": 1}).encode(), {}, 400, "sync.unknown_field"
    yield "another protocol", json.dumps({**good, "proto": 2}).encode(), {}, 400, "sync.protocol"
    yield "another type", json.dumps(good).encode(), {"Content-Type": "text/plain"}, 415, "sync.wrong_type"
    yield "another packing", json.dumps(good).encode(), {"Content-Encoding": "br"}, 415, "sync.wrong_type"
    yield "bad gzip", b"not gzip", {"Content-Encoding": "gzip"}, 400, "sync.malformed"
    yield "too many ops", json.dumps({**good, "ops": [{}] * 101}).encode(), {}, 413, "sync.too_large"
    yield "too large", b" " * 1_000_001, {}, 413, "sync.too_large"
    packed = {"Content-Encoding": "gzip"}
    luck = random.Random(1)  # what packs well and honestly: a few long words, in any order
    words = "".join(luck.choices([f"{luck.random():.16f}" * 3 for _ in range(16)], k=160_000))
    honest = gzip.compress(json.dumps({**good, "ops": [], "last_op": str(list(range(250_000)))}).encode())
    yield "too large once unpacked", honest, packed, 413, "sync.too_large"
    yield "a bomb", gzip.compress(b" " * 30_000_000), packed, 400, "sync.bomb"
    yield "over 8 MB once unpacked", gzip.compress(words.encode(), 1), packed, 400, "sync.bomb"
    yield "cut gzip", gzip.compress(json.dumps(good).encode())[:-3], packed, 400, "sync.malformed"
    yield "a wrong checksum", gzip.compress(json.dumps(good).encode())[:-8] + bytes(8), packed, 400, "sync.malformed"
    yield "something behind the gzip", gzip.compress(json.dumps(good).encode()) + b"more", packed, 400, "sync.malformed"
    yield "far too large", b" " * 3_000_000, {}, 413, "sync.too_large"
    yield "another device's name", json.dumps({**good, "device": "someone else"}).encode(), {}, 403, "device.mismatch"


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"), [pytest.param(*case[1:], id=case[0]) for case in bad_requests()]
)
def test_a_bad_request_gets_a_stable_code_and_changes_nothing(service, body, headers, status, code):
    tablet = service.tablet(service.worker)
    answer = tablet.post("/sync/v1/push", body, headers=headers)
    assert (answer.status_code, answer.get_json()["code"]) == (status, code)
    assert service.all(Op) == []
    assert service.one(Device, tablet.id).last_sync_at is None


def test_a_push_may_be_gzipped(service):
    tablet = service.tablet(service.worker)
    op = tablet.create("person", {"given_name": "Zebedee"})
    packed = gzip.compress(json.dumps(tablet.envelope(op)).encode())
    answer = tablet.post("/sync/v1/push", packed, headers={"Content-Encoding": "gzip"})
    assert answer.get_json()["results"][0]["state"] == "applied"


def test_a_long_answer_is_packed_for_a_tablet_that_says_so(service):
    worker = service.tablet(service.worker)
    for _ in range(4):
        worker.case()
    wanted = {"proto": 1, "cursor": None, "max_records": 500}
    plain = service.tablet(service.colleague).post("/sync/v1/pull", wanted)
    packed = service.tablet(service.colleague).post("/sync/v1/pull", wanted, headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert len(packed.data) < len(plain.data) / 2
    assert json.loads(gzip.decompress(packed.data))["records"] == plain.get_json()["records"]


def test_a_page_never_ends_between_the_places_of_a_person_in_two_suites(service):
    supervisor = service.tablet(service.supervisor)
    case = supervisor.case()
    supervisor.push(
        supervisor.create("custody_episode", {"person_id": case["person"], "suite_id": service.other_suite})
    )
    both = service.tablet(service.supervisor)
    both.pull_all()
    supervisor.push(supervisor.edit("person", case["person"], "1-0", ["/phone", None, "none"]))
    page = both.pull(1)
    while page["more"]:
        assert {row.scope for row in service.all(RecordScope) if row.record_id == case["person"]} == set(
            both.held[case["person"]]["scopes"]
        )
        page = both.pull(1)
    assert both.held[case["person"]]["body"]["phone"] == "none"
