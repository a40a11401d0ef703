"""Scripts that sync: `run.py cli devices enrol --api`, on both databases."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

import schemas
from throughcare import cli
from throughcare.db import transaction
from throughcare.models import AuditEvent, Device, User


@pytest.fixture
def run(service, monkeypatch):
    """Type a command; returns (exit code, what it prints)."""
    for name in ("DATA_DIR", "DATABASE_URL", "SECRET_KEY"):
        monkeypatch.setenv(f"THROUGHCARE_{name}", service.app.config[name])

    def run(*words):
        result = CliRunner().invoke(cli.load(), ["devices", *words])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
        return result.exit_code, result.output

    return run


def test_a_script_gets_credentials_that_sync_until_they_are_switched_off(service, run):
    code, said = run("enrol", "--api", "--user", "Test Worker", "--name", " Nightly export ", "--json")
    assert code == 0, said
    made = json.loads(said)
    assert made["device"]["name"] == "Nightly export"
    assert made["suites"] == [{"id": service.suite, "name": "Oldbury custody suite", "short": "Oldbury"}]
    script = service.tablet(service.worker)
    script.token, script.id = made["token"], made["device"]["id"]
    case = script.case()

    events = {event.action: event for event in service.all(AuditEvent) if event.subject == script.id}
    assert events["device.enrolled"].facts == {"user": service.worker, "script": True}
    assert made["token"] not in str([vars(row) for model in (Device, AuditEvent) for row in service.all(model)])

    assert run("revoke", script.id, "--reason", "Done with it")[0] == 0
    refused = script.post("/sync/v1/push", script.envelope(script.edit("person", case["person"], "1-0")))
    assert (refused.status_code, refused.get_json()["code"]) == (403, "device.revoked")


def test_for_people_to_read_it_prints_the_device_and_the_token_alone(service, run):
    code, said = run("enrol", "--api", "--user", service.worker, "--name", "Export")
    assert code == 0
    device, token, note = said.splitlines()
    assert device == f"Device: {service.all(Device)[0].id}"
    assert token.startswith("Token:  ")
    assert note == "The token is shown this once."


def test_nobody_gets_credentials_who_could_not_sync_with_them(service, run):
    with service.app.app_context(), transaction() as session:
        session.get_one(User, service.colleague).active = False
    for user, name, code in (
        ("Test Administrator", "Export", "auth.not_permitted"),
        ("Test Colleague", "Export", "user.inactive"),
        ("Test Nobody", "Export", "user.unknown"),
        ("Test Worker", "  ", "device.no_name"),
    ):
        failed, said = run("enrol", "--api", "--user", user, "--name", name)
        assert (failed, code in said) == (1, True), said
    assert service.all(Device) == []


def test_without_api_it_says_that_a_tablet_needs_a_link(service, run):
    code, said = run("enrol", "--user", "Test Worker", "--name", "Tablet")
    assert code == 2
    assert "enrol-link" in said
    assert service.all(Device) == []


def test_the_shapes_are_served_to_whoever_writes_a_client(client):
    for file in schemas.files():
        answer = client.get(f"/sync/v1/schemas/{file.name}")
        assert (answer.status_code, answer.mimetype) == (200, "application/schema+json")
        assert answer.get_data() == file.read_bytes()
    assert client.get("/sync/v1/schemas/nothing.json").get_json()["code"] == "page.not_found"
