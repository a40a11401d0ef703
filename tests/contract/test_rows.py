"""Rows of repeating groups and groups declared as one, through the real pipeline: who removes what somebody else is
changing, what both see of it, and how it is settled."""

from __future__ import annotations

import pytest

import databases
from factories import FORM_URL, OURS, example_form
from office import Office
from throughcare import clock
from throughcare.cli.rebuild import check
from throughcare.db import db, transaction
from throughcare.forms.publish import publish
from throughcare.models import Amendment, Conflict, Record, Submission, new_id
from throughcare.queries.responses import of_assessment

FORM = f"{FORM_URL}|2.0.0"
ROWS = "/answers/doses"


@pytest.fixture
def app(standing, sqlite_template, tmp_path):
    """What is asked here is the same on either database, and both are asked elsewhere."""
    made = standing("sqlite").again(tmp_path)
    databases.empty_sqlite(made, sqlite_template)
    return made


@pytest.fixture
def service(service):
    """The form has doses (each with its amount and unit as one) and a level of risk with its reason as one."""
    form = example_form("2.0.0")
    together = [{"url": OURS + "together", "valueBoolean": True}]
    form["item"][0]["item"] += [
        {
            "linkId": "doses",
            "text": "Medicines",
            "type": "group",
            "repeats": True,
            "item": [
                {"linkId": "drug", "text": "Medicine", "type": "string"},
                {
                    "linkId": "dose",
                    "text": "Dose",
                    "type": "group",
                    "extension": together,
                    "item": [
                        {"linkId": "amount", "text": "Amount", "type": "decimal"},
                        {"linkId": "unit", "text": "Unit", "type": "string"},
                    ],
                },
                {
                    "linkId": "allergy",
                    "text": "Allergic to it",
                    "type": "choice",
                    "extension": [{"url": OURS + "safety", "valueBoolean": True}],
                    "answerOption": [
                        {"valueCoding": {"code": code, "display": code.title()}} for code in ("yes", "no")
                    ],
                },
            ],
        },
        {
            "linkId": "verdict",
            "text": "Risk",
            "type": "group",
            "extension": together,
            "item": [
                {"linkId": "level", "text": "Level", "type": "string"},
                {"linkId": "why", "text": "Reason", "type": "string"},
            ],
        },
    ]
    with service.app.test_request_context("/"), transaction():
        publish(form)
    return service


def two_tablets(service, answers):
    one, two = service.tablet(service.worker), service.tablet(service.worker)
    return one, two, one.case(form=FORM, answers=answers)


def a_dose(row, **more):
    return {"doses": {row: {"drug": "Exemplarin", "amount": "5", "unit": "mg", **more}, "_order": {row: 1}}}


def sent(tablet, case, *changes):
    return tablet.push_one(tablet.edit("assessment", case["assessment"], case["rev"], *changes))


def removal(row, answers):
    return [[f"{ROWS}/{row}", answers["doses"][row], None], [f"{ROWS}/_order/{row}", 1, None]]


def settled(tablet, conflict, choice, value=None):
    chosen = {"choice": choice, "reason": "Asked again", "by": tablet.user_id, "at": clock.now()}
    chosen |= {"value": value} if value is not None else {}
    rev = tablet.service.one(Record, conflict.id).rev
    return tablet.push_one(
        tablet.edit("conflict", conflict.id, rev, ["/resolution", None, chosen], resolves=[conflict.id])
    )


def answers_of(service, case):
    return service.one(Record, case["assessment"]).body.get("answers") or {}


def test_two_tablets_that_each_add_a_row_are_never_asked(service):
    one, two, case = two_tablets(service, {})
    for tablet, row in ((one, new_id()), (two, new_id())):
        result = sent(tablet, case, [f"{ROWS}/_order/{row}", None, 1], [f"{ROWS}/{row}/drug", None, "Exemplarin"])
        assert result["state"] in ("applied", "merged")
    assert len(answers_of(service, case)["doses"]) == 3
    assert service.all(Conflict) == []


