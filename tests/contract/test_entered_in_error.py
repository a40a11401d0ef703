"""Entered in error: a record is taken away with a reason, comes back, and never goes with what somebody else had added."""

from __future__ import annotations

import pytest

from office import Office
from throughcare import clock
from throughcare.cli.rebuild import check
from throughcare.models import Conflict, Contact, CustodyEpisode, Op, Person, Record, RecordVersion, new_id


def mark(tablet, reason="Recorded twice"):
    return {"reason": reason, "by": tablet.user_id, "at": clock.now()}


def removal(tablet, kind, record, base=None, reason="Recorded twice"):
    base = base or tablet.service_body(record)["rev"]
    return tablet.edit(kind, record, base, ["/entered_in_error", None, mark(tablet, reason)])


def return_of(tablet, kind, record):
    stands = tablet.service_body(record)
    return tablet.edit(kind, record, stands["rev"], ["/entered_in_error", stands["body"]["entered_in_error"], None])


def alone(tablet, **fields):
    """A person with a stay under which nothing is recorded: {person, episode, suite}."""
    person = tablet.create("person", {"given_name": "Zebedee", "family_name": "Exemplar"})
    episode = tablet.create(
        "custody_episode", {"person_id": person["record"], "suite_id": tablet.service.suite, "cell": "M4", **fields}
    )
    assert [each["state"] for each in tablet.push(person, episode)] == ["applied"] * 2
    return {"person": person["record"], "episode": episode["record"], "suite": tablet.service.suite}


def contact_in(tablet, case):
    fields = {"person_id": case["person"], "episode_id": case["episode"], "suite_id": case["suite"]}
    return tablet.create("contact", {**fields, "kind": "offer", "outcome": "declined", "at": clock.now()})


def cell(tablet, case, base, to="F2"):
    return tablet.edit("custody_episode", case["episode"], base, ["/cell", "M4", to])


def settled(tablet, conflict, choice):
    stands = tablet.service_body(conflict)
    value = stands["body"][choice].get("value")
    resolution = {"choice": choice, "value": value, "reason": "Asked the sergeant"}
    op = tablet.edit("conflict", conflict, stands["rev"], ["/resolution", None, resolution], resolves=[conflict])
    return tablet.push_one(op)


def test_what_was_entered_in_error_leaves_every_tablet_and_list_and_comes_back_whole(service):
    worker, colleague = service.tablet(service.worker), service.tablet(service.colleague)
    case = alone(worker)
    worker.pull_all(), colleague.pull_all()
    before = service.one(Record, case["episode"]).body
    op = removal(worker, "custody_episode", case["episode"])
    outcome = worker.push_one(op)
    assert (outcome["state"], outcome["rev"][:2]) == ("applied", "2-")
    assert "record" not in outcome
    for tablet in (worker, colleague):
        told = {each["id"]: each for each in tablet.pull()["records"]}
        assert told[case["episode"]]["deleted"] is True
        assert case["episode"] not in tablet.held
        assert case["person"] in tablet.held
    assert service.all(CustodyEpisode) == []
    assert service.one(Record, case["episode"]).body == {**before, "entered_in_error": op["set"][0][2]}
    # A tablet that never held it hears nothing of it.
    late = service.tablet(service.colleague)
    assert case["episode"] not in {each["id"] for each in late.pull()["records"]}
    assert colleague.push_one(return_of(colleague, "custody_episode", case["episode"]))["state"] == "applied"
    for tablet in (worker, colleague, late):
        assert tablet.pull_all()[case["episode"]]["body"] == before
    assert [row.id for row in service.all(CustodyEpisode)] == [case["episode"]]
    assert check(service.app)[1] == []


def test_who_made_it_hears_of_the_removal_with_their_very_first_pull(service):
    worker, colleague = service.tablet(service.worker), service.tablet(service.colleague)
    case = alone(worker)
    colleague.push(removal(colleague, "custody_episode", case["episode"]))
    told = {each["id"]: each["deleted"] for each in worker.pull()["records"]}
    assert told[case["episode"]] is True
    assert case["episode"] not in {each["id"] for each in service.tablet(service.supervisor).pull()["records"]}


