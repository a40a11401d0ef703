"""Every screen of the office, looked at as those of the tablet are (test_every_screen.py); beside them, on another process."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Playwright

from browser import screens
from browser.conftest import who
from browser.looking import look
from browser.server import Server
from browser.tablet import Office


@pytest.mark.timeout(600)
def test_no_screen_of_the_office_has_a_finding(crowded: Server, playwright: Playwright, tmp_path: Path) -> None:
    at, people = screens.places(crowded), screens.names(crowded)
    office = Office(playwright, tmp_path / "office", crowded.origin, width=1280, height=900)
    try:
        found = look(office, [screens.Screen("sign-in", "/office/sign-in", main=True)], "office", people, 1280)
        office.sign_in(who("Jo Maddern"))
        found += look(office, screens.office_screens(at), "office", people, 1280)
        office.context.clear_cookies()
        office.sign_in(who("Dot Ashcombe"))
        found += look(office, screens.administrator_screens(at), "office", people, 1280)
    finally:
        office.close()
    assert found == [], "\n".join(found)
