"""From a draft to an approved revision, and what may come after: through ops, on both databases."""

from __future__ import annotations

import pytest
from sqlalchemy import inspect

from throughcare import clock
from throughcare.models import Alert, Amendment, Assessment, Conflict, Contact, Record, Submission
from throughcare.records.revision import named_id


def decide(tablet, amendment_id, state, **decided):
    return tablet.push_one(
        tablet.edit(
            "amendment",
            amendment_id,
            "1-0",
            ["/state", "proposed", state],
            ["/decided", None, {"at": clock.now(), **decided}],
        )
    )


def resolution(tablet, conflict_id, choice, **fields):
    chosen = {"choice": choice, "reason": "She said so again in front of both of us", **fields}
    return tablet.push_one(
        tablet.edit("conflict", conflict_id, "1-0", ["/resolution", None, chosen], resolves=[conflict_id])
    )


def two_values(service, path="/answers/harm-now", first="yes", second="no"):
    one, two = service.tablet(service.worker), service.tablet(service.worker)
    case = one.case()
    one.push(one.edit("assessment", case["assessment"], case["rev"], [path, None, first]))
    result = two.push_one(two.edit("assessment", case["assessment"], case["rev"], [path, None, second]))
    return one, case, result["conflicts"][0]


def test_the_first_road_draft_submitted_returned_resubmitted_approved(service):
    worker, supervisor = service.tablet(service.worker), service.tablet(service.supervisor)
    case = worker.case(answers={"notes": "Calm"})
    assert worker.submit(case)["state"] == "applied"
    # Merged, because the server adds to it what was handed in at the marked questions.
    asked = {"marks": {"notes": "Say more", "days": "How many?"}, "answers": {"notes": "Something else"}}
    assert supervisor.review(case, "returned", **asked)["state"] == "merged"
    assert worker.service_body(case["assessment"])["body"]["review"]["answers"] == {"notes": "Calm"}
    rev = worker.service_body(case["assessment"])["rev"]
    worker.push(worker.edit("assessment", case["assessment"], rev, ["/answers/notes", "Calm", "Calm, slept well"]))
    assert worker.submit(case, 2)["state"] == "applied"
    assert supervisor.review(case, "approved", 2)["state"] == "applied"
    rows = sorted(service.all(Submission), key=lambda row: row.number)
    assert [(row.number, row.state, row.answers["notes"]) for row in rows] == [
        (1, "returned", "Calm"),
        (2, "approved", "Calm, slept well"),
    ]
    assert rows[1].provenance["notes"]["by_name"] == "Test Worker"
    assert rows[1].review["by_name"] == "Test Supervisor"
    assert len(rows[1].reads_as) == 9
    assert service.one(Assessment, case["assessment"]).state == "approved"


def test_nobody_reviews_their_own_work_nor_an_older_revision_nor_without_the_role(service):
    worker, supervisor, colleague = (
        service.tablet(who) for who in (service.worker, service.supervisor, service.colleague)
    )
    own = supervisor.case()
    supervisor.submit(own)
    assert supervisor.review(own, "approved")["why"] == "assessment.own_work"
    case = worker.case()
    worker.submit(case)
    assert colleague.review(case, "approved")["why"] == "record.not_permitted"
    assert supervisor.review(case, "approved", 0)["why"] == "submission.stale"
    assert supervisor.review(case, "returned")["why"] == "review.nothing_marked"
    assert service.one(Assessment, case["assessment"]).state == "submitted"


def test_a_colleague_edits_only_after_taking_it_over_and_the_author_may_go_on(service):
    worker, colleague = service.tablet(service.worker), service.tablet(service.colleague)
    case = worker.case()
    refused = colleague.push_one(
        colleague.edit("assessment", case["assessment"], case["rev"], ["/answers/notes", None, "x"])
    )
    assert refused["why"] == "assessment.not_author"
    taken = colleague.edit(
        "assessment",
        case["assessment"],
        case["rev"],
        ["/taken_over", None, {"by": service.colleague, "at": clock.now()}],
        ["/answers/notes", None, "x"],
    )
    assert colleague.push_one(taken)["state"] == "applied"
    assert (
        worker.push_one(worker.edit("assessment", case["assessment"], case["rev"], ["/answers/days", None, 3]))["state"]
        == "merged"
    )


