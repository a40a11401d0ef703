"""`run.py bench faults --only blocked|cleared|cloned|newer|quota|shared|tabs|wiped`: one tablet in trouble, a story each, and its control.

A real Chromium with a profile on the disk, a real server process, a proxy between them. Each story is played on the front end as it is, where it must
hold, and on builds that are broken on purpose, where it must not. A finished piece is a line of the log, [key, result].
"""

from __future__ import annotations

import contextlib
import json
import tempfile
import traceback
from pathlib import Path
from types import ModuleType
from typing import Any

from faults_server import Pieces
from playwright.sync_api import Error, sync_playwright

from browser.faulty import blocked, cleared, cloned, newer, quota, shared, tabs, wiped
from browser.faulty.stage import Plant, built, stage
from browser.server import Server

# story -> its controls: a name, and what is broken in that build
STORIES: dict[str, tuple[ModuleType, dict[str, tuple[Plant, ...]]]] = {
    "blocked": (blocked, {"it waits for the other window without end": (blocked.WAITS_FOR_EVER,)}),
    "cloned": (cloned, {"what the service knows under that number stays refused": (cloned.NOT_SENT_AGAIN,)}),
    "cleared": (
        cleared,
        {
            "a save after that goes into an empty database": (cleared.MADE_ANEW,),
            "the first fetch leaves something out": cleared.NOT_ALL_FETCHED,
        },
    ),
    "newer": (newer, {"the older program goes on in the newer store": (newer.WHATEVER_VERSION,)}),
    "quota": (quota, {"an answer is told before the disk has it": (quota.TOLD_TOO_EARLY,)}),
    "shared": (
        shared,
        {
            "all workers have one key": shared.ONE_KEY,
            "who unlocks clears the others away": (shared.CLEARED_AT_UNLOCK,),
        },
    ),
    "tabs": (
        tabs,
        {
            "one sync waits for no other": tabs.NO_LOCK,
            "the queue is emptied before the service has it": (tabs.EMPTIED_TOO_EARLY,),
            "what is sent again gets a new number": (tabs.SENT_AS_NEW,),
        },
    ),
    "wiped": (
        wiped,
        {
            "it clears before it sends": wiped.CLEARED_FIRST,
            "the wraps of its key stay": (wiped.KEY_KEPT,),
        },
    ),
}


def told(error: Exception) -> str:
    """What was wrong, and at which line of the story."""
    [*_, line] = [each.lineno for each in traceback.extract_tb(error.__traceback__) if "/faulty/" in each.filename] or [
        0
    ]
    return f"{' '.join(' '.join(str(error).splitlines()[:3]).split())[:300]} (line {line})"


def tablet(name: str, log: Path | None, minutes: float) -> int:
    """Play one story and its controls. Returns 1 unless it holds and each control was found out."""
    module, controls = STORIES[name]
    if log is not None and log.exists():  # a story that did not hold is played again
        lines = log.read_text().splitlines()
        kept = [line for line in lines if json.loads(line)[0] != name or json.loads(line)[1]["holds"]]
        log.write_text("".join(line + "\n" for line in kept))
    pieces = Pieces(log, minutes)
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        builds: dict[tuple[Plant, ...], Path] = {}

        def dist(plants: tuple[Plant, ...]) -> Path:
            if plants not in builds:
                builds[plants] = built(folder / f"built-{len(builds)}", *plants)
            return builds[plants]

        def template() -> Path:
            path = folder / "template"
            if not path.exists():
                path.mkdir()
                Server(path, dist=dist(())).start().stop()
            return path

        def play(plants: tuple[Plant, ...]) -> dict[str, Any]:
            with (
                tempfile.TemporaryDirectory() as own,
                sync_playwright() as playwright,
                stage(playwright, Path(own) / "stage", template(), dist(plants)) as made,
            ):
                try:
                    return {"holds": True, **module.play(made)}
                except (AssertionError, Error) as error:
                    return {"holds": False, "found": told(error)}

        held = pieces.get(name, play, ())
        found = [pieces.get(f"{name}, broken: {words}", play, plants) for words, plants in controls.items()]
    good = bool(held and held["holds"]) and all(each and not each["holds"] for each in found)
    print(
        f"{name}: {'holds' if held and held['holds'] else 'DOES NOT HOLD'}; {sum(bool(each and not each['holds']) for each in found)} of {len(controls)} broken builds found out"
    )
    return 0 if good else 1
