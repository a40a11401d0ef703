"""What a supervisor may rely on when reading, returning and approving: on both databases, through real requests."""

from __future__ import annotations

import pytest

from office import Office, field_of, text_of
from throughcare.db import db, transaction
from throughcare.models import Alert, AuditEvent, Conflict, Device, Op, Person, Record, Submission


@pytest.fixture
def tablet(service):
    return service.tablet(service.worker)


@pytest.fixture
def office(service):
    return Office(service, service.supervisor)


def handed_in(tablet, answers=None, **person):
    case = tablet.case(answers=answers or {"harm-now": "no", "notes": "Said little"}, **person)
    assert tablet.submit(case)["state"] == "applied"
    return case


def page_of(case, number=1):
    return f"/office/reviews/{case['assessment']}/{number}"


def returned(office, case, **marks):
    return office.post(page_of(case) + "/return", **(marks or {"mark-notes": "Say more, please"}))


def again(tablet, case, answer="Said much more"):
    """The author answers the mark, changes the answer and hands in revision 2."""
    body = tablet.service_body(case["assessment"])
    seen = body["body"]["answers"]["notes"]
    tablet.push(
        tablet.edit(
            "assessment",
            case["assessment"],
            body["rev"],
            ["/answers/notes", seen, answer],
            ["/replies/notes", None, "Asked again"],
        )
    )
    return tablet.submit(case, 2)


# --- the queue ---


def test_the_queue_starts_with_open_urgent_alerts_and_then_goes_by_receipt(service, tablet, office):
    for name, answer in (("Oldest", "no"), ("Second", "no"), ("Urgent", "yes")):
        case = handed_in(tablet, {"harm-now": answer}, family_name=name)
        if answer == "yes":
            urgent(tablet, case)
    page = office.read("/office/reviews")
    assert page.index("Zebedee Urgent") < page.index("Zebedee Oldest") < page.index("Zebedee Second")
    assert "1 urgent alert open" in page


def urgent(tablet, case):
    from throughcare.records.revision import named_id

    body = {
        "assessment_id": case["assessment"],
        "person_id": case["person"],
        "suite_id": case["suite"],
        "alert": "harm",
        "kind": "urgent",
        "text": "Tell the sergeant",
        "raised_at": "2026-11-22T10:00:00Z",
        "owner_id": tablet.user_id,
        "state": "open",
    }
    alert = tablet.create("alert", body, named_id(case["assessment"], "harm"))
    assert tablet.push_one(alert)["state"] == "applied"
    return alert["record"]


def test_own_work_is_left_out_and_the_page_says_so(service, office):
    handed_in(service.tablet(service.supervisor), family_name="Ownwork")
    page = office.read("/office/reviews")
    assert "Ownwork" not in page
    assert "You cannot review what you wrote yourself: 1 is left out of your list." in page


def test_the_filters_show_what_they_say(service, tablet, office):
    case = handed_in(tablet, family_name="Again")
    returned(office, case)
    again(tablet, case)
    handed_in(tablet, family_name="Plain")
    page = office.read("/office/reviews?show=again")
    assert "Zebedee Again" in page
    assert "Zebedee Plain" not in page
    assert "Handed in again 1" in page
    assert "All 2" in page


def test_another_suites_work_is_not_in_the_queue_of_someone_without_that_suite(service, tablet):
    handed_in(tablet, family_name="Elsewhere")
    with service.app.app_context(), transaction() as session:
        stranger = service._user("supervisor", "Other Supervisor", [service.other_suite])
        session.flush()
    page = Office(service, stranger).read("/office/reviews")
    assert "Elsewhere" not in page
    assert "Nothing waits for review." in page


def test_the_queue_says_which_work_is_still_on_tablets(service, tablet, office):
    with service.app.app_context(), transaction() as session:
        session.get_one(Device, tablet.id).waiting = 7
    assert "1 tablet holds work not sent yet: 7 changes" in office.read("/office/reviews")


# --- reading ---


def test_every_answer_says_who_recorded_it_when_and_on_what(service, tablet, office):
    page = office.read(page_of(handed_in(tablet)))
    assert "Test Worker · Test tablet" in page
    assert "Form Example 1.0.0" in page
    assert "Reads as" in page
    assert "Received" in page


def test_a_second_revision_shows_what_was_and_what_is_now_and_the_reply(service, tablet, office):
    case = handed_in(tablet)
    returned(office, case)
    again(tablet, case)
    page = office.read(page_of(case, 2))
    assert "Was Said little" in page
    assert "Now Said much more" in page
    assert "Test Supervisor asked" in page
    assert "“Say more, please”" in page
    assert "Test Worker answered: “Asked again”" in page
    assert "same in revision 1" in page


def test_two_values_are_both_shown_and_stop_the_approval(service, tablet, office):
    case = two_values(service, tablet)
    page = office.read(page_of(case))
    assert "2 values" in page
    assert "Test Colleague" in page
    assert "Test Worker" in page
    answer = office.post(page_of(case) + "/approve")
    assert answer.status_code == 409
    assert "Settle the two values first" in text_of(answer)
    assert service.all(Submission)[0].state == "submitted"


