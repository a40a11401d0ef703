"""Two workers of one suite, two tablets, one assessment: a colleague takes it over while neither can reach the service.
What differs stands twice; about safety only a supervisor in the office says which one stands, and both tablets learn it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from browser.conftest import who
from browser.server import Server
from browser.tablet import Tablet

TWO = "2 values"


def sync(tablet: Tablet) -> None:
    tablet.sync()
    expect(tablet.page.locator("#sync-strip")).not_to_contain_text("Waiting to send", timeout=20_000)


def decision(tablet: Tablet, assessment: str, page: str, link_id: str) -> str:
    """Where the two values of this question are settled, as the page of the question leads there."""
    tablet.go(f"/assessments/{assessment}/pages/{page}")
    expect(tablet.question(link_id)).to_contain_text(TWO)
    path = tablet.question(link_id).locator("a[href^='/decisions/']").first.get_attribute("href")
    assert path
    return path


@pytest.mark.timeout(300)
def test_two_workers_differ_about_safety_and_only_a_supervisor_in_the_office_settles_it(
    server: Server, make_tablet, make_office
) -> None:
    nia, sam = make_tablet("nia"), make_tablet("sam")
    nia.enrol(who("Nia Farrow"), name="Nia's tablet")
    sam.enrol(who("Sam Brackley"), name="Sam's tablet")
    nia.add_person("Evander", "Saltmarsh", ("9", "4", "1979"), "HL/9600")
    episode = nia.page.url.split("/episodes/")[1].split("?")[0]
    nia.start_assessment()
    assessment = nia.page.url.split("/assessments/")[1].split("/")[0]
    nia.agree_to_talk()
    sync(nia)
    sync(sam)

    server.stop()
    sam.go(f"/assessments/{assessment}")
    expect(sam.page.locator("main")).to_contain_text("Nia Farrow is working on this.")
    sam.button("Take it over").click()
    expect(sam.button("Take it over")).to_have_count(0)
    for tablet, harm, step, risk, risk_code in (
        (nia, "no", "information", "overdose", "never"),
        (sam, "yes", "full", "injecting", "previous"),
    ):
        tablet.go(f"/assessments/{assessment}/pages/risk")
        tablet.answer(risk, risk_code)
        tablet.go(f"/assessments/{assessment}/pages/next")
        tablet.answer("next-step", step)
        tablet.go(f"/assessments/{assessment}/pages/safety")
        tablet.answer("harm-now", harm)  # last: a "yes" raises an alert that covers the page until it is told
    expect(nia.page.locator("#alerts")).not_to_contain_text("Stop.")
    expect(sam.page.locator("#alerts")).to_contain_text("Stop.")
    server.start()
    for tablet in (nia, sam, nia):
        sync(tablet)

    for tablet in (nia, sam):
        tablet.go(f"/assessments/{assessment}/pages/risk")
        tablet.shows("overdose", "never")  # different answers are both there, and nobody is asked
        tablet.shows("injecting", "previous")
        expect(tablet.page.locator("main")).not_to_contain_text(TWO)
        for path in (f"/assessments/{assessment}", f"/assessments/{assessment}/check", f"/episodes/{episode}"):
            tablet.go(path)
            expect(tablet.page.locator("main")).to_contain_text(TWO)
        tablet.go(f"/assessments/{assessment}/pages/safety")
        expect(tablet.page.locator("#alerts")).to_contain_text("Stop.")  # acts for either value while both stand
        about_safety = decision(tablet, assessment, "safety", "harm-now")
        tablet.go(about_safety)
        expect(tablet.page.locator("main")).to_contain_text("A supervisor must settle this")
        expect(tablet.page.locator("main")).to_contain_text("Nia Farrow")
        expect(tablet.page.locator("main")).to_contain_text("Sam Brackley")
        expect(tablet.button("Settle with this reason")).to_have_count(0)

    # The other one is theirs to settle, and it leaves the safety answer as it was.
    sam.go(decision(sam, assessment, "next", "next-step"))
    sam.page.get_by_role("radio", name="Go on with the full assessment now").check()
    sam.page.get_by_label("Your reason").fill("Agreed with them before they left.")
    with sam.page.expect_navigation(url="**/work"):
        sam.button("Settle with this reason").click()
    sync(sam)
    sync(nia)
    for tablet in (nia, sam):
        tablet.go(f"/assessments/{assessment}/pages/next")
        tablet.shows("next-step", "full")
        expect(tablet.question("next-step")).not_to_contain_text(TWO)
        decision(tablet, assessment, "safety", "harm-now")

    office = make_office("Jo Maddern")
    office.go("/office/conflicts")
    row = office.page.locator("tr", has_text="Saltmarsh")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("Safety: a supervisor")
    row.get_by_role("link").click()
    office.page.get_by_role("radio", name=re.compile("^[AB]: Yes$")).check()
    settle = office.page.get_by_role("button", name="Settle with this reason")
    settle.click()
    expect(office.page.locator("textarea#reason")).to_have_attribute("aria-invalid", "true")
    decision(nia, assessment, "safety", "harm-now")  # without a reason nothing is settled
    office.page.get_by_label("Your reason").fill("Both spoke to them; the later one was told.")
    office.page.get_by_role("button", name="Settle with this reason").click()
    expect(office.page.locator("main")).to_contain_text("What was chosen")
    expect(office.page.locator("main")).to_contain_text("Jo Maddern")

    for tablet in (nia, sam):
        sync(tablet)
        tablet.go(f"/assessments/{assessment}/pages/safety")
        tablet.shows("harm-now", "yes")
        for path in ("pages/safety", "", "check"):
            tablet.go(f"/assessments/{assessment}/{path}".rstrip("/"))
            expect(tablet.heading).to_be_visible()
            expect(tablet.page.locator("main")).not_to_contain_text(TWO)
        tablet.go(about_safety)
        expect(tablet.page.locator("main")).to_contain_text("“Both spoke to them; the later one was told.”Jo Maddern")
        assert not tablet.violations
        assert not tablet.errors
    assert "The same" in server.cli("rebuild", "--check")
