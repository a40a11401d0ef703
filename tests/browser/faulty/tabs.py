"""Three tabs and the worker's own event all ask for a sync at once; then the browser stops the worker in the middle of one."""

from __future__ import annotations

import threading
import time
from typing import Any

from playwright.sync_api import Page

from browser.faulty.stage import Plant, Stage, answers_of, begin, ops_of, reopened, sent
from browser.tablet import Tablet
from fault.proxy import Stopped

# Each of these breaks one thing that the story asks for.
NO_LOCK: tuple[Plant, ...] = (
    ("src/sync/schedule.js", 'world.locks ? () => world.locks?.request("throughcare-sync", once) : once', "once"),
    ("src/sync/schedule.js", "    if (running) {\n", "    if (!world) {\n"),
)
EMPTIED_TOO_EARLY: Plant = (
    "src/sync/effects.js",
    '    case "push":\n',
    '    case "push":\n      await store.synced.storeResults(effect.request.ops.map(({ op }) => ({ op, state: "applied", rev: "1-a", seq: 1, sha256: "" })), { epoch: effect.request.epoch });\n',
)
SENT_AS_NEW: Plant = (
    "src/sync/effects.js",
    "{ ...effect.request, device: device.id, now: now() }",
    "{ ...effect.request, ops: effect.request.ops.map((each) => ({ ...each, op: crypto.randomUUID() })), device: device.id, now: now() }",
)
ASK = "() => { for (let at = 0; at < 3; at += 1) navigator.serviceWorker.controller.postMessage({ type: 'sync', better: true }); }"
PEOPLE = [("Alder", "Pennywell"), ("Briony", "Quillfeather"), ("Cedric", "Ravenscroft")]


class Watched:
    """What of sync is between the tablet and the service: how many requests at once, and which ops were sent how often.
    At `hold`, (path, side), one is kept back until `go_on`: before the service has it, and then it never comes there, or its answer."""

    def __init__(self, stage: Stage) -> None:
        self.lock = threading.Lock()
        self.now: set[int] = set()  # threads of the proxy
        self.most = self.requests = 0
        self.sent: dict[str, int] = {}
        self.hold = ("", "")
        self.held, self.go_on = threading.Event(), threading.Event()
        self.signal = True
        stage.proxy.gate, stage.proxy.meddle = self._in, self._out

    def _in(self, path: str, body: bytes) -> Stopped | None:
        if not path.startswith("/sync/"):
            return None
        if not self.signal:
            return Stopped(511)
        with self.lock:
            self.now.add(threading.get_ident())
            self.requests += 1
            self.most = max(self.most, len(self.now))
            for op in ops_of(body) if path.endswith("/push") else []:
                self.sent[op["op"]] = self.sent.get(op["op"], 0) + 1
        if not self._holds(path, "before"):
            return None
        with self.lock:
            self.now.discard(threading.get_ident())
        return Stopped(511)

    def _out(self, path: str, _status: int, body: bytes) -> bytes:
        if path.startswith("/sync/"):
            time.sleep(0.3)  # long enough that a second one at the same time would be seen
            self._holds(path, "after")
            with self.lock:
                self.now.discard(threading.get_ident())
        return body

    def _holds(self, path: str, side: str) -> bool:
        if self.hold != (path.split("/")[-1], side):
            return False
        self.hold = ("", "")
        self.held.set()
        self.go_on.wait(30)
        return True


def play(stage: Stage) -> dict[str, Any]:
    tablet = stage.tablet()
    page = begin(tablet)
    sent(tablet)
    before = stage.rows("select count(*) from records where type = 'conflict'")  # those of the invented data
    watched = Watched(stage)
    pages = [tablet.page, tablet.context.new_page(), tablet.context.new_page()]
    devtools = tablet.context.new_cdp_session(tablet.page)
    devtools.send("ServiceWorker.enable")

    # All at once.
    watched.signal = False
    for at, (given, family) in enumerate(PEOPLE):
        tablet.page = pages[at]
        tablet.add_person(given, family, ("1", "1", str(1980 + at)), f"HL/980{at}")
        pages[at].goto(stage.server.origin + "/device")
    tablet.page = pages[0]
    watched.signal = True
    for each in pages:
        each.evaluate(ASK)
    woken(tablet, devtools)
    for each in pages:
        each.evaluate("() => dispatchEvent(new Event('online'))")
    sent(tablet)
    assert watched.most == 1, f"{watched.most} requests of sync at the same time"
    most = watched.most
    again = [op for op, times in watched.sent.items() if times > 1]
    assert again == [], f"{len(again)} changes were sent twice although every answer came"
    for at in range(len(PEOPLE)):
        assert len(stage.person_of(f"HL/980{at}")) == 1

    # Stopped while the service has it and its answer is on the way.
    stops = 0
    for at, what in enumerate([("push", "after"), ("push", "before"), ("pull", "after"), ("pull", "before")] * 2):
        reopened(tablet, page)
        code = ("adult", "not-certain")[at % 2]
        watched.held.clear()
        watched.go_on.clear()
        watched.hold = what
        tablet.answer("gate-age", code)
        pages[1].evaluate(ASK)
        waits(tablet.page, watched.held)
        devtools.send("ServiceWorker.stopAllWorkers")
        stops += 1
        pages[2].evaluate(ASK)  # which starts it again
        watched.go_on.set()
        sent(tablet)
        tablet.go(page)
        tablet.shows("gate-age", code)
        there = answers_of(stage, page.split("/assessments/")[1].split("/")[0]).get("gate-age")
        assert there == code, f"stopped at {what}: the service has {there} and not {code}"
    stage.holds()
    sides = stage.rows("select count(*) from records where type = 'conflict'")
    assert sides == before, f"one tablet is in conflict with itself: {sides}"
    return {"at_once": most, "requests": watched.requests, "stopped": stops}


def woken(tablet: Tablet, devtools: Any) -> None:
    """The browser's own event for a sync in the background."""
    found: list[str] = []
    devtools.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda told: found.extend(each["registrationId"] for each in told["registrations"]),
    )
    devtools.send("ServiceWorker.disable")
    devtools.send("ServiceWorker.enable")
    for _ in range(50):
        if found:
            break
        tablet.page.wait_for_timeout(50)
    devtools.send(
        "ServiceWorker.dispatchSyncEvent",
        {"origin": tablet.origin, "registrationId": found[0], "tag": "throughcare", "lastChance": False},
    )


def waits(page: Page, event: threading.Event) -> None:
    """The browser goes on while we wait."""
    for _ in range(600):
        if event.is_set():
            return
        page.wait_for_timeout(50)
    raise AssertionError("no sync came by")
