"""A change that waits is seen by the supervisors of its suite, who apply it without what it waits for or put it aside."""

from __future__ import annotations

import pytest

from office import Office, text_of
from throughcare import clock
from throughcare.cli.rebuild import check
from throughcare.models import AuditEvent, Op, Record, new_id
from throughcare.problems import CATALOGUE


@pytest.fixture
def worker(service):
    return service.tablet(service.worker)


@pytest.fixture
def office(service):
    return Office(service, service.supervisor)


def lost(worker, case):
    """An edit on top of one that never arrives, and one on top of that."""
    first = worker.edit(
        "person", case["person"], {"op": new_id()}, ["/given_name", "Zoltan", "Zachary"], ["/phone", None, "none"]
    )
    second = worker.edit("person", case["person"], {"op": first["op"]}, ["/language", None, "cy"])
    assert [each["why"] for each in worker.push(first, second)] == ["op.waits_predecessor"] * 2
    return first, second


def path_of(op):
    return f"/office/held/{op['op']}"


def told(service):
    return [event.action for event in service.all(AuditEvent) if event.action.startswith("held.")]


def test_a_supervisor_reads_what_waits_for_what_since_when_and_from_whom(service, worker, office):
    case = worker.case()
    first, second = lost(worker, case)
    page = office.read("/office/conflicts")
    assert "Waiting, and not applied yet" in page
    assert "Person Zebedee" in page
    assert "An earlier change of the same worker, which has not arrived." in page
    assert "Test Worker On Test tablet Waiting since" in page
    assert page.count("Waiting since") == 2
    page = office.read(path_of(first))
    assert "Zachary" in page
    assert "Apply it without what it waits for" in page
    assert "Apply it without" not in office.read(path_of(second)), "what it waits for is here, and waits itself"


@pytest.mark.parametrize("why", ["record.missing", "record.parent_missing", "form.not_published"])
def test_whatever_a_change_waits_for_it_is_seen_and_can_be_put_aside(service, worker, office, why):
    case = worker.case()
    op = {
        "record.missing": lambda: worker.edit(
            "contact", new_id(), "1-0123456789abcdef", ["/outcome", None, "declined"]
        ),
        "record.parent_missing": lambda: worker.create(
            "custody_episode", {"person_id": new_id(), "suite_id": service.suite}
        ),
        "form.not_published": lambda: worker.create(
            "assessment",
            {
                "person_id": case["person"],
                "episode_id": case["episode"],
                "suite_id": service.suite,
                "form": "https://throughcare.example/Questionnaire/example|9.9.9",
                "basis": "voluntary",
                "author_id": worker.user_id,
                "state": "draft",
            },
        ),
    }[why]()
    assert worker.push_one(op)["why"] == why
    page = office.read(path_of(op))
    assert "Apply it without" not in page
    answer = office.post(path_of(op), choice="aside", reason="It cannot come any more")
    assert answer.status_code == 303
    assert (worker.push_one(op)["state"], worker.push_one(op)["why"]) == ("rejected", "op.put_aside")
    assert "It cannot come any more" in office.read(path_of(op))
    assert office.post(path_of(op), choice="apply", reason="x").status_code == 409
    assert check(service.app)[1] == []


def test_applied_without_it_a_difference_is_a_conflict_and_what_follows_is_applied_too(service, worker, office):
    case = worker.case()
    before = service.one(Record, case["person"]).body
    first, second = lost(worker, case)
    held = worker.push(first)
    answer = office.post(path_of(first), choice="apply", reason="The other tablet was lost")
    assert answer.status_code == 303, text_of(answer)
    assert service.one(Record, case["person"]).body == {**before, "phone": "none", "language": "cy"}
    outcomes = worker.push(first, second)
    assert outcomes != held
    assert [each["state"] for each in outcomes] == ["conflict", "merged"]
    assert worker.push(first, second) == outcomes, "replaced once, and then the same for ever"
    assert told(service) == ["held.apply"]
    assert "Waiting since" not in office.read("/office/conflicts")
    assert check(service.app)[1] == []


def test_put_aside_it_changes_nothing_is_kept_and_the_tablet_hears_of_it_at_its_next_pull(service, worker, office):
    case = worker.case()
    before = service.one(Record, case["person"])
    first, second = lost(worker, case)
    worker.pull_all()
    office.post(path_of(second), choice="aside", reason="Said twice")
    assert [record["id"] for record in worker.pull()["records"]] == [case["person"]]
    outcomes = worker.push(first, second)
    assert [each["why"] for each in outcomes] == ["op.waits_predecessor", "op.put_aside"]
    assert outcomes[1]["reason"] == "Said twice"
    after = service.one(Record, case["person"])
    assert (after.body, after.rev) == (before.body, before.rev)
    assert after.seq > before.seq
    assert service.one(Op, second["op"]).payload.count("cy") == 1
    assert told(service) == ["held.aside"]
    assert check(service.app)[1] == []


