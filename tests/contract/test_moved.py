"""Recorded on the wrong person: the work moves with its reason, both histories show it, what was frozen stays."""

from __future__ import annotations

import pytest

from office import Office, text_of
from throughcare import clock
from throughcare.cli.rebuild import check
from throughcare.models import Alert, Amendment, Contact, Move, Record, RecordScope, Submission, new_id
from throughcare.records.revision import named_id

WHY = "Picked the wrong row"


def move_of(tablet, case, right, **fields):
    said = {
        "from_person": case["person"],
        "from_episode": case["episode"],
        "to_person": right["person"],
        "to_episode": right["episode"],
        "reason": WHY,
        "by": tablet.user_id,
        "at": clock.now(),
    }
    return {name: value for name, value in {**said, **fields}.items() if value is not None}


def moved(tablet, case, right, *others, base=None, **fields):
    """An op that moves the assessment of `case` to the person and stay of `right`."""
    said = move_of(tablet, case, right, **fields)
    return tablet.edit(
        "assessment",
        case["assessment"],
        base or tablet.service_body(case["assessment"])["rev"],
        ["/person_id", case["person"], said["to_person"]],
        ["/episode_id", case["episode"], said.get("to_episode")],
        [f"/moves/{new_id()}", None, said],
        *others,
    )


def moved_stay(tablet, case, person, **fields):
    said = move_of(tablet, case, {"person": person, "episode": None}, from_episode=None, **fields)
    rev = tablet.service_body(case["episode"])["rev"]
    return tablet.edit(
        "custody_episode",
        case["episode"],
        rev,
        ["/person_id", case["person"], person],
        [f"/moves/{new_id()}", None, said],
    )


def alert_of(tablet, case, **fields):
    body = {
        "assessment_id": case["assessment"],
        "person_id": case["person"],
        "suite_id": case["suite"],
        "alert": "harm",
        "kind": "urgent",
        "text": "Tell the custody sergeant now.",
        "raised_at": clock.now(),
        "owner_id": tablet.user_id,
        "state": "open",
        **fields,
    }
    return tablet.create("alert", body, record=named_id(case["assessment"], body["alert"]))


def two(service, answers=None):
    worker = service.tablet(service.worker)
    return worker, worker.case(answers=answers), worker.case(given_name="Yolanda")


def frozen(service):
    """Every column of every frozen page, beside the review's own two."""
    rows = sorted(service.all(Submission), key=lambda row: (row.assessment_id, row.number))
    columns = [column.key for column in Submission.__table__.columns if column.key not in ("state", "review")]
    return [[getattr(row, name) for name in columns] for row in rows]


def test_an_assessment_moves_with_its_alerts_and_amendments_and_the_frozen_page_stays_as_it_was(service):
    worker, wrong, right = two(service, {"notes": "Calm"})
    worker.push(alert_of(worker, wrong))
    worker.submit(wrong)
    late = worker.edit("assessment", wrong["assessment"], wrong["rev"], ["/answers/notes", "Calm", "Not calm"])
    worker.push(late)
    before = frozen(service)
    assert worker.push_one(moved(worker, wrong, right))["state"] == "applied"
    assert [row.person_id for row in (*service.all(Alert), *service.all(Amendment))] == [right["person"]] * 2
    body = worker.service_body(wrong["assessment"])["body"]
    assert (body["person_id"], body["episode_id"]) == (right["person"], right["episode"])
    [said] = body["moves"].values()
    assert (said["from_person"], said["reason"], said["by"]) == (wrong["person"], WHY, service.worker)
    [row] = service.all(Move)
    assert (row.from_person_id, row.to_person_id, row.record_id) == (
        wrong["person"],
        right["person"],
        wrong["assessment"],
    )
    assert frozen(service) == before
    assert check(service.app)[1] == []


def test_a_stay_moves_with_everything_under_it_to_a_person_made_in_the_same_batch(service):
    worker, wrong, _ = two(service)
    worker.push(
        alert_of(worker, wrong),
        worker.create(
            "contact",
            {
                "person_id": wrong["person"],
                "episode_id": wrong["episode"],
                "suite_id": wrong["suite"],
                "kind": "cell-sweep",
                "outcome": "accepted",
                "at": clock.now(),
                "worker_id": service.worker,
            },
        ),
    )
    person = worker.create("person", {"given_name": "Xanthe", "family_name": "Exemplar"})
    results = worker.push(moved_stay(worker, wrong, person["record"]), person)
    assert [result["state"] for result in results] == ["applied", "applied"], "it waits for the person, then is applied"
    for model in (Alert, Contact):
        assert [row.person_id for row in service.all(model)] == [person["record"]]
    assert worker.service_body(wrong["assessment"])["body"]["person_id"] == person["record"]
    held = service.tablet(service.colleague).pull_all()
    assert held[wrong["episode"]]["body"]["person_id"] == person["record"]
    assert {wrong["person"], person["record"]} <= held.keys(), (
        "both histories are read in the suite that made the mistake"
    )
    assert check(service.app)[1] == []


