"""One seed, one history: several tablets (the shipped store, queue and sync, in quickjs) and the shipped server on SQLite,
with a network, a disk and clocks that a seed decides.

A tablet's request may be lost before or after the server has it, come late and come twice; its power may go before or after
any write; its clock may be years off; its worker's suite may be taken away and given back. What is on its disk may change
behind the program's back, and the server may be set back to a backup (sim/ruin.py). After the last step everybody syncs in
peace, and what is then on the tablets and on the server is checked (sim/checks.py; while it goes on, sim/watch.py).
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from flask import Flask

import databases
from factories import Service, Tablet
from sim import stays
from sim.checks import brief, check
from sim.engine import SHIPPED, Engine, Ids, Violation
from sim.ruin import Ruin
from sim.watch import Watch
from sim.work import Work
from throughcare import clock
from throughcare.db import db, transaction
from throughcare.models import SyncMeta, UserSuite

START = "2026-11-22T06:00:00Z"
# A history is far smaller than a batch or a page: more requests than this are a loop.
MOST_REQUESTS = 16


Step = Callable[[str], Any]
# (tablet, hours since START) -> hours since START that its clock shows.
Clocks = Callable[[str, float], float]


class World:
    def __init__(
        self, app: Flask, seed: int, tablets: int = 3, source: Path = SHIPPED, clocks: Clocks | None = None
    ) -> None:
        self.rng = random.Random(seed)
        self.seed = seed
        self.new_id = Ids(self.rng)
        self.hours = 0.0
        self.trace: list[str] = []
        with mock.patch("factories.new_id", self.new_id):
            self.service = Service(app)
            # The service's own daily work runs here as it does in the field.
            with app.app_context(), transaction() as session:
                session.get_one(SyncMeta, 1).upkept_on = None
            users = [self.service.worker, self.service.colleague, self.service.supervisor]
            self.tablets = {str(n): Tablet(self.service, users[n % 3]) for n in range(tablets)}
        self.users = {name: tablet.user_id for name, tablet in self.tablets.items()}
        self.engine = Engine(source, self.new_id)
        chosen = {name: self.rng.choice([0, 0, -87_600, 87_600, 13]) for name in self.tablets}
        self.clocks = clocks or (lambda name, hours: hours + chosen.get(name, 0))
        # Requests that were delivered late or will be: (tablet, path, body).
        self.delayed: list[tuple[str, str, dict[str, Any]]] = []
        # What each worker was told is saved: (record, pointer) -> every value that was.
        self.saved: dict[tuple[str, str], set[Any]] = {}
        self.watch = Watch(self.engine, self.service.suite)
        self.ruin = Ruin(self)
        # The stay that was changed last, on any tablet.
        self.met = ""
        self.work = Work(self)
        self.chances = self._chances()
        for name in self.tablets:
            self.engine.do("make", name=name)

    def _chances(self) -> dict[Step, float]:
        """What may happen in this history, and how often beside the rest. Each history goes without some of it and has more
        of something else, so that what is left meets more often than in one where everything happens."""
        always: dict[Step, float] = {self.work.save: 3.5, self.sync: 4, self.hear: 8}
        often: dict[Step, float] = {self.work.assess: 5, self.stay: 1.5, self.work.settle: 1.5, self.power: 1.5}
        often |= {self.work.hand_in: 1, self.late: 2, self.ruin.server: 0.8, self.grant: 0.4, self.ruin.disk: 0.4}
        often |= {self.work.publish: 0.2, self.work.clone: 0.1}
        return always | {what: chance * self.rng.choice([0, 1, 1, 2]) for what, chance in often.items()}

    @property
    def granted(self) -> bool:
        """Whether the second worker has the suite; a database that is set back says what it said then."""
        given = {(each.user_id, each.suite_id) for each in self.service.all(UserSuite)}
        return (self.service.colleague, self.service.suite) in given

    # --- time, and the server's answer

    def time(self, name: str | None = None) -> str:
        """The server's time, or what a tablet's clock says."""
        return clock.after(base=START, hours=self.hours if name is None else self.clocks(name, self.hours))

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
        what = self.rng.choices(list(self.chances), list(self.chances.values()))[0]
        what(name)
        self.look(name)

    def stay(self, name: str) -> None:
        stays.change(self, name)

    def sync(self, name: str) -> None:
        self.engine.do("sync", name=name, time=self.time(name))

    def hear(self, name: str, peace: bool = False) -> Any:
        """The tablet's request meets the network. Returns the answer that came back, if one did."""
        asked = self.engine.do("look", name=name)["asked"]
        if not asked:
            return None
        path, body = asked["path"], asked["body"]
        if path.endswith("compare"):
            self.watch.compares(name)
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
            # A suite that was taken away since the last page cannot be compared any more. Nothing else is ever refused.
            gone = (
                path.endswith("compare")
                and status == 403
                and self.users[name] == self.service.colleague
                and not self.granted
            )
            if status != 200 and not gone:
                raise Violation(f"{path} answered {status} {answer}")
            if luck < 0.35:
                self.delayed.append((name, path, body))
            if luck < 0.4:
                status, answer = 0, None
            if 0.4 < luck < 0.5 and answer and answer.get("results"):
                answer = {**answer, "results": answer["results"][:-1]}
                self.say(name, path, "one result left out")
            self.say(name, path, "heard" if status else "lost after", brief(answer))
        self.engine.do("answer", name=name, status=status, body=answer)
        if answer and status == 200:
            self.watch.heard(name, path, body, answer)
        return answer

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
        self.say("revoked" if not self.granted else "granted")

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
        self.watch.look(name, seen)

    # --- the end

    def settle(self) -> None:
        """Everything that is under way arrives, then everybody syncs in peace; at last, in some histories, a suite goes."""
        if not self.granted:
            self.grant("")
        self.work.publish()
        while self.delayed:
            self.late("")
        self._peace(3 if self.ruin.any else 2)
        self._days_pass()
        self._peace(1)
        if self.rng.random() < 0.3:
            self.grant("")
        # What was chained on a refused op goes when the suite's end takes that one along.
        self._peace(2)
        for name in sorted(self.tablets):
            if moved := self.in_peace(name):
                raise Violation(f"I15: tablet {name} still moves {moved} when all is said")

    def _days_pass(self) -> None:
        """What waits for a predecessor that is nowhere is applied without it after five days, with the day's first push."""
        self.hours += 6 * 24
        push = {"proto": 1, "epoch": None, "schema": 1, "now": self.time(), "waiting": 0, "last_op": None, "ops": []}
        status, answer = self.serve(min(self.tablets), "/sync/v1/push", push)
        if status != 200:
            raise Violation(f"the day's first push answered {status} {answer}")

    def _peace(self, rounds: int) -> None:
        for name in sorted(self.tablets) * rounds:
            self.in_peace(name)

    def in_peace(self, name: str, hours: float = 1.0) -> int:
        """One whole sync without a fault, so many hours later. Returns how many ops and records it moved."""
        self.engine.do("crash", name=name)
        self.hours += hours
        self.engine.do("sync", name=name, time=self.time(name))
        moved = requests = 0
        while (seen := self.engine.do("look", name=name))["running"]:
            answer = self.hear(name, peace=True)
            moved += len(seen["asked"]["body"].get("ops", [])) + len((answer or {}).get("records", []))
            self.look(name)
            requests += 1
            if requests > MOST_REQUESTS:
                raise Violation("I15: a sync in peace does not end")
        return moved


def play(world: World, steps: int) -> None:
    """The whole of its history. Raises Violation with the seed and the last steps in it."""
    try:
        for _ in range(steps):
            world.step()
        world.settle()
        check(world)
    except Violation as violation:
        tail = "\n".join(world.trace[-25:])
        raise Violation(f"seed {world.seed}: {violation}\n{tail}") from None


def history(template: Path, seed: int, steps: int, source: Path = SHIPPED) -> list[str]:
    """One history, on a copy of the empty database `template`. Returns its trace. Raises Violation."""
    with told(template, seed, steps, source) as world:
        return world.trace


@contextmanager
def told(
    template: Path, seed: int, steps: int, source: Path = SHIPPED, clocks: Clocks | None = None
) -> Iterator[World]:
    """The world at the end of a history, while its database is there. Raises Violation."""
    with tempfile.TemporaryDirectory() as folder:
        app = databases.sqlite_app(template, Path(folder))
        try:
            world = World(app, seed, source=source, clocks=clocks)
            play(world, steps)
            yield world
        finally:
            with app.app_context():
                db.engine.dispose()
