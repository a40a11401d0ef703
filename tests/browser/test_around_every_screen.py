"""What stands around every field screen: the suites, one tap apart, and the battery before it dies."""

from __future__ import annotations

from playwright.sync_api import expect

from browser.conftest import who
from browser.screens import places
from browser.server import Server

# A battery in the hands of the test: Chromium has no way to set the one it tells of.
BATTERY = """
const battery = Object.assign(new EventTarget(), { level: 0.14, charging: false });
window.battery = battery;
navigator.getBattery = async () => battery;
"""


def test_the_suite_changes_in_one_tap_from_the_middle_of_an_assessment_and_the_draft_keeps_its_own(
    server: Server, make_tablet
) -> None:
    tablet = make_tablet(width=390, height=844)
    tablet.enrol(who("Nia Farrow"))
    page_of_questions = f"/assessments/{places(server)['draft']}/pages/talk"
    tablet.go(page_of_questions)
    suites = tablet.page.get_by_role("form", name="Suite").get_by_role("button")
    expect(suites).to_have_count(3)
    current = tablet.page.locator(".tc-switch [aria-current=true]")
    expect(current).to_have_text("Harbour Lane")
    expect(current.locator("svg")).to_be_visible()  # a tick: not told by colour alone
    for box in suites.all():
        size = box.bounding_box()
        assert size is not None
        assert size["height"] >= 56, "a finger in a glove"
    suites.filter(has_text="Mill Gate").click()
    expect(tablet.heading).to_contain_text("here")
    expect(current).to_have_text("Mill Gate")
    tablet.go(page_of_questions)
    expect(tablet.page.locator(".tc-identity__name")).to_be_visible()
    expect(current).to_have_text("Mill Gate")


def test_a_low_battery_is_told_on_every_field_screen_and_not_to_the_person(server: Server, make_tablet) -> None:
    tablet = make_tablet()
    tablet.context.add_init_script(BATTERY)
    tablet.enrol(who("Nia Farrow"))
    draft = f"/assessments/{places(server)['draft']}"
    warning = tablet.page.locator(".tc-battery")
    for path in ("/", "/work", "/device", "/people/find", draft, f"{draft}/pages/talk", f"{draft}/check"):
        tablet.go(path)
        expect(warning).to_contain_text("Battery 14 %, not charging")
    tablet.link("All pages").first.click()  # a page that htmx draws into this one
    expect(tablet.page.locator("h2").filter(has_text="Questions")).to_be_visible()
    expect(warning).to_have_count(1)
    tablet.page.evaluate("battery.charging = true; battery.dispatchEvent(new Event('chargingchange'))")
    expect(warning).to_have_count(0)
    tablet.page.evaluate(
        "battery.charging = false; battery.level = 0.15; battery.dispatchEvent(new Event('levelchange'))"
    )
    expect(warning).to_have_count(0)
    tablet.page.evaluate("battery.level = 0.09; battery.dispatchEvent(new Event('levelchange'))")
    expect(warning).to_contain_text("Battery 9 %")
    tablet.go(f"{draft}/pages/talk")
    tablet.button("Turn round").click()
    expect(tablet.button("Give the tablet back")).to_be_visible()
    expect(warning).to_have_count(0)
    assert not tablet.violations
    assert not tablet.errors
