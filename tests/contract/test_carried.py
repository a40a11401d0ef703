"""What a suite's tablets carry, the digest that proves it, and the comparing that heals it: on both databases."""

from __future__ import annotations

import pytest

from throughcare import clock
from throughcare.cli.rebuild import check
from throughcare.db import db
from throughcare.models import Op, Record, ScopeDigest, new_id
from throughcare.sync import compare as comparing
from throughcare.sync import digests


def old(service, days: int = 60) -> None:
    """Everything that is there changed last so long ago."""
    with service.behind_its_back() as session:
        for record in session.scalars(db.select(Record)):
            record.updated_at = clock.after(days=-days)


def closed_case(worker) -> dict[str, str]:
    case = worker.case()
    stopped = ["/stopped", None, {"reason": "left"}]
    worker.push(
        worker.edit("custody_episode", case["episode"], "1-0", ["/released_at", None, clock.now()]),
        worker.edit("assessment", case["assessment"], case["rev"], ["/state", "draft", "abandoned"], stopped),
    )
    return case


def have(tablet) -> list[list[str]]:
    return [[key, record["rev"]] for key, record in sorted(tablet.held.items())]


def compare(tablet, **more):
    sent = {"proto": 1, "epoch": tablet.epoch, "schema": 1, "scope": tablet.service.suite, "have": have(tablet), **more}
    answer = tablet.post("/sync/v1/compare", sent)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_json()


def test_the_kept_sum_of_every_suite_is_that_of_its_records(service):
    worker = service.tablet(service.worker)
    for _ in range(3):
        closed_case(worker)
    service.tablet(service.supervisor).case(suite=service.other_suite)
    old(service)
    worker.case()
    service.upkeep()
    with service.app.app_context():
        kept = {row.scope: (row.n, row.x) for row in db.session.scalars(db.select(ScopeDigest)) if row.n}
        assert kept == digests.reckon(db.session())
        assert set(kept) == {service.suite, service.other_suite}


def test_closed_work_of_long_ago_leaves_the_tablets_and_stays_with_the_service(service):
    worker = service.tablet(service.worker)
    gone, open_case = closed_case(worker), worker.case()
    tablet = service.tablet(service.colleague)
    assert gone["person"] in tablet.pull_all()
    old(service)
    service.upkeep()
    held = tablet.pull_all()
    assert {open_case["person"], open_case["episode"], open_case["assessment"]} == set(held)
    assert gone["person"] in {record.id for record in service.all(Record)}
    worker.pull_all()
    late = worker.edit("person", gone["person"], "1-0", ["/phone", None, "none"])
    assert worker.push_one(late)["state"] in ("applied", "merged", "conflict"), "its suite still may change it"
    assert gone["person"] in tablet.pull_all()
    assert gone["episode"] not in tablet.held


def test_a_replay_does_the_upkeep_where_it_was_done(service):
    worker = service.tablet(service.worker)
    with clock.standing_at("2026-01-05T10:00:00Z"):
        closed_case(worker)
        worker.case()
    service.upkeep()
    worker.case()
    assert {op.type for op in service.all(Op)} >= {"upkeep"}
    count, lines = check(service.app)
    assert (count, lines) == (len(service.all(Op)), [])


def test_a_tablet_cannot_order_upkeep(service):
    tablet = service.tablet(service.worker)
    op = tablet.create("upkeep", {})
    assert tablet.push_one(op)["why"] == "record.unknown_type"


def test_comparing_brings_what_is_missing_or_different_and_names_what_is_too_much(service):
    case = service.tablet(service.worker).case()
    tablet = service.tablet(service.colleague)
    tablet.pull_all()
    assert compare(tablet) | {"server_now": ""} == {
        "epoch": tablet.epoch,
        "server_now": "",
        "durable_seq": 0,
        "records": [],
        "leaves": [],
        "unseen": [],
        "more": False,
    }
    lost = tablet.held.pop(case["episode"])
    flipped = {**tablet.held[case["person"]], "rev": "1-0123456789abcdef"}
    tablet.held[case["person"]] = flipped
    invented = new_id()
    tablet.held[invented] = {"id": invented, "rev": "3-0000000000000000", "scopes": [service.suite], "body": {}}
    found = compare(tablet)
    assert {record["id"] for record in found["records"]} == {case["person"], case["episode"]}
    assert next(record for record in found["records"] if record["id"] == case["episode"])["rev"] == lost["rev"]
    assert found["leaves"] == [{"id": invented, "scope": service.suite}]
    assert set(found["unseen"]) == {case["person"], invented}


