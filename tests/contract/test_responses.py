"""What was handed in, exported for others: as it was frozen, with who recorded it, and with no name of a person in it."""

from __future__ import annotations

import json
from datetime import date, datetime

import pytest

from factories import FORM_URL, example_form
from throughcare.db import db, transaction
from throughcare.forms import engine
from throughcare.forms.publish import publish
from throughcare.models import Submission
from throughcare.queries import responses

ANSWERS = {"harm-now": "no", "drugs": {"heroin": True, "crack": True}, "notes": "two lines\nof words", "days": 3}


def exported(service, assessment: str) -> list[dict]:
    with service.app.app_context():
        return list(responses.of_assessment(db.session, assessment))


def about(resource: dict, name: str) -> list[dict]:
    return [each for each in resource.get("extension", []) if each["url"].endswith(f"response-{name}")]


def items(resource: dict) -> dict[str, dict]:
    found: dict[str, dict] = {}
    for item in resource.get("item", []):
        found[item["linkId"]] = item
        found.update(items(item))
    return found


@pytest.fixture
def tablet(service):
    return service.tablet(service.worker)


def test_an_export_reads_back_as_the_answers_that_were_frozen(service, tablet):
    case = tablet.case(answers=ANSWERS, given_name="Ebenezer", family_name="Quartermaine")
    tablet.submit(case)
    [resource] = exported(service, case["assessment"])
    assert engine.read_response(example_form(), resource)["answers"] == ANSWERS
    assert (resource["resourceType"], resource["status"]) == ("QuestionnaireResponse", "completed")
    assert resource["questionnaire"].endswith("|1.0.0")
    assert about(resource, "revision")[0]["valueInteger"] == 1
    assert not about(resource, "changed")
    text = json.dumps(resource)
    assert "Ebenezer" not in text
    assert "Quartermaine" not in text


def test_each_answer_says_who_recorded_it_when_and_when_it_came(service, tablet):
    case = tablet.case(answers=ANSWERS)
    tablet.submit(case)
    [resource] = exported(service, case["assessment"])
    [recorded] = about(items(resource)["harm-now"], "recorded")
    said = {each["url"]: each for each in recorded["extension"]}
    assert said["by"]["valueReference"]["reference"] == f"Practitioner/{service.worker}"
    assert said["device"]["valueReference"]["reference"] == f"Device/{tablet.id}"
    assert said["received_at"]["valueDateTime"].endswith("Z")


def test_an_answer_with_two_values_has_none_and_shows_both(service, tablet):
    case = tablet.case(answers={"notes": "x"})
    colleague = service.tablet(service.worker)
    for each, code in ((colleague, "yes"), (tablet, "no")):
        each.push_one(each.edit("assessment", case["assessment"], case["rev"], ["/answers/harm-now", None, code]))
    tablet.submit(case)
    [resource] = exported(service, case["assessment"])
    item = items(resource)["harm-now"]
    assert "answer" not in item
    assert {each["valueString"] for each in about(item, "two-values")[0]["extension"]} == {"Yes", "No"}


def test_every_revision_goes_out_and_a_period_takes_its_own_days(service, tablet):
    case = tablet.case(answers=ANSWERS)
    tablet.submit(case)
    supervisor = service.tablet(service.supervisor)
    supervisor.review(case, "returned", comment="Please look again.")
    tablet.submit(case, number=2)
    assert [
        (each["status"], about(each, "revision")[0]["valueInteger"]) for each in exported(service, case["assessment"])
    ] == [
        ("completed", 1),
        ("amended", 2),
    ]
    with service.app.app_context():
        row = db.session.scalars(db.select(Submission)).first()
        received = date.fromisoformat(row.received_at[:10])
        assert list(responses.of_period(db.session, date(1999, 1, 1), date(1999, 12, 31))) == []
        near = (received.replace(year=received.year - 1), received.replace(year=received.year + 1))
        assert len(list(responses.of_period(db.session, *near))) == 2


def test_what_the_engine_could_not_read_goes_out_word_for_word(service, tablet):
    case = tablet.case(answers=ANSWERS)
    tablet.submit(case)
    with service.app.app_context():
        row = db.session.scalars(db.select(Submission)).one()
        row.verified = False
        with db.session.no_autoflush:
            resource = responses.response(db.session, row)
        db.session.rollback()
    assert "item" not in resource
    assert json.loads(about(resource, "as-sent")[0]["valueString"]) == ANSWERS


def test_the_rules_are_asked_as_of_the_day_of_handing_in_on_the_tablets_clock(service):
    """Half past midnight on 1 July in London is still 30 June in UTC, and the submission arrives months later."""
    definition = example_form("3.0.0")
    url = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-calculatedExpression"
    rule = {"url": url, "valueExpression": {"language": "text/fhirpath", "expression": "today()"}}
    today = {"linkId": "today", "type": "date", "text": "Today", "readOnly": True, "extension": [rule]}
    definition["item"][0]["item"].append(today)
    with service.app.test_request_context("/"), transaction():
        publish(definition)
    tablet = service.tablet(service.worker)
    at = "2026-06-30T23:30:00Z"
    # The offset goes before the service's own; what is none, and a tablet that sends none, count by the service's clock.
    for offset, day in (
        ("+01:00", "2026-07-01"),
        ("-05:00", "2026-06-30"),
        ("noon", "2026-07-01"),
        (None, "2026-07-01"),
    ):
        case = tablet.case(answers=ANSWERS, form=f"{FORM_URL}|3.0.0")
        submission = {"number": 1, "at": at, "by": tablet.user_id, **({"offset": offset} if offset else {})}
        changes = [["/state", "draft", "submitted"], ["/submission", None, submission]]
        assert (
            tablet.push_one(tablet.edit("assessment", case["assessment"], case["rev"], *changes))["state"] == "applied"
        )
        [resource] = exported(service, case["assessment"])
        [row] = [row for row in service.all(Submission) if row.assessment_id == case["assessment"]]
        shown = [each for page in row.rows for each in page["rows"] if each["link_id"] == "today"]
        assert date_of(shown[0]["answer"]) == day, offset
        assert bool(about(resource, "changed")) == (offset == "-05:00")


def date_of(words: str) -> str:
    return datetime.strptime(words, "%d %B %Y").date().isoformat()