def test_an_abandoned_assessment_keeps_every_answer_and_is_taken_up_again(service):
    worker, colleague = service.tablet(service.worker), service.tablet(service.colleague)
    case = worker.case(answers={"notes": "Calm"})
    why = {"reason": "by-mistake", "at": clock.now()}
    abandon = worker.edit(
        "assessment", case["assessment"], case["rev"], ["/state", "draft", "abandoned"], ["/stopped", None, why]
    )
    assert worker.push_one(abandon)["state"] == "applied"
    held = colleague.pull_all()[case["assessment"]]
    assert (held["body"]["state"], held["body"]["answers"]) == ("abandoned", {"notes": "Calm"})
    back = [["/state", "abandoned", "draft"], ["/stopped", why, None]]
    assert (
        colleague.push_one(colleague.edit("assessment", case["assessment"], held["rev"], *back))["why"]
        == "assessment.not_author"
    )
    assert worker.push_one(worker.edit("assessment", case["assessment"], held["rev"], *back))["state"] == "applied"
    assert worker.submit(case)["state"] in ("applied", "merged")
    assert "stopped" not in worker.service_body(case["assessment"])["body"]


def test_answers_that_come_after_handing_in_are_held_as_an_amendment_and_never_lost(service):
    one, two = service.tablet(service.worker), service.tablet(service.worker)
    case = one.case(answers={"notes": "Calm"})
    one.submit(case)
    late = two.edit("assessment", case["assessment"], case["rev"], ["/answers/notes", "Calm", "Not calm"])
    result = two.push_one(late)
    assert (result["state"], result["why"]) == ("held", "assessment.late_answers")
    assert result["record"]["body"]["answers"] == {"notes": "Calm"}
    [amendment] = service.all(Amendment)
    assert (amendment.changes, amendment.state, amendment.number) == (
        {"notes": {"from": "Calm", "to": "Not calm"}},
        "proposed",
        1,
    )
    assert two.push_one(late) == result


def test_an_amendment_needs_a_reason_and_someone_else_to_accept_it_and_makes_the_next_number(service):
    worker, supervisor = service.tablet(service.worker), service.tablet(service.supervisor)
    case = worker.case(answers={"notes": "Calm"})
    worker.submit(case)
    supervisor.review(case, "approved")
    worker.push(worker.edit("assessment", case["assessment"], case["rev"], ["/answers/notes", "Calm", "Not calm"]))
    [amendment] = service.all(Amendment)
    assert decide(supervisor, amendment.id, "accepted")["why"] == "amendment.no_reason"
    rev = service.one(Record, amendment.id).rev
    worker.push(worker.edit("amendment", amendment.id, rev, ["/reason", None, "He told me on the way out"]))
    assert decide(worker, amendment.id, "accepted")["why"] == "record.not_permitted"
    assert decide(supervisor, amendment.id, "accepted")["state"] == "applied"
    body = service.one(Record, case["assessment"]).body
    assert (body["state"], body["submission"]["number"], body["answers"]) == ("approved", 2, {"notes": "Not calm"})
    first, second = sorted(service.all(Submission), key=lambda row: row.number)
    assert (first.answers, first.state) == ({"notes": "Calm"}, "approved"), "what was approved stays as it was approved"
    assert (second.answers, second.state, second.made_by) == ({"notes": "Not calm"}, "approved", "amendment")
    assert second.provenance["notes"]["by"] == service.worker
    assert decide(supervisor, amendment.id, "declined", reason="late")["why"] == "amendment.decided"


