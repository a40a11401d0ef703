"""A worker is quicker than the tablet: what was tapped and typed is kept, and the page never says that it is before it is."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from browser.server import Server
from browser.tablet import Tablet

TICK = """([link_id, codes]) => {
  const form = [...document.querySelectorAll("#questions form")].find((each) => each.link_id.value === link_id);
  for (const code of codes) form.querySelector(`[value="${code}"]`).click();
}"""


# Nobody like anybody else: a tablet asks about those who could be the same person.
PEOPLE = iter(
    [("Corran", "Millpond", 1984), ("Bram", "Oxley-Vane", 1971), ("Ines", "Cardew", 1993), ("Una", "Wescott", 1964)]
)


def meet(tablet: Tablet) -> None:
    given, family, year = next(PEOPLE)
    tablet.add_person(given, family, ("7", "8", str(year)), f"HL/{year}")


@pytest.fixture
def tablet(shared_tablet: Tablet) -> Tablet:
    """In a first contact of somebody whom no other test knows, who is willing to talk."""
    shared_tablet.page.set_viewport_size({"width": 820, "height": 1180})
    meet(shared_tablet)
    shared_tablet.start_assessment()
    shared_tablet.agree_to_talk()
    return shared_tablet


def page_of(tablet: Tablet, page: str) -> str:
    assessment = tablet.page.url.split("/assessments/")[1].split("/")[0]
    return f"/assessments/{assessment}/pages/{page}"


def test_boxes_tapped_faster_than_they_are_stored_are_all_kept(tablet: Tablet) -> None:
    tablet.go(page_of(tablet, "safety"))
    tablet.page.evaluate(TICK, ["health-now", ["withdrawal", "wound", "leg", "wound", "pregnant"]])
    expect(tablet.page.locator("#saved")).to_contain_text("Saved")
    kept = ("withdrawal", "leg", "pregnant")
    ticked = tablet.question("health-now").locator(":checked")
    expect(ticked).to_have_count(len(kept))
    for code in kept:
        tablet.shows("health-now", code)
    expect(tablet.page.locator("#saved")).to_contain_text("Saved")
    # A page that is an answer behind: what is tapped next takes nothing away that it does not show.
    tablet.question("health-now").evaluate(
        "section => { for (const box of section.querySelectorAll(':checked')) box.checked = false; }"
    )
    tablet.page.evaluate(TICK, ["health-now", ["medicine-due"]])
    expect(tablet.page.locator("#saved")).to_contain_text("Saved")
    tablet.page.reload()
    for code in (*kept, "medicine-due"):
        tablet.shows("health-now", code)
    expect(ticked).to_have_count(len(kept) + 1)
    assert not tablet.violations
    assert not tablet.errors


# The answer is here, and drawing it takes longer than the page waits before it says "Saving".
SLOW_TO_DRAW = """() => document.addEventListener("htmx:after:request", () => {
  const ends = performance.now() + 600;
  while (performance.now() < ends);
  // Whatever was due in the meantime comes before this does.
  setTimeout(() => document.body.setAttribute("data-drawn", ""));
})"""


def test_a_page_that_is_slow_to_draw_says_saved_in_the_end(tablet: Tablet) -> None:
    tablet.go(page_of(tablet, "safety"))
    tablet.page.evaluate(SLOW_TO_DRAW)
    tablet.page.evaluate(TICK, ["health-now", ["wound"]])
    expect(tablet.page.locator("body[data-drawn]")).to_have_count(1)
    expect(tablet.page.locator("#saved")).to_contain_text("Saved")


TYPED: dict[str, Any] = {
    "resourceType": "Questionnaire",
    "url": "https://throughcare.example/Questionnaire/typed-words",
    "version": "1.0.0",
    "title": "Typed words",
    "status": "active",
    "item": [
        {
            "linkId": "first",
            "type": "group",
            "text": "First",
            "item": [{"linkId": "told", "type": "text", "text": "Told"}],
        },
        {
            "linkId": "last",
            "type": "group",
            "text": "Last",
            "item": [{"linkId": "more", "type": "text", "text": "More"}],
        },
    ],
}


# The page asks for itself before its answer has come: drawn from before the answer, somebody would type it again.
ANSWER_AND_ASK = """async (words) => {
  const form = document.querySelector("#questions form");
  form.value.value = words;
  const headers = { "HX-Request": "true" };
  const [, page] = await Promise.all([
    fetch(form.action, { method: "POST", headers, body: new URLSearchParams(new FormData(form)) }),
    fetch(location.pathname, { headers }).then((answer) => answer.text()),
  ]);
  return page;
}"""


def test_text_typed_just_before_moving_on_is_kept(shared_server: Server, shared_tablet: Tablet, tmp_path: Path) -> None:
    tablet = shared_tablet
    form = tmp_path / "typed.json"
    form.write_text(json.dumps(TYPED))
    shared_server.cli("forms", "publish", str(form))
    tablet.sync()
    meet(tablet)
    tablet.start_assessment(title="Typed words")
    path = tablet.page.url.split(tablet.origin)[1]
    for way_out in ("link", "next", "conceal", "reload"):
        words = f"left by {way_out}"
        box = tablet.question("told").locator("textarea")
        box.fill("")
        box.press_sequentially(words)
        expect(tablet.page.locator("#saved")).not_to_contain_text("Saved")
        if way_out == "link":
            tablet.link("Stop here").click()
            expect(tablet.page).to_have_url(re.compile("/stop"))
        elif way_out == "next":
            tablet.next_page()
        elif way_out == "conceal":
            tablet.conceal()
            tablet.unlock()
        else:
            tablet.page.reload()
        tablet.go(path)
        expect(tablet.question("told").locator("textarea")).to_have_value(words)
    for turn in range(5):
        words = f"still on its way {turn}"
        assert words in tablet.page.evaluate(ANSWER_AND_ASK, words), "drawn from before the answer"
    assert not tablet.violations
    assert not tablet.errors


def test_the_next_page_begins_at_its_top(tablet: Tablet) -> None:
    tablet.page.set_viewport_size({"width": 390, "height": 600})
    tablet.go(page_of(tablet, "safety"))
    tablet.page.evaluate("scrollTo(0, 400)")
    tablet.next_page()
    expect(tablet.heading).to_be_in_viewport(ratio=1)
    assert tablet.page.evaluate("scrollY") == 0
