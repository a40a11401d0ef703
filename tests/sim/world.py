"""One seed, one history: several tablets (the shipped store, queue and sync, in quickjs) and the shipped server on SQLite,
with a network, a disk and clocks that a seed decides.

A tablet's request may be lost before or after the server has it, come late and come twice; its power may go before or after
any write; its clock may be years off; its worker's suite may be taken away and given back. After the last step everybody
syncs in peace, and what is then on the tablets and on the server is checked.
"""

from __future__ import annotations

import hashlib
import json
import random
import tempfile
from pathlib import Path
from typing import Any
from unittest import mock

from flask import Flask

import databases
from factories import Service, Tablet
from sim.engine import SHIPPED, Engine, Ids, Violation
from throughcare import clock
from throughcare.db import db
from throughcare.models import Conflict, Op, Record, RecordScope

START = "2026-11-22T06:00:00Z"
# A history is far smaller than a batch or a page: more requests than this are a loop.
MOST_REQUESTS = 12
FIELDS = ("/given_name", "/family_name", "/prison_number", "/local_number")


class World:
    def __init__(self, app: Flask, seed: int, tablets: int = 3, source: Path = SHIPPED) -> None:
        self.rng = random.Random(seed)
        self.seed = seed
        self.new_id = Ids(self.rng)
        self.hours = 0.0
        self.trace: list[str] = []
        with mock.patch("factories.new_id", self.new_id):
            self.service = Service(app)
            users = [self.service.worker, self.service.colleague, self.service.supervisor]
            self.tablets = {str(n): Tablet(self.service, users[n % 3]) for n in range(tablets)}
        self.engine = Engine(source, self.new_id)
        self.skew = {name: self.rng.choice([0, 0, -87_600, 87_600, 13]) for name in self.tablets}
        # Requests that were delivered late or will be: (tablet, path, body).
        self.delayed: list[tuple[str, str, dict[str, Any]]] = []
        # What each worker was told is saved: (record, pointer) -> every value that was.
        self.saved: dict[tuple[str, str], set[str]] = {}
        self.revisions: dict[tuple[str, str], int] = {}
        self.people: list[str] = []
        self.granted = True
        for name in self.tablets:
            self.engine.do("make", name=name)

    # --- time, and the server's answer

    def time(self, name: str | None = None) -> str:
        """The server's time, or what a tablet's clock says."""
        skew = self.skew[name] if name is not None else 0
        return clock.after(base=START, hours=self.hours + skew)

    def serve(self, name: str, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        body = body | {"device": self.tablets[name].id} if path.endswith("push") else body
        with clock.standing_at(self.time()):
            answer = self.tablets[name].post(path, body)
        return answer.status_code, answer.get_json(silent=True)

    def say(self, *words: Any) -> None:
        self.trace.append(" ".join(str(word) for word in words))

    # --- steps

    def step(self) -> None:
        self.hours += self.rng.choice([0.01, 0.1, 1.0, 30.0])
        name = self.rng.choice(sorted(self.tablets))
        what = self.rng.choices(
            [self.save, self.sync, self.hear, self.power, self.late, self.grant], [6, 4, 8, 1.5, 2, 0.4]
        )[0]
        what(name)
        self.look(name)

    def save(self, name: str) -> None:
        if not self.people or self.rng.random() < 0.25:
            person, stay = self.new_id(), self.new_id()
            body = {"given_name": "Zebedee", "family_name": "Exemplar"}
            at_suite = {"person_id": person, "suite_id": self.service.suite, "arrived_at": self.time()}
            changes = [
                {"create": "person", "id": person, "body": body},
                {"create": "custody_episode", "id": stay, "body": at_suite},
            ]
            told = {(person, f"/{key}"): value for key, value in body.items()}
        else:
            person = self.rng.choice(self.people)
            if self.engine.do("read", name=name, type="person", id=person) is None:
                return
            chosen = [
                (field, f"v{self.rng.randint(1, 3)}") for field in self.rng.sample(FIELDS, self.rng.randint(1, 2))
            ]
            changes = [{"edit": "person", "id": person, "set": chosen}]
            told = {(person, field): value for field, value in chosen}
        if self.engine.do("save", name=name, time=self.time(name), changes=changes) == "power":
            self.say(name, "save: power")  # nobody was told that it is saved
            self.engine.do("crash", name=name)
            return
        if person not in self.people:
            self.people.append(person)
        self.say(name, "saved", person, sorted(told.items()))
        for place, value in told.items():
            self.saved.setdefault(place, set()).add(value)

    def sync(self, name: str) -> None:
        self.engine.do("sync", name=name, time=self.time(name))

    def hear(self, name: str, peace: bool = False) -> None:
        """The tablet's request meets the network."""
        asked = self.engine.do("look", name=name)["asked"]
        if not asked:
            return
        path, body = asked["path"], asked["body"]
        if path.endswith("compare"):
            raise Violation(f"I7: tablet {name} differs from the server, and nothing of it was changed")
        luck = 1.0 if peace else self.rng.random()
        status, answer = 0, None
        if luck < 0.1:
            self.say(name, path, "lost before")
        elif luck < 0.2:
            self.delayed.append((name, path, body))
            self.say(name, path, "late")
        elif luck < 0.25:
            status = self.rng.choice([413, 500, 503, 200])
            # What is too large is so by its size: a request of one small op never is.
            status = 500 if status == 413 and len(body.get("ops", [])) < 2 else status
            self.say(name, path, "middlebox", status)
        else:
            status, answer = self.serve(name, path, body)
            if status != 200:
                raise Violation(f"{path} answered {status} {answer}")
            if luck < 0.35:
                self.delayed.append((name, path, body))
            if luck < 0.4:
                status, answer = 0, None
            self.say(name, path, "heard" if status else "lost after", _digest(answer))
        self.engine.do("answer", name=name, status=status, body=answer)

    def power(self, name: str) -> None:
        """Now, or at one of the next writes: before the disk has it or right after."""
        if self.rng.random() < 0.3:
            self.say(name, "crash")
            self.engine.do("crash", name=name)
        else:
            self.engine.do("doom", name=name, at=self.rng.choice([-3, -2, -1, 1, 2, 3]))

    def late(self, _name: str) -> None:
        """A request of some days ago arrives, for the first time or again; nobody waits for its answer."""
        if self.delayed:
            name, path, body = self.delayed.pop(self.rng.randrange(len(self.delayed)))
            self.say(name, path, "arrives late")
            self.serve(name, path, body)

    def grant(self, _name: str) -> None:
        change = self.service.revoke if self.granted else self.service.grant
        change(self.service.colleague, self.service.suite)
        self.granted = not self.granted
        self.say("granted" if self.granted else "revoked")

    def look(self, name: str) -> None:
        """What must hold after every step, for a tablet that had power cut too."""
        seen = self.engine.do("look", name=name)
        if seen["dead"]:
            self.say(name, "power")
            self.engine.do("crash", name=name)
            return
        failed = (seen["outcome"] or {}).get("failed")
        if failed:
            raise Violation(failed)
        held = {key: number for key, number in self.revisions.items() if key[0] == name}
        here = {(name, key): int(record["rev"].split("-")[0]) for key, record in seen["records"]}
        for key, number in here.items():
            if number < held.get(key, 0):
                raise Violation(f"I10: tablet {name} went back from revision {held[key]} to {number} of {key[1]}")
        self.revisions = {key: number for key, number in self.revisions.items() if key[0] != name} | here

    # --- the end

    def settle(self) -> None:
        """Everything that is under way arrives, then everybody syncs in peace; at last, in some histories, a suite goes."""
        if not self.granted:
            self.grant("")
        while self.delayed:
            self.late("")
        self._peace(2)
        if self.rng.random() < 0.3:
            self.grant("")
        self._peace(1)

    def _peace(self, rounds: int) -> None:
        for name in sorted(self.tablets) * rounds:
            self.engine.do("crash", name=name)
            self.hours += 1
            self.engine.do("sync", name=name, time=self.time(name))
            requests = 0
            while self.engine.do("look", name=name)["running"]:
                self.hear(name, peace=True)
                self.look(name)
                requests += 1
                if requests > MOST_REQUESTS:
                    raise Violation("I15: a sync in peace does not end")

    def check(self) -> None:
        records = {each.id: each for each in self.service.all(Record)}
        ops = {each.id: each for each in self.service.all(Op)}
        conflicts = self.service.all(Conflict)
        places = {(each.record_id, each.path) for each in conflicts}
        for (record, field), values in self.saved.items():
            if record not in records:
                raise Violation(f"I3: {record} was saved and is nowhere")
            sent = _sent(ops.values(), record, field)
            lost = values - sent
            # Somebody who goes on typing before anything is sent replaces their own words, and nobody else's.
            if not sent or records[record].body.get(field[1:]) not in sent | {None}:
                raise Violation(f"I3: {field} of {record} was saved as {sorted(lost)} and is nowhere")
        for op in ops.values():
            if op.state == "held" and op.why != "record.out_of_scope_now":
                raise Violation(f"I18: {op.id} still waits: {op.why}")
            if op.state == "rejected" and op.why == "op.failed":
                raise Violation(f"I18: the server failed at {op.id}")
        self._no_silent_overwrite(list(ops.values()), places)
        for name in self.tablets:
            self._converged(name, records)
        self.say("end", _digest({key: each.body for key, each in sorted(records.items()) if each.type == "person"}))

    def _no_silent_overwrite(self, ops: list[Any], places: set[tuple[str, str]]) -> None:
        """I4, I5: a change that did not see what stood is a conflict or was equal; what saw it never is."""
        bodies: dict[tuple[str, str], Any] = {}
        expected = set()
        for op in sorted(ops, key=lambda each: each.arrival):
            wire = json.loads(op.payload)
            if op.type != "person" or op.state in ("held", "rejected"):
                continue
            for key, value in (wire.get("body") or {}).items():
                bodies.setdefault((op.record_id, f"/{key}"), value)
            for pointer, seen, chosen, _at in wire["set"]:
                stands = bodies.get((op.record_id, pointer))
                if stands == seen:
                    bodies[op.record_id, pointer] = chosen
                elif stands != chosen:
                    expected.add((op.record_id, pointer))
        if self._in_order(ops) and expected != places:
            raise Violation(f"I4/I5: conflicts at {sorted(places)}, expected at {sorted(expected)}")

    def _in_order(self, ops: list[Any]) -> bool:
        """Whether every op came after the one it builds on, so that order of arrival is order of effect."""
        arrival = {op.id: op.arrival for op in ops}
        return all(arrival.get((json.loads(op.payload)["base"] or {}).get("op"), 0) < op.arrival for op in ops)

    def _converged(self, name: str, records: dict[str, Any]) -> None:
        seen = self.engine.do("look", name=name)
        # What is chained on a refused op stays by design until a person has seen to that one.
        stuck = {each["op"]["op"] for each in seen["entries"] if each["state"] == "rejected"}
        waiting = []
        for each in seen["entries"]:
            op = each["op"]
            if (op["base"] or {}).get("op") in stuck:
                stuck.add(op["op"])
            elif each["state"] in ("waiting", "sending"):
                waiting.append(op["op"])
        if waiting:
            raise Violation(f"I7: tablet {name} still holds {waiting} after syncing in peace")
        if seen["unreadable"]:
            raise Violation(f"I8: tablet {name} never finished a purge")
        here = dict(seen["records"])
        granted = {self.service.suite} if self.granted or name != "1" else set()
        shown = {each.record_id for each in self.service.all(RecordScope) if not each.left and each.scope in granted}
        for key in shown:
            if key not in here:
                raise Violation(f"I7: tablet {name} lacks {records[key].type} {key}")
            if (here[key]["rev"], here[key]["body"]) != (records[key].rev, records[key].body):
                raise Violation(f"I7: tablet {name} has another {records[key].type} {key} than the server")
        for key in here.keys() - shown:
            # A person without a stay is in nobody's suite, and stays with the one who made them.
            if key not in records or here[key]["scopes"]:
                raise Violation(f"I8: tablet {name} still holds {key}")


def _sent(ops: Any, record: str, field: str) -> set[Any]:
    values: set[Any] = set()
    for op in ops:
        if op.record_id != record:
            continue
        wire = json.loads(op.payload)
        values.add((wire.get("body") or {}).get(field[1:]))
        values.update(chosen for pointer, _seen, chosen, _at in wire["set"] if pointer == field)
    return values - {None}


def _digest(answer: Any) -> str:
    """What a trace keeps of an answer: not the server's own random ids."""
    if isinstance(answer, dict) and "results" in answer:
        return " ".join(f"{each['op'][9:13]}={each['state']}" for each in answer["results"])
    if isinstance(answer, dict) and "cursor" in answer:
        return " ".join(sorted(each["id"] for each in answer["records"] if each["type"] == "person")) or "nothing"
    return hashlib.sha256(json.dumps(answer, sort_keys=True).encode()).hexdigest()[:12]


def run(app: Flask, seed: int, steps: int, source: Path = SHIPPED) -> list[str]:
    """One history. Returns its trace. Raises Violation with the seed and the last steps in it."""
    world = World(app, seed, source=source)
    try:
        for _ in range(steps):
            world.step()
        world.settle()
        world.check()
    except Violation as violation:
        tail = "\n".join(world.trace[-25:])
        raise Violation(f"seed {seed}: {violation}\n{tail}") from None
    return world.trace


def history(template: Path, seed: int, steps: int, source: Path = SHIPPED) -> list[str]:
    """The same, on a copy of the empty database `template`."""
    with tempfile.TemporaryDirectory() as folder:
        app = databases.sqlite_app(template, Path(folder))
        try:
            return run(app, seed, steps, source)
        finally:
            with app.app_context():
                db.engine.dispose()
