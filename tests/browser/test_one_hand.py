"""The first contact on a phone, in one hand: taps only, each on a target that a thumb meets, all of them counted."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

from browser import roads
from browser.conftest import who
from browser.server import Server
from browser.tablet import Tablet

WIDTH, HEIGHT = 390, 844
# The whole row of an option, and the quiet row beneath them (shared/design/screens/README.md, "Targets").
ROW, QUIET_ROW = 56, 48
ABSENT = ("asked-declined", "asked-unknown", "not-asked")
# From here down a thumb of the hand that holds the phone reaches without a second hand: the lower three quarters.
REACH = HEIGHT // 4


class Thumb:
    """It taps. It cannot type, drag, pinch or press long; scrolling up and down is all it does besides."""

    def __init__(self, tablet: Tablet) -> None:
        self.tablet, self.taps = tablet, 0

    def tap(self, target: Locator, least: int = ROW) -> None:
        target.evaluate("element => element.scrollIntoView({ block: 'center' })")
        box = target.bounding_box()
        assert box, "what is tapped is on the glass"
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= WIDTH, "no sideways scrolling"
        assert box["height"] >= least, f"{target} is {box['height']} px high, a thumb needs {least}"
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        assert REACH <= y <= HEIGHT, f"{target} lies {y:.0f} px down, out of a thumb's reach"
        self.tablet.page.touchscreen.tap(x, y)
        self.taps += 1

    def answer(self, link_id: str, code: str) -> None:
        question = self.tablet.question(link_id)
        question.evaluate("element => element.setAttribute('data-before', '')")
        box = question.locator(f"input[name=value][value='{code}']")
        tile = self.tablet.page.locator(f"label[for='{box.get_attribute('id')}']")
        self.tap(tile, QUIET_ROW if code in ABSENT else ROW)
        expect(self.tablet.page.locator("section.tc-question[data-before]")).to_have_count(0)
        expect(self.tablet.page.locator("#saved")).to_contain_text("Saved")
        self.tablet.shows(link_id, code)

    def press(self, name: str) -> None:
        before = self.tablet.page.url
        self.tap(self.tablet.button(name))
        expect(self.tablet.page).not_to_have_url(before)

    def walk(self, road: roads.Road) -> None:
        for page in road:
            for link_id, codes in page:
                for code in codes:
                    self.answer(link_id, code)
            self.press("Save and")


@pytest.mark.parametrize(
    ("road", "asked", "most"), [(roads.SHORTEST, 19, 40), (roads.LONGEST, 25, 59)], ids=["shortest", "longest"]
)
def test_a_first_contact_takes_few_taps_of_one_thumb(
    server: Server, make_tablet, road: roads.Road, asked: int, most: int
) -> None:
    phone = make_tablet("phone", width=WIDTH, height=HEIGHT, touch=True)
    phone.enrol(who("Nia Farrow"))
    phone.add_person("Sable", "Thornquill", ("2", "3", "1990"), "HL/9077")
    phone.start_assessment()
    assert len(roads.questions(road)) + 1 == asked, "the basis is set already"

    thumb = Thumb(phone)
    thumb.walk(road)
    expect(phone.heading).to_have_text("Check answers")
    expect(phone.page.locator("main")).not_to_contain_text("no answer yet")
    thumb.tap(phone.page.locator("label[for=confirmed]"))
    thumb.press("Hand in")
    expect(phone.heading).to_have_text(re.compile("Waiting to send|Sent"))

    print(f"{asked} questions, {thumb.taps} taps")
    assert thumb.taps <= most
    assert not phone.violations
    assert not phone.errors
