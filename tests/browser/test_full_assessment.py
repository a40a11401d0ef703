"""The longest form, by keyboard alone, to its end: every question that its first answers open, page by page, with axe on
the pages that hold what no other screen has."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from browser import roads
from browser.conftest import who
from browser.keys import Keys
from browser.server import Server
from browser.tablet import Tablet

# What the first contact's longest road says; everything else is answered by its first option.
SAID = {link_id: codes[0] for page in roads.LONGEST for link_id, codes in page} | {
    "naloxone-kit": "replace",
    "second-substance": "crack",
    "third-substance": "cannabis",
}
TYPED = {"nhs-number": "1234567890", "postcode-area": "B21", "appointment-at": "14:30"}
# The pages with what no other screen has: typed questions, a calculator, three boxes for a date, many questions at once.
LOOKED_AT = ("about-you", "opioids", "alcohol", "main")
# The boxes of a page that are there to be answered, in reading order, and whether each has been.
OPEN = """() => [...document.querySelectorAll('section.tc-question:not([hidden])')]
  .filter(section => section.querySelector('input:not([type=hidden]), textarea') && !section.querySelector('input:checked')
    && ![...section.querySelectorAll('.tc-question__form :is(textarea, input:not([type]), input[type=text]), .tc-date input')].some(e => e.value))
  .map(section => { const box = section.querySelector('.tc-question__form :is(textarea, input[type=text], .tc-date input)');
    return { link_id: section.querySelector('[name=link_id]').value, typed: !!box, date: !!section.querySelector('.tc-date'),
      number: box?.inputMode === 'numeric' || box?.inputMode === 'decimal',
      codes: [...section.querySelectorAll('[name=value]')].map(e => e.value) }; })"""


def unanswered(tablet: Tablet, done: set[str]) -> Iterator[dict]:
    """The next open question, asked again after each answer because an answer opens others."""
    while left := [each for each in tablet.page.evaluate(OPEN) if each["link_id"] not in done]:
        done.add(left[0]["link_id"])
        yield left[0]


def type_into(keys: Keys, question: dict) -> None:
    link_id = question["link_id"]
    if question["date"]:
        for part, text in (("day", "1"), ("month", "2"), ("year", "2027")):
            keys.tab_to(f"the {part} of {link_id}", question=link_id, name=f"value_{part}")
            keys.tablet.page.keyboard.type(text)
    else:
        keys.tab_to(f"the field of {link_id}", question=link_id, name="value")
        keys.tablet.page.keyboard.type(TYPED.get(link_id, "1" if question["number"] else "Somebody"))
    # Moving on sends it.
    keys.press("Tab")
    expect(keys.tablet.page.locator("#saved")).to_contain_text("Saved", timeout=20_000)


def axe_at_full_length(tablet) -> list[str]:
    """On a glass as long as the page: what happens to lie half under the header can be scrolled out from it."""
    height = tablet.page.evaluate("document.documentElement.scrollHeight")
    tablet.page.set_viewport_size({"width": 390, "height": height + 200})
    found = tablet.axe()
    tablet.page.set_viewport_size({"width": 390, "height": 844})
    return found


@pytest.mark.timeout(400)
def test_the_longest_form_is_completed_by_keyboard_alone(server: Server, make_tablet) -> None:
    tablet = make_tablet(width=390, height=844)
    tablet.enrol(who("Nia Farrow"))
    tablet.add_person("Sable", "Thornquill", ("2", "3", "1990"), "HL/9077")
    tablet.start_assessment("Full arrest-referral assessment")
    keys = Keys(tablet)
    found: list[str] = []
    done: set[str] = set()
    pages = 0
    while re.search("/pages/", tablet.page.url):
        assert keys.focus()["tag"] == "H1"
        for question in unanswered(tablet, done):
            if question["typed"]:
                type_into(keys, question)
            else:
                keys.choose(question["link_id"], SAID.get(question["link_id"], question["codes"][0]))
        page = tablet.page.url.split("/pages/")[1]
        if page in LOOKED_AT:
            found += [f"{page}: {each}" for each in axe_at_full_length(tablet)]
        pages += 1
        last = tablet.button("Save and check answers").count()
        keys.go_on("Save and check answers" if last else "Save and continue")
    expect(tablet.heading).to_have_text("Check answers")
    assert found == []
    keys.tab_to("whose answers these are", id="confirmed")
    keys.press(" ")
    keys.go_on("Hand in")
    expect(tablet.heading).to_have_text(re.compile("Waiting to send|Sent"))
    print(f"{len(done)} questions on {pages} pages, {keys.pressed} keys")
    assert len(done) > 120
    assert not tablet.violations
    assert not tablet.errors