def two_values(service, tablet):
    """The worker and a colleague who took over answered the safety question differently; then it was handed in."""
    case = tablet.case(answers={"notes": "x"})
    colleague = service.tablet(service.colleague)
    take = colleague.edit(
        "assessment",
        case["assessment"],
        case["rev"],
        ["/taken_over", None, {"by": service.colleague, "at": "2026-11-22T10:00:00Z"}],
        ["/answers/harm-now", None, "yes"],
    )
    assert colleague.push_one(take)["state"] in ("applied", "merged")
    result = tablet.push_one(
        tablet.edit("assessment", case["assessment"], case["rev"], ["/answers/harm-now", None, "no"])
    )
    assert result["state"] == "conflict", result
    assert tablet.submit(case)["state"] in ("applied", "merged")
    return case


# --- returning and approving ---


def test_a_return_needs_a_mark_or_a_comment_and_keeps_nothing_else(service, tablet, office):
    case = handed_in(tablet)
    answer = office.post(page_of(case) + "/return", comment="   ")
    assert answer.status_code == 422
    assert "There is something to put right" in text_of(answer)
    assert service.one(Record, case["assessment"]).body["state"] == "submitted"


def test_marks_reach_the_record_with_their_words(service, tablet, office):
    case = handed_in(tablet)
    answer = returned(office, case, **{"mark-notes": "Which notes?", "mark-harm-now": "", "comment": "Thank you"})
    assert answer.status_code == 303
    assert answer.location.endswith("?done=returned")
    review = service.one(Record, case["assessment"]).body["review"]
    assert review["marks"] == {"notes": "Which notes?"}
    assert review["answers"] == {"notes": "Said little"}
    assert review["comment"] == "Thank you"
    assert review["number"] == 1
    assert review["by"] == service.supervisor
    assert "Revision 1 is returned" in office.read(page_of(case) + "?done=returned")
    assert "Zebedee" not in office.read("/office/reviews")


def test_approving_names_the_revision_and_says_what_happens_next(service, tablet, office):
    case = handed_in(tablet)
    answer = office.post(page_of(case) + "/approve")
    assert answer.status_code == 303
    page = office.read(answer.location)
    assert "Revision 1 is approved" in page
    assert "amendment" in page
    assert service.one(Record, case["assessment"]).body["state"] == "approved"
    assert [op.device_id for op in service.all(Op) if op.user_id == service.supervisor] == [None]
    assert "review.approved" in {event.action for event in service.all(AuditEvent)}


def test_what_was_typed_stays_when_someone_approves_with_a_mark_open(service, tablet, office):
    case = handed_in(tablet)
    answer = office.post(page_of(case) + "/approve", **{"mark-notes": "Half a thought", "comment": "And a word"})
    body = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "Half a thought</textarea>" in body
    assert "And a word</textarea>" in body
    assert "1 question marked" in body
    assert service.one(Record, case["assessment"]).body["state"] == "submitted"


def test_nobody_approves_what_they_wrote(service, office):
    case = handed_in(service.tablet(service.supervisor))
    assert "Approve revision" not in office.read(page_of(case))
    answer = office.post(page_of(case) + "/approve")
    assert answer.status_code == 403
    assert "The assessment is your own." in text_of(answer)
    assert service.one(Record, case["assessment"]).body["state"] == "submitted"


def test_approving_an_older_revision_is_refused_and_the_page_leads_to_the_newer(service, tablet, office):
    case = handed_in(tablet)
    returned(office, case)
    again(tablet, case)
    answer = office.post(page_of(case) + "/approve")
    assert answer.status_code == 409
    assert "A newer version of this assessment was handed in" in text_of(answer)
    assert f'href="{page_of(case, 2)}"' in answer.get_data(as_text=True)
    assert service.one(Record, case["assessment"]).body["state"] == "submitted"


def test_counting_marks_while_typing_stores_nothing(service, tablet, office):
    case = handed_in(tablet)
    before = len(service.all(Op))
    answer = office.post(page_of(case) + "/marks", **{"mark-notes": "Which?", "mark-harm-now": "When?"})
    assert "Return with 2 marks" in text_of(answer)
    assert len(service.all(Op)) == before


# --- for good ---