def test_what_a_tablet_recorded_before_it_heard_of_the_move_goes_with_the_work(service):
    worker, wrong, right = two(service)
    away = service.tablet(service.colleague)
    worker.push(moved(worker, wrong, right))
    result = away.push_one(alert_of(away, wrong))
    assert result["state"] == "applied"
    assert result["record"]["body"]["person_id"] == right["person"]
    stranger = away.push_one(alert_of(away, {**wrong, "person": worker.person()}, alert="other"))
    assert stranger["why"] == "record.parent_mismatch", "a person it was never on is no reason to follow"


def test_answers_and_a_move_made_before_the_first_sending_come_as_one_record_that_is_with_the_right_person(service):
    worker, wrong, right = two(service)
    made = worker.create("assessment", worker.service_body(wrong["assessment"])["body"])
    said = move_of(worker, wrong, right, by="somebody else")
    at = clock.now()
    made["set"] = [
        ["/person_id", wrong["person"], right["person"], at],
        ["/episode_id", wrong["episode"], right["episode"], at],
        [f"/moves/{new_id()}", None, said, at],
        ["/answers/days", None, 3, at],
    ]
    alert = alert_of(worker, {**wrong, "assessment": made["record"]})
    assert [result["state"] for result in worker.push(made, alert)] == ["applied", "applied"]
    assert service.one(Record, alert["record"]).person_id == right["person"]
    assert service.one(Move, next(iter(worker.service_body(made["record"])["body"]["moves"]))).by == service.worker
    assert check(service.app)[1] == []


def test_a_move_that_comes_with_late_answers_is_made_and_the_answers_become_an_amendment_with_the_right_person(service):
    worker, wrong, right = two(service, {"notes": "Calm"})
    worker.submit(wrong)
    op = moved(worker, wrong, right, ["/answers/notes", "Calm", "Not calm"])
    assert worker.push_one(op)["why"] == "assessment.late_answers"
    [amendment] = service.all(Amendment)
    assert amendment.person_id == right["person"]
    assert worker.service_body(wrong["assessment"])["body"]["person_id"] == right["person"]


def test_undoing_is_moving_back_and_both_moves_stay(service):
    worker, wrong, right = two(service)
    worker.push(moved(worker, wrong, right))
    back = {**wrong, "person": right["person"], "episode": right["episode"]}
    assert worker.push_one(moved(worker, back, wrong))["state"] == "applied"
    assert worker.service_body(wrong["assessment"])["body"]["person_id"] == wrong["person"]
    assert len(service.all(Move)) == 2


def test_a_second_tablet_that_makes_the_same_move_changes_nothing_and_one_that_makes_another_is_told(service):
    worker, wrong, right = two(service)
    other = worker.case(given_name="Wendell")
    base = wrong["rev"]
    worker.push(moved(worker, wrong, right, base=base))
    again = worker.push_one(moved(worker, wrong, right, base=base))
    assert (again["state"], len(service.all(Move))) == ("merged", 1)
    elsewhere = worker.push_one(moved(worker, wrong, other, base=base))
    assert (elsewhere["state"], elsewhere["why"]) == ("rejected", "move.elsewhere")
    assert elsewhere["record"]["body"]["person_id"] == right["person"]


def test_a_revision_that_names_the_wrong_person_cannot_be_approved_and_the_next_one_names_the_right_one(service):
    worker, wrong, right = two(service)
    supervisor = service.tablet(service.supervisor)
    worker.submit(wrong)
    worker.push(moved(worker, wrong, right))
    assert supervisor.review(wrong, "approved")["why"] == "submission.moved"
    assert supervisor.review(wrong, "returned", comment="Moved: hand in again")["state"] == "applied"
    worker.submit(wrong, 2)
    assert supervisor.review(wrong, "approved", 2)["state"] == "applied"
    rows = sorted(service.all(Submission), key=lambda row: row.number)
    assert [row.person["given_name"] for row in rows] == ["Zebedee", "Yolanda"]
    assert check(service.app)[1] == []


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"reason": " "}, "move.no_reason"),
        ({"to_person": "whoever has it"}, "move.same_person"),
        ({"to_episode": "stay of another suite"}, "record.parent_mismatch"),
        ({"from_person": "somebody else"}, "move.elsewhere"),
    ],
)
def test_a_move_without_its_reason_or_to_where_it_cannot_go_is_refused_and_kept(service, fields, why):
    supervisor = service.tablet(service.supervisor)
    wrong, right = supervisor.case(), supervisor.case()
    if fields.get("to_episode"):
        far = supervisor.case(suite=service.other_suite)
        right = {**right, "person": far["person"], "episode": far["episode"]}
        fields = {}
    if fields.get("to_person"):
        fields = {"to_person": wrong["person"]}
    if fields.get("from_person"):
        fields = {"from_person": supervisor.person()}
    result = supervisor.push_one(moved(supervisor, wrong, right, **fields))
    assert (result["state"], result["why"]) == ("rejected", why)
    assert supervisor.service_body(wrong["assessment"])["body"]["person_id"] == wrong["person"]
    assert service.all(Move) == []


