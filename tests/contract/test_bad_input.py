"""Bad input at the doors that the tests of push, enrolment and sign-in do not try: a stable code, and nothing changed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from test_enrolment import enrol, invite, post, start

from authenticator import Authenticator
from throughcare.cli.forms import command
from throughcare.db import Base, db, transaction
from throughcare.forms import publish
from throughcare.models import Device, Passkey
from throughcare.problems import Problem


def everything(service) -> dict[str, list[str]]:
    """Every row of every table but the audit of refusals and their count, as text."""
    with service.app.app_context():
        return {
            table.name: sorted(str(tuple(row)) for row in db.session.execute(table.select()))
            for table in Base.metadata.sorted_tables
            if table.name not in ("audit_events", "refusals")
        }


def bad_pulls():
    good: dict[str, Any] = {"proto": 1, "epoch": None, "schema": 1, "cursor": None, "reference": None}
    yield "malformed JSON", b'{"proto": 1,', {}, 400, "sync.malformed"
    yield "a list", b"[]", {}, 400, "sync.malformed"
    yield "an unknown field", json.dumps({**good, "surprise": 1}).encode(), {}, 400, "sync.unknown_field"
    yield "another protocol", json.dumps({**good, "proto": 2}).encode(), {}, 400, "sync.protocol"
    yield "another type", json.dumps(good).encode(), {"Content-Type": "text/html"}, 415, "sync.wrong_type"
    yield "too large", b" " * 3_000_000, {}, 413, "sync.too_large"


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"), [pytest.param(*case[1:], id=case[0]) for case in bad_pulls()]
)
def test_a_bad_pull_gets_a_stable_code_and_changes_nothing(service, body, headers, status, code):
    tablet = service.tablet(service.worker)
    before = everything(service)
    answer = tablet.post("/sync/v1/pull", body, headers=headers)
    assert (answer.status_code, answer.get_json()["code"]) == (status, code)
    assert answer.content_type == "application/problem+json"
    assert everything(service) == before


def test_a_revoked_token_reads_nothing_and_changes_nothing(service):
    tablet = service.tablet(service.worker)
    tablet.case()
    with service.app.app_context(), transaction() as session:
        session.get_one(Device, tablet.id).revoked_at = "2026-01-01T00:00:00Z"
    before = everything(service)
    op = tablet.create("person", {"given_name": "Zebedee"})
    for path, body in (
        ("/sync/v1/push", tablet.envelope(op)),
        ("/sync/v1/pull", {"proto": 1, "epoch": None, "schema": 1, "cursor": None, "reference": None}),
    ):
        answer = tablet.post(path, body)
        assert (answer.status_code, answer.get_json()["code"]) == (403, "device.revoked")
        assert "Zebedee" not in answer.get_data(as_text=True)
    assert everything(service) == before


def test_another_suites_record_cannot_be_read_or_written_and_stays_as_it_is(service):
    mine, foreign = service.tablet(service.worker), service.tablet(service.stranger)
    case = mine.case(answers={"notes": "Slept under the bridge"})
    before = mine.service_body(case["assessment"])
    edit = foreign.edit("assessment", case["assessment"], case["rev"], ["/answers/notes", None, "overwritten"])
    outcome = foreign.push_one(edit)
    assert (outcome["state"], outcome["why"]) == ("rejected", "record.out_of_scope")
    assert "bridge" not in json.dumps(outcome)
    assert mine.service_body(case["assessment"]) == before


NOT_FORMS = {
    "another resource": {"resourceType": "Patient"},
    "a list": [],
    "text": "Questionnaire",
    "nothing": None,
    "no items": {"resourceType": "Questionnaire"},
    "no address": {"resourceType": "Questionnaire", "version": "1", "status": "active", "title": "T", "item": []},
}


@pytest.mark.parametrize("name", NOT_FORMS)
def test_what_is_no_form_is_refused_with_findings_and_no_form_changes(service, name):
    before = everything(service)
    with service.app.app_context(), pytest.raises(Problem) as refusal, transaction():
        publish.publish(NOT_FORMS[name])
    assert refusal.value.code == "form.not_usable"
    assert refusal.value.details["findings"]
    assert everything(service) == before


@pytest.mark.parametrize("content", ['{"resourceType":', '{"resourceType": "Patient"}', "[1, 2]"])
def test_the_command_refuses_a_file_that_is_no_form(service, tmp_path, content):
    file = tmp_path / "form.json"
    file.write_text(content)
    before = everything(service)
    with service.app.app_context():
        done = service.app.test_cli_runner().invoke(command, ["publish", str(file)])
    assert done.exit_code == 1
    assert "form." in done.output
    assert "Traceback" not in done.output
    assert everything(service) == before


def test_a_passkey_of_another_user_enrols_nobody_and_moves_nowhere(service):
    theirs = Authenticator()
    enrol(service, service.supervisor, theirs)
    code = invite(service, service.worker)
    options = start(service, code)["public_key"]
    before = everything(service)
    theirs_again = theirs.make(options)
    answer = post(service, "finish", code=code, device_name="T", credential=theirs_again)
    assert answer.status_code in (400, 403, 409)
    assert answer.get_json()["code"].startswith(("passkey.", "enrolment."))
    assert everything(service) == before, "not even the challenge is used up"
    (kept,) = service.all(Passkey)
    assert kept.user_id == service.supervisor
