"""Tablets' clients under load: they push over HTTP, keep what was not answered, send some of it twice, and remember
every answer byte for byte. What they were told is then compared with what the database holds."""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from sqlalchemy import select

import factories
from throughcare import clock
from throughcare.db import db, reading
from throughcare.models import AuditEvent, Op, Record, RecordVersion, new_id

BATCH = 12  # ops, at most
BROKEN_OFF = (OSError, http.client.HTTPException)


def results_of(body: bytes) -> list[str]:
    """Each result of a push as the text that it came in."""
    text = body.decode()
    at = text.index('"results": [') + len('"results": [')
    found, reader = [], json.JSONDecoder()
    while text[at] == "{":
        _value, end = reader.raw_decode(text, at)
        found.append(text[at:end])
        at = end + (text[end] == ",")
    return found


@dataclass
class Told:
    """`answers`: {op: its result as text}. `cut`: requests that got no answer. `other`: ops that got another answer
    when they were sent again."""

    answers: dict[str, str] = field(default_factory=dict)
    cut: int = 0
    refused: Counter[int] = field(default_factory=Counter)
    other: list[str] = field(default_factory=list)


class Client(threading.Thread):
    """One tablet. `port()` says where the service is now."""

    def __init__(self, tablet: factories.Tablet, case: dict[str, str], port: Callable[[], int], seed: int) -> None:
        super().__init__(daemon=True)
        self.tablet, self.case, self.port = tablet, case, port
        self.chance = random.Random(seed)
        self.told = Told()
        self.queue: list[dict[str, Any]] = []
        self.before: list[dict[str, Any]] = []
        self.contacts: list[tuple[str, str, str]] = []  # (record, its last op, its reason)
        self.working = threading.Event()
        self.working.set()

    def run(self) -> None:
        while self.working.is_set() or self.queue:
            if self.working.is_set() and len(self.queue) < BATCH:
                self.queue += [self._op() for _ in range(self.chance.randint(1, BATCH - len(self.queue)))]
            # A third of the time what was answered goes out again, before what is new.
            again = self.before if self.chance.random() < 0.33 else []
            sent = [*again, *self.queue]
            answered = self._push(sent)
            if answered is None:
                time.sleep(0.03)
                continue
            for op, text in zip(sent, answered, strict=True):
                if self.told.answers.setdefault(op["op"], text) != text:
                    self.told.other.append(op["op"])
            self.before, self.queue = self.queue, []

    def _op(self) -> dict[str, Any]:
        """A contact with somebody, or another reason on one of the last contacts."""
        if self.contacts and self.chance.random() < 0.5:
            place = self.chance.randrange(len(self.contacts))
            record, last, reason = self.contacts[place]
            chosen = f"reason {self.chance.random()}"
            op = self.tablet.edit("contact", record, {"op": last}, ["/reason", reason, chosen])
            self.contacts[place] = (record, op["op"], chosen)
            return op
        body = {
            "person_id": self.case["person"],
            "episode_id": self.case["episode"],
            "suite_id": self.case["suite"],
            "kind": "cell-sweep",
            "outcome": "declined",
            "reason": "asleep",
            "at": clock.now(),
            "worker_id": self.tablet.user_id,
        }
        op = self.tablet.create("contact", body, new_id())
        self.contacts = [*self.contacts[-4:], (op["record"], op["op"], "asleep")]
        return op

    def _push(self, ops: list[dict[str, Any]]) -> list[str] | None:
        answer = post(self.port(), self.tablet, "/sync/v1/push", self.tablet.envelope(*ops))
        if answer is None:
            return None
        status, body = answer
        if status == 200:
            return results_of(body)
        if status:
            self.told.refused[status] += 1
        else:
            self.told.cut += 1
        return None


class Follower(threading.Thread):
    """A tablet that only pulls, small pages, wherever the service is now."""

    def __init__(self, tablet: factories.Tablet, port: Callable[[], int]) -> None:
        super().__init__(daemon=True)
        self.tablet, self.port = tablet, port
        self.pages = 0
        self.working = threading.Event()
        self.working.set()

    def run(self) -> None:
        while self.working.is_set():
            self._page()
            time.sleep(0.005)
        while self._page() is not False:  # the last page is asked for after the last write
            time.sleep(0.005)

    def _page(self) -> bool | None:
        """Whether there is more; nothing where there was no answer."""
        tablet = self.tablet
        sent = {"proto": 1, "epoch": tablet.epoch, "schema": 1, "cursor": tablet.cursor, "max_records": 20}
        answer = post(self.port(), tablet, "/sync/v1/pull", sent)
        if answer is None or answer[0] != 200:
            return None
        page = json.loads(answer[1])
        self.pages += 1
        tablet.held.update({record["id"]: record for record in page["records"]})
        tablet.cursor, tablet.epoch = page["cursor"], page["epoch"]
        return bool(page["more"])


def post(port: int, tablet: factories.Tablet, path: str, sent: Any) -> tuple[int, bytes] | None:
    """(status, body); status 0 for a request that was cut off; nothing where nobody listened."""
    headers = {"Authorization": f"Bearer {tablet.token}", "Content-Type": "application/json"}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("POST", path, json.dumps(sent), headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    except ConnectionRefusedError:
        return None
    except BROKEN_OFF:
        return 0, b""
    finally:
        connection.close()


def compare(app: Flask, clients: list[Client], follower: Follower) -> dict[str, int]:
    """What the clients were told, against what stands: counts of ops. `missed`: records that the follower does not hold
    as they stand."""
    answers = {op: text for client in clients for op, text in client.told.answers.items()}
    with app.app_context(), reading():
        kept = {op.id: op for op in db.session.scalars(select(Op))}
        versions = Counter(db.session.scalars(select(RecordVersion.op_id)))
        deeds = Counter(
            event.facts.get("op")
            for event in db.session.scalars(select(AuditEvent).where(AuditEvent.action.startswith("op.")))
        )
        steps = Counter(op.record_id for op in kept.values())
        revised = {
            row.id: row.n for row in db.session.execute(select(Record.id, Record.n).where(Record.type == "contact"))
        }
        held = {record_id: record["rev"] for record_id, record in follower.tablet.held.items()}
        standing = dict(db.session.execute(select(Record.id, Record.rev)).all())
        return {
            "missed": sum(held.get(record_id) != rev for record_id, rev in standing.items()),
            "pages": follower.pages,
            "acknowledged": len(answers),
            "lost": sum(op not in kept for op in answers),
            "doubled": sum(versions[op] > 1 or deeds[op] > 1 for op in kept)
            + sum(n > steps[record] for record, n in revised.items()),
            "not_applied": sum(json.loads(text)["state"] != "applied" for text in answers.values()),
            "other_answers": sum(op in kept and kept[op].result != text for op, text in answers.items())
            + sum(len(client.told.other) for client in clients),
            "cut": sum(client.told.cut for client in clients),
            "refused": sum(sum(client.told.refused.values()) for client in clients),
        }
