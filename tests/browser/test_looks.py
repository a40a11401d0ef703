"""Every screen of both sides, at three widths, light and dim, in 400 % zoom and forced colours, with a very long name and
300 people in a suite: nothing axe finds (WCAG 2.2 AA), no broken policy, nothing wider than the glass, one heading of
the first level, no name in a title. One server, one tablet, one office browser: a screen is loaded once and resized."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Playwright

from browser import screens
from browser.conftest import who
from browser.server import Server, seeded_copy
from browser.tablet import Office, Tablet


@pytest.fixture(scope="module")
def crowded(template: Path, dist: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The invented data, and 300 more people in one suite."""
    running = Server(seeded_copy(template, tmp_path_factory.mktemp("crowded") / "data"), dist=dist)
    running.cli("demo", "--people", "300")
    yield running.start()
    running.stop()


@pytest.mark.timeout(600)
def test_no_screen_of_the_tablet_has_a_finding(crowded: Server, playwright: Playwright, tmp_path: Path) -> None:
    tablet = Tablet(playwright, tmp_path / "tablet", crowded.origin)
    try:
        found = screens.look(tablet, screens.before_enrolment(), "setup", [])
        tablet.enrol(who("Nia Farrow"))
        found += screens.look(tablet, screens.field_screens(screens.places(crowded)), "field", screens.names(crowded))
    finally:
        tablet.close()
    assert found == [], "\n".join(found)


@pytest.mark.timeout(600)
def test_no_screen_of_the_office_has_a_finding(crowded: Server, playwright: Playwright, tmp_path: Path) -> None:
    at, people = screens.places(crowded), screens.names(crowded)
    office = Office(playwright, tmp_path / "office", crowded.origin, width=1280, height=900)
    try:
        found = screens.look(office, [screens.Screen("sign-in", "/office/sign-in", main=True)], "office", people, 1280)
        office.sign_in(who("Jo Maddern"))
        found += screens.look(office, screens.office_screens(at), "office", people, 1280)
        office.context.clear_cookies()
        office.sign_in(who("Dot Ashcombe"))
        found += screens.look(office, screens.administrator_screens(at), "office", people, 1280)
    finally:
        office.close()
    assert found == [], "\n".join(found)
