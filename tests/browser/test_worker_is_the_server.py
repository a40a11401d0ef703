"""The worker is the server, not a cache: a day of field screens asks Flask for nothing but sync and static files."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from browser.conftest import who
from browser.server import Server


def test_a_day_of_field_screens_asks_the_service_for_nothing_but_sync_and_static_files(
    server: Server, make_tablet
) -> None:
    tablet = make_tablet()
    tablet.enrol(who("Nia Farrow"))
    tablet.go("/")
    before = len(server.requests())

    tablet.add_person("Ottoline", "Brackenmere", ("3", "2", "1994"), "HL/9100")
    episode = tablet.page.url.split("/episodes/")[1].split("?")[0]
    tablet.start_assessment()
    tablet.agree_to_talk()
    tablet.next_page()
    tablet.conceal()
    tablet.unlock()
    assessment = tablet.page.url.split("/assessments/")[1].split("/")[0]
    for path in (
        "/",
        "/people/find",
        "/people/find?q=Brackenmere",
        f"/episodes/{episode}",
        f"/episodes/{episode}/contact",
        "/work",
        "/work?tab=returned",
        "/device",
        "/suite",
        f"/assessments/{assessment}",
        f"/assessments/{assessment}/check",
        f"/assessments/{assessment}/pages/safety",
        f"/assessments/{assessment}/stop",
    ):
        tablet.go(path)
        expect(tablet.heading).to_be_visible()
    tablet.button("Asked to stop").click()
    expect(tablet.page.locator("main")).to_contain_text("Every answer is in place")
    tablet.go(f"/assessments/{assessment}/check")
    tablet.page.locator("#confirmed").check()
    tablet.button("Hand in").click()
    expect(tablet.heading).to_have_text(re.compile("Waiting to send|Sent"))
    tablet.go("/")
    tablet.says("Sent")

    asked = {(entry["method"], entry["rule"]) for entry in server.requests()[before:]}
    other = {
        each
        for each in asked
        if not each[1] or not each[1].startswith(("/sync/", "/static/", "/sw.js", "/manifest", "/health"))
    }
    assert ("POST", "/sync/v1/push") in asked, "the control: what is sent is seen by the counter"
    assert not other, f"the device asked the service for a page: {other}"
    assert not tablet.violations
