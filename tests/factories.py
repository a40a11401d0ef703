"""Invented people and work, made through the real op pipeline: `service.tablet(user)` speaks the sync protocol over
HTTP.

Nothing here resembles anyone. Ids are UUIDv7 as a tablet makes them.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from sqlalchemy.orm import Session

from throughcare import clock
from throughcare.db import db, transaction
from throughcare.models import Authority, Device, Form, Suite, SyncMeta, User, UserSuite, new_id
from throughcare.records.revision import sha256
from throughcare.services import users
from throughcare.sync.receive import do_upkeep
from throughcare.sync.work import open_whole

FORM_URL = "https://throughcare.example/Questionnaire/example"
FORM = f"{FORM_URL}|1.0.0"
OURS = "https://throughcare.example/StructureDefinition/"
EXCLUSIVE = "http://hl7.org/fhir/StructureDefinition/questionnaire-optionExclusive"


def _choice(
    link_id: str, text: str, codes: Iterable[str], *, many: bool = False, safety: bool = False, alone: str | None = None
) -> dict:
    options = []
    for code in codes:
        option: dict[str, Any] = {
            "valueCoding": {"system": "https://throughcare.example/codes", "code": code, "display": code.title()}
        }
        if code == alone:
            option["extension"] = [{"url": EXCLUSIVE, "valueBoolean": True}]
        options.append(option)
    item: dict[str, Any] = {"linkId": link_id, "text": text, "type": "choice", "repeats": many, "answerOption": options}
    if safety:
        item["extension"] = [{"url": OURS + "safety", "valueBoolean": True}]
    return item


def example_form(version: str = "1.0.0") -> dict[str, Any]:
    """A small form: a safety question, a repeating choice with an exclusive option, a text and a number."""
    return {
        "resourceType": "Questionnaire",
        "url": FORM_URL,
        "version": version,
        "name": "Example",
        "title": "Example",
        "status": "active",
        "item": [
            {
                "linkId": "page-1",
                "text": "Page one",
                "type": "group",
                "item": [
                    _choice("harm-now", "Thoughts of self-harm today", ("yes", "no"), safety=True),
                    _choice("drugs", "Used in the last month", ("heroin", "crack", "none"), many=True, alone="none"),
                    {"linkId": "notes", "text": "Notes", "type": "text"},
                    {"linkId": "days", "text": "Days used", "type": "integer"},
                ],
            }
        ],
    }


class Service:
    """A service with users, suites and one published form, and the ids of them all."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        with app.app_context(), transaction() as session:
            # Upkeep is an op of its own: it comes when a test asks for it.
            session.get_one(SyncMeta, 1).upkept_on = "9999-12-31"
            authority = Authority(id=new_id(), name="Exampleshire", gss=None)
            first = Suite(
                id=new_id(),
                name="Oldbury custody suite",
                short="Oldbury",
                authority_id=authority.id,
                open_from="2020-01-01",
            )
            second = Suite(
                id=new_id(),
                name="Newport custody suite",
                short="Newport",
                authority_id=authority.id,
                open_from="2020-01-01",
            )
            session.add(authority)
            session.flush()
            session.add_all([first, second])
            session.flush()
            self.suite, self.other_suite = first.id, second.id
            self.worker = self._user("custody_worker", "Test Worker", [first.id])
            self.colleague = self._user("custody_worker", "Test Colleague", [first.id])
            self.supervisor = self._user("supervisor", "Test Supervisor", [first.id, second.id])
            self.stranger = self._user("custody_worker", "Test Stranger", [second.id])
            self.administrator = self._user("administrator", "Test Administrator", [])
            self.manager = self._user("manager", "Test Manager", [first.id])
            definition = example_form()
            session.add(
                Form(
                    id=new_id(),
                    url=FORM_URL,
                    version="1.0.0",
                    title="Example",
                    status="active",
                    definition=definition,
                    sha256=sha256(definition),
                    published_at=clock.now(),
                )
            )

    def _user(self, role: str, name: str, suites: list[str]) -> str:
        user = User(id=new_id(), name=name, role=role, email=None, active=True, created_at=clock.now())
        db.session.add(user)
        db.session.flush()
        for suite_id in suites:
            db.session.add(UserSuite(user_id=user.id, suite_id=suite_id, granted_seq=0))
        db.session.flush()
        return user.id

    def tablet(self, user_id: str) -> Tablet:
        return Tablet(self, user_id)

    def grant(self, user_id: str, suite_id: str) -> None:
        with self.app.app_context(), transaction() as session:
            session.add(UserSuite(user_id=user_id, suite_id=suite_id, granted_seq=0))

    def revoke(self, user_id: str, suite_id: str) -> None:
        with self.app.app_context(), transaction() as session:
            users.revoke(session.get_one(User, user_id), suite_id)

    @contextmanager
    def behind_its_back(self) -> Iterator[Session]:
        """A transaction that the guards let through: what only a fault or a long time does to the rows."""
        with self.app.app_context(), transaction() as session:
            open_whole(session)
            yield session

    def upkeep(self) -> None:
        """What the service does by itself on the first push of a day."""
        with self.app.app_context(), transaction() as session:
            session.get_one(SyncMeta, 1).upkept_on = None
            session.flush()
            do_upkeep(session)
            session.get_one(SyncMeta, 1).upkept_on = "9999-12-31"

    def all(self, model: type[Any]) -> list[Any]:
        """Every row of a table, detached."""
        with self.app.app_context():
            rows = list(db.session.scalars(db.select(model)))
            for row in rows:
                db.session.expunge(row)
            return rows

    def one(self, model: type[Any], row_id: Any) -> Any:
        with self.app.app_context():
            row = db.session.get_one(model, row_id)
            db.session.expunge(row)
            return row


