"""The lock meets a worker in the middle of something: nothing typed is lost, and what was under way goes on by itself."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import expect

from browser.conftest import who
from browser.server import Server
from browser.tablet import Tablet

# A page that does not hand its key over: as one that the browser has frozen.
DEAF = "navigator.serviceWorker?.addEventListener('message', e => { if (window.deaf && e.data?.type === 'key?') e.stopImmediatePropagation(); });"


def stop_the_worker(tablet: Tablet) -> None:
    """Gone when this returns."""
    # A second session on this page would silence the virtual authenticator of the first.
    session = getattr(tablet, "cdp", None) or tablet.context.new_cdp_session(tablet.page)
    told: list[str] = []

    def hear(event: dict[str, Any]) -> None:
        told.extend(version["runningStatus"] for version in event["versions"])

    session.on("ServiceWorker.workerVersionUpdated", hear)
    session.send("ServiceWorker.enable")
    session.send("ServiceWorker.stopAllWorkers")
    for _ in range(300):
        if "stopped" in told:
            session.remove_listener("ServiceWorker.workerVersionUpdated", hear)
            return
        tablet.page.wait_for_timeout(20)
    raise AssertionError(f"the worker is still there after 6 s: {told}")


def begun(tablet: Tablet, passkey: bool = False) -> None:
    tablet.context.add_init_script(DEAF)
    tablet.enrol(who("Nia Farrow"), passkey=passkey)
    tablet.add_person("Sable", "Thornquill", ("2", "3", "1990"), "HL/9077")
    tablet.start_assessment()


def test_an_answer_that_meets_the_lock_goes_again_by_itself(server: Server, make_tablet) -> None:
    tablet = make_tablet()
    begun(tablet)
    tablet.answer("gate-cleared", "cleared")
    stop_the_worker(tablet)
    tablet.answer("gate-age", "adult")  # the page hands its key over: nobody is asked anything

    tablet.page.evaluate("window.deaf = true")
    stop_the_worker(tablet)
    answered: list[int] = []
    tablet.page.on(
        "response", lambda response: answered.append(response.status) if response.request.method == "POST" else None
    )
    tablet.question("gate-support").locator("input[name=value][value='none']").click()
    dialog = tablet.page.get_by_role("dialog", name="This device is locked")
    expect(dialog).to_be_visible(timeout=15_000)
    expect(tablet.page.locator("#saved")).not_to_contain_text("Saved")  # that word was the answer before this one's
    tablet.page.evaluate("window.deaf = false")
    tablet.unlock()
    expect(dialog).to_have_count(0)
    expect(tablet.page.locator("#saved")).to_contain_text("Saved")
    tablet.page.reload()
    tablet.shows("gate-support", "none")
    assert answered[:2] == [423, 200], "the very same request goes again once the device is unlocked"
    assert not tablet.violations
    assert not tablet.errors


def test_what_was_under_way_goes_on_after_the_passkey_too(server: Server, make_tablet) -> None:
    tablet = make_tablet()
    begun(tablet, passkey=True)
    tablet.go("/people/new")
    tablet.page.get_by_label("First name").fill("Marram")
    tablet.page.get_by_label("Last name").fill("Sedgewater")
    for part, value in (("day", "4"), ("month", "5"), ("year", "1991")):
        tablet.page.locator(f"[name=dob_{part}]").fill(value)
    tablet.page.get_by_label("Custody number").fill("HL/9078")
    tablet.page.get_by_role("radio", name="Cell sweep").check()
    tablet.page.evaluate("window.deaf = true")
    stop_the_worker(tablet)
    tablet.button("Save on this device").click()
    dialog = tablet.page.get_by_role("dialog", name="This device is locked")
    expect(dialog).to_be_visible(timeout=15_000)
    tablet.page.evaluate("window.deaf = false")
    tablet.unlock_with_passkey()
    # The whole form went again by itself: nothing of it was typed twice.
    expect(tablet.heading).to_have_text("Is this the right person?")
    expect(tablet.page.locator("body")).to_contain_text("Sedgewater")
    expect(tablet.page.locator("body")).to_contain_text("HL/9078")
    assert not tablet.violations
    assert not tablet.errors


def test_an_idle_device_warns_locks_and_keeps_what_was_typed(server: Server, make_tablet) -> None:
    tablet = make_tablet()
    tablet.page.clock.install()
    tablet.enrol(who("Nia Farrow"))
    tablet.go("/people/new")
    tablet.page.get_by_label("First name").fill("Sable")
    tablet.page.clock.fast_forward("04:10")
    stay = tablet.button("Stay unlocked")
    expect(stay).to_be_visible()
    box = stay.bounding_box()
    assert box
    # The first touch anywhere is enough and takes the warning away, before the click of that touch is over.
    tablet.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(stay).to_have_count(0)
    tablet.page.clock.fast_forward("04:10")
    expect(stay).to_be_visible()
    tablet.page.clock.fast_forward("01:00")
    expect(tablet.page.get_by_role("dialog", name="This device is locked")).to_be_visible()
    assert tablet.page.title() == "Locked – Throughcare"
    tablet.unlock()
    expect(tablet.page.get_by_label("First name")).to_have_value("Sable")

    tablet.go("/")
    tablet.page.clock.fast_forward("05:10")
    expect(tablet.page).to_have_url(re.compile("/lock$"))  # nothing was typed here, so nothing has to be kept


def test_the_service_says_after_how_long_an_idle_device_locks(server: Server, make_tablet) -> None:
    server.stop()
    server.environment["THROUGHCARE_IDLE_MINUTES"] = "2"
    server.start()
    tablet = make_tablet()
    tablet.page.clock.install()
    tablet.enrol(who("Nia Farrow"))
    tablet.go("/")
    tablet.page.clock.fast_forward("01:10")
    expect(tablet.button("Stay unlocked")).to_be_visible()
    tablet.page.clock.fast_forward("01:00")
    expect(tablet.page).to_have_url(re.compile("/lock$"))


def test_two_workers_on_one_tablet_cannot_share_a_passphrase(server: Server, make_tablet) -> None:
    tablet = make_tablet()
    tablet.enrol(who("Nia Farrow"))
    tablet.invite(who("Sam Brackley"))
    form = tablet.page.locator("[data-enrol-form]")
    form.locator("[type=submit]").click()
    expect(tablet.page.get_by_role("alert")).to_contain_text("already opens somebody’s work on this device")
    for field in ("passphrase", "passphrase_again"):
        form.locator(f"[name={field}]").fill("quite another one")
    form.locator("[type=submit]").click()
    expect(tablet.heading).to_contain_text("here", timeout=30_000)
    tablet.conceal()
    tablet.unlock()  # the first worker's own, untouched by the second
    expect(tablet.page.locator(".tc-switch__now")).to_contain_text("Harbour Lane")