@pytest.mark.parametrize("first", ["the removal", "the edit"])
def test_a_row_removed_by_one_and_changed_by_another_stands_whichever_came_first(service, first):
    row = new_id()
    answers = a_dose(row)
    one, two, case = two_tablets(service, answers)
    ops = [
        (one, removal(row, answers)),
        (two, [[f"{ROWS}/{row}/drug", "Exemplarin", "Sampletan"]]),
    ]
    for tablet, changes in ops if first == "the removal" else reversed(ops):
        last = sent(tablet, case, *changes)
    assert last["state"] == "conflict"
    changed = answers["doses"][row] | {"drug": "Sampletan"}
    assert answers_of(service, case)["doses"] == {row: changed, "_order": {row: 1}}
    [conflict] = service.all(Conflict)
    assert (conflict.path, conflict.link_id, conflict.safety) == (f"{ROWS}/{row}", "doses", False)
    assert conflict.base == answers["doses"][row]
    assert (conflict.theirs["value"], conflict.mine.get("value")) == (changed, None)
    assert (conflict.theirs["device"], conflict.mine["device"]) == (two.id, one.id)
    assert one.pull_all()[case["assessment"]]["open_conflicts"][0]["values"] == [changed, None]

    assert settled(one, conflict, "mine" if first == "the edit" else "theirs")["state"] == "applied"
    left = answers_of(service, case)
    assert left == ({} if first == "the edit" else {"doses": {row: changed, "_order": {row: 1}}})
    with service.app.app_context():
        assert check(service.app)[1] == []


def test_what_stands_in_a_row_that_came_back_was_said_by_whoever_said_it(service):
    row = new_id()
    answers = a_dose(row)
    one, two, case = two_tablets(service, answers)
    colleague = service.tablet(service.colleague)
    colleague.pull_all()
    taken = ["/taken_over", None, {"by": service.colleague, "at": clock.now()}]
    rev = colleague.push_one(colleague.edit("assessment", case["assessment"], case["rev"], taken))["rev"]
    colleague.push_one(colleague.edit("assessment", case["assessment"], rev, *removal(row, answers)))
    sent(two, case, [f"{ROWS}/{row}/drug", "Exemplarin", "Sampletan"])
    [conflict] = service.all(Conflict)
    assert (conflict.theirs["by"], conflict.mine["by"]) == (service.worker, service.colleague)
    one.submit(case)
    [frozen] = service.all(Submission)
    assert {frozen.provenance[f"doses/{row}/{each}"]["by"] for each in ("drug", "amount")} == {service.worker}


def test_a_row_that_holds_a_safety_answer_is_settled_by_a_supervisor(service):
    row = new_id()
    answers = a_dose(row, allergy="yes")
    one, two, case = two_tablets(service, answers)
    sent(one, case, *removal(row, answers))
    sent(two, case, [f"{ROWS}/{row}/drug", "Exemplarin", "Sampletan"])
    [conflict] = service.all(Conflict)
    assert conflict.safety
    assert settled(one, conflict, "mine")["why"] == "conflict.safety"
    assert settled(service.tablet(service.supervisor), conflict, "mine")["state"] == "applied"
    assert answers_of(service, case) == {}


def test_a_safety_answer_in_a_row_is_a_safety_conflict_of_that_question(service):
    row = new_id()
    one, two, case = two_tablets(service, a_dose(row))
    sent(one, case, [f"{ROWS}/{row}/allergy", None, "yes"])
    assert sent(two, case, [f"{ROWS}/{row}/allergy", None, "no"])["state"] == "conflict"
    [conflict] = service.all(Conflict)
    assert (conflict.path, conflict.link_id, conflict.safety) == (f"{ROWS}/{row}/allergy", "allergy", True)


