"""What stands before every route: the policy on each answer, where a change may come from, whom the demo answers."""

from __future__ import annotations

import json

import cramjam
import pytest
from test_enrolment import OURS

import databases
from throughcare import create_app
from throughcare.config import FRONTEND
from throughcare.models import AuditEvent, Device, Enrolment

POLICY = json.loads((FRONTEND / "policy.json").read_text("utf-8"))["headers"]


@pytest.fixture
def public_app(tmp_path, sqlite_template):
    """The service as it runs behind a real name: no demo, HTTPS."""
    path = tmp_path / "public.sqlite3"
    path.write_bytes(sqlite_template.read_bytes())
    return create_app(databases.settings(tmp_path, f"sqlite:///{path}", DEMO=False, PUBLIC_HOST="throughcare.example"))


def is_dressed(answer) -> bool:
    return all(answer.headers.get(name) == value for name, value in POLICY.items())


def test_the_policy_lets_nothing_in_from_outside_and_nothing_inline():
    policy = POLICY["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy


def test_every_route_answers_under_the_policy(app):
    client = app.test_client()
    for rule in app.url_map.iter_rules():
        path = rule.rule
        for name in rule.arguments:
            converter = "path:" if f"<path:{name}>" in path else ("int:" if f"<int:{name}>" in path else "")
            path = path.replace(f"<{converter}{name}>", "1")
        for method in sorted(rule.methods & {"GET", "POST", "PUT", "DELETE"}):
            answer = client.open(path, method=method, headers=OURS)
            answer.close()  # a file is sent from disk
            assert is_dressed(answer), f"{method} {path} ({answer.status_code}) goes out without the policy"
            assert answer.headers["Cache-Control"] in ("no-store", "no-cache"), f"{method} {path} may be kept"


def test_a_refusal_and_a_crash_go_out_under_the_policy(own_app):
    @own_app.get("/health/broken")
    def broken():
        raise RuntimeError("Zebedee Exemplar")

    broken.access = "only for this test, which breaks it"
    for path in ("/office/nothing", "/office/devices", "/api/v1/nothing", "/health/broken"):
        answer = own_app.test_client().get(path)
        assert is_dressed(answer), path
        assert "Zebedee" not in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("headers", "taken"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Origin": "http://localhost:8000"}, True),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost:8000"}, True),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "none"}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost:8000"}, False),
        ({"Origin": "http://localhost:9999"}, False),
        ({"Origin": "https://elsewhere.example"}, False),
        ({"Origin": "null"}, False),
        ({}, False),
    ],
)
def test_a_change_comes_from_our_own_pages_alone(service, headers, taken):
    client = service.app.test_client()
    client.post("/office/demo", data={"user_id": service.administrator}, headers=OURS)

    answer = client.post("/office/devices/invite", data={"user_id": service.worker}, headers=headers)

    assert answer.status_code == (200 if taken else 403)
    assert len(service.all(Enrolment)) == (1 if taken else 0)


