"""`run.py bench device --only purge`: a suite of 20,000 records is taken from a tablet in a real Chromium.

Prints how long the whole sync takes that hears of it (with the purge in it), beside an idle sync and a raw deletion of as many
values of the same size in the same browser; then what a raw look finds, with every key that is left tried on a copy of every
value. The same is done with a program whose purge keeps the key: there the copies must open, or this proves nothing.
"""

from __future__ import annotations

import json
import sqlite3
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Playwright, sync_playwright

from browser import builds, purging
from browser.conftest import who
from browser.server import Server
from browser.tablet import Tablet
from fault.proxy import Proxy
from throughcare.models import new_id
from throughcare.records.revision import revision

SUITE, WORKER, PAGE, TARGET = "HL", "Nia Farrow", 500, 3000
# As many values of that size, deleted by key in one transaction of nobody else's.
RAW = """async ([count, size]) => {
  const asked = (request) => new Promise((done, failed) => { request.onsuccess = () => done(request.result); request.onerror = () => failed(request.error); });
  const opening = indexedDB.open('bench-purge', 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore('x');
  const db = await asked(opening);
  const done = (tx) => new Promise((over, failed) => { tx.oncomplete = over; tx.onerror = () => failed(tx.error); });
  for (let at = 0; at < count; at += 1000) { const tx = db.transaction('x', 'readwrite'); for (let n = at; n < Math.min(count, at + 1000); n += 1) tx.objectStore('x').put({ data: crypto.getRandomValues(new Uint8Array(size)) }, `${n}`); await done(tx); }
  const start = performance.now();
  const tx = db.transaction('x', 'readwrite');
  for (let n = 0; n < count; n += 1) tx.objectStore('x').delete(`${n}`);
  await done(tx);
  const took = performance.now() - start;
  db.close();
  indexedDB.deleteDatabase('bench-purge');
  return took;
}"""


def keeps_the_key(folder: Path) -> None:
    """A program that deletes every value and forgets the key in memory, and leaves it on the disk. It exists here only."""
    path = folder / "service_worker" / "src" / "store" / "db.js"
    source = path.read_text()
    for right, wrong in (
        ('...destroyed.map((id) => ["keys", id]), ', ""),
        ('new Set(await tx.objectStore("keys").getAllKeys())', "new Set(this.#ring.keys())"),
    ):
        assert source.count(right) == 1, "db.js changed: plant this anew"
        source = source.replace(right, wrong)
    path.write_text(source)


class More:
    """Between tablet and service: adds invented records of one suite to the pages of a pull, 500 at a time."""

    def __init__(self, suite_id: str, count: int) -> None:
        self.suite_id, self.left = suite_id, count
        self.person = new_id()

    def __call__(self, path: str, status: int, data: bytes) -> bytes:
        if not path.endswith("/sync/v1/pull") or status != 200:
            return data
        answer = json.loads(data)
        answer.pop("digest", None)  # the service knows nothing of these
        if self.left and not answer["more"]:
            several = min(PAGE, self.left)
            answer["records"] += [self._record() for _ in range(several)]
            self.left -= several
            answer["more"] = self.left > 0
        return json.dumps(answer).encode()

    def _record(self) -> dict[str, Any]:
        body = {
            "person_id": self.person, "suite_id": self.suite_id, "kind": "cell-sweep", "outcome": "declined",
            "reason": "not-now", "worker_id": who(WORKER), "at": "2026-11-22T18:00:00Z", "note": "Invented. " * 40,
        }  # fmt: skip
        record = {"id": new_id(), "type": "contact", "rev": revision(1, body), "scopes": [self.suite_id], "body": body}
        return {**record, "deleted": False, "open_conflicts": []}


def once(playwright: Playwright, folder: Path, dist: Path, count: int) -> dict[str, Any]:
    """One tablet that is filled, goes without signal, and hears of it. Returns what `take_away` found, and more times."""
    proxy = Proxy()
    server = Server(folder / "data", outside=proxy.port, dist=dist)
    server.folder.mkdir(parents=True)
    server.start()
    proxy.target = server.port
    tablet = Tablet(playwright, folder / "tablet", server.origin)
    try:
        tablet.enrol(who(WORKER))
        tablet.add_person("Benchley", "Measureton", ("1", "1", "1990"), "HL/9999")
        tablet.start_assessment()
        asks = tablet.page.url.removeprefix(server.origin)
        tablet.sync()
        with sqlite3.connect(server.folder / "throughcare.sqlite3") as database:
            (suite_id,) = database.execute("SELECT id FROM suites WHERE short = ?", (SUITE,)).fetchone()
        proxy.meddle = More(suite_id, count)
        tablet.go("/device")
        filled = tablet.page.evaluate(purging.SYNC)
        idle = [tablet.page.evaluate(purging.SYNC) for _ in range(5)]
        raw = tablet.page.evaluate(RAW, [count, 800])
        server.stop()
        tablet.go(asks)
        tablet.answer("gate-cleared", "cleared")
        tablet.go("/device")
        found = purging.take_away(tablet, server, SUITE, WORKER)
        return {**found, "filled": filled, "idle": sorted(idle)[2], "raw": raw, "late": len(purging.held_late(server))}
    finally:
        tablet.close()
        server.stop()
        proxy.close()


def main(count: int = 20_000) -> int:
    """Returns 1 where anything that was taken away can be found or read, or where the control cannot."""
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        found = once(playwright, folder / "right", builds.build(folder / "build"), count)
        gone, after = sum(found["gone"].values()), found["after"]
        verdict = "met" if found["took"] <= TARGET else "MISSED"
        print(f"filled with {count} records in {found['filled']:.0f} ms ({found['filled'] / count:.2f} ms each)")
        print(f"sync that purges {gone} records: {found['took']:.0f} ms   target {TARGET}: {verdict}")
        print(f"  idle sync {found['idle']:.0f} ms; raw deletion of {count} values {found['raw']:.0f} ms")
        print(
            f"  ratio, purge without the idle sync / raw deletion: {(found['took'] - found['idle']) / found['raw']:.2f}"
        )
        print(f"records of the suite that are left: {after['theirs_left']}; changes that wait: {after['outbox']}")
        print(
            f"copies tried with {after['keys'] + 1} keys: {after['tried']}, opened: {after['still_open']}; held: {found['late']}"
        )
        wrong = once(playwright, folder / "wrong", builds.build(folder / "bad", keeps_the_key), min(count, 1000))
        opened = wrong["after"]["still_open"]
        print(f"control, a purge that keeps the key: {wrong['after']['tried']} copies tried, opened: {opened}")
    clean = gone >= count and not after["theirs_left"] and not after["still_open"] and not after["outbox"]
    return 0 if clean and found["late"] and opened == wrong["after"]["tried"] > 0 else 1