def test_amount_and_unit_of_one_dose_are_one_decision_and_its_choice_lays_down_both(service):
    row = new_id()
    one, two, case = two_tablets(service, a_dose(row))
    sent(one, case, [f"{ROWS}/{row}/amount", "5", "10"])
    assert sent(two, case, [f"{ROWS}/{row}/unit", "mg", "ml"])["state"] == "conflict"
    [conflict] = service.all(Conflict)
    assert (conflict.path, conflict.link_id) == (f"{ROWS}/{row}/dose", "dose")
    assert (conflict.theirs["value"], conflict.mine["value"]) == (
        {"amount": "10", "unit": "mg"},
        {"amount": "5", "unit": "ml"},
    )
    office = Office(service, service.supervisor)
    page = office.read(f"/office/conflicts/{conflict.id}")
    assert "Medicines: Dose" in page
    assert "Amount: 10; Unit: mg" in page
    assert "Amount: 5; Unit: ml" in page
    assert settled(one, conflict, "mine")["state"] == "applied"
    assert answers_of(service, case)["doses"][row] == {"drug": "Exemplarin", "amount": "5", "unit": "ml"}


def test_a_declared_group_outside_rows_follows_its_sides_and_closes_when_they_agree(service):
    one, two, case = two_tablets(service, {"level": "low", "why": "calm"})
    rev = sent(one, case, ["/answers/level", "low", "high"])["rev"]
    sent(two, case, ["/answers/why", "calm", "sleeps"])
    [conflict] = service.all(Conflict)
    assert conflict.path == "/answers/verdict"
    assert answers_of(service, case) == {"level": "high", "why": "calm"}
    one.push(
        one.edit(
            "assessment",
            case["assessment"],
            rev,
            ["/answers/level", "high", "low"],
            ["/answers/why", "calm", "sleeps"],
        )
    )
    [conflict] = service.all(Conflict)
    assert (conflict.state, conflict.resolution["reason"]) == ("resolved", "same-value")


def test_a_removed_row_reads_as_such_in_the_office_and_in_the_frozen_page(service):
    row = new_id()
    answers = a_dose(row)
    one, two, case = two_tablets(service, answers)
    sent(one, case, *removal(row, answers))
    sent(two, case, [f"{ROWS}/{row}/drug", "Exemplarin", "Sampletan"])
    [conflict] = service.all(Conflict)
    office = Office(service, service.supervisor)
    for page in (office.read("/office/conflicts"), office.read(f"/office/conflicts/{conflict.id}")):
        assert "Medicines" in page
        assert "Medicine: Sampletan; Amount: 5; Unit: mg" in page
        assert "Removed" in page
    one.submit(case)
    [frozen] = service.all(Submission)
    lines = {line["link_id"]: line for page in frozen.rows for line in page["rows"]}
    assert lines[f"doses/{row}/drug"]["values"] == ["Sampletan", "No answer"]
    assert lines[f"doses/{row}/drug"]["state"] == "two-values"
    page = office.read(f"/office/reviews/{case['assessment']}/1")
    assert "Sampletan" in page
    assert "2 values" in page


def test_an_export_settles_nothing_in_a_row_and_tells_who_said_what_there(service):
    row, other = new_id(), new_id()
    answers = a_dose(row)
    answers["doses"][other] = {"drug": "Placebex"}
    one, two, case = two_tablets(service, answers)
    sent(one, case, *removal(row, answers))
    sent(two, case, [f"{ROWS}/{row}/drug", "Exemplarin", "Sampletan"])
    one.submit(case)
    with service.app.app_context():
        [exported] = of_assessment(db.session(), case["assessment"])
    rows = {item["id"]: item for item in _items(exported) if item["linkId"] == "doses"}
    disputed, plain = ({each["linkId"]: each for each in _items(rows[each])} for each in (row, other))
    assert "answer" not in disputed["drug"]
    told = next(each for each in disputed["drug"]["extension"] if each["url"].endswith("response-two-values"))
    assert [each["valueString"] for each in told["extension"]] == ["Sampletan", "No answer"]
    assert plain["drug"]["answer"] == [{"valueString": "Placebex"}]
    [recorded] = plain["drug"]["extension"]
    assert {"url": "by", "valueReference": {"reference": f"Practitioner/{service.worker}"}} in recorded["extension"]