def test_person_and_stay_cannot_change_without_a_move_nor_otherwise_than_it_says(service):
    worker, wrong, right = two(service)
    bare = worker.edit(
        "assessment", wrong["assessment"], wrong["rev"], ["/person_id", wrong["person"], right["person"]]
    )
    assert worker.push_one(bare)["why"] == "record.fixed_field"
    crooked = moved(worker, wrong, right)
    crooked["set"][0][2] = worker.person()
    assert worker.push_one(crooked)["why"] == "record.fixed_field"
    colleague = service.tablet(service.colleague)
    assert colleague.push_one(moved(colleague, wrong, right))["why"] == "assessment.not_author"


def test_a_stay_of_another_suite_is_out_of_reach(service):
    worker, wrong, right = two(service)
    stranger = service.tablet(service.stranger)
    assert stranger.push_one(moved_stay(stranger, wrong, right["person"]))["why"] == "record.out_of_scope"
    scopes = {(row.record_id, row.scope) for row in service.all(RecordScope)}
    assert (wrong["person"], service.other_suite) not in scopes


def test_the_office_shows_the_move_in_both_histories_and_above_the_frozen_page_which_stays_byte_equal(service):
    worker, wrong, right = two(service, {"notes": "Calm"})
    worker.submit(wrong)
    office = Office(service, service.supervisor)
    page = f"/office/reviews/{wrong['assessment']}/1"
    before = office.get(f"{page}/record").data
    assert "Moved" not in office.read(page)
    assert "Approve revision 1" in office.read(page)
    assert "Moved" not in office.read("/office/reviews")
    worker.push(moved(worker, wrong, right))
    assert office.get(f"{page}/record").data == before
    for path in (page, f"{page}/print"):
        assert f"by Test Worker: {WHY}. This page stays as it was handed in" in office.read(path)
    assert "Approve revision 1" not in office.read(page), "it would be refused: it names the wrong person"
    assert "Moved to another person: return it" in office.read("/office/reviews")
    assert "An assessment was moved to another person" in office.read(f"/office/people/{wrong['person']}")
    theirs = office.read(f"/office/people/{right['person']}")
    assert "An assessment was moved here from another person" in theirs
    assert "Revision 1" in theirs
    assert "Zebedee" not in theirs, "one history does not name the other person"
    refused = office.post(f"{page}/approve", rev=worker.service_body(wrong["assessment"])["rev"])
    assert "this work was moved to the right person. The page you read names" in text_of(refused)


def test_somebody_whose_only_stay_was_a_mistake_can_still_be_found_where_it_was_made(service):
    worker, wrong, right = two(service)
    worker.push(moved_stay(worker, wrong, right["person"]))
    office = Office(service, service.supervisor)
    assert "A stay in custody with everything in it was moved to another person" in office.read(
        f"/office/people/{wrong['person']}"
    )
    far = Office(service, service.stranger)
    assert far.get(f"/office/people/{wrong['person']}").status_code == 404


def test_a_stay_moved_before_its_first_sending_comes_with_everything_in_it_in_whatever_order_the_tablet_made_it(
    service,
):
    worker, wrong, _ = two(service)
    at = clock.now()
    stay = worker.create("custody_episode", worker.service_body(wrong["episode"])["body"])
    right = worker.create("person", {"given_name": "Xanthe", "family_name": "Exemplar"})
    said = move_of(worker, wrong, {"person": right["record"], "episode": None}, from_episode=None)
    stay["set"] = [
        ["/person_id", wrong["person"], right["record"], at],
        [f"/moves/{new_id()}", None, said, at],
    ]
    body = worker.service_body(wrong["assessment"])["body"]
    assessment = worker.create("assessment", {**body, "episode_id": stay["record"]})
    alert = alert_of(worker, {**wrong, "assessment": assessment["record"]})
    results = worker.push(stay, assessment, alert, right)
    assert [result["state"] for result in results] == ["applied"] * 4
    people = {service.one(Record, op["record"]).person_id for op in (stay, assessment, alert)}
    assert people == {right["record"]}
    assert check(service.app)[1] == []


def test_a_refused_move_takes_no_answer_with_it(service):
    worker, wrong, right = two(service)
    other = worker.case(given_name="Wendell")
    worker.push(moved(worker, wrong, right))
    late = moved(worker, wrong, other, base=wrong["rev"])
    answered = worker.edit("assessment", wrong["assessment"], {"op": late["op"]}, ["/answers/days", None, 4])
    results = worker.push(late, answered)
    assert [result["state"] for result in results] == ["rejected", "merged"]
    body = worker.service_body(wrong["assessment"])["body"]
    assert (body["person_id"], body["answers"]) == (right["person"], {"days": 4})
