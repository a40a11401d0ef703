"""A tablet whose browser is killed at a chosen `await` of its worker, and what must be there when it is opened again."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import subprocess
import time
import urllib.request
import uuid
from pathlib import Path
from typing import Any

from playwright.sync_api import Error, Playwright

from browser.conftest import who
from browser.server import HOME, Server
from browser.tablet import Tablet

# The way of a save, a push and a pull through the worker.
ON_THE_WAY = [
    "sw.js",
    *(f"src/{name}.js" for name in ("app", "context", "device")),
    *(f"src/routes/{name}.js" for name in ("answers", "save", "edits", "load", "device")),
    *(f"src/store/{name}.js" for name in ("core", "db", "doorway", "holdings", "purge", "store", "synced", "vault")),
    *(f"src/sync/{name}.js" for name in ("effects", "exchange", "schedule")),
]
NOON = "2026-11-12T12:00:00Z"
QUESTION, CODES = "gate-age", ("adult", "not-certain")


def numbered(points: list[dict[str, Any]]) -> Any:
    """A change for builds.build: every await of the way is numbered; fills `points`."""

    def change(folder: Path) -> None:
        words = ["node", "--expose-internals", str(HOME / "tests" / "browser" / "awaits.cjs")]
        done = subprocess.run(
            [*words, str(folder / "service_worker"), *ON_THE_WAY], capture_output=True, text=True, check=True
        )
        points.extend(json.loads(done.stdout))

    return change


class Lost(AssertionError):
    """What a kill must not do."""


class Killed:
    """One tablet with one assessment, killed again and again; another one, a script, changes something meanwhile."""

    def __init__(self, playwright: Playwright, server: Server, profile: Path) -> None:
        self.server = server
        self.tablet = Tablet(playwright, profile, server.origin)
        self.tablet.enrol(who("Nia Farrow"))
        self.tablet.add_person("Corran", "Millpond", ("7", "8", "1984"), "HL/9310")
        self.tablet.start_assessment()
        self.page_of_questions = self.tablet.page.url.removeprefix(self.tablet.origin)
        self.assessment = self.page_of_questions.split("/assessments/")[1].split("/")[0]
        self.other = json.loads(
            server.cli("devices", "enrol", "--api", "--user", "Sam Brackley", "--name", "A script", "--json")
        )
        self.code = ""
        # The awaits that were over in the last round, before the kill.
        self.over: set[int] = set()
        self.finish()

    # --- the worker's script ---

    def worker(self, script: str, given: Any = None) -> Any:
        """Run in the worker; nothing while it is not there."""
        for worker in self.tablet.context.service_workers:
            with contextlib.suppress(Error):
                return worker.evaluate(script, given)
        return None

    def seen(self) -> set[int]:
        """The awaits that were over since this was asked last."""
        return set(self.worker("() => { const seen = [...__seen]; __seen.clear(); return seen; }") or [])

    def _until_hit(self, seconds: float, over: Any) -> bool:
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            if self.worker("() => __hit"):
                return True
            if over():
                return bool(self.worker("() => __hit"))
            self.tablet.page.wait_for_timeout(15)
        return False

    # --- what is done ---

    def tap(self) -> None:
        """Another answer to the question; nobody waits for it."""
        shown = self.shown()
        self.code = CODES[0] if shown == CODES[1] else CODES[1]
        self.tablet.question(QUESTION).locator(f"input[name=value][value='{self.code}']").click(no_wait_after=True)

    def shown(self) -> str:
        checked = self.tablet.question(QUESTION).locator("input[name=value]:checked")
        return checked.get_attribute("value") or "" if checked.count() else ""

    def told(self) -> bool:
        """Whether the page calls the last answer saved."""
        with contextlib.suppress(Error):
            return "Saved" in (self.tablet.page.locator("#saved").text_content(timeout=1000) or "")
        return False

    def elsewhere(self) -> None:
        """Somebody else records a person and a stay, so that there is something to fetch."""
        person, stay = str(uuid.uuid4()), str(uuid.uuid4())
        suite = self.other["suites"][0]["id"]
        bodies = {
            person: ("person", {"given_name": "Zebedee", "family_name": "Exemplar"}),
            stay: ("custody_episode", {"person_id": person, "suite_id": suite}),
        }
        ops = [
            {"op": str(uuid.uuid4()), "record": key, "type": kind, "base": None, "set": [], "body": body, "at": NOON}
            for key, (kind, body) in bodies.items()
        ]
        request = urllib.request.Request(
            self.server.origin + "/sync/v1/push",
            json.dumps({"proto": 1, "device": self.other["device"]["id"], "ops": ops}).encode(),
            {"Content-Type": "application/json", "Authorization": f"Bearer {self.other['token']}"},
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            states = {each["state"] for each in json.load(answer)["results"]}
        assert states == {"applied"}, states

    # --- a round ---

    def save(self, at: int) -> bool:
        """Killed when await number `at` of a save is over, or when the save is; 0 is none. Returns whether it came there."""
        self.tablet.go(self.page_of_questions)
        self.worker("at => { __at = at; __seen.clear(); }", at)
        self.tap()
        return self._fall(8, self.told)

    def sync(self, at: int) -> bool:
        """The same while a save of before is sent and what others did is fetched."""
        self.elsewhere()
        self.tablet.context.set_offline(True)
        self.tablet.go(self.page_of_questions)
        self.tap()
        assert self._wait(self.told), "the answer of before was not kept"
        self.tablet.go("/device")
        self.worker("at => { __at = at; __seen.clear(); }", at)
        self.tablet.context.set_offline(False)
        done: list[Any] = []
        self.tablet.page.on("response", lambda answer: done.append(1) if answer.url.endswith("/device/sync") else None)
        self.tablet.button("Sync now").click(no_wait_after=True)
        return self._fall(12, lambda: bool(done))

    def _wait(self, until: Any, seconds: float = 10) -> bool:
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            if until():
                return True
            self.tablet.page.wait_for_timeout(15)
        return False

    def _fall(self, seconds: float, over: Any) -> bool:
        hit = self._until_hit(seconds, over)
        self.over = self.seen()
        told = self.told() if "/pages/" in self.tablet.page.url else True
        self.tablet.kill()
        self.tablet.open()
        self.finish(self.code if told else "")
        return hit

    def finish(self, expected: str = "") -> None:
        """Unlock, look, sync to the end, and compare the tablet with the service. Raises Lost."""
        tablet = self.tablet
        tablet.go(self.page_of_questions)
        if tablet.page.locator("[data-unlock-form]").count():
            tablet.unlock()
            tablet.go(self.page_of_questions)
        shown = self.shown()
        if expected and shown != expected:
            raise Lost(f"{expected} was called saved, and {shown or 'nothing'} is there")
        for _ in range(3):
            tablet.sync()
            if "Sent" in (tablet.page.locator("#sync-strip").text_content() or ""):
                break
        else:
            raise Lost("the queue does not empty")
        self._compare(shown)

    def _compare(self, shown: str) -> None:
        """The service has what the tablet shows, everything that it was told was taken, and each change once."""
        told = self.tablet.page.evaluate("() => fetch('/device/receipts').then((answer) => answer.json())")
        with sqlite3.connect(self.server.folder / "throughcare.sqlite3") as database:
            [(body,)] = database.execute("select body from records where id = ?", [self.assessment]).fetchall()
            taken = dict(database.execute("select id, sha256 from ops"))
            wrong = database.execute(
                "select count(*) from ops where record_id = ? and state != 'applied'", [self.assessment]
            ).fetchall()
            doubled = database.execute(
                "select count(*) from (select 1 from record_versions group by op_id, record_id having count(*) > 1)"
            ).fetchall()
        there = (json.loads(body).get("answers") or {}).get(QUESTION, "")
        if there != shown:
            raise Lost(f"the tablet shows {shown}, and the service has {there}")
        if gone := [each["op"] for each in told["receipts"] if taken.get(each["op"]) != each["sha256"]]:
            raise Lost(f"{len(gone)} changes were called taken, and are not there")
        if (wrong, doubled) != ([(0,)], [(0,)]):
            raise Lost(f"refused or in conflict: {wrong}, made twice: {doubled}")
