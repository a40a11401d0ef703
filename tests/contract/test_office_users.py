"""Users in the office: making one known, role and suites, switching off and on, and who is never locked out."""

from __future__ import annotations

from typing import Any

import pytest
from test_enrolment import OURS, enrol
from test_office_sign_in import is_in, refused, sign_in

from authenticator import Authenticator
from office import Office, text_of
from throughcare.db import transaction
from throughcare.models import AuditEvent, Device, ScopeDigest, User
from throughcare.problems import Problem
from throughcare.services import users


@pytest.fixture
def office(service) -> Office:
    return Office(service, service.administrator)


def deeds(service, subject: str) -> list[str]:
    return [event.action for event in service.all(AuditEvent) if event.subject == subject]


def add(office: Office, **fields: Any) -> Any:
    typed = {"name": "New Colleague", "role": "custody_worker", **fields}
    return office.client.post("/office/users/new", headers=office.headers, data=typed)


def second_administrator(service) -> str:
    with service.app.test_request_context("/"), transaction():
        return users.create("Second Administrator", "administrator").id


def test_somebody_is_made_known_with_role_and_suites_and_comes_in_by_the_link(service, office):
    answer = add(office, email="new@example.org", suites=[service.suite, service.other_suite])

    user_id = answer.location.split("/")[-1].split("?")[0]
    made = service.one(User, user_id)
    assert (made.name, made.role, made.email, made.active) == (
        "New Colleague",
        "custody_worker",
        "new@example.org",
        True,
    )
    assert set(made.suite_ids) == {service.suite, service.other_suite}
    assert deeds(service, user_id).count("user.suite_granted") == 2
    assert "user.created" in deeds(service, user_id)
    assert "New Colleague" in office.read("/office/users")
    assert "No passkey yet" in office.read(answer.location)
    assert enrol(service, user_id, Authenticator())["user"]["name"] == "New Colleague"
    assert "A passkey signs them in" in office.read(answer.location)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": "  "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"role": ""}, "role"),
        ({"email": "no address"}, "email"),
        ({"email": "taken@example.org"}, "email"),
    ],
)
def test_what_is_missing_is_named_at_its_field_and_what_was_typed_stays(service, office, fields, field):
    add(office, name="First", email="taken@example.org")
    before = len(service.all(User))

    answer = add(office, **{"name": "Typed Name", "suites": [service.suite], **fields})

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert f'href="#{field}"' in page
    assert f'value="{service.suite}" checked' in page
    assert len(service.all(User)) == before


@pytest.mark.parametrize("fields", [{"role": "king"}, {"suites": ["no such suite"]}])
def test_a_role_or_suite_that_is_not_there_makes_nobody(service, office, fields):
    before = len(service.all(User))
    assert add(office, **fields).status_code in (404, 422)
    assert len(service.all(User)) == before


def test_role_and_suites_change_from_the_next_request_and_the_next_sync(service, office):
    tablet = service.tablet(service.worker)
    case = tablet.case()
    tablet.pull_all()
    assert case["person"] in tablet.held

    path = f"/office/users/{service.worker}"
    saved = office.client.post(
        path, headers=office.headers, data={"role": "supervisor", "suites": [service.other_suite]}
    )

    assert saved.status_code == 303
    assert (service.one(User, service.worker).role, service.one(User, service.worker).suite_ids) == ("supervisor", [service.other_suite])  # fmt: skip
    assert {"user.role_changed", "user.suite_granted", "user.suite_revoked"} <= set(deeds(service, service.worker))
    assert tablet.pull()["drop_scopes"] == [service.suite]
    assert Office(service, service.worker).get("/office/reviews").status_code == 200


def test_saving_what_is_there_already_is_no_deed(service, office):
    path = f"/office/users/{service.worker}"
    office.client.post(path, headers=office.headers, data={"role": "custody_worker", "suites": [service.suite]})
    assert deeds(service, service.worker) == []


def test_who_is_switched_off_is_out_at_once_and_in_again_afterwards(service):
    authenticator = Authenticator()
    enrol(service, service.supervisor, authenticator)
    client, tablet = sign_in(service, authenticator), service.tablet(service.supervisor)
    boss = service.app.test_client()
    boss.post("/office/demo", data={"user_id": service.administrator}, headers=OURS)

    assert boss.post(f"/office/users/{service.supervisor}/off", headers=OURS).status_code == 303

    assert not is_in(client)
    assert refused(service, authenticator)
    answer = tablet.post("/sync/v1/push", tablet.envelope())
    assert (answer.status_code, answer.get_json()["code"]) == (403, "user.inactive")
    assert "unsent work is kept" in answer.get_json()["safe"]
    assert "Switched off" in text_of(boss.get("/office/users"))
    assert boss.post("/office/devices/invite", data={"user_id": service.supervisor}, headers=OURS).status_code == 403

    assert boss.post(f"/office/users/{service.supervisor}/on", headers=OURS).status_code == 303

    assert not is_in(client), "an ended session does not come back"
    assert is_in(sign_in(service, authenticator))
    assert tablet.case()["rev"].startswith("1-")
    assert {"user.deactivated", "user.reactivated"} <= set(deeds(service, service.supervisor))