def test_two_who_take_the_same_record_away_are_not_asked(service):
    worker, colleague = service.tablet(service.worker), service.tablet(service.colleague)
    case = alone(worker)
    base = worker.service_body(case["episode"])["rev"]
    assert worker.push_one(removal(worker, "custody_episode", case["episode"], base))["state"] == "applied"
    second = colleague.push_one(removal(colleague, "custody_episode", case["episode"], base, "Another reason"))
    assert second["state"] == "merged"
    assert second["record"]["deleted"] is True
    assert service.one(Record, case["episode"]).body["entered_in_error"]["by"] == service.worker
    assert service.all(Conflict) == []


@pytest.mark.parametrize("first", ["removal", "edit"])
def test_taking_away_and_going_on_is_a_conflict_whichever_came_first_and_the_record_stands(service, first):
    worker, colleague = service.tablet(service.worker), service.tablet(service.colleague)
    case = alone(worker)
    worker.pull_all(), colleague.pull_all()
    base = worker.service_body(case["episode"])["rev"]
    ops = [
        (worker, removal(worker, "custody_episode", case["episode"], base)),
        (colleague, cell(colleague, case, base)),
    ]
    outcomes = [tablet.push_one(op) for tablet, op in (ops if first == "removal" else ops[::-1])]
    assert [each["state"] for each in outcomes] == ["applied", "conflict"]
    (conflict,) = service.all(Conflict)
    assert (conflict.path, conflict.record_type, conflict.safety) == ("/entered_in_error", "custody_episode", False)
    assert conflict.theirs.get("value") is None
    assert conflict.theirs["by"] == service.colleague
    assert conflict.mine["value"]["reason"] == "Recorded twice"
    assert conflict.mine["by"] == service.worker
    for tablet in (worker, colleague):
        stay = tablet.pull_all()[case["episode"]]
        assert stay["body"]["cell"] == "F2"
        assert stay["open_conflicts"][0]["id"] == conflict.id
    assert check(service.app)[1] == []


@pytest.mark.parametrize("choice", ["theirs", "mine"])
def test_a_person_settles_whether_it_stands(service, choice):
    worker, colleague = service.tablet(service.worker), service.tablet(service.colleague)
    case = alone(worker)
    base = worker.service_body(case["episode"])["rev"]
    worker.push(removal(worker, "custody_episode", case["episode"], base))
    colleague.push(cell(colleague, case, base))
    colleague.pull_all()
    (conflict,) = service.all(Conflict)
    assert settled(worker, conflict.id, choice)["state"] == "applied"
    held = colleague.pull_all()
    if choice == "theirs":
        assert held[case["episode"]]["open_conflicts"] == []
    else:
        assert case["episode"] not in held
        assert service.one(Record, case["episode"]).body["cell"] == "F2"
    assert held[conflict.id]["body"]["state"] == "resolved"
    assert check(service.app)[1] == []


def test_two_removals_close_the_conflict_that_somebody_went_on(service):
    worker, colleague = service.tablet(service.worker), service.tablet(service.colleague)
    case = alone(worker)
    base = worker.service_body(case["episode"])["rev"]
    worker.push(removal(worker, "custody_episode", case["episode"], base))
    colleague.push(cell(colleague, case, base))
    colleague.push(removal(colleague, "custody_episode", case["episode"], reason="They are right"))
    (conflict,) = service.all(Conflict)
    assert conflict.state == "resolved"
    assert service.one(Record, case["episode"]).deleted
    worker.pull_all()
    assert case["episode"] not in worker.held


def test_what_is_recorded_under_it_by_somebody_who_had_not_heard_makes_it_stand(service):
    worker, colleague = service.tablet(service.worker), service.tablet(service.colleague)
    case = alone(worker)
    worker.push(removal(worker, "custody_episode", case["episode"]), removal(worker, "person", case["person"]))
    assert {service.one(Record, case[name]).deleted for name in ("person", "episode")} == {True}
    worker.pull_all()
    assert colleague.push_one(contact_in(colleague, case))["state"] == "applied"
    held = worker.pull_all()
    assert {held[case[name]]["type"] for name in ("person", "episode")} == {"person", "custody_episode"}
    assert {row.record_id for row in service.all(Conflict)} == {case["person"], case["episode"]}
    assert all(
        row.mine["by"] == service.worker and row.theirs["by"] == service.colleague for row in service.all(Conflict)
    )
    # It cannot be taken away by settling either, while something is under it.
    stay = next(row.id for row in service.all(Conflict) if row.record_id == case["episode"])
    refused = settled(worker, stay, "mine")
    assert (refused["state"], refused["why"]) == ("rejected", "record.in_use")
    assert settled(worker, stay, "theirs")["state"] == "applied"
    assert check(service.app)[1] == []


