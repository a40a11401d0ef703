"""A new version of the program comes to a tablet that is in use."""

from __future__ import annotations

from playwright.sync_api import expect

from browser import builds
from browser.conftest import who
from browser.server import Server

# What the page says to the worker when the network is there again; the worker answers how it went.
TRY_NOW = """() => new Promise((done) => {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = ({ data }) => done(data);
  navigator.serviceWorker.controller.postMessage({ type: "sync", better: true }, [port2]);
})"""


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
    # One that began while the server was there may still be at its end: who asks now is told how that one went.
    tablet.page.evaluate(TRY_NOW)
    # The old version now pauses for a minute before it tries again: that must not keep the new one waiting.
    for _failure in range(6):
        assert tablet.page.evaluate(TRY_NOW)["state"] == "unreachable"
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