def test_switching_off_tells_what_the_tablets_could_not_deliver(service, office):
    service.tablet(service.worker).push(waiting=3)
    assert "3 changes not sent yet" in office.read(f"/office/users/{service.worker}/off")


def test_nobody_changes_their_own_role_or_switches_themselves_off(service, office):
    second_administrator(service)
    page = f"/office/users/{service.administrator}"
    assert office.post(page, role="manager").status_code == 403
    assert office.post(f"{page}/off").status_code == 403
    assert service.one(User, service.administrator).role == "administrator"
    assert service.one(User, service.administrator).active
    assert 'name="role"' not in office.get(page).get_data(as_text=True)
    # One's own suites can be saved: the page then sends no role.
    assert office.post(page, suites=service.suite).status_code == 303
    assert service.one(User, service.administrator).suite_ids == [service.suite]


def test_the_last_administrator_stays_one(service, office):
    with service.app.test_request_context("/"):
        for deed in (lambda user: users.change_role(user, "manager", None), lambda user: users.deactivate(user, None)):
            with pytest.raises(Problem, match="user.last_administrator"), transaction() as session:
                deed(session.get_one(User, service.administrator))
    assert service.one(User, service.administrator).active

    second = second_administrator(service)
    assert office.post(f"/office/users/{second}", role="manager").status_code == 303
    assert office.post(f"/office/users/{second}", role="administrator").status_code == 303
    assert office.post(f"/office/users/{second}/off").status_code == 303
    # Whoever is switched off does not count as an administrator who could let anybody in.
    with service.app.test_request_context("/"), pytest.raises(Problem, match="last_administrator"), transaction() as session:  # fmt: skip
        users.deactivate(session.get_one(User, service.administrator), None)


def test_a_tablet_gets_another_name_and_calls_itself_so(service, office):
    tablet = service.tablet(service.worker)
    path = f"/office/devices/{tablet.id}/name"
    for name in ("  ", "x" * 81):
        answer = office.post(path, name=name)
        assert answer.status_code == 422
        assert 'href="#name"' in answer.get_data(as_text=True)
    assert office.post(path, name="Suite tablet 7").status_code == 303
    assert service.one(Device, tablet.id).name == "Suite tablet 7"
    assert deeds(service, tablet.id) == ["device.renamed"]
    assert tablet.pull()["reference"]["device"]["name"] == "Suite tablet 7"


def test_only_who_manages_tablets_names_them(service):
    tablet = service.tablet(service.worker)
    for user_id in (service.supervisor, service.manager, service.worker):
        assert Office(service, user_id).post(f"/office/devices/{tablet.id}/name", name="Mine").status_code == 403


def test_the_link_is_a_picture_only_where_another_machine_can_open_it(service, office):
    here = office.post("/office/devices/invite", user_id=service.worker).get_data(as_text=True)
    service.app.config["PUBLIC_ORIGIN"] = "https://throughcare.example"
    there = office.post("/office/devices/invite", user_id=service.worker).get_data(as_text=True)
    assert "tc-qr" not in here
    assert "http://localhost" in here
    assert "tc-qr" in there
    assert "https://throughcare.example/enrol/#" in there


def test_the_command_line_says_that_a_suite_is_not_there(service):
    with service.app.test_request_context("/"), pytest.raises(Problem) as told, transaction() as session:
        users.grant(session.get_one(User, service.worker), "Nowhere")
    assert told.value.words["title"] == "There is no such suite"


def test_a_suite_that_is_too_much_for_one_tablet_is_refused_and_much_is_said_before(service, office):
    def carries(several: int) -> None:
        with service.behind_its_back() as session:
            session.merge(ScopeDigest(scope=service.other_suite, n=several))

    there = f"/office/users/{service.worker}"
    wanted = {"role": "custody_worker", "suites": [service.suite, service.other_suite]}
    carries(20_001)
    answer = office.client.post(there, headers=office.headers, data=wanted)
    assert answer.status_code == 409
    assert "more than 20,000 records" in answer.get_data(as_text=True)
    assert service.one(User, service.worker).suite_ids == [service.suite]
    carries(6_000)
    assert "records on each of their tablets" not in office.read(there)
    assert office.client.post(there, headers=office.headers, data=wanted).status_code == 303
    assert "6,000 records on each of their tablets" in office.read(there)