def test_comparing_speaks_of_its_range_only(service):
    worker = service.tablet(service.worker)
    for _ in range(3):
        worker.case()
    ids = sorted(service.tablet(service.colleague).pull_all())
    found = compare(worker, have=[], after=ids[1], until=ids[4])
    assert {record["id"] for record in found["records"]} == set(ids[2:5])


def test_comparing_says_nothing_about_what_a_device_names_beyond_the_range(service):
    worker = service.tablet(service.worker)
    for _ in range(2):
        worker.case()
    ids = sorted(service.tablet(service.colleague).pull_all())
    beyond = [[ids[0], "1-0123456789abcdef"], [ids[5], "1-0123456789abcdef"]]
    found = compare(worker, have=beyond, after=ids[1], until=ids[3])
    assert {record["id"] for record in found["records"]} == set(ids[2:4])
    assert (found["leaves"], found["unseen"]) == ([], [])


def test_comparing_brings_no_more_than_a_page_at_a_time_and_goes_on(service, monkeypatch):
    worker = service.tablet(service.worker)
    for _ in range(3):
        worker.case(answers={"notes": "x" * 2000})
    monkeypatch.setattr(comparing, "MAX_BYTES", 3000)
    tablet = service.tablet(service.colleague)
    tablet.held, more, asked = {}, True, 0
    while more:
        found = compare(tablet)
        assert found["records"], "it goes on"
        assert len(str(found["records"])) < 3000 + 1000
        tablet.held |= {record["id"]: record for record in found["records"]}
        more, asked = found["more"], asked + 1
        assert asked < 10, "it does not end"
    assert asked > 2
    assert set(tablet.held) == set(service.tablet(service.colleague).pull_all())


def test_another_suite_cannot_be_compared(service):
    tablet = service.tablet(service.stranger)
    sent = {"proto": 1, "epoch": None, "schema": 1, "scope": service.suite, "have": []}
    answer = tablet.post("/sync/v1/compare", sent)
    assert (answer.status_code, answer.get_json()["code"]) == (403, "record.out_of_scope")


@pytest.mark.parametrize("have", [[["one"]], [["a", "b"]] * 2001, "all", [[1, 2]], None])
def test_a_malformed_list_is_refused(service, have):
    sent = {"proto": 1, "epoch": None, "schema": 1, "scope": service.suite, "have": have}
    answer = service.tablet(service.worker).post("/sync/v1/compare", sent)
    assert (answer.status_code, answer.get_json()["code"]) == (400, "sync.malformed")


# --- what a service that was set back gets from a tablet ---


def test_a_stay_that_a_tablet_brings_back_puts_its_person_into_the_suite_again(service):
    """The person came back without a suite, with their maker, whose own stay is not applied any more (simulation, seed
    202): nobody else's stay could ever come, and everything about the person would wait for it for ever."""
    maker, other = service.tablet(service.worker), service.tablet(service.colleague)
    person = maker.create("person", {"given_name": "Zebedee"})
    maker.push(person)
    stay = {"person_id": person["record"], "suite_id": service.suite}
    assert other.push_one(other.create("custody_episode", stay))["why"] == "record.parent_missing"
    foreign = recovered(other, "custody_episode", new_id(), {**stay, "suite_id": service.other_suite})
    assert other.push_one(foreign)["state"] == "held", "not into a suite that is not theirs"
    back = recovered(other, "custody_episode", new_id(), stay)
    assert other.push_one(back)["state"] == "applied"
    assert other.pull_all()[person["record"]]["scopes"] == [service.suite]


def recovered(tablet, kind, record_id, body, rev="2-0123456789abcdef"):
    return {**tablet.create(kind, body, record_id), "recovered": rev}


def test_what_the_service_lost_is_made_again_from_a_tablet(service):
    tablet = service.tablet(service.worker)
    person, episode, contact = new_id(), new_id(), new_id()
    stay = {"person_id": person, "suite_id": service.suite}
    met = {**stay, "episode_id": episode, "kind": "cell-sweep", "outcome": "accepted"}
    results = tablet.push(
        recovered(tablet, "contact", contact, met),
        recovered(tablet, "custody_episode", episode, stay),
        recovered(tablet, "person", person, {"given_name": "Zebedee"}),
    )
    assert [result["state"] for result in results] == ["applied"] * 3
    assert set(service.tablet(service.colleague).pull_all()) == {person, episode, contact}


