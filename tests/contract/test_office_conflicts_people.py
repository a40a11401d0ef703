"""What people may rely on when they settle two values and look someone up: on both databases, through real requests."""

from __future__ import annotations

import pytest

from office import Office, field_of, text_of
from throughcare.db import transaction
from throughcare.models import Conflict, Op, Person, Record


@pytest.fixture
def tablet(service):
    return service.tablet(service.worker)


def two_values(service, tablet, link_id="harm-now", first="yes", second="no"):
    """Two workers answered one question differently, neither knowing of the other. Returns (case, conflict)."""
    case = tablet.case(answers={"days": 3})
    colleague = service.tablet(service.colleague)
    take = colleague.edit(
        "assessment",
        case["assessment"],
        case["rev"],
        ["/taken_over", None, {"by": service.colleague, "at": "2026-11-22T10:00:00Z"}],
        [f"/answers/{link_id}", None, first],
    )
    assert colleague.push_one(take)["state"] in ("applied", "merged")
    result = tablet.push_one(
        tablet.edit("assessment", case["assessment"], case["rev"], [f"/answers/{link_id}", None, second])
    )
    assert result["state"] == "conflict"
    return case, service.all(Conflict)[0]


# --- conflicts ---


def test_both_statements_stand_with_who_when_and_on_what(service, tablet):
    _case, conflict = two_values(service, tablet)
    page = Office(service, service.supervisor).read(f"/office/conflicts/{conflict.id}")
    assert "Statement A Yes Said to Test Colleague" in page
    assert "Statement B No Said to Test Worker" in page
    assert "Thoughts of self-harm today" in page
    assert page.count("On Test tablet") == 2


def test_a_safety_question_is_settled_by_a_supervisor_and_by_no_author(service, tablet):
    case, conflict = two_values(service, tablet)
    path = f"/office/conflicts/{conflict.id}"
    author = Office(service, service.worker)
    page = author.get(path)
    assert "so a supervisor decides" in text_of(page)
    assert "Settle with this reason" not in text_of(page)
    rev = service.one(Record, conflict.id).rev
    assert author.post(path, rev=rev, choice="mine", reason="I know").status_code == 403
    assert service.one(Conflict, conflict.id).state == "open"
    assert (
        Office(service, service.supervisor)
        .post(path, rev=rev, choice="theirs", reason="Asked again at 13:05")
        .status_code
        == 303
    )
    settled = service.one(Conflict, conflict.id)
    assert settled.resolution["by"] == service.supervisor
    assert settled.resolution["reason"] == "Asked again at 13:05"
    assert service.one(Record, case["assessment"]).body["answers"]["harm-now"] == "yes"


def test_another_answer_is_settled_by_one_of_its_authors(service, tablet):
    case, conflict = two_values(service, tablet, "notes", "Calm", "Restless")
    author = Office(service, service.worker)
    path = f"/office/conflicts/{conflict.id}"
    assert (
        author.post(
            path, rev=field_of(author.get(path), "rev"), choice="mine", reason="He moved about all night"
        ).status_code
        == 303
    )
    assert service.one(Record, case["assessment"]).body["answers"]["notes"] == "Restless"
    assert "He moved about all night" in author.read(path)


def test_neither_leaves_the_question_without_an_answer(service, tablet):
    case, conflict = two_values(service, tablet, "notes", "Calm", "Restless")
    office = Office(service, service.supervisor)
    path = f"/office/conflicts/{conflict.id}"
    office.post(path, rev=field_of(office.get(path), "rev"), choice="neither", reason="Both are unsure")
    assert "notes" not in service.one(Record, case["assessment"]).body["answers"]
    assert "Neither: to be asked again" in office.read(path)


def test_settling_needs_a_choice_and_a_reason_and_keeps_what_was_typed(service, tablet):
    _case, conflict = two_values(service, tablet)
    office = Office(service, service.supervisor)
    path = f"/office/conflicts/{conflict.id}"
    answer = office.post(path, rev="x", reason="Half a reason")
    assert answer.status_code == 422
    assert "Choose which one stands now" in text_of(answer)
    assert "Half a reason</textarea>" in answer.get_data(as_text=True)
    answer = office.post(path, rev="x", choice="mine")
    assert answer.status_code == 422
    assert 'href="#reason"' in answer.get_data(as_text=True)
    assert 'value="mine" checked' in answer.get_data(as_text=True)


def test_values_that_changed_after_they_were_read_are_shown_again(service, tablet):
    _case, conflict = two_values(service, tablet)
    answer = Office(service, service.supervisor).post(
        f"/office/conflicts/{conflict.id}", rev="1-0000000000000000", choice="mine", reason="x"
    )
    assert answer.status_code == 409
    assert "Read the two values again" in text_of(answer)
    assert "checked" not in answer.get_data(as_text=True), "what was chosen was another value"
    assert service.one(Conflict, conflict.id).state == "open"


