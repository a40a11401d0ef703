"""Making a tablet known: the one-time code, the passkey, the token, and how each can be refused."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
import time_machine

from authenticator import Authenticator
from office import Office
from throughcare import clock
from throughcare.db import transaction
from throughcare.models import AuditEvent, Device, Enrolment, Passkey, User
from throughcare.services import devices, enrolment, passkeys

OURS = {"Sec-Fetch-Site": "same-origin"}


def invite(service, user_id: str) -> str:
    with service.app.test_request_context("/"), transaction() as session:
        return enrolment.invite(session.get_one(User, user_id), service.administrator)


def post(service, step: str, **body: Any) -> Any:
    return service.app.test_client().post(f"/api/v1/enrolments/{step}", json=body, headers=OURS)


def start(service, code: str) -> dict[str, Any]:
    answer = post(service, "start", code=code)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_json()


def enrol(service, user_id: str, authenticator: Authenticator | None = None) -> dict[str, Any]:
    code = invite(service, user_id)
    begun = start(service, code)
    credential = authenticator.make(begun["public_key"]) if authenticator else None
    answer = post(service, "finish", code=code, device_name="Suite tablet 3", credential=credential)
    assert answer.status_code == 201, answer.get_data(as_text=True)
    return answer.get_json()


def test_an_enrolled_tablet_has_a_token_that_syncs_and_the_suites_of_its_user(service):
    made = enrol(service, service.worker, Authenticator())

    assert made["user"] == {"id": service.worker, "name": "Test Worker", "role": "custody_worker"}
    assert made["suites"] == [{"id": service.suite, "name": "Oldbury custody suite", "short": "Oldbury"}]
    assert made["device"]["name"] == "Suite tablet 3"
    tablet = service.tablet(service.worker)
    tablet.token, tablet.id = made["token"], made["device"]["id"]
    assert tablet.case()["rev"].startswith("1-")


def test_neither_code_nor_token_is_kept_in_clear(service):
    code = invite(service, service.worker)
    start(service, code)
    made = post(service, "finish", code=code, device_name="T", credential=None).get_json()

    (kept,) = service.all(Enrolment)
    (device,) = service.all(Device)
    assert kept.code_sha256 == hashlib.sha256(code.encode()).hexdigest()
    assert device.token_sha256 == hashlib.sha256(made["token"].encode()).hexdigest()
    for row in [kept, device, *service.all(AuditEvent)]:
        told = str({column.name: getattr(row, column.name) for column in row.__table__.columns})
        assert code not in told
        assert made["token"] not in told


def test_the_passkey_is_asked_to_check_the_person_and_to_stay_on_the_device(service):
    options = start(service, invite(service, service.worker))["public_key"]

    assert options["rp"]["id"] == "localhost"
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert options["authenticatorSelection"]["residentKey"] == "required"


def test_a_browser_without_passkeys_enrols_with_the_code_alone(service):
    made = enrol(service, service.worker)

    assert service.one(Device, made["device"]["id"]).credential_id is None
    assert service.all(Passkey) == []


def test_a_code_that_nobody_was_given_is_refused(service):
    for step, body in (("start", {}), ("finish", {"device_name": "T", "credential": None})):
        answer = post(service, step, code="nobody-was-given-this", **body)
        assert (answer.status_code, answer.get_json()["code"]) == (404, "enrolment.unknown")
    assert service.all(Device) == []


def test_a_code_works_once(service):
    code = invite(service, service.worker)
    assert post(service, "finish", code=code, device_name="First", credential=None).status_code == 201

    for step, body in (("start", {}), ("finish", {"device_name": "Second", "credential": None})):
        answer = post(service, step, code=code, **body)
        assert (answer.status_code, answer.get_json()["code"]) == (410, "enrolment.used")
    assert [device.name for device in service.all(Device)] == ["First"]


def test_a_code_ends_after_half_an_hour(service):
    with time_machine.travel("2026-11-22T10:00:00Z", tick=False) as clock_now:
        code = invite(service, service.worker)
        clock_now.shift(30 * 60)
        start(service, code)
        clock_now.shift(1)
        for step, body in (("start", {}), ("finish", {"device_name": "T", "credential": None})):
            answer = post(service, step, code=code, **body)
            assert (answer.status_code, answer.get_json()["code"]) == (410, "enrolment.expired")
    assert service.all(Device) == []


def test_for_how_long_a_code_is_good_is_a_setting_that_its_pages_tell(service):
    service.app.config["ENROLMENT_MINUTES"] = 7
    with time_machine.travel("2026-11-22T10:00:00Z", tick=False) as clock_now:
        code = invite(service, service.worker)
        clock_now.shift(7 * 60)
        start(service, code)
        clock_now.shift(1)
        assert post(service, "start", code=code).get_json()["code"] == "enrolment.expired"
    assert "for 7 minutes" in service.app.test_client().get("/enrol/").get_data(as_text=True)
    office = Office(service, service.administrator)
    assert "for 7 minutes" in office.post("/office/devices/invite", user_id=service.worker).get_data(as_text=True)


def test_a_finish_that_fails_uses_nothing_up(service):
    code = invite(service, service.worker)
    liar = Authenticator("https://elsewhere.example")
    liar.rp_id = "localhost"
    refused = post(
        service, "finish", code=code, device_name="T", credential=liar.make(start(service, code)["public_key"])
    )
    assert (refused.status_code, refused.get_json()["code"]) == (403, "passkey.refused")
    assert service.all(Device) == []
    assert service.all(Passkey) == []

    honest = Authenticator().make(start(service, code)["public_key"])
    assert post(service, "finish", code=code, device_name="T", credential=honest).status_code == 201


def other_site(authenticator: Authenticator) -> None:
    authenticator.rp_id = "elsewhere.example"


def unchecked_person(authenticator: Authenticator) -> None:
    authenticator.verifies = False


@pytest.mark.parametrize("lie", [other_site, unchecked_person])
def test_a_passkey_of_another_site_or_without_a_check_of_the_person_is_refused(service, lie):
    code, authenticator = invite(service, service.worker), Authenticator()
    lie(authenticator)
    answer = post(
        service, "finish", code=code, device_name="T", credential=authenticator.make(start(service, code)["public_key"])
    )
    assert answer.get_json()["code"] == "passkey.refused"
    assert service.all(Passkey) == []


def test_a_passkey_made_for_one_user_is_refused_for_another(service):
    mine, theirs = invite(service, service.worker), invite(service, service.colleague)
    made_for_me = Authenticator().make(start(service, mine)["public_key"])

    answer = post(service, "finish", code=theirs, device_name="T", credential=made_for_me)

    assert answer.get_json()["code"] == "passkey.refused"
    assert service.all(Device) == []
    assert service.all(Passkey) == []


def test_a_passkey_that_someone_has_cannot_be_given_to_another(service):
    authenticator = Authenticator()
    enrol(service, service.worker, authenticator)
    code = invite(service, service.colleague)

    answer = post(
        service, "finish", code=code, device_name="T", credential=authenticator.make(start(service, code)["public_key"])
    )

    assert answer.get_json()["code"] == "passkey.refused"
    assert [passkey.user_id for passkey in service.all(Passkey)] == [service.worker]


def use_on_another(service, user_id: str, authenticator: Authenticator) -> Any:
    """Enrol once more with the passkey that is there already, as a browser does that may not make it twice."""
    code = invite(service, user_id)
    options = start(service, code)["public_key"]
    return post(service, "finish", code=code, device_name="Second", credential=authenticator.use(options))


def test_a_synced_passkey_makes_a_second_tablet_of_the_same_user_known(service):
    authenticator = Authenticator(counts=False)
    enrol(service, service.supervisor, authenticator)
    offered = start(service, invite(service, service.supervisor))["public_key"]["excludeCredentials"]
    assert len(offered) == 1

    answer = use_on_another(service, service.supervisor, authenticator)

    assert answer.status_code == 201, answer.get_data(as_text=True)
    (passkey,) = service.all(Passkey)
    assert [device.credential_id for device in service.all(Device)] == [passkey.credential_id] * 2
    assert offered[0]["id"] == passkey.credential_id


def test_whoever_switches_off_a_tablet_is_told_where_else_its_passkey_is_used(service):
    authenticator = Authenticator(counts=False)
    made = enrol(service, service.supervisor, authenticator)
    office, page = Office(service, service.administrator), f"/office/devices/{made['device']['id']}/revoke"
    assert "another tablet" not in office.read(page)
    use_on_another(service, service.supervisor, authenticator)
    assert "another tablet" in office.read(page)


def test_a_synced_passkey_enrols_nobody_else(service):
    authenticator = Authenticator(counts=False)
    enrol(service, service.supervisor, authenticator)
    for user_id, key in ((service.worker, authenticator), (service.supervisor, Authenticator())):
        answer = use_on_another(service, user_id, key)
        assert (answer.status_code, answer.get_json()["code"]) == (403, "passkey.refused")
    assert len(service.all(Device)) == 1


@pytest.mark.parametrize("lie", [other_site, unchecked_person])
def test_a_synced_passkey_is_checked_like_a_new_one(service, lie):
    authenticator = Authenticator(counts=False)
    enrol(service, service.supervisor, authenticator)
    lie(authenticator)
    assert use_on_another(service, service.supervisor, authenticator).get_json()["code"] == "passkey.refused"
    assert len(service.all(Device)) == 1


def test_a_challenge_made_for_signing_in_enrols_nothing(service):
    authenticator = Authenticator(counts=False)
    enrol(service, service.supervisor, authenticator)
    client = service.app.test_client()
    options = client.post("/api/v1/sign-in/start", json={}, headers=OURS).get_json()["public_key"]
    code = invite(service, service.supervisor)
    answer = post(service, "finish", code=code, device_name="T", credential=authenticator.use(options))
    assert answer.get_json()["code"] == "passkey.expired"


def test_a_challenge_is_signed_once_and_soon(service):
    with time_machine.travel("2026-11-22T10:00:00Z", tick=False) as clock_now:
        code = invite(service, service.worker)
        options = start(service, code)["public_key"]
        clock_now.shift(passkeys.MINUTES * 60 + 1)
        late = post(service, "finish", code=code, device_name="T", credential=Authenticator().make(options))
        assert late.get_json()["code"] == "passkey.expired"

        options = start(service, code)["public_key"]
        assert post(service, "finish", code=code, device_name="T", credential=Authenticator().make(options)).status_code == 201  # fmt: skip
        again = invite(service, service.worker)
        replayed = post(service, "finish", code=again, device_name="T", credential=Authenticator().make(options))
        assert replayed.get_json()["code"] == "passkey.expired"


NONSENSE: list[Any] = [
    {},
    {"id": 1, "rawId": 1, "type": "public-key", "response": {}},
    {"response": "text"},
    {"response": {"clientDataJSON": 5}},
    {"response": {"clientDataJSON": "%%%"}},
    {"response": {"clientDataJSON": "eyJjaGFsbGVuZ2UiOiB7fX0"}},
]


@pytest.mark.parametrize("credential", NONSENSE)
def test_a_credential_that_makes_no_sense_is_a_clear_refusal(service, credential):
    code = invite(service, service.worker)
    answer = post(service, "finish", code=code, device_name="T", credential=credential)
    assert answer.status_code in (403, 410)
    assert answer.get_json()["code"].startswith("passkey.")
    assert service.all(Device) == []


def test_broken_bytes_in_a_true_challenge_are_a_clear_refusal(service):
    code = invite(service, service.worker)
    for broken in ("", "AAAA", "oWNmbXRkbm9uZQ", "____"):
        credential = Authenticator().make(start(service, code)["public_key"])
        credential["response"]["attestationObject"] = broken
        answer = post(service, "finish", code=code, device_name="T", credential=credential)
        assert answer.get_json()["code"] == "passkey.refused"
    assert service.all(Device) == []


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({"data": "{", "content_type": "application/json"}, "request.malformed"),
        ({"data": "code=x", "content_type": "text/plain"}, "request.wrong_type"),
        ({"json": {"code": "x", "more": 1}}, "request.malformed"),
        ({"json": {"code": {"x": 1}}}, "request.malformed"),
        ({"json": [1]}, "request.malformed"),
        ({"json": {"code": "x" * 2_100_000}}, "request.too_large"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused_with_its_reason(service, sent, code):
    answer = service.app.test_client().post("/api/v1/enrolments/start", headers=OURS, **sent)
    assert answer.get_json()["code"] == code, answer.get_data(as_text=True)
    assert answer.mimetype == "application/problem+json"


def test_a_user_who_has_left_cannot_enrol(service):
    code = invite(service, service.worker)
    with service.app.app_context(), transaction() as session:
        session.get_one(User, service.worker).active = False
    answer = post(service, "start", code=code)
    assert answer.get_json()["code"] == "user.inactive"


def test_a_revoked_tablet_is_refused_and_says_so(service):
    tablet = service.tablet(service.worker)
    tablet.case()
    with service.app.test_request_context("/"), transaction():
        devices.revoke(devices.get_device(tablet.id), "Left on a bus")

    answer = tablet.post("/sync/v1/push", tablet.envelope())
    assert (answer.status_code, answer.get_json()["code"]) == (403, "device.revoked")
    tablet.token = "unknown"
    answer = tablet.post("/sync/v1/push", tablet.envelope())
    assert (answer.status_code, answer.get_json()["code"]) == (401, "device.token_refused")


def test_the_passkey_of_a_revoked_tablet_no_longer_signs_in(service):
    authenticator = Authenticator()
    made = enrol(service, service.supervisor, authenticator)
    with service.app.test_request_context("/"), transaction():
        devices.revoke(devices.get_device(made["device"]["id"]), "Stolen")

    client = service.app.test_client()
    options = client.post("/api/v1/sign-in/start", json={}, headers=OURS).get_json()["public_key"]
    answer = client.post("/api/v1/sign-in/finish", json={"credential": authenticator.use(options)}, headers=OURS)
    assert answer.get_json()["code"] == "passkey.refused"


def test_the_demo_invites_field_workers_only_and_only_in_the_demo(service):
    answer = post(service, "demo", user_id=service.worker)
    assert start(service, answer.get_json()["code"])["user"]["id"] == service.worker
    assert post(service, "demo", user_id=service.administrator).get_json()["code"] == "auth.not_permitted"
    assert post(service, "demo", user_id="nobody").get_json()["code"] == "user.unknown"

    service.app.config["DEMO"] = False
    assert post(service, "demo", user_id=service.worker).status_code == 404


def test_what_was_done_stands_in_the_audit(service):
    made = enrol(service, service.worker, Authenticator())
    actions = {(event.action, event.subject) for event in service.all(AuditEvent)}
    assert ("device.enrolled", made["device"]["id"]) in actions
    assert any(action == "enrolment.created" for action, _subject in actions)
    assert clock.now() >= service.one(Device, made["device"]["id"]).created_at
