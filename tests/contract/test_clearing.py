"""Clearing a tablet from the office: the order, what the tablet is told, and how it says that it has done so."""

from __future__ import annotations

import json

from office import Office
from throughcare.models import AuditEvent, Device, User


def ordered(service, tablet, reason="Left in a taxi"):
    office = Office(service, service.administrator)
    return office.post(f"/office/devices/{tablet.id}/clear", reason=reason)


def clear_of(answer):
    assert answer.status_code == 200
    return answer.get_json().get("clear")


def pulled(tablet, **more):
    return tablet.post("/sync/v1/pull", {"proto": 1, "epoch": None, "cursor": None, **more})


def say_cleared(tablet, proof, device=None):
    headers = {"Authorization": f"Bearer {proof}"}
    return tablet.post("/sync/v1/cleared", {"proto": 1, "device": device or tablet.id}, headers=headers)


def deeds(service):
    return [(row.action, row.facts) for row in service.all(AuditEvent) if row.action.startswith("device.")]


def test_the_order_stands_with_who_why_and_when_and_every_answer_tells_of_it(service):
    tablet, other = service.tablet(service.worker), service.tablet(service.worker)
    assert clear_of(pulled(tablet)) is None
    assert ordered(service, tablet).status_code == 303
    row = service.one(Device, tablet.id)
    assert (row.clear_reason, row.clear_asked_by) == ("Left in a taxi", service.administrator)
    assert ("device.clear_asked", {"reason": "Left in a taxi", "waiting": 0}) in deeds(service)
    told = clear_of(pulled(tablet))
    assert told["asked_at"] == row.clear_asked_at
    assert clear_of(tablet.post("/sync/v1/push", tablet.envelope())) == told
    assert clear_of(pulled(other)) is None, "only the one that was asked"


def test_an_order_needs_a_reason_and_somebody_who_manages_tablets(service):
    tablet = service.tablet(service.worker)
    assert ordered(service, tablet, " ").status_code == 422
    assert Office(service, service.supervisor).post(f"/office/devices/{tablet.id}/clear", reason="x").status_code == 403
    assert Office(service, service.supervisor).post(f"/office/devices/{tablet.id}/keep").status_code == 403
    assert service.one(Device, tablet.id).clear_asked_at is None
    Office(service, service.administrator).post(f"/office/devices/{tablet.id}/revoke", reason="Broken")
    assert ordered(service, tablet).status_code == 403, "one that is switched off would never hear of it"


def test_what_it_still_sends_is_taken_as_ever_and_only_its_own_word_closes_it(service):
    tablet = service.tablet(service.worker)
    ordered(service, tablet)
    [result] = tablet.push(tablet.create("person", {"given_name": "Zebedee"}))
    assert result["state"] == "applied"
    proof = clear_of(pulled(tablet))["proof"]
    page = Office(service, service.administrator).get("/office/devices").get_data(as_text=True)
    assert "has not said yet that it is done" in page
    answer = say_cleared(tablet, proof)
    assert answer.status_code == 200
    refused = pulled(tablet)
    assert (refused.status_code, refused.get_json()["code"]) == (403, "device.revoked")
    assert "Cleared, " in Office(service, service.administrator).get("/office/devices").get_data(as_text=True)
    # Said again, because the first answer was lost: the same, and one deed.
    assert say_cleared(tablet, proof).get_json() == answer.get_json()
    assert [action for action, _ in deeds(service)].count("device.cleared") == 1


def test_no_token_and_no_other_tablets_proof_closes_one(service):
    tablet, other = service.tablet(service.worker), service.tablet(service.colleague)
    ordered(service, tablet)
    ordered(service, other)
    others = clear_of(pulled(other))["proof"]
    for proof, device in (
        (tablet.token, None),
        (others, None),
        ("é" * 64, None),
        (clear_of(pulled(tablet))["proof"], "nobody"),
    ):
        answer = say_cleared(tablet, proof, device)
        assert (answer.status_code, answer.get_json()["code"]) == (401, "device.token_refused")
    assert service.one(Device, tablet.id).cleared_at is None


def test_an_order_that_is_taken_back_is_told_no_more_but_one_that_was_obeyed_is_still_heard(service):
    tablet = service.tablet(service.worker)
    ordered(service, tablet)
    proof = clear_of(pulled(tablet))["proof"]
    Office(service, service.administrator).post(f"/office/devices/{tablet.id}/keep")
    assert clear_of(pulled(tablet)) is None
    assert ("device.clear_taken_back", {}) in deeds(service)
    assert say_cleared(tablet, proof).status_code == 200
    assert service.one(Device, tablet.id).cleared_at


def test_the_office_says_how_far_the_order_is(service):
    tablet = service.tablet(service.worker)
    office = Office(service, service.administrator)
    ordered(service, tablet)
    assert "Never heard from" in office.get("/office/devices").get_data(as_text=True)
    pulled(tablet, waiting=2, oldest="2026-11-20T08:00:00Z")
    page = office.get("/office/devices").get_data(as_text=True)
    assert "by Test Administrator: Left in a taxi" in page
    assert "has 2 changes still to send" in page
    with service.behind_its_back() as session:
        session.get_one(Device, tablet.id).last_sync_at = "2026-01-01T08:00:00Z"
    assert "Not heard from since Thu 1 Jan 08:00" in office.get("/office/devices").get_data(as_text=True)
    with service.behind_its_back() as session:
        session.get_one(User, service.worker).active = False
    assert "Its worker is switched off" in office.get("/office/devices").get_data(as_text=True)
    assert "Switched off, it never will" in office.get(f"/office/devices/{tablet.id}/revoke").get_data(as_text=True)


def test_the_proof_is_in_no_audit_and_is_not_the_token(service):
    tablet = service.tablet(service.worker)
    ordered(service, tablet)
    proof = clear_of(pulled(tablet))["proof"]
    say_cleared(tablet, proof)
    told = json.dumps([row.facts for row in service.all(AuditEvent)])
    assert proof not in told
    assert (
        service.tablet(service.worker)
        .post("/sync/v1/push", tablet.envelope(), headers={"Authorization": f"Bearer {proof}"})
        .status_code
        == 401
    )
