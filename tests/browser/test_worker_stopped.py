"""The browser stops the device's own server whenever it likes: the next page is drawn all the same, without an unlock."""

from __future__ import annotations

from playwright.sync_api import expect

from browser.conftest import who
from browser.server import Server


def test_a_page_has_its_copy_of_the_key_before_the_worker_can_be_stopped(server: Server, make_tablet) -> None:
    tablet = make_tablet()
    tablet.enrol(who("Nia Farrow"))
    session = tablet.context.new_cdp_session(tablet.page)
    session.send("ServiceWorker.enable")
    for _ in range(12):
        tablet.go("/")
        session.send("ServiceWorker.stopAllWorkers")  # the page is just there, and has asked nobody for anything yet
        tablet.go("/device")
        expect(tablet.heading).to_have_text("This tablet")
        expect(tablet.button("Sync now")).to_be_visible()
    tablet.conceal()
    session.send("ServiceWorker.stopAllWorkers")
    tablet.go("/device")
    expect(tablet.page.locator("[data-unlock-form]")).to_be_visible()  # and nobody has one after the lock
