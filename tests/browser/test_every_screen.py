"""Every screen of the tablet, at three widths, in light and dim colours, in 400 % zoom and forced colours, with a very long name and
300 people in a suite: nothing axe finds (WCAG 2.2 AA), no broken policy, nothing wider than the glass, one heading of
the first level, no name in a title. One server, one tablet: a screen is loaded once and resized."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Playwright

from browser import screens
from browser.conftest import who
from browser.looking import look
from browser.server import Server
from browser.tablet import Tablet


@pytest.mark.timeout(600)
def test_no_screen_of_the_tablet_has_a_finding(crowded: Server, playwright: Playwright, tmp_path: Path) -> None:
    tablet = Tablet(playwright, tmp_path / "tablet", crowded.origin)
    try:
        found = look(tablet, screens.before_enrolment(), "setup", [])
        tablet.enrol(who("Nia Farrow"))
        found += look(tablet, screens.field_screens(screens.places(crowded)), "field", screens.names(crowded))
    finally:
        tablet.close()
    assert found == [], "\n".join(found)


def test_the_reporter_would_hear_a_broken_policy(server: Server, make_tablet) -> None:
    """The control: what the tests above rely on hears a violation."""
    stranger = make_tablet()
    stranger.go("/office/sign-in")
    with stranger.page.expect_console_message(lambda message: message.text.startswith("CSP-VIOLATION")):
        stranger.page.evaluate(
            "() => { document.body.setAttribute('style', 'color: red'); const s = document.createElement('script'); s.textContent = '1'; document.body.append(s); }"
        )
    assert stranger.violations
