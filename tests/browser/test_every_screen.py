"""Every screen of both sides, at three widths, in light and dim colours, in 400 % zoom and forced colours, with a very long name and
300 people in a suite: nothing axe finds (WCAG 2.2 AA), no broken policy, nothing wider than the glass, one heading of
the first level, no name in a title. One server, one tablet, one office browser: a screen is loaded once and resized."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Playwright, expect

from browser import builds, screens
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


def test_the_reporter_would_hear_a_broken_policy(server: Server, make_tablet) -> None:
    """The control: what the tests above rely on hears a violation."""
    stranger = make_tablet()
    stranger.go("/office/sign-in")
    stranger.page.evaluate(
        "() => { document.body.setAttribute('style', 'color: red'); const s = document.createElement('script'); s.textContent = '1'; document.body.append(s); }"
    )
    stranger.page.wait_for_timeout(300)
    assert stranger.violations


def test_a_new_version_is_offered_between_screens_and_never_over_an_open_form(
    server: Server, make_tablet, tmp_path
) -> None:
    server.stop()
    server.environment["THROUGHCARE_DIST"] = str(builds.build(tmp_path / "this", builds.longest_pauses))
    server.start()
    tablet = make_tablet()
    tablet.enrol(who("Nia Farrow"))
    tablet.go("/")
    expect(tablet.page.locator("main")).to_contain_text("The custody record is the true clock.")
    server.stop()
    # The old version now pauses for a minute before it tries again: that must not keep the new one waiting.
    for _failure in range(6):
        tablet.page.evaluate("dispatchEvent(new Event('online'))")
        tablet.page.wait_for_timeout(200)
    server.environment["THROUGHCARE_DIST"] = str(builds.build(tmp_path / "next", builds.next_release))
    server.start()
    tablet.page.evaluate("async () => { const r = await navigator.serviceWorker.getRegistration(); await r.update(); }")
    offer = tablet.page.locator(".tc-update")
    expect(offer).to_be_visible(timeout=20_000)
    tablet.go("/people/new")
    expect(tablet.page.get_by_label("First name")).to_be_visible()
    expect(offer).to_have_count(0)
    tablet.go("/")
    expect(offer).to_be_visible()
    expect(tablet.page.locator("main")).to_contain_text("The custody record is the true clock.")
    offer.get_by_role("button").click()
    expect(tablet.page.locator("main")).to_contain_text("The custody record is the only true clock.", timeout=20_000)
