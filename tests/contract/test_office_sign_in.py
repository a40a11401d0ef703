"""Signing in to the office with a passkey, and every way a session ends."""

from __future__ import annotations

from typing import Any

import pytest
import time_machine
from test_enrolment import OURS, enrol

from authenticator import Authenticator
from throughcare.db import transaction
from throughcare.models import AuditEvent, Device, OfficeSession, User
from throughcare.services import devices, passkeys, users


def start(client) -> dict[str, Any]:
    return client.post("/api/v1/sign-in/start", json={}, headers=OURS).get_json()["public_key"]


def finish(client, credential: dict[str, Any]) -> Any:
    return client.post("/api/v1/sign-in/finish", json={"credential": credential}, headers=OURS)


def sign_in(service, authenticator: Authenticator) -> Any:
    """A client whose session belongs to whoever holds this passkey."""
    client = service.app.test_client()
    answer = finish(client, authenticator.use(start(client)))
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return client


def is_in(client) -> bool:
    return client.get("/office/devices").status_code == 200


@pytest.fixture
def passkey(service) -> Authenticator:
    authenticator = Authenticator()
    enrol(service, service.supervisor, authenticator)
    return authenticator


def refused(service, authenticator: Authenticator) -> bool:
    client = service.app.test_client()
    answer = finish(client, authenticator.use(start(client)))
    return answer.get_json()["code"] == "passkey.refused" and not is_in(client)


def test_a_passkey_opens_the_office_and_leads_to_the_first_page(service, passkey):
    client = service.app.test_client()
    options = start(client)
    assert options["userVerification"] == "required"
    assert not is_in(client)

    answer = finish(client, passkey.use(options))

    assert answer.get_json() == {"next": "/office/"}
    assert "Test Supervisor" in client.get("/office/devices").get_data(as_text=True)


def test_the_same_answer_does_not_sign_in_twice(service, passkey):
    client, thief = service.app.test_client(), service.app.test_client()
    credential = passkey.use(start(client))
    assert finish(client, credential).status_code == 200

    assert finish(thief, credential).get_json()["code"] == "passkey.expired"
    assert not is_in(thief)


def test_a_challenge_made_for_enrolling_signs_nobody_in(service, passkey):
    from test_enrolment import invite
    from test_enrolment import start as start_enrolment

    options = start_enrolment(service, invite(service, service.supervisor))["public_key"]
    client = service.app.test_client()
    assert finish(client, passkey.use(options)).get_json()["code"] == "passkey.expired"


def test_a_challenge_is_good_for_two_minutes(service, passkey):
    with time_machine.travel("2026-11-22T10:00:00Z", tick=False) as clock_now:
        client = service.app.test_client()
        options = start(client)
        clock_now.shift(passkeys.MINUTES * 60 + 1)
        assert finish(client, passkey.use(options)).get_json()["code"] == "passkey.expired"


def test_a_passkey_nobody_registered_is_refused(service):
    assert refused(service, Authenticator())


def test_a_signature_from_another_origin_is_refused(service, passkey):
    passkey.origin = "https://throughcare.example.evil"
    assert refused(service, passkey)


def test_a_passkey_that_did_not_check_the_person_is_refused(service, passkey):
    passkey.verifies = False
    assert refused(service, passkey)


def test_a_key_that_claims_another_users_credential_is_refused(service, passkey):
    forger = Authenticator()
    forger.credential_id, forger.user_handle = passkey.credential_id, passkey.user_handle
    assert refused(service, forger)


def test_a_passkey_that_names_another_user_is_refused(service, passkey):
    passkey.user_handle = service.administrator.encode()
    assert refused(service, passkey)


def test_a_copied_passkey_shows_by_its_counter(service, passkey):
    sign_in(service, passkey)
    passkey.count -= 1
    assert refused(service, passkey)


def test_a_passkey_that_does_not_count_is_taken(service):
    authenticator = Authenticator(counts=False)
    enrol(service, service.supervisor, authenticator)
    assert is_in(sign_in(service, authenticator))
    assert is_in(sign_in(service, authenticator))


def test_who_has_left_does_not_get_in_and_does_not_stay_in(service, passkey):
    client = sign_in(service, passkey)
    with service.app.app_context(), transaction() as session:
        session.get_one(User, service.supervisor).active = False
    assert not is_in(client)
    assert refused(service, passkey)


