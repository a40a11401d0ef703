"""`run.py bench faults --only browser`: the browser is killed at every `await` that a save, a push or a pull comes by.

A real Chromium with a profile on the disk, a real server process. First one save and one sync tell which awaits they come
by; then each of them once more for each of these, killed there. A finished kill is a line of the log, [key, result].
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from faults_server import Pieces
from playwright.sync_api import Error, Playwright, sync_playwright

from browser import builds, killed
from browser.server import Server


@contextlib.contextmanager
def served(folder: Path) -> Iterator[tuple[Server, list[dict[str, Any]]]]:
    """A server with invented data and a numbered build, and what the numbers stand for."""
    points: list[dict[str, Any]] = []
    dist = builds.build(folder / "built", killed.numbered(points))
    (folder / "data").mkdir()
    server = Server(folder / "data", dist=dist).start()
    try:
        yield server, points
    finally:
        server.stop()


def browser(log: Path | None, minutes: float) -> int:
    """Print each kill. Returns 1 when one of them lost or doubled anything, or an await was not come by again."""
    if log is not None and log.exists():  # what was not come by is tried again
        log.write_text("".join(line + "\n" for line in log.read_text().splitlines() if '"hit": true' in line))
    pieces = Pieces(log, minutes)
    bad = ran = missed = 0
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server, points = stack.enter_context(served(folder))
        rounds = Rounds(stack.enter_context(sync_playwright()), server, folder / "profile")
        for what in ("save", "sync"):
            for at in sorted(rounds.discover(what)):
                point = points[at - 1]
                told = pieces.get(f"browser {what} {point['file']}:{point['line']} {at}", rounds.kill, what, at)
                if told is None:
                    print(f"stopped after {ran}; the same command with --log goes on from here")
                    return 1
                ran += told["hit"]
                missed += not told["hit"]
                bad += bool(told["lost"])
    print(
        f"{ran} kills at awaits of a save, a push or a pull: {bad} lost or doubled anything; {missed} not come by again"
    )
    return 1 if bad or missed else 0


class Rounds:
    """One tablet after the other: the next one where the last has lost something."""

    def __init__(self, playwright: Playwright, server: Server, profile: Path) -> None:
        self.playwright, self.server, self.profile = playwright, server, profile
        self.tablet: killed.Killed | None = None

    def _tablet(self) -> killed.Killed:
        if self.tablet is None:
            shutil.rmtree(self.profile, ignore_errors=True)
            self.tablet = killed.Killed(self.playwright, self.server, self.profile)
        return self.tablet

    def discover(self, what: str) -> set[int]:
        """The awaits that a save or a sync comes by, taken over three of them."""
        found: set[int] = set()
        for _ in range(3):
            getattr(self._tablet(), what)(0)
            found |= self._tablet().over
        return found

    def kill(self, what: str, at: int) -> dict[str, Any]:
        """Tried five times: what goes on in the background does not come by each time."""
        try:
            return {"hit": any(getattr(self._tablet(), what)(at) for _ in range(5)), "lost": ""}
        except (killed.Lost, AssertionError, Error) as error:
            if self.tablet is not None:
                self.tablet.tablet.close()
            self.tablet = None
            return {"hit": True, "lost": str(error).splitlines()[0]}
