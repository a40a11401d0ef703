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
    for _ in range(6):
        tablet.go("/")
        session.send("ServiceWorker.stopAllWorkers")  # the page is just there, and has asked nobody for anything yet
        tablet.go("/device")
        expect(tablet.heading).to_have_text("This tablet")
        expect(tablet.button("Sync now")).to_be_visible()
    tablet.conceal()
    session.send("ServiceWorker.stopAllWorkers")
    tablet.go("/device")
    expect(tablet.page.locator("[data-unlock-form]")).to_be_visible()  # and nobody has one after the lock


WAYS_OUT = {
    "a link drawn into the page": "document.querySelector('.tc-header__home').click()",
    "a new document": "location.href = '/work'",
    "the same page again": "location.reload()",
    "the button on": "document.querySelector('.tc-bar button:last-of-type').click()",
    "another suite": "document.querySelector('.tc-switch button').click()",
}
# One turn of the page's own loop: nothing can be answered between the tap and the leaving.
TAP_AND_LEAVE = """() => {
  document.querySelector("input[name=value][value='CODE']").click();
  const said = document.getElementById("saved").textContent;
  WAY_OUT;
  return said;
}"""


def test_an_answer_tapped_just_before_leaving_is_kept_although_the_worker_was_stopped(
    server: Server, make_tablet
) -> None:
    tablet = make_tablet()
    tablet.enrol(who("Nia Farrow"))
    tablet.add_person("Corran", "Millpond", ("7", "8", "1984"), "HL/9311")
    tablet.start_assessment()
    path = tablet.page.url.removeprefix(tablet.origin)
    session = tablet.context.new_cdp_session(tablet.page)
    session.send("ServiceWorker.enable")
    for turn, (way_out, script) in enumerate(WAYS_OUT.items()):
        code = ("adult", "not-certain")[turn % 2]
        expect(tablet.question("gate-age")).to_be_visible()
        session.send("ServiceWorker.stopAllWorkers")
        with tablet.page.expect_event("framenavigated"):  # the worker starts again, and does both
            said = tablet.page.evaluate(TAP_AND_LEAVE.replace("CODE", code).replace("WAY_OUT", script))
        assert "Saved" not in said, f"{way_out}: called saved before it was"
        tablet.go(path)
        expect(tablet.question("gate-age").locator(f"input[value='{code}']"), way_out).to_be_checked()
    assert not tablet.errors
