"""Real Chromium against a real server process. A missing browser is a failure, never a skip."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Playwright, sync_playwright

from browser import builds
from browser.server import Server, seeded_copy
from browser.tablet import Office, Tablet
from throughcare.demo.generate import place_id


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return builds.shared(tmp_path_factory)


@pytest.fixture(scope="session")
def template(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the invented data in it, made once, as `run.py` makes it: in a process of its own."""

    def make(folder: Path) -> None:
        words = [sys.executable, "-m", "throughcare.cli.serve", "--only-migrate"]
        subprocess.run(words, env=Server(folder, dist=dist).environment, check=True, stdout=subprocess.DEVNULL)

    return builds.once(tmp_path_factory, "template", make)


@pytest.fixture
def server(template: Path, dist: Path, tmp_path: Path) -> Iterator[Server]:
    running = Server(seeded_copy(template, tmp_path / "data"), dist=dist).start()
    yield running
    running.kill()  # whatever it would still tidy is thrown away


@pytest.fixture(scope="module")
def crowded(template: Path, dist: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The invented data, and 300 more people in one suite."""
    running = Server(seeded_copy(template, tmp_path_factory.mktemp("crowded") / "data"), dist=dist)
    running.cli("demo", "--people", "300")
    yield running.start()
    running.kill()


@pytest.fixture(scope="module")
def shared_server(template: Path, dist: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """For the tests of a file that leave each other's records alone: a start of server and browser costs more than most tests."""
    running = Server(seeded_copy(template, tmp_path_factory.mktemp("shared") / "data"), dist=dist).start()
    yield running
    running.kill()


@pytest.fixture(scope="module")
def shared_tablet(
    playwright: Playwright, shared_server: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Tablet]:
    """Nia Farrow's, for tests that each meet a person of their own."""
    tablet = Tablet(playwright, tmp_path_factory.mktemp("shared") / "tablet", shared_server.origin)
    tablet.enrol(who("Nia Farrow"))
    yield tablet
    tablet.close()


@pytest.fixture
def make_tablet(playwright: Playwright, server: Server, tmp_path: Path) -> Iterator[Callable[..., Tablet]]:
    made: list[Tablet] = []

    def make(name: str = "tablet", origin: str | None = None, **size: Any) -> Tablet:
        made.append(Tablet(playwright, tmp_path / name, origin or server.origin, **size))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture
def make_office(playwright: Playwright, server: Server, tmp_path: Path) -> Iterator[Callable[..., Office]]:
    made: list[Office] = []

    def make(name: str = "Jo Maddern", **size: Any) -> Office:
        office = Office(
            playwright, tmp_path / f"office-{len(made)}", server.origin, **{"width": 1280, "height": 900, **size}
        )
        office.sign_in(who(name))
        made.append(office)
        return office

    yield make
    for each in made:
        each.close()


def who(name: str) -> str:
    """The id of an invented user."""
    return place_id("user", name)
