"""The tablet turned round: explanation and questions only, and no way out of it but the worker's unlock."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from browser.conftest import who
from browser.server import Server

NOT_FOR_THEM = ("Thornquill", "Sable", "HL/9077", "Nia", "sergeant", "Urgent", "Stop here", "Not asked")


def test_the_persons_view_shows_questions_only_and_is_left_by_an_unlock_only(server: Server, make_tablet) -> None:
    tablet = make_tablet()
    page = tablet.page
    tablet.enrol(who("Nia Farrow"))
    tablet.add_person("Sable", "Thornquill", ("2", "3", "1990"), "HL/9077")
    tablet.start_assessment()
    tablet.agree_to_talk()
    before = page.url
    tablet.button("Turn round").click()
    expect(page.get_by_role("heading", name="Three things are not a choice")).to_be_visible()
    turned = page.url

    page.get_by_role("button", name="Go on").click()
    expect(page).to_have_url(re.compile("/turned/safety$"))
    tablet.question("harm-now").locator("input[value=yes]").click()
    expect(page.locator("#turned-mark svg")).to_be_visible()  # the worker's mark without words, and nothing else
    words = page.inner_text("body")
    assert [each for each in NOT_FOR_THEM if each in words] == []
    assert page.get_by_role("navigation").count() == 0
    assert page.get_by_role("link").count() == 0
    assert "Thornquill" not in page.title()

    page.go_back()
    expect(page).to_have_url(re.compile("/turned/"))
    for path in ("/", "/work", before.removeprefix(tablet.origin), "/people/find"):
        tablet.go(path)
        expect(page).to_have_url(re.compile("/turned/"))
        assert "Thornquill" not in page.inner_text("body")

    tablet.button("Give the tablet back").click()
    expect(page.locator("[data-unlock-form]")).to_be_visible()
    page.go_back()
    expect(page.locator("[data-unlock-form]")).to_be_visible()
    assert "Thornquill" not in page.inner_text("body")
    tablet.unlock()
    tablet.go(turned.replace("/turned/", "/pages/").removeprefix(tablet.origin))
    expect(page.locator("[data-stop]")).to_be_visible()
    assert not tablet.violations
    assert not tablet.errors
