"""`run.py bench device`: the tablet's program, measured beside a calibration loop in the same run.

Prints medians and percentiles in milliseconds, and sizes in bytes. Targets stand beside the figures; a figure that misses
its target on a noisy machine is to be read with the calibration, which is the same work each time.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1])]

from playwright.sync_api import Page, sync_playwright

from bench import first, purge
from browser.conftest import who
from browser.server import Server
from browser.tablet import Tablet
from installed import ROOM, installed_size

ROUNDS = 60
COLD_ROUNDS = 15
# A fixed amount of arithmetic in the page's own thread.
CALIBRATION = "() => { const start = performance.now(); let x = 0; for (let i = 0; i < 20_000_000; i++) x = (x * 31 + i) | 0; return [performance.now() - start, x]; }"
# One durable write of 4 KB: what the disk asks for before anything may be called saved.
DISK = """async () => {
  const db = await new Promise((done, failed) => { const r = indexedDB.open('bench', 1); r.onupgradeneeded = () => r.result.createObjectStore('x'); r.onsuccess = () => done(r.result); r.onerror = failed; });
  const start = performance.now();
  await new Promise((done, failed) => { const tx = db.transaction('x', 'readwrite', { durability: 'strict' }); tx.objectStore('x').put('x'.repeat(4096), 1); tx.oncomplete = done; tx.onerror = failed; });
  const took = performance.now() - start;
  db.close();
  return took;
}"""
# From the tap to the swapped fragment: the same path as a finger's, timed in the page.
ANSWER = """async ([link_id, code]) => {
  const input = document.querySelector(`input[name=link_id][value='${link_id}']`).closest('form').querySelector(`input[value='${code}']`);
  const swapped = new Promise(done => document.addEventListener('htmx:after:swap', done, { once: true }));
  const ours = window.fetch;
  let worker = 0;
  window.fetch = async (...words) => { const start = performance.now(); try { return await ours(...words); } finally { worker = performance.now() - start; } };
  const start = performance.now();
  input.click();
  await swapped;
  const took = performance.now() - start;
  window.fetch = ours;
  return [took, worker];
}"""
FETCH = "async path => { const start = performance.now(); const r = await fetch(path); const text = await r.text(); if (r.status !== 200 || !text) throw new Error(`${path}: ${r.status}`); return performance.now() - start; }"


def told(name: str, values: list[float], target: float | None = None) -> None:
    cuts = statistics.quantiles(values, n=20, method="inclusive")
    verdict = (
        ""
        if target is None
        else f"   target {target:.0f}: {'met' if statistics.median(values) <= target else 'MISSED'}"
    )
    print(
        f"{name:<44} n={len(values):<4} median {statistics.median(values):7.1f}   p95 {cuts[18]:7.1f}   max {max(values):7.1f}{verdict}",
        flush=True,
    )


def calibrate(page: Page, rounds: int = 7) -> None:
    told("calibration loop (20 million steps)", [page.evaluate(CALIBRATION)[0] for _ in range(rounds)])
    told("calibration write (4 KB, durable)", [page.evaluate(DISK) for _ in range(rounds * 3)])


def stop_worker(tablet: Tablet) -> None:
    session = tablet.context.new_cdp_session(tablet.page)
    session.send("ServiceWorker.enable")
    session.send("ServiceWorker.stopAllWorkers")
    tablet.page.wait_for_timeout(150)
    session.detach()


def measure(tablet: Tablet, server: Server) -> None:
    page = tablet.page
    tablet.enrol(who("Nia Farrow"))
    tablet.add_person("Benchley", "Measureton", ("1", "1", "1990"), "HL/9999")
    tablet.start_assessment()
    calibrate(page)
    codes = ("cleared", "not-in-custody")
    taken = [page.evaluate(ANSWER, ["gate-cleared", codes[n % 2]]) for n in range(ROUNDS)]
    told("answer -> saved fragment", [whole for whole, _ in taken], 30)
    told("  of that, until the worker's answer", [worker for _, worker in taken])
    tablet.go("/")
    page.wait_for_timeout(1000)  # the new page takes its copy of the key, which a fresh worker asks it for
    cold = []
    for _ in range(COLD_ROUNDS):
        stop_worker(tablet)
        cold.append(page.evaluate(FETCH, "/status"))
    told("cold worker start -> first answer", cold, 150)
    told("  the same from a worker that is awake", [page.evaluate(FETCH, "/status") for _ in range(COLD_ROUNDS)])
    server.cli("demo", "--people", "50")
    for people in (50, 500):
        if people == 500:
            server.cli("demo", "--people", "450")
        tablet.go("/device")
        tablet.button("Sync now").click()
        page.wait_for_timeout(6000)
        page.get_by_role("button", name="Mill Gate").click()
        page.wait_for_timeout(1000)
        rows = page.evaluate("async () => (await (await fetch('/')).text()).split('tc-row__name').length - 1")
        told(f"suite, {rows} rows, worker to last byte", [page.evaluate(FETCH, "/") for _ in range(ROUNDS)], 50)
    calibrate(page)


def main(words: list[str]) -> int:
    options = argparse.ArgumentParser(prog="run.py bench device", description=__doc__)
    options.add_argument("--only", choices=["purge", "first"], help="measure this alone")
    options.add_argument(
        "--records", type=int, help="so many are fetched: 20,000 that are taken away, or 4,000 at first"
    )
    given = options.parse_args(words)
    if given.only == "purge":
        return purge.main(given.records or 20_000)
    if given.only == "first":
        return first.main(given.records or 4000)
    size = installed_size()
    print(f"installed program, brotli: {size} bytes   target {ROOM}: {'met' if size <= ROOM else 'MISSED'}")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = Server(Path(folder) / "data")
        server.folder.mkdir()
        server.start()
        tablet = Tablet(playwright, Path(folder) / "tablet", server.origin)
        try:
            measure(tablet, server)
        finally:
            tablet.close()
            server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
