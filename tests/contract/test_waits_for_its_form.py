"""An assessment of a form version that nobody published is kept, waits, and is applied when that version comes."""

from __future__ import annotations

from test_rebuild import a_busy_day

from factories import FORM_URL, example_form
from office import Office
from throughcare.cli.rebuild import check, rebuild
from throughcare.db import transaction
from throughcare.forms.publish import publish
from throughcare.models import Conflict, Op, Record

NEXT = f"{FORM_URL}|2.0.0"


def begun(tablet, form: str = NEXT):
    """(case, the create of the assessment): person and stay are applied, the assessment names `form`."""
    case = tablet.case()
    body = tablet.service_body(case["assessment"])["body"] | {"form": form, "answers": {"harm-now": "no"}}
    create = tablet.create("assessment", body)
    return {**case, "assessment": create["record"]}, create


def published(service, version: str = "2.0.0") -> None:
    with service.app.test_request_context("/"), transaction():
        publish(example_form(version))


def test_it_is_held_and_everything_behind_it_and_applied_when_the_version_is_published(service):
    tablet = service.tablet(service.worker)
    case, create = begun(tablet)
    edit = tablet.edit("assessment", case["assessment"], {"op": create["op"]}, ["/answers/notes", None, "Calm"])

    assert [(r["state"], r.get("why")) for r in tablet.push(create, edit)] == [
        ("held", "form.not_published"),
        ("held", "op.waits_predecessor"),
    ]
    assert case["assessment"] not in [record.id for record in service.all(Record)]

    published(service, "1.5.0")
    assert {op.state for op in service.all(Op) if op.record_id == case["assessment"]} == {"held"}
    published(service)

    assert service.one(Record, case["assessment"]).body["answers"] == {"harm-now": "no", "notes": "Calm"}
    assert [result["state"] for result in tablet.push(create, edit)] == ["applied", "applied"]
    assert case["assessment"] in service.tablet(service.colleague).pull_all()


def test_the_office_says_which_form_is_missing_until_it_is_published(service):
    tablet, office = service.tablet(service.worker), Office(service, service.administrator)
    tablet.push(begun(tablet)[1], begun(tablet)[1])
    assert f"2 assessments wait for {NEXT}" in office.read("/office/forms")
    published(service)
    assert "wait for" not in office.read("/office/forms")


def test_two_answers_to_its_safety_question_are_a_safety_conflict_however_early_they_came(service):
    one, two = service.tablet(service.worker), service.tablet(service.worker)
    case, create = begun(one)
    one.push(create)
    mine = one.edit("assessment", case["assessment"], {"op": create["op"]}, ["/answers/harm-now", "no", "yes"])
    theirs = two.edit("assessment", case["assessment"], {"op": create["op"]}, ["/answers/harm-now", "no", "asked-declined"])  # fmt: skip
    one.push(mine)
    two.push(theirs)

    published(service)

    (conflict,) = service.all(Conflict)
    assert (conflict.link_id, conflict.safety) == ("harm-now", True)


def test_a_replay_lets_it_wait_as_long_and_makes_the_same_rows(service):
    tablet = service.tablet(service.worker)
    case, create = begun(tablet)
    other, second = begun(tablet)
    tablet.push(create)
    a_busy_day(service)
    tablet.push(second, tablet.edit("assessment", case["assessment"], {"op": create["op"]}, ["/answers/notes", None, "x"]))  # fmt: skip
    published(service)
    a_busy_day(service)
    assert tablet.submit(case)["state"] == "applied"
    third = begun(tablet, f"{FORM_URL}|3.0.0")[1]
    tablet.push(third)

    assert check(service.app)[1] == []
    assert rebuild(service.app)[1] == 0
    assert check(service.app)[1] == []
    assert service.one(Op, third["op"]).why == "form.not_published"
    published(service, "3.0.0")
    assert service.one(Op, third["op"]).state == "applied"
    assert check(service.app)[1] == []
    assert other["person"] in [record.id for record in service.all(Record)]