def test_what_was_judged_or_goes_on_without_it_is_kept_for_a_person(service):
    tablet = service.tablet(service.worker)
    case = tablet.case()
    stands = service.one(Record, case["person"])
    same = tablet.push_one(recovered(tablet, "person", case["person"], stands.body, stands.rev))
    assert same["state"] == "applied"
    other = tablet.push_one(recovered(tablet, "person", case["person"], {"given_name": "Other"}))
    assert (other["state"], other["why"], other["record"]["rev"]) == ("held", "record.recovered", stands.rev)
    body = service.one(Record, case["assessment"]).body
    handed_in = {**body, "state": "approved", "submission": {"number": 1, "at": clock.now(), "by": service.worker}}
    result = tablet.push_one(recovered(tablet, "assessment", new_id(), handed_in))
    assert (result["state"], result["why"]) == ("held", "record.recovered")
    assert service.one(Record, case["person"]).body == stands.body
    assert check(service.app)[1] == []


# --- what waited for an op that never came ---


def test_after_five_days_a_held_op_is_applied_without_its_predecessor_and_a_difference_is_a_conflict(service):
    worker = service.tablet(service.worker)
    case = worker.case()
    missing = {"op": new_id()}
    with clock.standing_at(clock.after(days=-6)):
        held = worker.push_one(
            worker.edit(
                "person", case["person"], missing, ["/given_name", "Zoltan", "Zachary"], ["/phone", None, "none"]
            )
        )
    assert (held["state"], held["why"]) == ("held", "op.waits_predecessor")
    young = worker.push_one(worker.edit("person", case["person"], {"op": new_id()}, ["/language", None, "en"]))
    before = service.one(Record, case["person"]).body
    service.upkeep()
    person = service.one(Record, case["person"]).body
    assert person == {**before, "phone": "none"}
    assert service.one(Op, held["op"]).state == "conflict"
    assert service.one(Op, young["op"]).state == "held"
    conflict = next(each.body for each in service.all(Record) if each.type == "conflict")
    assert (conflict["theirs"]["value"], conflict["mine"]["value"]) == (before["given_name"], "Zachary")
    assert check(service.app)[1] == []


def test_closed_work_leaves_the_tablet_of_who_made_it_too(service):
    worker = service.tablet(service.worker)
    gone = closed_case(worker)
    assert gone["assessment"] in worker.pull_all()
    old(service)
    service.upkeep()
    assert worker.pull_all() == {}


@pytest.mark.parametrize("text", ["\0", "x" * 10_000])
def test_what_no_database_holds_is_refused_or_named_and_breaks_nothing(service, text):
    tablet = service.tablet(service.worker)
    case = tablet.case()
    found = compare(tablet, have=[[text, text], [case["person"], text]])
    assert set(found["unseen"]) == {text, case["person"]}
    sent = {"proto": 1, "epoch": None, "schema": 1, "scope": service.suite, "have": []}
    for end in ("after", "until"):
        assert tablet.post("/sync/v1/compare", {**sent, end: text}).get_json()["code"] == "sync.malformed"
    epoch = tablet.pull()["epoch"]
    for path, more in (("push", {"ops": []}), ("pull", {"cursor": None, "reference": None})):
        answer = tablet.post(f"/sync/v1/{path}", {"proto": 1, "epoch": epoch, "schema": 1, "last_op": text, **more})
        assert (answer.status_code, answer.get_json()["epoch"]) == (200, epoch)
    good = tablet.create("person", {"given_name": "Zebedee"})
    odd = tablet.edit("person", case["person"], text, ["/phone", None, "none"])
    assert [result["state"] for result in tablet.push(odd, good)][1] == "applied"


def test_half_a_character_is_no_request(service):
    tablet = service.tablet(service.worker)
    for path, more in (
        ("compare", {"scope": service.suite, "have": [["\ud800", "1-0123456789abcdef"]]}),
        ("pull", {"cursor": "\ud800", "reference": None}),
        ("push", {"ops": [], "last_op": "\ud800"}),
    ):
        answer = tablet.post(f"/sync/v1/{path}", {"proto": 1, "epoch": None, "schema": 1, **more})
        assert (answer.status_code, answer.get_json()["code"]) == (400, "sync.malformed")
