"""By keyboard alone: started, answered to its end, handed in; and no key on the way answers anything by itself."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from browser import roads
from browser.conftest import who
from browser.keys import Keys
from browser.server import Server
from browser.tablet import Tablet


def begin(tablet: Tablet) -> None:
    tablet.enrol(who("Nia Farrow"))
    tablet.add_person("Sable", "Thornquill", ("2", "3", "1990"), "HL/9077")


def test_a_first_contact_is_started_answered_and_handed_in_by_keyboard_alone(server: Server, make_tablet) -> None:
    tablet = make_tablet()
    begin(tablet)
    episode = tablet.page.url.rstrip("/").split("/")[-1].split("?")[0]
    tablet.go(f"/assessments/new?episode={episode}")
    keys = Keys(tablet)

    keys.tab_to("the person", id="identity")
    keys.press(" ")
    keys.tab_to("the forms", name="questionnaire")
    form = tablet.page.get_by_role("radio", name="First contact").first.get_attribute("id")
    for _ in range(8):
        if keys.press(" ")["id"] == form:
            break
        keys.press("ArrowDown")
    keys.tab_to("the bases", name="basis")
    while keys.press(" ")["code"] != "voluntary":
        keys.press("ArrowDown")
    keys.go_on("Start")

    for page in roads.LONGEST:
        assert keys.focus()["tag"] == "H1", "a new page begins at its heading"
        for link_id, codes in page:
            for code in codes:
                keys.choose(link_id, code)
        keys.go_on("Save and check answers" if page is roads.LONGEST[-1] else "Save and continue")

    expect(tablet.heading).to_have_text("Check answers")
    keys.tab_to("whose answers these are", id="confirmed")
    keys.press(" ")
    keys.go_on("Hand in")
    expect(tablet.heading).to_have_text(re.compile("Waiting to send|Sent"))
    print(f"{len(roads.questions(roads.LONGEST)) + 1} questions, {keys.pressed} keys")
    assert not tablet.violations
    assert not tablet.errors


def test_an_arrow_on_the_way_to_another_option_answers_nothing(server: Server, make_tablet) -> None:
    tablet = make_tablet()
    begin(tablet)
    tablet.start_assessment()
    for link_id, code in (("gate-cleared", "cleared"), ("gate-age", "adult"), ("gate-presentation", "able")):
        tablet.answer(link_id, code)
    tablet.go(re.sub("/pages/.*", "/pages/safety", tablet.page.url).removeprefix(tablet.origin))
    sent: list[str] = []
    tablet.page.on("request", lambda request: sent.append(request.method) if request.method == "POST" else None)
    keys = Keys(tablet)

    keys.tab_to("the question", question="harm-now", name="value")
    assert [keys.press("ArrowUp")["code"] for _ in range(4)] == ["not-asked", "asked-unknown", "asked-declined", "no"]
    assert [keys.press("ArrowDown")["code"] for _ in range(3)] == ["asked-declined", "asked-unknown", "not-asked"]
    assert sent == []
    expect(tablet.question("harm-now").locator("input:checked")).to_have_count(0)
    expect(tablet.page.locator("#alerts .tc-alert")).to_have_count(0)

    keys.choose("harm-now", "no")
    assert sent == ["POST"]
    keys.press("ArrowUp")
    tablet.shows("harm-now", "no")
    assert sent == ["POST"]