def test_nothing_goes_that_has_something_under_it(service):
    worker = service.tablet(service.worker)
    case = alone(worker)
    refused = worker.push_one(removal(worker, "person", case["person"]))
    assert (refused["state"], refused["why"]) == ("rejected", "record.in_use")
    contact = contact_in(worker, case)
    worker.push(contact)
    assert worker.push_one(removal(worker, "custody_episode", case["episode"]))["why"] == "record.in_use"
    assert worker.push_one(removal(worker, "contact", contact["record"]))["state"] == "applied"
    assert service.all(Contact) == []
    assert worker.push_one(removal(worker, "custody_episode", case["episode"]))["state"] == "applied"
    assert worker.push_one(removal(worker, "person", case["person"]))["state"] == "applied"
    assert service.all(Person) == []
    worker.pull_all()
    assert worker.held == {}
    assert check(service.app)[1] == []


def test_nothing_goes_while_a_field_has_two_values(service):
    worker, colleague = service.tablet(service.worker), service.tablet(service.colleague)
    case = alone(worker)
    base = worker.service_body(case["episode"])["rev"]
    worker.push(cell(worker, case, base))
    assert colleague.push_one(cell(colleague, case, base, "M9"))["state"] == "conflict"
    assert worker.push_one(removal(worker, "custody_episode", case["episode"]))["why"] == "record.in_use"


def test_it_needs_a_reason_and_is_for_people_stays_and_contacts_only(service):
    worker = service.tablet(service.worker)
    case = worker.case()
    for kind, record, said, why in (
        ("custody_episode", case["episode"], {"reason": " "}, "record.no_reason"),
        ("custody_episode", case["episode"], "yes", "record.no_reason"),
        ("assessment", case["assessment"], mark(worker), "record.fixed_field"),
    ):
        op = worker.edit(kind, record, worker.service_body(record)["rev"], ["/entered_in_error", None, said])
        assert worker.push_one(op)["why"] == why
    part = worker.edit(
        "person", case["person"], worker.service_body(case["person"])["rev"], ["/entered_in_error/reason", None, "x"]
    )
    assert worker.push_one(part)["why"] == "record.fixed_field"
    new = worker.create("alert", {"entered_in_error": mark(worker)})
    assert worker.push_one(new)["why"] == "record.fixed_field"


def test_what_was_taken_away_before_it_was_ever_sent_arrives_as_such(service):
    worker, colleague = service.tablet(service.worker), service.tablet(service.colleague)
    case = alone(worker)
    body = {"person_id": case["person"], "suite_id": case["suite"], "entered_in_error": {"reason": "Twice"}}
    made = worker.create("custody_episode", body)
    outcome = worker.push_one(made)
    assert outcome["state"] in ("applied", "merged")
    assert service.one(Record, made["record"]).body["entered_in_error"]["by"] == service.worker
    assert [row.id for row in service.all(CustodyEpisode)] == [case["episode"]]
    assert made["record"] not in colleague.pull_all()
    assert worker.push_one(return_of(worker, "custody_episode", made["record"]))["state"] == "applied"
    assert made["record"] in colleague.pull_all()


def test_a_removal_by_whom_nobody_knows_what_they_saw_is_asked_about(service):
    worker = service.tablet(service.worker)
    case = alone(worker)
    outcome = worker.push_one(removal(worker, "custody_episode", case["episode"], "7-0123456789abcdef"))
    assert outcome["state"] == "conflict"
    assert not service.one(Record, case["episode"]).deleted