def test_the_approved_row_does_not_change_when_the_person_or_the_form_does(service):
    worker, supervisor = service.tablet(service.worker), service.tablet(service.supervisor)
    case = worker.case(answers={"notes": "Calm"})
    worker.submit(case)
    supervisor.review(case, "approved")
    [before] = service.all(Submission)
    worker.push(worker.edit("person", case["person"], "1-0", ["/family_name", "Exemplar", "Specimen"]))
    [after] = service.all(Submission)
    for column in [attribute.key for attribute in inspect(Submission).column_attrs]:
        assert getattr(after, column) == getattr(before, column)
    assert after.person["family_name"] == "Exemplar"


def test_the_server_raises_the_alert_that_a_device_did_not_and_never_a_second_one(service):
    worker = service.tablet(service.worker)
    case = worker.case(answers={"harm-now": "yes"})
    worker.submit(case)
    raised = service.all(Alert)
    for alert in raised:
        assert alert.id == named_id(case["assessment"], alert.alert)
        again = worker.create(
            "alert",
            {
                "assessment_id": case["assessment"],
                "person_id": case["person"],
                "suite_id": case["suite"],
                "alert": alert.alert,
                "kind": alert.kind,
                "state": "open",
            },
            record=alert.id,
        )
        assert worker.push_one(again)["state"] == "merged"
    assert len(service.all(Alert)) == len(raised)


def test_nobody_takes_the_place_of_an_alert_before_it_is_raised(service):
    worker = service.tablet(service.worker)
    case, other = worker.case(), worker.case()
    place = named_id(case["assessment"], "harm")
    parents = {"person_id": other["person"], "suite_id": case["suite"]}
    alert = {**parents, "assessment_id": other["assessment"], "alert": "harm", "kind": "urgent", "state": "open"}
    contact = {**parents, "episode_id": other["episode"], "kind": "cell-sweep", "outcome": "declined"}
    taken = worker.push(
        worker.create("alert", alert, record=place),
        worker.create("alert", alert),
        worker.create("contact", contact, record=place),
        worker.create("person", {"given_name": "Zebedee"}, record=named_id(case["person"], "x")),
    )
    assert {result.get("why") for result in taken} == {"op.malformed"}
    assert service.all(Alert) == []


def test_a_device_raises_an_alert_and_settling_it_needs_a_name(service):
    worker = service.tablet(service.worker)
    case = worker.case()
    alert_id = named_id(case["assessment"], "withdrawal")
    body = {"assessment_id": case["assessment"], "person_id": case["person"], "suite_id": case["suite"]}
    result = worker.push_one(
        worker.create("alert", {**body, "alert": "withdrawal", "kind": "urgent", "state": "open"}, record=alert_id)
    )

    def settle(**settled):
        return worker.push_one(
            worker.edit("alert", alert_id, result["rev"], ["/state", "open", "told"], ["/settled", None, settled])
        )

    assert settle(role="nurse")["why"] == "alert.no_name"
    assert settle(name="Nurse Example", role="nurse", at=clock.now())["state"] in ("applied", "merged")
    assert settle(name="Another", role="nurse")["why"] == "alert.settled"
    assert service.one(Alert, alert_id).settled["by"] == service.worker


def test_a_safety_answer_is_settled_by_a_supervisor_only_with_a_reason_and_closes_everywhere(service):
    one, case, conflict_id = two_values(service)
    supervisor = service.tablet(service.supervisor)
    assert resolution(one, conflict_id, "mine")["why"] == "conflict.safety"
    assert resolution(supervisor, conflict_id, "mine", reason=" ")["why"] == "conflict.no_reason"
    assert resolution(supervisor, conflict_id, "mine")["state"] == "applied"
    assert service.one(Record, case["assessment"]).body["answers"] == {"harm-now": "no"}
    assert one.pull_all()[case["assessment"]]["open_conflicts"] == []
    assert one.held[conflict_id]["body"]["state"] == "resolved"
    assert service.one(Assessment, case["assessment"]).open_conflicts == 0


def test_an_author_settles_another_answer_a_stranger_to_it_does_not(service):
    one, case, conflict_id = two_values(service, "/answers/notes", "left", "right")
    colleague = service.tablet(service.colleague)
    assert resolution(colleague, conflict_id, "mine")["why"] == "conflict.not_yours"
    assert resolution(one, conflict_id, "neither", value="straight on")["state"] == "applied"
    assert service.one(Record, case["assessment"]).body["answers"] == {"notes": "straight on"}


