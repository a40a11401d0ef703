"""Every office screen of ours as a stranger and as each role: who may open what."""

from __future__ import annotations

import pytest

from office import Office
from throughcare.models import Form, Record

# Who may open a screen (GET); everybody else is told that their role does not allow it.
REVIEWERS = {"supervisor"}
SETTLERS = {"supervisor", "worker"}
READERS = {"supervisor", "worker", "manager"}
ALL = {"supervisor", "worker", "manager", "administrator"}
SCREENS = {
    "/office/reviews": REVIEWERS,
    "/office/reviews/{assessment}/1": READERS,
    "/office/reviews/{assessment}/1/record": READERS,
    "/office/reviews/{assessment}/1/print": READERS,
    "/office/conflicts": SETTLERS,
    "/office/people": READERS,
    "/office/people/{person}": READERS,
    "/office/people/{person}/edit": SETTLERS,
    "/office/forms": ALL,
    "/office/forms/{form}": ALL,
    "/office/forms/{form}/json": ALL,
    "/office/forms/{form}/preview": {"administrator"},
    "/office/forms/{form}/retire": {"administrator"},
    "/office/forms/import": {"administrator"},
    "/office/forms/answers": {"supervisor", "manager"},
    "/office/users": {"administrator"},
    "/office/users/new": {"administrator"},
    "/office/users/{author}": {"administrator"},
    "/office/users/{author}/off": {"administrator"},
}
DEEDS = {
    "/office/reviews/{assessment}/1/return": REVIEWERS,
    "/office/reviews/{assessment}/1/approve": REVIEWERS,
    "/office/reviews/{assessment}/1/marks": REVIEWERS,
    "/office/people": READERS,
    "/office/people/{person}/edit": SETTLERS,
    "/office/forms/import": {"administrator"},
    "/office/forms/preview": {"administrator"},
    "/office/forms/preview/answer": {"administrator"},
    "/office/forms/publish": {"administrator"},
    "/office/forms/{form}/retire": {"administrator"},
    "/office/forms/answers": {"supervisor", "manager"},
    "/office/forms/answers/{assessment}": {"supervisor", "manager"},
    "/office/users/new": {"administrator"},
    "/office/users/{author}": {"administrator"},
    "/office/users/{author}/off": {"administrator"},
    "/office/users/{author}/on": {"administrator"},
}


@pytest.fixture
def case(service):
    tablet = service.tablet(service.worker)
    made = tablet.case(answers={"notes": "x"})
    assert tablet.submit(made)["state"] == "applied"
    return {**made, "author": service.worker, "form": service.all(Form)[0].id}


@pytest.mark.parametrize("role", sorted(ALL))
def test_each_role_opens_its_own_screens_and_no_others(service, case, role):
    office = Office(service, getattr(service, role))
    for screen, allowed in SCREENS.items():
        status = office.get(screen.format(**case)).status_code
        assert status == (200 if role in allowed else 403), f"{role} got {status} for {screen}"


@pytest.mark.parametrize("role", sorted(ALL))
def test_each_role_does_its_own_deeds_and_no_others(service, case, role):
    office = Office(service, getattr(service, role))
    for path, allowed in DEEDS.items():
        if role not in allowed:
            status = office.post(path.format(**case), comment="x").status_code
            assert status == 403, f"{role} got {status} for {path}"
    assert role == "supervisor" or service.one(Record, case["assessment"]).body["state"] == "submitted"


def test_a_stranger_is_asked_to_sign_in_everywhere(service, case):
    office = Office(service, None)
    for path in (*SCREENS, "/office/"):
        answer = office.get(path.format(**case))
        assert answer.status_code in (302, 303, 401), path
        assert "Exemplar" not in answer.get_data(as_text=True)
    for path in DEEDS:
        assert office.post(path.format(**case)).status_code in (302, 303, 401), path


def test_what_another_suite_holds_looks_like_nothing_at_all(service, case):
    office = Office(service, service.stranger)
    for screen in SCREENS:
        if "{assessment}" in screen or "{person}" in screen:
            assert office.get(screen.format(**case)).status_code == 404, screen


def test_the_first_page_leads_each_role_to_its_work(service, case):
    for role, path in (
        ("supervisor", "/office/reviews"),
        ("worker", "/office/people"),
        ("manager", "/office/people"),
        ("administrator", "/office/devices"),
    ):
        assert Office(service, getattr(service, role)).get("/office/").location == path