def test_a_page_may_be_opened_from_anywhere_and_a_tablet_syncs_without_any_of_it(service):
    client = service.app.test_client()
    assert client.get("/office/sign-in", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200
    assert service.tablet(service.worker).case()["rev"].startswith("1-")


@pytest.mark.parametrize("name", ["Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip"])
def test_the_demo_does_not_answer_through_a_proxy(service, name):
    answer = service.app.test_client().get("/office/sign-in", headers={name: "10.0.0.9"})
    assert answer.status_code == 403
    assert "Test Supervisor" not in answer.get_data(as_text=True)


def test_the_demo_answers_this_machine_under_its_own_name_alone(service):
    client = service.app.test_client()
    assert client.get("/office/sign-in", headers={"Host": "throughcare.example"}).status_code == 403
    assert client.get("/office/sign-in", headers={"Host": "localhost.example"}).status_code == 403
    assert client.get("/office/sign-in", environ_base={"REMOTE_ADDR": "10.0.0.9"}).status_code == 403
    foreign = client.post(
        "/office/demo", data={"user_id": service.supervisor}, headers={**OURS, "Host": "evil.example"}
    )
    assert foreign.status_code == 403


def test_an_address_is_led_to_the_name_that_passkeys_belong_to(service):
    client = service.app.test_client()
    answer = client.get("/people/find?q=1", headers={"Host": "127.0.0.1:8000"})
    assert (answer.status_code, answer.location) == (307, "http://localhost:8000/people/find?q=1")
    assert client.get("/", headers={"Host": "[::1]:8000"}).location == "http://localhost:8000/"


def test_a_get_of_any_field_path_is_answered_with_the_start_page(service):
    client = service.app.test_client()
    for path in ("/", "/people/find", "/episodes/0199", "/assessments/0199/pages/p1", "/lock"):
        answer = client.get(path)
        assert answer.status_code == 200
        assert "Getting this device ready" in answer.get_data(as_text=True), path


def test_what_was_meant_for_the_tablet_is_refused_unread(service):
    before = len(service.all(Device))
    answer = service.app.test_client().post("/assessments/0199/pages/p1", data={"a": "Zebedee"}, headers=OURS)
    assert answer.status_code >= 400
    assert "Zebedee" not in answer.get_data(as_text=True)
    assert len(service.all(Device)) == before


def test_the_services_own_places_have_no_start_page(service):
    client = service.app.test_client()
    for path in ("/office/nothing", "/api/nothing", "/sync/nothing", "/static/nothing.js", "/enrol/nothing"):
        assert client.get(path).status_code == 404, path


def test_behind_a_real_name_the_cookie_is_bound_to_it_and_the_connection_stays_sealed(public_app):
    assert public_app.config["SESSION_COOKIE_NAME"].startswith("__Host-")
    assert public_app.config["SESSION_COOKIE_SECURE"] is True
    answer = public_app.test_client().get("/office/sign-in", headers={"Host": "throughcare.example", "X-Forwarded-For": "10.0.0.9"})  # fmt: skip
    assert answer.status_code == 200
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert "Sign in as" not in answer.get_data(as_text=True)


def test_no_page_carries_inline_style_script_or_handler(service):
    client = service.app.test_client()
    client.post("/office/demo", data={"user_id": service.administrator}, headers=OURS)
    tablet = service.tablet(service.worker)
    pages = [client.get(p) for p in ("/", "/enrol/", "/office/sign-in", "/office/devices", f"/office/devices/{tablet.id}/revoke", "/office/nothing")]  # fmt: skip
    pages.append(client.post("/office/devices/invite", data={"user_id": service.worker}, headers=OURS))
    for page in pages:
        text = page.get_data(as_text=True)
        assert " style=" not in text
        assert "<style" not in text
        assert " onclick=" not in text
        assert text.count("<script") == text.count('<script src="/static/')


def test_an_administrator_switches_a_tablet_off_with_a_reason(service):
    client, tablet = service.app.test_client(), service.tablet(service.worker)
    client.post("/office/demo", data={"user_id": service.administrator}, headers=OURS)

    missing = client.post(f"/office/devices/{tablet.id}/revoke", data={"reason": " "}, headers=OURS)
    assert missing.status_code == 422
    assert 'href="#reason"' in missing.get_data(as_text=True)
    assert service.one(Device, tablet.id).revoked_at is None

    done = client.post(f"/office/devices/{tablet.id}/revoke", data={"reason": "Left on a bus"}, headers=OURS)
    assert done.status_code == 303
    assert "Switched off" in client.get("/office/devices").get_data(as_text=True)
    assert tablet.post("/sync/v1/push", tablet.envelope()).get_json()["code"] == "device.revoked"
    assert any(event.action == "device.revoked" for event in service.all(AuditEvent))


def test_a_tablet_that_never_synced_is_not_said_to_hold_nothing(service):
    client = service.app.test_client()
    service.tablet(service.worker)
    client.post("/office/demo", data={"user_id": service.administrator}, headers=OURS)
    assert "Not known: it has never synced" in client.get("/office/devices").get_data(as_text=True)


def test_only_an_administrator_invites_and_switches_off(service):
    tablet = service.tablet(service.worker)
    for user_id in (service.supervisor, service.manager, service.worker):
        client = service.app.test_client()
        client.post("/office/demo", data={"user_id": user_id}, headers=OURS)
        for path in ("/office/devices/invite", f"/office/devices/{tablet.id}/revoke"):
            assert client.post(path, data={"user_id": service.worker, "reason": "x"}, headers=OURS).status_code == 403
    assert service.one(Device, tablet.id).revoked_at is None


def test_the_program_goes_out_packed_to_a_browser_that_takes_it_and_plain_to_one_that_does_not(app):
    client = app.test_client()
    for path in ("/sw.js", "/static/app.js", "/static/field.css"):
        with client.get(path) as plain, client.get(path, headers={"Accept-Encoding": "gzip, br"}) as packed:
            content, unpacked = plain.data, cramjam.brotli.decompress(packed.data).read()
        assert content == unpacked, path
        assert "Content-Encoding" not in plain.headers, path
        assert packed.headers["Content-Encoding"] == "br", path
        assert all("Accept-Encoding" in each.headers["Vary"] for each in (plain, packed)), path
        assert packed.mimetype == plain.mimetype, path
        assert packed.headers["ETag"] != plain.headers["ETag"], f"{path}: one form could be taken for the other"