def test_the_approved_record_never_changes_a_byte(service, tablet, office):
    case = handed_in(tablet)
    office.post(page_of(case) + "/approve")
    record, paper = office.get(page_of(case) + "/record").data, office.get(page_of(case) + "/print").data
    assert b"Exemplar" in record
    assert b"Test tablet" in record
    person = service.one(Record, case["person"])
    edited = office.post(
        f"/office/people/{case['person']}/edit",
        rev=person.rev,
        seen_given_name="Zebedee",
        given_name="Ezekiel",
        family_name="Exemplar",
        seen_family_name="Exemplar",
        date_of_birth="1990-01-31",
        seen_date_of_birth="1990-01-31",
    )
    assert edited.status_code == 303
    assert service.one(Person, case["person"]).given_name == "Ezekiel"
    publish_next(service)
    with service.app.app_context(), transaction() as session:
        session.get_one(Device, tablet.id).name = "Renamed"
        session.execute(db.text("UPDATE users SET name = 'Renamed Too'"))
    tablet.push(
        tablet.edit(
            "assessment",
            case["assessment"],
            tablet.service_body(case["assessment"])["rev"],
            ["/answers/notes", "Said little", "Late"],
            reason="Remembered",
        )
    )
    assert office.get(page_of(case) + "/record").data == record
    assert office.get(page_of(case) + "/print").data == paper


def publish_next(service):
    import factories
    from throughcare import clock
    from throughcare.models import Form, new_id
    from throughcare.records.revision import sha256

    definition = factories.example_form("2.0.0")
    with service.app.app_context(), transaction() as session:
        session.add(
            Form(
                id=new_id(),
                url=factories.FORM_URL,
                version="2.0.0",
                title="Renamed form",
                status="active",
                definition=definition,
                sha256=sha256(definition),
                published_at=clock.now(),
            )
        )


def test_the_page_shows_the_very_record_that_is_served_alone(service, tablet, office):
    case = handed_in(tablet)
    office.post(page_of(case) + "/approve")
    record = office.get(page_of(case) + "/record").get_data(as_text=True)
    article = record[record.index("<article") : record.index("</article>")]
    assert article in office.get(page_of(case)).get_data(as_text=True)


# --- amendments ---


def amended(service, tablet, office):
    case = handed_in(tablet)
    office.post(page_of(case) + "/approve")
    body = tablet.service_body(case["assessment"])
    result = tablet.push_one(
        tablet.edit(
            "assessment",
            case["assessment"],
            body["rev"],
            ["/answers/notes", "Said little", "Remembered more"],
            reason="Read my notes again",
        )
    )
    assert result["why"] == "assessment.late_answers"
    return case, next(record.id for record in service.all(Record) if record.type == "amendment")


def test_a_late_answer_is_listed_and_accepting_it_makes_the_next_revision(service, tablet, office):
    case, amendment = amended(service, tablet, office)
    assert "Amendment" in office.read("/office/reviews")
    page = office.get(f"/office/amendments/{amendment}")
    assert "Read my notes again" in text_of(page)
    assert "Was Said little" in text_of(page)
    assert "Now Remembered more" in text_of(page)

    answer = office.post(
        f"/office/amendments/{amendment}", rev=field_of(page, "rev"), state="accepted", reason="The notes bear it out"
    )
    assert answer.status_code == 303
    assert service.one(Record, case["assessment"]).body["answers"]["notes"] == "Remembered more"
    assert "Remembered more" in office.read(page_of(case, 2))
    assert "Said little" in office.read(page_of(case, 1))


def test_declining_an_amendment_needs_a_reason_and_changes_no_answer(service, tablet, office):
    case, amendment = amended(service, tablet, office)
    rev = service.one(Record, amendment).rev
    assert office.post(f"/office/amendments/{amendment}", rev=rev, state="declined", reason=" ").status_code == 422
    assert (
        office.post(f"/office/amendments/{amendment}", rev=rev, state="declined", reason="Not borne out").status_code
        == 303
    )
    assert service.one(Record, case["assessment"]).body["answers"]["notes"] == "Said little"
    assert "Not borne out" in office.read(f"/office/amendments/{amendment}")


def test_alerts_are_shown_as_they_stand_and_a_settled_one_no_longer_leads_the_queue(service, tablet, office):
    case = handed_in(tablet)
    alert = urgent(tablet, case)
    assert "Tell the sergeant: open" in office.read(page_of(case))
    rev = service.one(Record, alert).rev
    tablet.push(
        tablet.edit(
            "alert",
            alert,
            rev,
            ["/state", "open", "told"],
            ["/settled", None, {"name": "Amory", "role": "sergeant", "at": "2026-11-22T10:05:00Z"}],
        )
    )
    assert service.one(Alert, alert).state == "told"
    assert "Tell the sergeant: told sergeant Amory" in office.read(page_of(case))
    assert "urgent alert open" not in office.read("/office/reviews")


def test_no_conflict_is_left_after_one_is_settled_from_the_office(service, tablet, office):
    case = two_values(service, tablet)
    conflict = service.all(Conflict)[0]
    page = office.get(f"/office/conflicts/{conflict.id}")

    office.post(f"/office/conflicts/{conflict.id}", rev=field_of(page, "rev"), choice="mine", reason="Asked again")
    assert "2 values" not in office.read(page_of(case, 2)).split("Revisions")[0]
    assert office.post(page_of(case, 2) + "/approve").status_code == 303
