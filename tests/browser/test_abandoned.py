"""Abandoning an assessment with one tap and a reason, and taking it up again with another, without signal."""

from __future__ import annotations

from playwright.sync_api import expect

from browser.conftest import who
from browser.server import Server


def test_an_assessment_is_abandoned_and_taken_up_again_without_signal(server: Server, make_tablet) -> None:
    tablet = make_tablet(width=390, height=844)
    tablet.enrol(who("Nia Farrow"))
    tablet.add_person("Ottoline", "Brackenmere", ("3", "2", "1994"), "HL/9104")
    tablet.start_assessment()
    tablet.answer("gate-cleared", "cleared")
    assessment = tablet.page.url.removeprefix(tablet.origin).split("/pages/")[0]
    tablet.sync()
    server.stop()

    tablet.go(assessment)
    tablet.link("Abandon this assessment").click()
    expect(tablet.heading).to_have_text("Why is it abandoned?")
    tablet.button("Started by mistake").click()
    expect(tablet.page.locator("main")).to_contain_text("Nothing was deleted")
    tablet.go("/work")
    tablet.link("Abandoned (1)").click()
    tablet.page.locator(".tc-rows a").filter(has_text="Ottoline Brackenmere").click()
    tablet.button("Undo: take it up again").click()
    expect(tablet.link("Stop here")).to_be_visible()
    expect(tablet.page.locator("main")).to_contain_text("2 of 9 answered so far")
    server.start()
    tablet.go("/")
    tablet.says("Sent", 90_000)
    assert not tablet.violations
    assert not tablet.errors