def test_who_comes_after_somebody_elses_choice_reads_it_and_loses_no_word(service, tablet):
    _case, conflict = two_values(service, tablet, "notes", "Calm", "Restless")
    path = f"/office/conflicts/{conflict.id}"
    author, supervisor = Office(service, service.worker), Office(service, service.supervisor)
    rev = field_of(supervisor.get(path), "rev")
    assert author.post(path, rev=rev, choice="mine", reason="All night").status_code == 303
    assert author.post(path, rev=rev, choice="mine", reason="All night").status_code == 303, "two taps are one choice"
    late = supervisor.post(path, rev=rev, choice="theirs", reason="The sergeant said so")
    assert late.status_code == 409
    assert "chose otherwise" in text_of(late)
    assert "“The sergeant said so”" in text_of(late)
    assert "Statement B: Restless “All night”" in text_of(late)
    kept = next(op for op in service.all(Op) if op.state == "rejected")
    assert kept.why == "conflict.resolved"
    assert "The sergeant said so" in kept.payload, "it says that it is kept word for word"


def test_a_worker_sees_only_conflicts_they_are_a_side_of(service, tablet):
    _case, conflict = two_values(service, tablet)
    with service.app.app_context(), transaction():
        third = service._user("custody_worker", "Third Worker", [service.suite])
    office = Office(service, third)
    assert "No value waits" in office.read("/office/conflicts")
    office.read(f"/office/conflicts/{conflict.id}", 404)


# --- people ---


@pytest.mark.parametrize(
    "text", ["zebed", "Exemplar Zeb", "1990-01-31", "31/01/1990", "31 Jan 1990", "exemplar 31.1.1990", "ol/77"]
)
def test_a_person_is_found_by_name_date_of_birth_or_custody_number(service, tablet, text):
    case = tablet.case()
    record = service.one(Record, case["episode"])
    tablet.push(tablet.edit("custody_episode", case["episode"], record.rev, ["/custody_number", None, "OL/7712"]))
    answer = Office(service, service.supervisor).post("/office/people", text=text)
    assert "Zebedee Exemplar" in text_of(answer)
    assert "OL/7712" in text_of(answer)


@pytest.mark.parametrize("text", ["%", "_", "zebedee nobody", "1990-02-01"])
def test_other_words_find_nobody(service, tablet, text):
    tablet.case()
    assert "Nobody in your suites matches" in text_of(
        Office(service, service.supervisor).post("/office/people", text=text)
    )


def test_another_suites_person_is_not_found_and_not_there(service, tablet):
    case = tablet.case()
    stranger = Office(service, service.stranger)
    assert "Nobody in your suites matches" in text_of(stranger.post("/office/people", text="Zebedee"))
    stranger.read(f"/office/people/{case['person']}", 404)
    stranger.read(f"/office/people/{case['person']}/edit", 404)


def test_no_address_of_a_persons_pages_holds_their_name(service, tablet, capfd):
    case = tablet.case()
    tablet.submit(case)
    office = Office(service, service.supervisor)
    pages = [
        office.post("/office/people", text="Zebedee"),
        office.get(f"/office/people/{case['person']}"),
        office.get("/office/reviews"),
    ]
    for page in pages:
        body = page.get_data(as_text=True)
        assert "Zebedee" in body
        links = [
            part.split('"')[0] for name in ("href", "action", "formaction") for part in body.split(f'{name}="')[1:]
        ]
        assert links
        assert not any("zebedee" in link.lower() or "1990" in link for link in links)
        assert "Zebedee" not in body[body.index("<title>") : body.index("</title>")]
    written = "".join(capfd.readouterr())
    assert "Zebedee" not in written
    assert "1990-01-31" not in written


def test_the_persons_page_shows_assessments_with_their_states_and_revisions(service, tablet):
    case = tablet.case()
    tablet.submit(case)
    page = Office(service, service.supervisor).read(f"/office/people/{case['person']}")
    assert "Example" in page
    assert "Submitted" in page
    assert "Revision 1, submitted" in page


def edit(office, person, rev, **fields):
    seen = {"given_name": "Zebedee", "family_name": "Exemplar", "date_of_birth": "1990-01-31"}
    typed = {**seen, **fields}
    return office.post(
        f"/office/people/{person}/edit", rev=rev, **{f"seen_{name}": value for name, value in seen.items()}, **typed
    )


def test_two_editors_of_different_fields_both_keep_their_change(service, tablet):
    case = tablet.case()
    rev = service.one(Record, case["person"]).rev
    tablet.push(tablet.edit("person", case["person"], rev, ["/given_name", "Zebedee", "Zebediah"]))
    assert edit(Office(service, service.supervisor), case["person"], rev, family_name="Example").status_code == 303
    person = service.one(Person, case["person"])
    assert (person.given_name, person.family_name) == ("Zebediah", "Example")


def test_two_editors_of_one_field_make_two_values_and_the_page_says_so(service, tablet):
    case = tablet.case()
    rev = service.one(Record, case["person"]).rev
    tablet.push(tablet.edit("person", case["person"], rev, ["/given_name", "Zebedee", "Zebediah"]))
    office = Office(service, service.supervisor)
    edit(office, case["person"], rev, given_name="Zeb")
    page = office.read(f"/office/people/{case['person']}")
    assert "2 values" in page
    assert "Given name" in page
    assert service.one(Person, case["person"]).given_name == "Zebediah"


def test_a_wrong_date_is_refused_and_what_was_typed_stays(service, tablet):
    case = tablet.case()
    ops = len(service.all(Op))
    answer = edit(
        Office(service, service.supervisor),
        case["person"],
        service.one(Record, case["person"]).rev,
        date_of_birth="1990-02-31",
        family_name="Kept",
    )
    body = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'href="#date_of_birth"' in body
    assert 'value="1990-02-31"' in body
    assert 'value="Kept"' in body
    assert len(service.all(Op)) == ops
