"""One story, told once on real processes: a tablet is enrolled, works while the service is gone, survives its own power
cut, hands in, is returned, hands in again; what was approved never changes afterwards."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from browser.conftest import who
from browser.server import HOME, Server

GIVEN, FAMILY, BORN = "Zephyrine", "Quillfeather", ("23", "11", "1985")
FORM = HOME / "backend" / "throughcare" / "forms" / "definitions" / "first-contact.json"
SUBMITTED_SOON = 150_000


def answer_before_the_cut(tablet) -> None:
    tablet.agree_to_talk()
    tablet.next_page()
    tablet.answer("harm-now", "no")
    tablet.answer("harm-before", "no")
    tablet.answer("health-now", "none")
    tablet.next_page()
    tablet.answer("contact-safe", "text")
    tablet.next_page()


def answer_the_rest(tablet) -> None:
    """From the page of alcohol on; ends on the check."""
    tablet.answer("alcohol-pattern", "some-days")
    tablet.next_page()
    tablet.answer("substances", "cannabis")
    tablet.answer("main-substance", "cannabis")
    tablet.answer("main-last-used", "yesterday")
    tablet.next_page()
    tablet.answer("treatment", "no")
    tablet.answer("housing-tonight", "settled")
    tablet.next_page()
    tablet.answer("safeguarding", "none")
    tablet.answer("next-step", "information")
    tablet.next_page()


@pytest.mark.timeout(600)
def test_an_assessment_lives_through_everything_and_what_was_approved_stays(
    server: Server, make_tablet, make_office, tmp_path: Path
) -> None:
    tablet = make_tablet()
    page = tablet.page
    tablet.enrol(who("Nia Farrow"), passkey=True, name="Tablet seven")
    tablet.add_person(GIVEN, FAMILY, BORN, "HL/9001")
    tablet.start_assessment()
    assessment = page.url.split("/assessments/")[1].split("/")[0]
    answer_before_the_cut(tablet)

    server.stop()
    # Everything goes on: answering, turning pages, the back button, a reload.
    tablet.answer("opioid-use", "never")
    tablet.next_page()
    tablet.answer("overdose", "never")
    tablet.answer("injecting", "never")
    at = page.url
    page.go_back()
    expect(page).to_have_url(re.compile("/pages/opioids"))
    tablet.shows("opioid-use", "never")
    page.go_forward()
    page.reload()
    expect(page).to_have_url(at)
    tablet.shows("overdose", "never")

    tablet.conceal()
    assert FAMILY not in page.title()
    assert FAMILY not in page.inner_text("body")
    tablet.unlock_with_passkey()
    tablet.conceal()
    tablet.unlock()
    tablet.go(f"/assessments/{assessment}/pages/risk")
    tablet.shows("injecting", "never")

    tablet.next_page()
    tablet.answer("alcohol-pattern", "daily")
    tablet.kill()
    tablet.open()
    page = tablet.page
    tablet.go("/")
    tablet.unlock()
    tablet.go(f"/assessments/{assessment}/pages/alcohol")
    tablet.shows("alcohol-pattern", "daily")  # called saved, and there after kill -9

    answer_the_rest(tablet)
    expect(tablet.heading).to_have_text("Check answers")
    page.locator("#confirmed").check()
    tablet.button("Hand in").click()
    expect(tablet.heading).to_have_text("Waiting to send")

    server.start()
    tablet.go("/")
    tablet.says("Sent", timeout=SUBMITTED_SOON)

    office = make_office("Jo Maddern")
    office.page.get_by_role("link", name=f"{GIVEN} {FAMILY}").click()
    for link_id, words in (
        ("contact-safe", "Is a text safe? They share the phone."),
        ("housing-tonight", "Whose home is it?"),
    ):
        office.page.locator(f"#question-{link_id} summary").click()
        office.page.locator(f"#mark-{link_id}").fill(words)
    office.page.locator("button[formaction$='/return']").click()
    expect(office.page.locator("#done")).to_be_visible()

    tablet.says("Returned (2)", timeout=SUBMITTED_SOON)  # beside the one of the invented data
    tablet.go("/work")
    page.get_by_role("navigation", name="Kinds of work").get_by_role("link", name="Returned").click()
    page.get_by_role("link", name=FAMILY).click()
    expect(page.locator(".tc-comment__text")).to_have_text("Is a text safe? They share the phone.")
    tablet.answer("contact-safe", "call")
    tablet.go(f"/assessments/{assessment}/check")
    page.locator("#confirmed").check()
    tablet.button("Hand in again").click()
    expect(tablet.heading).to_have_text(re.compile("Waiting to send|Sent"))
    tablet.go("/")
    tablet.says("Sent", timeout=SUBMITTED_SOON)

    office.go(f"/office/reviews/{assessment}/2")
    office.page.locator("button[formaction$='/approve']").click()
    expect(office.page.locator("#done")).to_contain_text("Revision 2 is approved")
    frozen = f"{server.origin}/office/reviews/{assessment}/2/record"
    approved = office.page.request.get(frozen).body()
    assert FAMILY.encode() in approved

    # A later change is a proposal with a reason, a new form version is another form, and a person may be spelled better.
    tablet.sync()
    tablet.go(f"/assessments/{assessment}")
    tablet.link("Change something").click()
    page.locator("a[href$='/amend/treatment']").click()
    page.locator("input[name=value][value='not-prescribed']").check()
    tablet.button("Propose this change").click()
    expect(page.locator("#errors")).to_contain_text("Say why it changes")
    page.get_by_label("Why does it change?").fill("They remembered on the phone.")
    tablet.button("Propose this change").click()
    tablet.go("/")
    tablet.says("Sent", timeout=SUBMITTED_SOON)

    definition = json.loads(FORM.read_text())
    definition["version"] = "2.0.0"
    definition["title"] = "First contact, second edition"
    newer = tmp_path / "newer.json"
    newer.write_text(json.dumps(definition))
    server.cli("forms", "publish", str(newer))
    office.go("/office/people")
    person = _person_of(server, assessment)
    office.go(f"/office/people/{person}/edit")
    office.page.locator("[name=given_name]").fill("Zephyrina")
    office.page.locator("main form [type=submit]").first.click()
    expect(office.page.locator("main")).to_contain_text("Zephyrina")

    assert office.page.request.get(frozen).body() == approved, "the approved page is drawn from what was approved"
    assert "The same" in server.cli("rebuild", "--check")
    assert not tablet.violations
    assert not office.violations
    assert not tablet.errors
    for planted in (GIVEN, FAMILY, "1985-11-23"):
        assert planted not in server.log.read_text(), "a log holds nothing about anyone"


def _person_of(server: Server, assessment: str) -> str:
    import sqlite3

    with sqlite3.connect(server.folder / "throughcare.sqlite3") as database:
        return database.execute("select person_id from assessments where id = ?", (assessment,)).fetchone()[0]
