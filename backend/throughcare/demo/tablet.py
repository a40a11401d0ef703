"""A tablet that does not exist, and the world it stands in. What it records goes through receive_ops like anyone's."""

from __future__ import annotations

import copy
import heapq
import uuid
from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import select

from throughcare import clock
from throughcare.db import db
from throughcare.forms import engine
from throughcare.models import Device, Form, Record, Suite, User
from throughcare.records.merge import get, parse_pointer, put
from throughcare.records.revision import named_id
from throughcare.sync.receive import receive_ops

# A case is a generator: it yields how many minutes ago the next thing happened, then does it.
Case = Generator[float, None, None]


class World:
    """Users and suites by name, one random source, and a clock that the cases move: `ago` minutes before the start."""

    def __init__(self, seed: int) -> None:
        self.rng = Random(seed)
        now = datetime.now(UTC).replace(second=0, microsecond=0)
        self.start = now - timedelta(minutes=now.minute % 5)
        self.ago = 0.0
        self.users = {user.name: user for user in db.session.scalars(select(User))}
        self.suites = {suite.short: suite for suite in db.session.scalars(select(Suite))}
        self.forms = {form.form: form for form in db.session.scalars(select(Form))}
        self.numbers: dict[str, int] = {}

    def now(self, minutes_before: float = 0) -> str:
        return clock.text(self.start - timedelta(minutes=self.ago + minutes_before))

    def id(self) -> str:
        """A UUIDv7 of this moment; its random part comes from the world's own source."""
        at = int((self.start - timedelta(minutes=self.ago)).timestamp() * 1000)
        bits = at << 80 | 7 << 76 | self.rng.getrandbits(12) << 64 | 2 << 62 | self.rng.getrandbits(62)
        return str(uuid.UUID(int=bits))

    def custody_number(self, short: str) -> str:
        self.numbers[short] = (
            self.numbers.get(short, {"HL": 2259, "MG": 1890, "OB": 730, "TR": 410}.get(short, 100)) + 1
        )
        return f"{short}/{self.numbers[short]:04d}"

    def play(self, cases: list[Case]) -> None:
        """Run the cases together in the order in which things happened, so that server order is the order of the days."""
        queue: list[tuple[float, int, Case]] = []
        for number, case in enumerate(cases):
            if (ago := next(case, None)) is not None:
                heapq.heappush(queue, (-ago, number, case))
        while queue:
            due, number, case = heapq.heappop(queue)
            self.ago = -due
            with clock.standing_at(self.now()):
                ago = next(case, None)
            if ago is not None:
                heapq.heappush(queue, (-min(ago, self.ago), number, case))


class Tablet:
    """One user's records as they stand on it, and what it has not sent."""

    def __init__(self, world: World, name: str) -> None:
        self.world, self.user = world, world.users[name]
        self.device = db.session.scalars(select(Device).where(Device.user_id == self.user.id)).first()
        self.unsent: list[dict[str, Any]] = []
        self.held: dict[str, tuple[dict[str, str] | None, dict[str, Any]]] = {}

    def fetch(self, record: str) -> dict[str, Any]:
        """The body as this tablet knows it: as it last stood on the server, with its own unsent changes."""
        if record not in self.held:
            row = db.session.get_one(Record, record)
            self.held[record] = ({"rev": row.rev}, copy.deepcopy(row.body))
        return self.held[record][1]

    def create(self, kind: str, body: dict[str, Any], record: str | None = None) -> str:
        record = record or self.world.id()
        self._keep(kind, record, {"base": None, "set": [], "body": copy.deepcopy(body)})
        self.held[record] = ({"op": self.unsent[-1]["op"]}, copy.deepcopy(body))
        return record

    def edit(self, kind: str, record: str, changes: dict[str, Any], **more: Any) -> None:
        """`changes` maps pointers to what the person chose; what they saw is what this tablet holds."""
        body = self.fetch(record)
        base, at, entries = self.held[record][0], self.world.now(), []
        for pointer, chosen in changes.items():
            path = parse_pointer(pointer)
            entries.append([pointer, copy.deepcopy(get(body, path)), chosen, at])
            put(body, path, copy.deepcopy(chosen))
        self._keep(kind, record, {"base": base, "set": entries, **more})
        self.held[record] = ({"op": self.unsent[-1]["op"]}, body)

    def _keep(self, kind: str, record: str, op: dict[str, Any]) -> None:
        self.unsent.append({"op": self.world.id(), "record": record, "type": kind, "at": self.world.now(), **op})

    def sync(self) -> list[dict[str, Any]]:
        """Send everything. An op that the server refuses is a fault of the generator."""
        results = receive_ops(self.user, self.device, self.unsent)
        refused = [
            (op["type"], result["why"])
            for op, result in zip(self.unsent, results, strict=True)
            if result["state"] == "rejected"
        ]
        if refused:
            raise AssertionError(f"the server refused invented work: {refused}")
        self.unsent, self.held = [], {}
        if self.device:
            self.device.last_sync_at = self.world.now()
        return results

    # --- what a worker does, in the worker's words ---

    def answer(self, assessment: str, answers: dict[str, Any]) -> None:
        self.edit("assessment", assessment, {f"/answers/{link_id}": value for link_id, value in answers.items()})

    def raise_alerts(self, assessment: str) -> list[str]:
        """What the form makes of the answers so far, as the worker's script does it: at once, before any submission."""
        body = self.fetch(assessment)
        definition = self.world.forms[body["form"]].definition
        found = engine.evaluate(definition, body["answers"], {"now": self.world.now(), "conflicts": {}})["alerts"]
        ids = []
        for alert in found:
            alert_id = named_id(assessment, alert["id"])
            if alert_id in self.held or db.session.get(Record, alert_id) is not None:
                continue
            fields = {name: alert[name] for name in ("kind", "text", "due")}
            shared = {name: body[name] for name in ("person_id", "suite_id")}
            self.create(
                "alert",
                {
                    "assessment_id": assessment,
                    **shared,
                    "alert": alert["id"],
                    **fields,
                    "raised_at": self.world.now(),
                    "owner_id": self.user.id,
                    "state": "open",
                },
                alert_id,
            )
            ids.append(alert_id)
        return ids

    def settle(self, alerts: list[str], name: str) -> None:
        for alert in alerts:
            settled = {"name": name, "role": "Custody sergeant", "at": self.world.now(), "by": self.user.id}
            self.edit("alert", alert, {"/settled": settled, "/state": "told"})

    def submit(self, assessment: str) -> None:
        number = (self.fetch(assessment).get("submission") or {}).get("number", 0) + 1
        handed = {"number": number, "at": self.world.now(), "by": self.user.id}
        self.edit("assessment", assessment, {"/submission": handed, "/state": "submitted"})

    def review(self, assessment: str, outcome: str, marks: dict[str, str] | None = None, comment: str = "") -> None:
        number = self.fetch(assessment)["submission"]["number"]
        review = {
            "number": number,
            "outcome": outcome,
            "marks": marks or {},
            "comment": comment,
            "by": self.user.id,
            "at": self.world.now(),
        }
        self.edit("assessment", assessment, {"/review": review, "/state": outcome})
        self.sync()