def test_a_second_resolution_is_closed_when_equal_and_refused_when_different(service):
    one, case, conflict_id = two_values(service, "/answers/notes", "left", "right")
    supervisor = service.tablet(service.supervisor)
    resolution(one, conflict_id, "mine")
    assert resolution(supervisor, conflict_id, "mine")["state"] == "applied"
    assert resolution(supervisor, conflict_id, "theirs")["why"] == "conflict.resolved"
    assert len(service.all(Conflict)) == 1
    assert service.one(Record, case["assessment"]).body["answers"] == {"notes": "right"}


@pytest.mark.parametrize("first", [None, "07700 900002"])
def test_a_side_that_changed_after_it_was_read_is_not_laid_down_also_where_it_was_empty(service, first):
    one, two, supervisor = (service.tablet(user) for user in (service.worker, service.colleague, service.supervisor))
    person = one.case()["person"]
    rev = service.one(Record, person).rev
    base = one.push_one(one.edit("person", person, rev, ["/phone", None, "07700 900001"]))["rev"]
    one.push(one.edit("person", person, base, ["/phone", "07700 900001", first]))
    result = two.push_one(two.edit("person", person, base, ["/phone", "07700 900001", "07700 900003"]))
    [conflict_id] = result["conflicts"]
    assert service.one(Conflict, conflict_id).theirs.get("value") == first
    rev = service.one(Record, person).rev
    one.push(one.edit("person", person, rev, ["/phone", first, "07700 900004"]))
    late = resolution(supervisor, conflict_id, "theirs", value=first)
    assert (late["state"], late["why"]) == ("rejected", "conflict.changed")
    assert service.one(Conflict, conflict_id).state == "open"
    assert resolution(supervisor, conflict_id, "theirs", value="07700 900004")["state"] == "applied"
    assert resolution(supervisor, conflict_id, "mine", value=first)["why"] == "conflict.resolved"


def test_two_sides_that_come_to_say_the_same_close_by_themselves(service):
    one, case, conflict_id = two_values(service, "/answers/notes", "left", "right")
    rev = service.one(Record, case["assessment"]).rev
    one.push(one.edit("assessment", case["assessment"], rev, ["/answers/notes", "left", "right"]))
    assert service.one(Conflict, conflict_id).state == "resolved"


def test_what_has_two_values_is_not_approved_and_settling_makes_the_next_number(service):
    one, case, conflict_id = two_values(service, "/answers/notes", "left", "right")
    supervisor = service.tablet(service.supervisor)
    one.submit(case)
    [row] = service.all(Submission)
    assert [conflict["id"] for conflict in row.conflicts] == [conflict_id]
    assert supervisor.review(case, "approved")["why"] == "assessment.two_values"
    resolution(supervisor, conflict_id, "mine")
    assert supervisor.review(case, "approved", 1)["why"] == "submission.stale"
    assert supervisor.review(case, "approved", 2)["state"] == "applied"
    approved = max(service.all(Submission), key=lambda row: row.number)
    assert (approved.answers, approved.conflicts, approved.state) == ({"notes": "right"}, [], "approved")


def test_an_offer_recorded_by_mistake_is_withdrawn_and_stays_to_be_read(service):
    worker = service.tablet(service.worker)
    case = worker.case()
    body = {
        "person_id": case["person"],
        "episode_id": case["episode"],
        "suite_id": case["suite"],
        "kind": "cell-sweep",
        "outcome": "declined",
        "reason": "not-now",
        "worker_id": service.worker,
    }
    made = worker.create("contact", body)
    rev = worker.push_one(made)["rev"]
    undone = worker.edit("contact", made["record"], rev, ["/outcome", "declined", "withdrawn"])
    assert worker.push_one(undone)["state"] == "applied"
    row = service.one(Contact, made["record"])
    assert (row.outcome, row.reason) == ("withdrawn", "not-now")
