"""`run.py bench device`: the tablet's program, measured beside a calibration loop in the same run.

Prints medians and percentiles in milliseconds, and sizes in bytes. Targets stand beside the figures; a figure that misses
its target on a noisy machine is to be read with the calibration, which is the same work each time.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1])]

import brotli
from playwright.sync_api import Page, sync_playwright

from browser.conftest import who
from browser.server import HOME, Server
from browser.tablet import Tablet

ROUNDS = 60
COLD_ROUNDS = 15
# A fixed amount of arithmetic in the page's own thread.
CALIBRATION = "() => { const start = performance.now(); let x = 0; for (let i = 0; i < 20_000_000; i++) x = (x * 31 + i) | 0; return [performance.now() - start, x]; }"
# From the tap to the swapped fragment: the same path as a finger's, timed in the page.
ANSWER = """async ([link_id, code]) => {
  const input = document.querySelector(`input[name=link_id][value='${link_id}']`).closest('form').querySelector(`input[value='${code}']`);
  const swapped = new Promise(done => document.addEventListener('htmx:after:swap', done, { once: true }));
  const start = performance.now();
  input.click();
  await swapped;
  return performance.now() - start;
}"""
FETCH = "async path => { const start = performance.now(); const r = await fetch(path); await r.text(); return performance.now() - start; }"


def told(name: str, values: list[float], target: float | None = None) -> None:
    cuts = statistics.quantiles(values, n=20)
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


def installed_size() -> int:
    """What a tablet keeps: the worker's script and everything it caches, brotli 11."""
    dist = HOME / "frontend" / "dist"
    script = (dist / "sw.js").read_bytes()
    total = len(brotli.compress(script, quality=11))
    for file in sorted((dist / "static").rglob("*")):
        url = "/static/" + file.relative_to(dist / "static").as_posix()
        if file.is_file() and f'"{url}"'.encode() in script:
            data = file.read_bytes()
            total += min(len(data), len(brotli.compress(data, quality=11)))
    return total


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
    told("answer -> saved fragment", [page.evaluate(ANSWER, ["gate-cleared", codes[n % 2]]) for n in range(ROUNDS)], 30)
    tablet.go("/")
    cold = []
    for _ in range(COLD_ROUNDS):
        stop_worker(tablet)
        cold.append(page.evaluate(FETCH, "/status"))
    told("cold worker start -> first answer", cold, 150)
    server.cli("demo", "--people", "50")
    for people in (50, 500):
        if people == 500:
            server.cli("demo", "--people", "450")
        tablet.go("/device")
        tablet.button("Sync now").click()
        page.wait_for_timeout(6000)
        page.locator(".tc-switch summary").click()
        page.get_by_role("button", name="Mill Gate").click()
        page.wait_for_timeout(1000)
        rows = page.evaluate("async () => (await (await fetch('/')).text()).split('tc-row__name').length - 1")
        told(f"suite, {rows} rows, worker to last byte", [page.evaluate(FETCH, "/") for _ in range(ROUNDS)], 50)
    calibrate(page)


def main() -> None:
    size = installed_size()
    print(f"installed program, brotli: {size} bytes   target 260000: {'met' if size <= 260_000 else 'MISSED'}")
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


if __name__ == "__main__":
    main()
