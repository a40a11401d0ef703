"""The browser is killed, as a flat battery kills it, in the middle of a save and of a sync: what was called saved is there.

A few awaits here; all that a save, a push and a pull come by in `run.py bench faults --only browser`.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Playwright

from browser import builds, killed
from browser.server import Server, seeded_copy

# An answer that is told before the store has it, and a queue that is emptied before the service has it.
TOLD_TOO_EARLY = (
    "src/routes/answers.js",
    "    saveAnswers(ctx, a, after),\n",
    "    void setTimeout(() => saveAnswers(ctx, a, after), 600),\n",
)
EMPTIED_TOO_EARLY = (
    "src/sync/effects.js",
    '    case "push":\n',
    '    case "push":\n      await store.synced.storeResults(effect.request.ops.map(({ op }) => ({ op, state: "applied", rev: "1-a", seq: 1, sha256: "" })), { epoch: effect.request.epoch });\n',
)


@pytest.fixture
def made(playwright: Playwright, template: Path, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """A tablet on a build whose awaits are numbered, and the number of the await whose line begins so."""
    ended: list[Callable[[], None]] = []

    def make(*planted: tuple[str, str, str]) -> tuple[killed.Killed, Callable[[str, str], int]]:
        points: list[dict[str, Any]] = []

        def change(folder: Path) -> None:
            for file, right, wrong in planted:
                path = folder / "service_worker" / file
                assert path.read_text().count(right) == 1, f"{file} changed: plant this anew"
                path.write_text(path.read_text().replace(right, wrong))
            shutil.copytree(folder / "service_worker", tmp_path / "before")
            killed.numbered(points)(folder)

        def number(file: str, words: str) -> int:
            lines = (tmp_path / "before" / file).read_text().splitlines()
            [line] = [at for at, text in enumerate(lines, 1) if words in text]
            return next(each["id"] for each in points if (each["file"], each["line"]) == (file, line))

        dist = builds.build(tmp_path / "built", change)
        server = Server(seeded_copy(template, tmp_path / "data"), dist=dist).start()
        ended.append(server.stop)
        tablet = killed.Killed(playwright, server, tmp_path / "profile")
        ended.append(tablet.tablet.close)
        return tablet, number

    yield make
    for each in reversed(ended):
        each()


@pytest.mark.timeout(300)
def test_what_was_called_saved_and_what_waits_outlives_a_kill(made) -> None:
    tablet, number = made()
    assert tablet.save(number("src/store/db.js", "await Promise.all([...asked, tx.done])")), "a save writes"
    assert tablet.sync(number("src/sync/effects.js", "await send(PATHS.push")), "a sync sends"
    assert tablet.sync(number("src/sync/effects.js", "await store.synced.storePage(")), "a sync fetches"


@pytest.mark.timeout(300)
def test_a_page_that_says_saved_too_early_is_found_out(made) -> None:
    tablet, _number = made(TOLD_TOO_EARLY)
    with pytest.raises(killed.Lost, match="was called saved"):
        tablet.save(0)


@pytest.mark.timeout(300)
def test_a_queue_that_is_emptied_before_the_service_has_it_is_found_out(made) -> None:
    with pytest.raises(killed.Lost, match="called taken"):
        made(EMPTIED_TOO_EARLY)[0].sync(0)