def _items(holder):
    for item in holder.get("item") or []:
        yield item
        yield from _items(item)


def late(service, answers, *changes):
    """Hand in, then send changes: (worker, supervisor, case, amendment)."""
    worker, supervisor = service.tablet(service.worker), service.tablet(service.supervisor)
    case = worker.case(form=FORM, answers=answers)
    worker.submit(case)
    supervisor.review(case, "approved")
    op = worker.edit("assessment", case["assessment"], case["rev"], *changes, reason="Told on the way out")
    assert worker.push_one(op)["why"] == "assessment.late_answers"
    [amendment] = service.all(Amendment)
    return worker, supervisor, case, amendment


def accepted(supervisor, amendment):
    rev = supervisor.service.one(Record, amendment.id).rev
    return supervisor.push_one(
        supervisor.edit(
            "amendment",
            amendment.id,
            rev,
            ["/state", "proposed", "accepted"],
            ["/decided", None, {"at": clock.now()}],
        )
    )


def test_a_late_answer_in_a_row_is_an_amendment_of_that_answer(service):
    row = new_id()
    _, supervisor, case, amendment = late(service, a_dose(row), [f"{ROWS}/{row}/amount", "5", "10"])
    assert amendment.changes == {f"doses/{row}/amount": {"from": "5", "to": "10"}}
    page = Office(service, service.supervisor).read(f"/office/amendments/{amendment.id}")
    assert "Medicines: Amount" in page
    assert accepted(supervisor, amendment)["state"] == "applied"
    assert answers_of(service, case) == a_dose(row, amount="10")
    newest = max(service.all(Submission), key=lambda each: each.number)
    assert newest.provenance[f"doses/{row}/amount"]["by"] == service.worker
    assert "Changed 1 of 3 answers" in Office(service, service.supervisor).read(
        f"/office/reviews/{case['assessment']}/{newest.number}"
    )


def test_late_rows_come_and_go_whole_and_with_their_places(service):
    row, more = new_id(), new_id()
    answers = a_dose(row)
    changes = [
        *removal(row, answers),
        [f"{ROWS}/_order/{more}", None, 2],
        [f"{ROWS}/{more}/drug", None, "Sampletan"],
        [f"{ROWS}/{more}/amount", None, "1"],
    ]
    _, supervisor, case, amendment = late(service, answers, *changes)
    assert amendment.changes == {
        f"doses/{row}": {"from": answers["doses"][row]},
        f"doses/{more}": {"to": {"drug": "Sampletan", "amount": "1"}},
    }
    page = Office(service, service.supervisor).read(f"/office/amendments/{amendment.id}")
    assert "Medicine: Exemplarin; Amount: 5; Unit: mg" in page
    assert "Medicine: Sampletan; Amount: 1" in page
    assert "Removed" in page
    assert "Not there" in page
    assert accepted(supervisor, amendment)["state"] == "applied"
    left = answers_of(service, case)["doses"]
    assert left[more] == {"drug": "Sampletan", "amount": "1"}
    assert list(left["_order"]) == [more]
    assert row not in left


def test_an_amendment_of_a_row_that_was_removed_since_is_stale(service):
    row = new_id()
    answers = a_dose(row)
    worker, supervisor, case, amendment = late(service, answers, [f"{ROWS}/{row}/allergy", None, "yes"])
    rev = service.one(Record, case["assessment"]).rev
    op = worker.edit("assessment", case["assessment"], rev, *removal(row, answers), reason="Taken by mistake")
    worker.push(op)
    second = next(each for each in service.all(Amendment) if each.id != amendment.id)
    assert accepted(supervisor, second)["state"] == "applied"
    assert accepted(supervisor, amendment)["why"] == "amendment.stale"
    assert answers_of(service, case) == {}