def test_what_arrives_or_goes_on_after_the_decision_is_replayed_as_it_was(service, worker, office):
    case = worker.case()
    missing = worker.edit("person", case["person"], case["rev"], ["/phone", None, "one"])
    second = worker.edit("person", case["person"], {"op": missing["op"]}, ["/phone", "one", "two"])
    third = worker.edit("person", case["person"], {"op": second["op"]}, ["/phone", "two", "three"])
    worker.push(second, third)
    office.post(path_of(second), choice="aside", reason="Lost")
    assert worker.push(missing, second, third)[1]["why"] == "op.put_aside"
    worker.push(worker.edit("person", case["person"], None, ["/language", None, "cy"]))
    service.upkeep()
    assert check(service.app)[1] == []


def test_nobody_but_the_supervisors_of_its_suite_sees_or_decides(service, worker):
    first, _second = lost(worker, worker.case())
    for who in (service.worker, service.colleague, service.manager, service.administrator):
        other = Office(service, who)
        assert other.get(path_of(first)).status_code in (403, 404)
        assert other.post(path_of(first), choice="aside", reason="x").status_code in (403, 404)
    service.revoke(service.supervisor, service.suite)
    elsewhere = Office(service, service.supervisor)
    assert elsewhere.get(path_of(first)).status_code == 404
    assert elsewhere.post(path_of(first), choice="aside", reason="x").status_code == 404
    assert "Waiting since" not in elsewhere.read("/office/conflicts")
    assert service.one(Op, first["op"]).state == "held"


def test_what_is_of_no_known_suite_is_seen_without_its_words(service, worker, office):
    op = worker.edit("contact", new_id(), "1-0123456789abcdef", ["/reason", None, "Something said in confidence"])
    worker.push(op)
    page = office.read(path_of(op))
    assert "Something said in confidence" not in page
    assert "not known yet of which suite" in page


def test_a_decision_needs_a_choice_and_a_reason_and_is_taken_once(service, worker, office):
    case = worker.case()
    first, _second = lost(worker, case)
    page = office.post(path_of(first))
    assert page.status_code == 422
    assert "Choose what becomes of it" in text_of(page)
    assert "Give your reason" in text_of(page)
    assert office.post(path_of(first), choice="apply", reason="Lost").status_code == 303
    assert office.post(path_of(first), choice="aside", reason="Lost").status_code == 404
    assert len([op for op in service.all(Op) if op.type == "decision"]) == 1


def test_a_tablet_cannot_send_a_decision(service, worker):
    case = worker.case()
    first, _second = lost(worker, case)
    forged = {"op": new_id(), "type": "decision", "of": first["op"], "choice": "apply", "reason": "x"}
    assert worker.push_one(forged)["state"] == "rejected"
    assert service.one(Op, first["op"]).state == "held"
    assert CATALOGUE["op.put_aside"]["safe"].startswith("The service keeps it")


def test_what_was_kept_for_a_supervisor_can_be_put_aside_and_leaves_the_list(service, worker, office):
    case = worker.case()
    service.revoke(service.worker, service.suite)
    late = worker.edit("assessment", case["assessment"], case["rev"], ["/answers/notes", None, "Slept badly"])
    assert worker.push_one(late)["why"] == "record.out_of_scope_now"
    assert "Slept badly" in office.read(path_of(late))
    assert office.post(path_of(late), choice="aside", reason="Recorded by me").status_code == 303
    assert "Slept badly" not in office.read("/office/conflicts")
    assert "Recorded by me" in office.read(path_of(late))
    assert check(service.app)[1] == []


def test_a_form_that_is_published_after_the_decision_changes_nothing(service, worker, office):
    from factories import FORM_URL, example_form
    from throughcare.db import transaction
    from throughcare.forms.publish import publish

    case = worker.case()
    body = {"person_id": case["person"], "episode_id": case["episode"], "suite_id": service.suite, "basis": "voluntary"}
    op = worker.create(
        "assessment", {**body, "form": f"{FORM_URL}|4.0.0", "author_id": worker.user_id, "state": "draft"}
    )
    assert worker.push_one(op)["why"] == "form.not_published"
    office.post(path_of(op), choice="aside", reason="Recorded again with the form of today")
    with clock.standing_at(clock.after(minutes=5)), service.app.test_request_context("/"), transaction():
        publish(example_form("4.0.0"))
    assert worker.push_one(op)["why"] == "op.put_aside"
    assert check(service.app)[1] == []


@pytest.mark.parametrize("choice", ["apply", "aside"])
def test_who_has_lost_the_suite_is_told_the_decision_and_not_what_the_record_holds_by_then(
    service, worker, office, choice
):
    case = worker.case()
    waits = worker.edit("person", case["person"], {"op": new_id()}, ["/given_name", "Other", "Zachary"])
    assert worker.push_one(waits)["state"] == "held"
    service.revoke(service.worker, service.suite)
    other = service.tablet(service.colleague)
    rev = service.one(Record, case["person"]).rev
    other.push_one(other.edit("person", case["person"], rev, ["/phone", None, "given later"]))
    office.post(f"/office/held/{waits['op']}", choice=choice, reason="It was read out to me")
    answer = worker.push_one(waits)
    assert answer["state"] == {"apply": "conflict", "aside": "rejected"}[choice]
    assert "record" not in answer
    # In the suite again they get what they would have got.
    service.grant(service.worker, service.suite)
    assert worker.push_one(waits)["record"]["body"]["phone"] == "given later"
