"""A server behind a proxy, tablets in front of it, and the front end as it is or broken: what a story is played on."""

from __future__ import annotations

import contextlib
import gzip
import json
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Playwright, expect

from browser import builds
from browser.conftest import who
from browser.server import Server, seeded_copy
from browser.tablet import Tablet
from fault.proxy import Proxy, Stopped

# (file below service_worker, what stands there once, what stands there in the broken build)
Plant = tuple[str, str, str]


class Stage:
    """`rounds` of a run share the built front ends; server, proxy and tablets are a story's own."""

    def __init__(self, playwright: Playwright, folder: Path, template: Path, dist: Path) -> None:
        self.playwright, self.folder = playwright, folder
        self.proxy = Proxy()
        self.server = Server(seeded_copy(template, folder / "data"), outside=self.proxy.port, dist=dist).start()
        self.proxy.target = self.server.port
        self.tablets: list[Tablet] = []

    def tablet(self, name: str = "tablet") -> Tablet:
        """A browser on the profile of this name, which may be there already."""
        self.tablets.append(Tablet(self.playwright, self.folder / name, self.server.origin))
        return self.tablets[-1]

    def signal(self, there: bool) -> None:
        """Without it, whatever asks for the service meets a network that wants somebody to sign in first."""
        self.proxy.gate = None if there else lambda path, _body: Stopped(511)

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with sqlite3.connect(self.server.folder / "throughcare.sqlite3") as database:
            return database.execute(query, values).fetchall()

    def close(self) -> None:
        for each in self.tablets:
            each.close()
        self.proxy.close()
        self.server.stop()

    # --- what every story asks at its end ---

    def holds(self) -> None:
        """Each change has one effect, and a replay of the log makes the same rows."""
        twice = self.rows("select op_id, record_id from record_versions group by op_id, record_id having count(*) > 1")
        assert twice == [], f"made twice: {twice}"
        assert "The same" in self.server.cli("rebuild", "--check"), "a replay makes other rows"

    def person_of(self, number: str) -> list[tuple[Any, ...]]:
        return self.rows("select id from custody_episodes where custody_number = ?", number)


@contextlib.contextmanager
def stage(playwright: Playwright, folder: Path, template: Path, dist: Path) -> Iterator[Stage]:
    folder.mkdir(parents=True)
    made = Stage(playwright, folder, template, dist)
    try:
        yield made
    finally:
        made.close()


def planted(*plants: Plant) -> Callable[[Path], None]:
    """A change for builds.build. Raises where the sources have changed so that it no longer fits."""

    def change(folder: Path) -> None:
        for file, right, wrong in plants:
            path = folder / "service_worker" / file
            assert path.read_text().count(right) == 1, f"{file} changed: plant this anew"
            path.write_text(path.read_text().replace(right, wrong))

    return change


def built(folder: Path, *plants: Plant) -> Path:
    return builds.build(folder, planted(*plants) if plants else None)


def ops_of(body: bytes) -> list[dict[str, Any]]:
    """The ops of a push, as they came over the wire."""
    return list(json.loads(gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body)["ops"])


def sent(tablet: Tablet, tries: int = 8) -> None:
    """Everything is with the service, and the tablet says so."""
    for _ in range(tries):
        tablet.sync()
        if "is with the service" in (tablet.page.locator("#device-sentence").text_content() or ""):
            return
    raise AssertionError(
        "not with the service: " + " ".join((tablet.page.locator("#device-sentence").text_content() or "").split())
    )


def begin(tablet: Tablet, name: str = "Nia Farrow", number: str = "HL/9700") -> str:
    """Enrolled, with one person and one assessment; returns the path of its first page of questions."""
    tablet.enrol(who(name))
    tablet.add_person("Corran", "Millpond", ("7", "8", "1984"), number)
    tablet.start_assessment()
    return tablet.page.url.removeprefix(tablet.origin)


def reopened(tablet: Tablet, path: str) -> None:
    """Unlock where that is asked, and go there."""
    tablet.go(path)
    if tablet.page.locator("[data-unlock-form]").count():
        tablet.unlock()
        tablet.go(path)
    expect(tablet.heading).to_be_visible()


def answers_of(stage: Stage, assessment: str) -> dict[str, Any]:
    [(body,)] = stage.rows("select body from records where id = ?", assessment)
    return dict(json.loads(body).get("answers") or {})
