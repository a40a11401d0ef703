"""`run.py bench device --only first`: a first sync into the sealed store, in a real Chromium.

Prints how long a tablet takes to fetch and keep so many records, beside a raw put of the same values in the same browser (as
many in one durable transaction), in turns: documents of 8 KB, then small records. Network and service are in the tablet's
time, and an idle sync is taken from it.
"""

from __future__ import annotations

import json
import random
import statistics
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Playwright, sync_playwright

from browser import purging
from browser.conftest import who
from browser.server import Server
from browser.tablet import Tablet
from fault.proxy import Proxy
from throughcare.models import new_id
from throughcare.records.revision import revision

WORKER, FLOOR, ROUNDS = "Nia Farrow", 0.25, 3
WORDS = [
    "custody",
    "worker",
    "saw",
    "person",
    "in",
    "cell",
    "asked",
    "about",
    "last",
    "use",
    "and",
    "said",
    "it",
    "was",
    "the",
]
# A page's records, put as they are, in one transaction for each page.
RAW = """async (pages) => {
  const asked = (request) => new Promise((done, failed) => { request.onsuccess = () => done(request.result); request.onerror = () => failed(request.error); });
  const opening = indexedDB.open('bench-first', 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore('x');
  const db = await asked(opening);
  const start = performance.now();
  for (const records of pages) {
    const tx = db.transaction('x', 'readwrite', { durability: 'strict' });
    for (const each of records) tx.objectStore('x').put(each, each.id);
    await new Promise((over, failed) => { tx.oncomplete = over; tx.onerror = () => failed(tx.error); });
  }
  const took = performance.now() - start;
  db.close();
  return took;
}"""


class Pages:
    """Between tablet and service: each pull brings one of these pages more, until there are none."""

    def __init__(self) -> None:
        self.waiting: list[str] = []

    def __call__(self, path: str, status: int, data: bytes) -> bytes:
        if not path.endswith("/sync/v1/pull") or status != 200:
            return data
        answer = json.loads(data)
        answer.pop("digest", None)  # the service knows nothing of these
        if answer["more"] or not self.waiting:
            return json.dumps(answer).encode()
        page = self.waiting.pop(0)
        answer["more"] = bool(self.waiting)
        head = json.dumps({name: value for name, value in answer.items() if name != "records"})
        return f'{head[:-1]}, "records": {page}}}'.encode()


def document(rng: random.Random, suite: str, person: str) -> tuple[str, dict[str, Any]]:
    answers = {f"question-{n}": " ".join(rng.choices(WORDS, k=30)) for n in range(44)}
    about = {"person_id": person, "episode_id": person, "suite_id": suite, "form": "https://bench.example/form|1"}
    more = {"basis": "voluntary", "author_id": who(WORKER), "started_at": "2026-11-22T18:00:00Z", "state": "draft"}
    return "assessment", {**about, **more, "answers": answers}


def small(rng: random.Random, suite: str, person: str) -> tuple[str, dict[str, Any]]:
    about = {"person_id": person, "suite_id": suite, "kind": "cell-sweep", "outcome": "declined", "reason": "not-now"}
    note = " ".join(rng.choices(WORDS, k=60))
    return "contact", {**about, "worker_id": who(WORKER), "at": "2026-11-22T18:00:00Z", "note": note}


def page_of(rng: random.Random, make: Any, suite: str, several: int) -> list[dict[str, Any]]:
    records = []
    for _ in range(several):
        kind, body = make(rng, suite, new_id())
        record = {"id": new_id(), "type": kind, "rev": revision(1, body), "scopes": [suite], "body": body}
        records.append({**record, "deleted": False, "open_conflicts": []})
    return records


def measure(tablet: Tablet, pages: Pages, make: Any, suite: str, per_page: int, count: int) -> None:
    """One line: medians of the rounds for each record, and the ratio of the two."""
    rng, ours, raw = random.Random(8), [], []
    idle = statistics.median(tablet.page.evaluate(purging.SYNC) for _ in range(5))
    for _ in range(ROUNDS):
        made = [page_of(rng, make, suite, per_page) for _ in range(max(1, count // per_page))]
        pages.waiting = [json.dumps(page) for page in made]
        ours.append((tablet.page.evaluate(purging.SYNC) - idle) / len(made) / per_page)
        assert not pages.waiting
        raw.append(tablet.page.evaluate(RAW, made) / len(made) / per_page)
    ratio = statistics.median(raw) / statistics.median(ours)
    print(
        f"{f'first sync, {len(made) * per_page} x {make.__name__}, each':44} {statistics.median(ours):.3f} ms   raw put"
        f" {statistics.median(raw):.3f} ms   ratio {ratio:.3f}   floor {FLOOR}: {'met' if ratio >= FLOOR else 'MISSED'}"
        f"   (rounds {' '.join(f'{each:.2f}' for each in ours)})",
        flush=True,
    )


def once(playwright: Playwright, folder: Path, count: int) -> None:
    proxy, pages = Proxy(), Pages()
    server = Server(folder / "data", outside=proxy.port)
    server.folder.mkdir(parents=True)
    server.start()
    proxy.target = server.port
    tablet = Tablet(playwright, folder / "tablet", server.origin)
    try:
        tablet.enrol(who(WORKER))
        tablet.sync()
        proxy.meddle = pages
        tablet.go("/device")
        suite = new_id()
        measure(tablet, pages, document, suite, 240, count // 4)
        measure(tablet, pages, small, suite, 500, count)
    finally:
        tablet.close()
        server.stop()
        proxy.close()


def main(count: int = 4000) -> int:
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        once(playwright, Path(name), count)
    return 0