def test_a_stay_that_is_moved_by_somebody_who_had_not_heard_stands(service):
    worker, colleague = service.tablet(service.worker), service.tablet(service.colleague)
    case, right = alone(worker), alone(worker)
    base = worker.service_body(case["episode"])["rev"]
    worker.push(removal(worker, "custody_episode", case["episode"], base))
    said = {"from_person": case["person"], "to_person": right["person"], "reason": "Wrong row", "at": clock.now()}
    op = colleague.edit(
        "custody_episode",
        case["episode"],
        base,
        ["/person_id", case["person"], right["person"]],
        [f"/moves/{new_id()}", None, {**said, "by": colleague.user_id}],
    )
    assert colleague.push_one(op)["state"] in ("applied", "merged")
    stay = service.one(Record, case["episode"])
    assert (stay.deleted, stay.person_id) == (False, right["person"])
    assert [row.path for row in service.all(Conflict)] == ["/entered_in_error"]
    assert check(service.app)[1] == []


def test_every_version_stays_and_an_op_sent_again_is_answered_as_before(service):
    worker = service.tablet(service.worker)
    case = alone(worker)
    op = removal(worker, "custody_episode", case["episode"])
    first = worker.push_one(op)
    worker.push(return_of(worker, "custody_episode", case["episode"]))
    assert worker.push_one(op) == first
    versions = [row for row in service.all(RecordVersion) if row.record_id == case["episode"]]
    assert ["entered_in_error" in row.body for row in sorted(versions, key=lambda row: row.seq)] == [False, True, False]
    assert len(service.all(Op)) == 4


def test_who_takes_a_removal_back_is_no_side_any_more(service):
    worker, colleague = service.tablet(service.worker), service.tablet(service.colleague)
    case = alone(worker)
    base = worker.service_body(case["episode"])["rev"]
    colleague.push(cell(colleague, case, base))
    removed = removal(worker, "custody_episode", case["episode"], base)
    back = ["/entered_in_error", removed["set"][0][2], None]
    outcomes = worker.push(removed, worker.edit("custody_episode", case["episode"], {"op": removed["op"]}, back))
    assert [each["state"] for each in outcomes] == ["conflict", "merged"]
    (conflict,) = service.all(Conflict)
    assert (conflict.state, conflict.resolution["reason"]) == ("resolved", "same-value")
    assert worker.pull_all()[case["episode"]]["open_conflicts"] == []
    assert check(service.app)[1] == []


def test_the_office_sees_what_was_taken_away_and_why_and_brings_it_back(service):
    worker = service.tablet(service.worker)
    case = alone(worker, custody_number="OL/4711")
    worker.push(removal(worker, "custody_episode", case["episode"], reason="It is there twice"))
    office = Office(service, service.supervisor)
    page = office.read("/office/people/removed")
    for words in ("Zebedee Exemplar", "Stay in custody", "OL/4711", "It is there twice", "Test Worker"):
        assert words in page
    stranger = Office(service, service.stranger)
    assert "Zebedee" not in stranger.read("/office/people/removed")
    assert stranger.post(f"/office/people/removed/{case['episode']}").status_code == 404
    assert office.post(f"/office/people/removed/{case['episode']}").status_code == 303
    assert "Nothing was taken away" in office.read("/office/people/removed")
    assert case["episode"] in service.tablet(service.colleague).pull_all()


def test_the_office_settles_it_in_words(service):
    worker, colleague = service.tablet(service.worker), service.tablet(service.colleague)
    case = alone(worker)
    base = worker.service_body(case["episode"])["rev"]
    worker.push(removal(worker, "custody_episode", case["episode"], base, "It is there twice"))
    colleague.push(cell(colleague, case, base))
    (conflict,) = service.all(Conflict)
    office = Office(service, service.supervisor)
    for path in ("/office/conflicts", f"/office/conflicts/{conflict.id}"):
        page = office.read(path)
        assert "Added by mistake, or still needed?" in page
        assert "It stays: somebody went on with it" in page
        assert "Take it away: It is there twice" in page
    assert "Neither" not in page


def test_a_removal_of_what_was_brought_back_meanwhile_is_asked_about(service):
    worker, colleague = service.tablet(service.worker), service.tablet(service.colleague)
    case = alone(worker)
    op = removal(worker, "custody_episode", case["episode"])
    worker.push(op)
    colleague.push(return_of(colleague, "custody_episode", case["episode"]))
    other = ["/entered_in_error", op["set"][0][2], mark(worker, "Another reason")]
    outcome = worker.push_one(worker.edit("custody_episode", case["episode"], {"op": op["op"]}, other))
    assert outcome["state"] == "conflict"
    assert not service.one(Record, case["episode"]).deleted