def test_signing_out_ends_the_session(service, passkey):
    client = sign_in(service, passkey)
    assert client.post("/office/sign-out", headers=OURS).location == "/office/sign-in"
    assert not is_in(client)


def test_a_copy_of_the_cookie_is_worth_nothing_after_signing_out(service, passkey):
    client, elsewhere, thief = sign_in(service, passkey), sign_in(service, passkey), service.app.test_client()
    copied = client.get_cookie("throughcare").value
    thief.set_cookie("throughcare", copied)
    assert is_in(thief), "the copy is good while the session lasts"

    client.post("/office/sign-out", headers=OURS)

    thief.set_cookie("throughcare", copied)
    assert not is_in(thief)
    assert is_in(elsewhere), "the session of another browser goes on"
    assert [one.user_id for one in service.all(OfficeSession)] == [service.supervisor]
    assert [e.user_id for e in service.all(AuditEvent) if e.action == "office.signed_out"] == [service.supervisor]


def test_a_session_ends_after_a_day(service, passkey):
    with time_machine.travel("2026-11-22T10:00:00Z", tick=False) as clock_now:
        client = sign_in(service, passkey)
        clock_now.shift(24 * 3600)
        assert is_in(client)
        clock_now.shift(1)
        assert not is_in(client)
        sign_in(service, passkey)
        assert len(service.all(OfficeSession)) == 1, "the one that ran out is gone"


def test_ending_a_users_sessions_ends_them_everywhere(service, passkey):
    first, second = sign_in(service, passkey), sign_in(service, passkey)
    with service.app.test_request_context("/"), transaction() as session:
        users.end_sessions(session.get_one(User, service.supervisor))
    assert not is_in(first)
    assert not is_in(second)
    assert is_in(sign_in(service, passkey))


def test_switching_a_tablet_off_ends_its_users_sessions(service, passkey):
    client = sign_in(service, passkey)
    (device,) = service.all(Device)
    with service.app.test_request_context("/"), transaction():
        devices.revoke(devices.get_device(device.id), "Lost")
    assert not is_in(client)


def test_a_cookie_taken_to_another_browser_is_worth_nothing(service, passkey):
    client = sign_in(service, passkey)
    assert client.get("/office/devices", headers={"User-Agent": "Another browser"}).status_code == 303


def test_the_session_cookie_is_kept_from_scripts_and_other_sites(service, passkey):
    client = service.app.test_client()
    cookie = finish(client, passkey.use(start(client))).headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_an_office_session_does_not_sync_and_a_tablet_does_not_open_the_office(service, passkey):
    client, tablet = sign_in(service, passkey), service.tablet(service.supervisor)
    assert client.post("/sync/v1/push", json=tablet.envelope()).get_json()["code"] == "device.token_refused"
    bearer = {"Authorization": f"Bearer {tablet.token}"}
    assert service.app.test_client().get("/office/devices", headers=bearer).status_code == 303


@pytest.mark.parametrize("credential", [{}, {"id": 3, "response": 3}, {"response": {"clientDataJSON": None}}])
def test_a_credential_that_makes_no_sense_is_a_clear_refusal(service, credential):
    client = service.app.test_client()
    assert finish(client, credential).get_json()["code"] == "passkey.refused"


def test_broken_bytes_in_a_true_challenge_are_a_clear_refusal(service, passkey):
    client = service.app.test_client()
    for name in ("authenticatorData", "signature", "userHandle"):
        for broken in ("AAAA", "____", 7):
            credential = passkey.use(start(client))
            credential["response"][name] = broken
            assert finish(client, credential).get_json()["code"] == "passkey.refused", (name, broken)


def test_the_demo_signs_in_each_role_and_only_in_the_demo(service):
    for user_id in (service.supervisor, service.administrator, service.manager):
        client = service.app.test_client()
        answer = client.post("/office/demo", data={"user_id": user_id}, headers=OURS)
        assert answer.location == "/office/"
        assert is_in(client)

    service.app.config["DEMO"] = False
    client = service.app.test_client()
    assert client.post("/office/demo", data={"user_id": service.supervisor}, headers=OURS).status_code == 404
    assert not is_in(client)
    assert "Sign in as" not in client.get("/office/sign-in").get_data(as_text=True)
