"""The database fails at one statement of one op of a batch: the others are applied, or nothing is; what is answered is
what happened (F6; I1, I18). Each error is a real one of the database, or what the driver raises where none can be made
on purpose."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

import factories
from throughcare.db import db
from throughcare.models import AuditEvent, Contact, Op, Record, RecordVersion

RAISE = "DO $$ BEGIN RAISE EXCEPTION 'planted' USING ERRCODE = '{}'; END $$"
POSTGRESQL = {
    "constraint": RAISE.format("23505"),
    "deadlock": RAISE.format("40P01"),
    "serialisation": RAISE.format("40001"),
    "disk full": RAISE.format("53100"),
}
SQLITE = {
    "constraint": "INSERT INTO sync_meta (id, epoch, seq) VALUES (1, 'planted', 0)",
    "busy": sqlite3.OperationalError("database is locked"),
    "disk full": sqlite3.OperationalError("database or disk is full"),
}


class Planted:
    """Fails what `when(number, statement, parameters)` says, and counts the statements."""

    def __init__(self, when: Callable[[int, str, str], bool], what: Any) -> None:
        self.when, self.what = when, what
        self.statements, self.hit = 0, 0

    def __call__(
        self, connection: Any, cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool
    ) -> None:
        if statement.startswith("ROLLBACK"):
            return
        self.statements += 1
        if not self.when(self.statements - 1, statement, str(parameters)):
            return
        self.hit += 1
        try:
            if isinstance(self.what, Exception):
                raise self.what
            cursor.execute(self.what)
        except connection.dialect.dbapi.Error as error:
            raise DBAPIError.instance(
                statement, parameters, error, connection.dialect.dbapi.Error, dialect=connection.dialect
            ) from error


@contextmanager
def failing(service: factories.Service, planted: Planted) -> Iterator[None]:
    with service.app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", planted)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", planted)


def contact(tablet: factories.Tablet, case: dict[str, str]) -> dict[str, Any]:
    body = {"person_id": case["person"], "episode_id": case["episode"], "suite_id": case["suite"], "kind": "cell-sweep"}
    return tablet.create("contact", {**body, "outcome": "declined", "worker_id": tablet.user_id})


def traces(service: factories.Service, op: dict[str, Any]) -> int:
    """How many rows what the op did has left."""
    return sum(
        sum(getattr(row, name) == value for row in service.all(model))
        for model, name, value in (
            (Record, "id", op["record"]),
            (RecordVersion, "op_id", op["op"]),
            (Contact, "id", op["record"]),
        )
    )


def push_three(
    tablet: factories.Tablet,
    case: dict[str, str],
    what: Any,
    when: Callable[[dict[str, Any]], Callable[[int, str, str], bool]],
) -> tuple[Planted, str]:
    """Push three ops while `when(the second)` fails; check that what is said is what happened, and that sending them
    again heals it. Returns (what was planted, what became of the second: applied, op.failed or nothing)."""
    service = tablet.service
    ops = first, second, third = [contact(tablet, case) for _ in range(3)]
    planted = Planted(when(second), what)
    with failing(service, planted):
        answer = tablet.post("/sync/v1/push", tablet.envelope(*ops))
    kept = {op.id: op for op in service.all(Op)}
    if answer.status_code == 200:
        told = {each["op"]: each for each in answer.get_json()["results"]}
        assert told[first["op"]]["state"] == told[third["op"]]["state"] == "applied", "the others are applied"
        assert traces(service, first) == traces(service, third) == 3
        became = told[second["op"]].get("why") or told[second["op"]]["state"]
        assert became in ("applied", "op.failed")
        assert traces(service, second) == (3 if became == "applied" else 0), "what is said of it is what happened"
        assert json.loads(kept[second["op"]].payload) == second, "it is kept word for word"
    else:
        assert answer.status_code in (500, 503)
        became = f"nothing {answer.status_code}"
        assert not kept.keys() & {op["op"] for op in ops}, "nothing was acknowledged, nothing is there"
        assert not any(traces(service, op) for op in ops)
    again = {each["op"]: each for each in tablet.push(*ops)}
    if answer.status_code == 200:
        assert again == told, "what is sent again gets the answer that it had"
    assert again[first["op"]]["state"] == again[third["op"]]["state"] == "applied"
    assert again[second["op"]]["state"] == ("rejected" if became == "op.failed" else "applied")
    deeds = [row.facts.get("op") for row in service.all(AuditEvent) if row.action.startswith("op.")]
    assert all(deeds.count(op["op"]) == 1 for op in ops)
    return planted, became


def errors_for(service: factories.Service) -> dict[str, Any]:
    service.app.config["TESTING"] = False  # an error is answered as in service
    with service.app.app_context():
        return SQLITE if db.engine.dialect.name == "sqlite" else POSTGRESQL


def writing(table: str, op: dict[str, Any]) -> Callable[[int, str, str], bool]:
    """Every write of what belongs to the op into this table, however often it is tried."""
    start = f"INSERT INTO {table} "
    return lambda _number, statement, parameters: statement.startswith(start) and op["record"] in parameters


TABLES = ("records", "record_versions", "record_scopes", "contacts")


def poisoned(service: factories.Service) -> None:
    tablet = service.tablet(service.worker)
    case = tablet.case()
    errors = errors_for(service)
    for table in TABLES:
        planted, became = push_three(tablet, case, errors["constraint"], lambda op: writing(table, op))  # noqa: B023
        assert planted.hit, table
        assert became == "op.failed", table


def test_an_op_that_breaks_a_constraint_is_kept_and_leaves_its_neighbours_alone(service: factories.Service) -> None:
    poisoned(service)


def test_a_server_without_savepoints_is_found_out(service: factories.Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Session, "begin_nested", lambda _session: nullcontext())
    with pytest.raises(AssertionError):
        poisoned(service)


def test_trouble_of_the_database_at_one_op_acknowledges_nothing_and_passes(service: factories.Service) -> None:
    tablet = service.tablet(service.worker)
    case = tablet.case()
    for name, error in errors_for(service).items():
        if name == "constraint":
            continue
        planted, became = push_three(tablet, case, error, lambda op: writing("contacts", op))
        assert planted.hit, name
        assert became == "nothing 503", name


def test_an_error_at_any_statement_of_a_push_is_answered_as_what_it_did(service: factories.Service) -> None:
    tablet = service.tablet(service.worker)
    case = tablet.case()
    outcomes = set()
    for name, error in errors_for(service).items():
        at, step = 0, 1 if name == "constraint" else 4
        while True:
            planted, became = push_three(tablet, case, error, lambda _op: lambda number, *_: number == at)  # noqa: B023
            if not planted.hit:
                break
            outcomes.add((name, became))
            at += step
        assert at > 8, "a push takes more statements than that"
    assert ("constraint", "applied") in outcomes, "an error that passes is tried again at once"
    assert {became for name, became in outcomes if name != "constraint"} == {"nothing 503"}
