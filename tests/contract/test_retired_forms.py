"""Retiring a form version: nothing new begins with it, and everything that was begun with it is finished and shown as before."""

from __future__ import annotations

import pytest

from factories import FORM, FORM_URL, example_form
from office import Office
from throughcare.cli.rebuild import rebuild
from throughcare.db import transaction
from throughcare.forms.publish import find_form, publish, retire
from throughcare.models import AuditEvent, Form, Submission
from throughcare.problems import Problem
from throughcare.records.revision import sha256


def retired(service, reason: str = "A question was wrong", by: str | None = None) -> None:
    with service.app.test_request_context("/"), transaction():
        retire(find_form(FORM_URL, "1.0.0"), reason, by)


def test_a_tablet_hears_of_it_and_keeps_what_it_draws_with(service):
    tablet = service.tablet(service.worker)
    before = tablet.pull()["reference"]
    retired(service)
    after = tablet.pull()["reference"]
    assert after["hash"] != before["hash"]
    (was,), (now,) = ([each for each in block["forms"] if each["form"] == FORM] for block in (before, after))
    assert (was["status"], now["status"]) == ("active", "retired")
    assert (now["definition"], now["sha256"]) == (was["definition"], was["sha256"])
    assert sha256(now["definition"]) == now["sha256"]


def test_a_draft_that_was_begun_with_it_is_finished_handed_in_approved_and_shown(service):
    tablet = service.tablet(service.worker)
    case = tablet.case(answers={"harm-now": "no"})
    retired(service)
    (result,) = tablet.push(
        tablet.edit("assessment", case["assessment"], case["rev"], ["/answers/notes", None, "Calm"])
    )
    assert result["state"] == "applied"
    # A tablet that has not pulled since begins with it too: nothing of that is refused.
    late = tablet.case(answers={"harm-now": "no"})
    assert [tablet.submit(each)["state"] for each in (case, late)] == ["applied", "applied"]
    assert [row.verified for row in service.all(Submission)] == [True, True]
    page = Office(service, service.supervisor).read(f"/office/reviews/{case['assessment']}/1")
    assert "Thoughts of self-harm today" in page
    assert rebuild(service.app)[1] == 0
    assert Office(service, service.supervisor).read(f"/office/reviews/{case['assessment']}/1") == page


def test_it_is_kept_who_did_it_when_and_why_and_it_is_done_once(service):
    retired(service, "  Superseded before it was used  ", service.administrator)
    [row] = [row for row in service.all(Form) if row.form == FORM]
    assert (row.status, row.retired_by, row.retired_reason) == ("retired", service.administrator, "Superseded before it was used")  # fmt: skip
    assert row.retired_at.endswith("Z")
    assert row.definition == example_form()
    deeds = [event for event in service.all(AuditEvent) if event.action == "form.retired"]
    assert [(event.subject, event.user_id) for event in deeds] == [(row.id, service.administrator)]
    with pytest.raises(Problem, match="form.retired"):
        retired(service, "Again")
    assert service.one(Form, row.id).retired_reason == "Superseded before it was used"


@pytest.mark.parametrize("reason", ["", "   ", "x" * 501])
def test_it_asks_for_a_reason_of_a_length_that_can_be_kept(service, reason):
    with pytest.raises(Problem, match="form.no_reason"):
        retired(service, reason)
    assert [row.status for row in service.all(Form)] == ["active"]


def test_publishing_the_same_version_again_does_not_bring_it_back(service):
    retired(service)
    with service.app.test_request_context("/"), transaction():
        assert publish(example_form()).status == "retired"
