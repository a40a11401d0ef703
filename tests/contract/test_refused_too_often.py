"""Who is refused again and again is told to wait, and the audit is not flooded; who holds a good key never waits."""

from __future__ import annotations

from typing import Any

import pytest
import time_machine
from test_enrolment import OURS, enrol, invite, post
from test_office_sign_in import finish, is_in, sign_in, start

import databases
from authenticator import Authenticator
from office import Office
from throughcare import create_app, refusals
from throughcare.models import AuditEvent, Device, Refusal


def bad_token(service) -> Any:
    tablet = service.tablet(service.worker)
    tablet.token = "nobody-was-given-this"
    return tablet.post("/sync/v1/push", tablet.envelope())


def switched_off(service) -> Any:
    tablet = service.tablet(service.worker)
    Office(service, service.administrator).post(f"/office/devices/{tablet.id}/revoke", reason="Lost")
    return tablet.post("/sync/v1/pull", {"proto": 1})


def bad_passkey(service) -> Any:
    client = service.app.test_client()
    return finish(client, Authenticator().use(start(client)))


def bad_code(service) -> Any:
    return post(service, "start", code="nobody-was-given-this")


TRIES = {"token": bad_token, "tablet": switched_off, "passkey": bad_passkey, "code": bad_code}


def written(service) -> list[dict[str, Any]]:
    return [event.facts for event in service.all(AuditEvent) if event.action == "refused"]


@pytest.mark.parametrize("way", TRIES)
def test_after_too_many_refusals_the_answer_is_to_wait_and_nothing_more_is_written(service, way, monkeypatch):
    monkeypatch.setattr(refusals, "MOST", 3)
    with time_machine.travel("2026-11-22T10:00:00Z", tick=False) as clock_now:
        for _ in range(3):
            assert TRIES[way](service).status_code in (401, 403, 404)
        clock_now.shift(60)

        for _ in range(5):
            answer = TRIES[way](service)
            assert (answer.status_code, answer.get_json()["code"]) == (429, "request.too_many")
            assert answer.headers["Retry-After"] == str(refusals.MINUTES * 60 - 60)
            assert answer.mimetype == "application/problem+json"

        assert [facts["last"] for facts in written(service)] == [False, False, True]

        clock_now.shift(refusals.MINUTES * 60 - 60)
        assert TRIES[way](service).status_code in (401, 403, 404)
        assert len(written(service)) == 4


def test_a_good_token_passkey_or_code_is_served_however_often_its_neighbour_was_refused(service, monkeypatch):
    monkeypatch.setattr(refusals, "MOST", 2)
    authenticator = Authenticator()
    enrol(service, service.supervisor, authenticator)
    for _ in range(4):
        last = bad_token(service)
    assert last.status_code == 429

    assert service.tablet(service.worker).case()["rev"].startswith("1-")
    assert is_in(sign_in(service, authenticator))
    assert post(service, "start", code=invite(service, service.worker)).status_code == 200


def test_the_refused_tablet_keeps_its_device_and_syncs_again_once_its_token_is_good(service, monkeypatch):
    monkeypatch.setattr(refusals, "MOST", 1)
    tablet = service.tablet(service.worker)
    good, tablet.token = tablet.token, "mistaken"
    assert [tablet.post("/sync/v1/push", tablet.envelope()).status_code for _ in range(2)] == [401, 429]
    tablet.token = good
    assert tablet.case()["rev"].startswith("1-")
    assert service.one(Device, tablet.id).revoked_at is None


def test_a_person_reads_the_refusal_as_a_page(service, monkeypatch):
    monkeypatch.setattr(refusals, "MOST", 1)
    office = Office(service, service.manager)
    assert office.get("/office/users").status_code == 403
    answer = office.get("/office/users")
    assert answer.status_code == 429
    assert answer.headers["Retry-After"]
    assert "Refused too often" in answer.get_data(as_text=True)
    # Somebody else behind the same address is counted for themselves.
    assert Office(service, service.worker).get("/office/users").status_code == 403


def test_being_signed_out_is_no_refusal(service, monkeypatch):
    monkeypatch.setattr(refusals, "MOST", 1)
    client = service.app.test_client()
    assert {client.get("/office/devices").status_code for _ in range(3)} == {303}
    assert service.all(Refusal) == []


def test_no_address_is_kept_and_old_counts_are_forgotten(service):
    with time_machine.travel("2026-11-22T10:00:00Z", tick=False) as clock_now:
        bad_code(service)
        (row,) = service.all(Refusal)
        assert "127.0.0.1" not in row.source
        assert len(row.source) == 64
        clock_now.shift(refusals.MINUTES * 60 + 1)
        Office(service, service.manager).get("/office/users")
        assert row.source not in [one.source for one in service.all(Refusal)]


@pytest.mark.parametrize(("proxies", "told_apart"), [(0, False), (1, True)])
def test_behind_a_proxy_the_address_that_the_proxy_saw_is_counted(
    tmp_path, sqlite_template, monkeypatch, proxies, told_apart
):
    monkeypatch.setattr(refusals, "MOST", 1)
    path = tmp_path / "public.sqlite3"
    path.write_bytes(sqlite_template.read_bytes())
    app = create_app(
        databases.settings(
            tmp_path, f"sqlite:///{path}", DEMO=False, PUBLIC_HOST="throughcare.example", PROXIES=proxies
        )
    )

    def ask(forwarded: str) -> int:
        headers = {"Host": "throughcare.example", "X-Forwarded-For": forwarded, **OURS}
        return app.test_client().post("/api/v1/enrolments/start", json={"code": "x"}, headers=headers).status_code

    # What stands before the proxy's own entry is the caller's invention: it changes nothing.
    assert ask("203.0.113.1, 198.51.100.7") == 404
    assert ask("203.0.113.2, 198.51.100.7") == 429
    assert ask("203.0.113.1, 198.51.100.8") == (404 if told_apart else 429)