class Tablet:
    """A device of one user, with a real token, speaking JSON over HTTP."""

    def __init__(self, service: Service, user_id: str) -> None:
        self.service, self.user_id = service, user_id
        self.token = secrets.token_urlsafe(32)
        self.id = new_id()
        self.cursor: str | None = None
        self.epoch: str | None = None
        self.held: dict[str, dict[str, Any]] = {}
        with service.app.app_context(), transaction() as session:
            session.add(
                Device(
                    id=self.id,
                    user_id=user_id,
                    name="Test tablet",
                    token_sha256=hashlib.sha256(self.token.encode()).hexdigest(),
                    created_at=clock.now(),
                )
            )

    # --- the wire ---

    def post(self, path: str, data: Any, **options: Any) -> Any:
        headers = {
            "Authorization": f"Bearer {self.token}",
            "Content-Type": "application/json",
            **options.pop("headers", {}),
        }
        body = data if isinstance(data, (bytes, str)) else json.dumps(data)
        return self.service.app.test_client().post(path, data=body, headers=headers, **options)

    def push(self, *ops: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
        """Push and return the results, in order. Fails the test unless the answer is 200."""
        answer = self.post("/sync/v1/push", self.envelope(*ops, **more))
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return answer.get_json()["results"]

    def push_one(self, op: dict[str, Any]) -> dict[str, Any]:
        return self.push(op)[0]

    def envelope(self, *ops: dict[str, Any], **more: Any) -> dict[str, Any]:
        return {
            "proto": 1,
            "epoch": None,
            "device": self.id,
            "schema": 1,
            "now": clock.now(),
            "waiting": len(ops),
            "ops": list(ops),
            **more,
        }

    def pull(self, max_records: int = 500) -> dict[str, Any]:
        """One page; records and cursor are kept as a device keeps them."""
        sent = {
            "proto": 1,
            "epoch": self.epoch,
            "schema": 1,
            "cursor": self.cursor,
            "reference": None,
            "max_records": max_records,
        }
        answer = self.post("/sync/v1/pull", sent)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        page = answer.get_json()
        for record in page["records"]:
            self.held[record["id"]] = record
            if record["deleted"]:
                assert record["body"] == {}, "what was entered in error travels without what it held"
                del self.held[record["id"]]
        for each in page["leaves"]:
            self._leave(each["id"], [each["scope"]])
        for record_id in list(self.held):
            self._leave(record_id, page["drop_scopes"])
        self.cursor, self.epoch = page["cursor"], page["epoch"]
        if not page["more"]:
            assert page["digest"] == self.digest(page["digest"]), (
                "the tablet holds something else than the service says"
            )
        return page

    def _leave(self, record_id: str, scopes: list[str]) -> None:
        record = self.held.get(record_id)
        if record is None or not set(record["scopes"]) & set(scopes):
            return
        left = [scope for scope in record["scopes"] if scope not in scopes]
        if left:
            self.held[record_id] = {**record, "scopes": left}
        else:
            del self.held[record_id]

    def digest(self, scopes: Iterable[str]) -> dict[str, dict[str, Any]]:
        """What this tablet holds, reckoned as docs/sync-protocol.md says, from the bodies themselves."""
        found = {}
        for scope in scopes:
            mine = [record for record in self.held.values() if scope in record["scopes"]]
            marks = []
            for record in mine:
                n = record["rev"].split("-")[0]
                text = f"{record['id']} {n}-{sha256(record['body'])[:16]}"
                marks.append(int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big"))
            found[scope] = {"n": len(mine), "x": f"{sum(marks) % 2**64:016x}"}
        return found

    def pull_all(self, max_records: int = 500) -> dict[str, dict[str, Any]]:
        while self.pull(max_records)["more"]:
            pass
        return self.held

    # --- ops ---

    def create(self, kind: str, body: dict[str, Any], record: str | None = None) -> dict[str, Any]:
        return {
            "op": new_id(),
            "record": record or new_id(),
            "type": kind,
            "base": None,
            "set": [],
            "body": body,
            "at": clock.now(),
        }

    def edit(
        self, kind: str, record: str, base: str | dict[str, str], *changes: list[Any], **more: Any
    ) -> dict[str, Any]:
        """`base` is a rev, or {"op": id}; each change [pointer, seen, chosen]."""
        at = clock.now()
        start = base if isinstance(base, dict) else {"rev": base}
        return {
            "op": new_id(),
            "record": record,
            "type": kind,
            "base": start,
            "set": [[*change, at] for change in changes],
            "at": at,
            **more,
        }

    # --- work ---

    def person(self, **fields: str) -> str:
        """A person with an open episode in the service's first suite; returns the person's id."""
        return self.case(**fields)["person"]

    def case(
        self, suite: str | None = None, answers: dict[str, Any] | None = None, form: str = FORM, **fields: str
    ) -> dict[str, str]:
        """A person, an episode and a draft assessment. Returns {person, episode, assessment, rev, suite}."""
        suite = suite or self.service.suite
        person = self.create(
            "person", {"given_name": "Zebedee", "family_name": "Exemplar", "date_of_birth": "1990-01-31", **fields}
        )
        episode = self.create(
            "custody_episode",
            {"person_id": person["record"], "suite_id": suite, "cell": "M4", "arrived_at": clock.now()},
        )
        assessment = self.create(
            "assessment",
            {
                "person_id": person["record"],
                "episode_id": episode["record"],
                "suite_id": suite,
                "form": form,
                "basis": "voluntary",
                "author_id": self.user_id,
                "started_at": clock.now(),
                "state": "draft",
                "answers": answers or {},
            },
        )
        results = self.push(person, episode, assessment)
        assert [result["state"] for result in results] == ["applied"] * 3, results
        return {
            "person": person["record"],
            "episode": episode["record"],
            "assessment": assessment["record"],
            "rev": results[2]["rev"],
            "suite": suite,
        }

    def submit(self, case: dict[str, str], number: int = 1, rev: str | None = None) -> dict[str, Any]:
        before = "draft" if number == 1 else "returned"
        body = self.service_body(case["assessment"])
        return self.push_one(
            self.edit(
                "assessment",
                case["assessment"],
                rev or body["rev"],
                ["/state", before, "submitted"],
                [
                    "/submission",
                    body["body"].get("submission"),
                    {"number": number, "at": clock.now(), "by": self.user_id},
                ],
            )
        )

    def review(self, case: dict[str, str], outcome: str, number: int = 1, **fields: Any) -> dict[str, Any]:
        body = self.service_body(case["assessment"])
        review = {
            "number": number,
            "outcome": outcome,
            "marks": {},
            "comment": "",
            "by": self.user_id,
            "at": clock.now(),
            **fields,
        }
        return self.push_one(
            self.edit(
                "assessment",
                case["assessment"],
                body["rev"],
                ["/state", "submitted", outcome],
                ["/review", body["body"].get("review"), review],
            )
        )

    def service_body(self, record_id: str) -> dict[str, Any]:
        """{rev, body} as the server has it."""
        from throughcare.models import Record

        record = self.service.one(Record, record_id)
        return {"rev": record.rev, "body": record.body}
