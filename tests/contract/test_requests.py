"""A request is a transaction, a refusal is audited, health tells the truth, and a log holds nothing about anyone."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import OperationalError

from throughcare import audit
from throughcare.db import db
from throughcare.models import AuditEvent
from throughcare.permissions import public
from throughcare.problems import Problem

OURS = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def app(own_app):
    """Nobody else's: it gets a route more."""
    return own_app


@pytest.fixture
def probe(app):
    """POST /api/probe/<end>: writes an audit event, then ends as it is told."""

    @public("A route of this test only, never of the service.")
    def view(end: str):
        audit.deed("probe.done", facts_end=end)
        db.session.flush()
        if end == "problem":
            raise Problem("auth.not_permitted")
        if end == "fault":
            raise ZeroDivisionError("Zebedee Exemplar")
        if end == "busy":
            raise OperationalError("UPDATE people", {"name": "Zebedee Exemplar"}, Exception("locked"))
        return {"ok": True}

    app.add_url_rule("/api/probe/<end>", "probe", view, methods=["POST"])
    return app.test_client()


def test_what_a_view_wrote_is_there_when_the_answer_leaves(service, probe):
    assert probe.post("/api/probe/well", headers=OURS).status_code == 200
    assert [event.action for event in service.all(AuditEvent)] == ["probe.done"]


def test_a_refusal_undoes_the_deed_and_leaves_its_own_trace(service, probe):
    assert probe.post("/api/probe/problem", headers=OURS).status_code == 403
    [event] = service.all(AuditEvent)
    assert (event.action, event.facts["code"], event.facts["rule"]) == (
        "refused",
        "auth.not_permitted",
        "/api/probe/<end>",
    )


def test_a_fault_undoes_the_deed_and_says_so_without_a_word_of_what_broke(service, probe, capsys):
    answer = probe.post("/api/probe/fault", headers=OURS)
    assert (answer.status_code, answer.get_json()["code"]) == (500, "server.failed")
    assert service.all(AuditEvent) == []
    logged = capsys.readouterr().err
    assert "ZeroDivisionError" in logged
    assert "Zebedee" not in logged
    assert "Zebedee" not in answer.get_data(as_text=True)


def test_a_database_in_trouble_asks_to_try_again(service, probe, capsys):
    answer = probe.post("/api/probe/busy", headers=OURS)
    assert (answer.status_code, answer.get_json()["code"], answer.headers["Retry-After"]) == (503, "server.busy", "5")
    assert "Zebedee" not in capsys.readouterr().err


def test_a_day_of_sync_logs_no_name_no_date_of_birth_and_no_answer(service, capsys):
    tablet = service.tablet(service.worker)
    case = tablet.case(answers={"notes": "Slept under the bridge"})
    tablet.submit(case)
    tablet.push(tablet.create("person", {"given_name": "Zebedee", "date_of_birth": "nonsense-date"}))
    tablet.pull_all()
    logged = capsys.readouterr().err
    assert '"rule": "/sync/v1/push"' in logged
    for planted in ("Zebedee", "Exemplar", "1990-01-31", "bridge", "nonsense-date"):
        assert planted not in logged


def test_health_says_what_it_runs(client):
    body = client.get("/health").get_json()
    assert body["database"] is True
    assert body["release"] == "test"
    assert set(body) == {"ok", "database", "form_engine", "release", "held_open"}
