"""A draft begun on version 1 is finished on version 1, although version 2 was published while the tablet had no signal; both
show what they are from then on."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path

from playwright.sync_api import expect

from browser.conftest import who
from browser.controls import CONTROLS
from browser.server import Server

FIRST, SECOND = "Which one?", "Which one is it now?"
SOON = 60_000


def publish(server: Server, definition: dict, folder: Path) -> None:
    file = folder / f"controls-{definition['version']}.json"
    file.write_text(json.dumps(definition))
    server.cli("forms", "publish", str(file))


def second_version() -> dict:
    """Another wording, one option more, and a question that version 1 never had."""
    definition = copy.deepcopy(CONTROLS)
    definition["version"] = "2.0.0"
    questions = definition["item"][0]["item"]
    asked = next(each for each in questions if each["linkId"] == "one")
    asked["text"] = SECOND
    blue = copy.deepcopy(asked["answerOption"][0])
    blue["valueCoding"] |= {"code": "blue", "display": "Blue"}
    asked["answerOption"].insert(2, blue)
    definition["item"][1]["item"].append(
        {"linkId": "new", "type": "string", "text": "Only in version 2", "required": True}
    )
    return definition


def test_a_draft_stays_on_its_version_and_both_are_read_as_they_were(
    server: Server, make_tablet, make_office, tmp_path: Path
) -> None:
    publish(server, CONTROLS, tmp_path)
    tablet = make_tablet()
    page = tablet.page
    tablet.enrol(who("Nia Farrow"))
    tablet.add_person("Sable", "Thornquill", ("2", "3", "1990"), "HL/9077")
    episode = page.url.rstrip("/").split("/")[-1].split("?")[0]
    tablet.start_assessment("Every control")
    draft = page.url.split("/pages/")[0].removeprefix(tablet.origin)
    tablet.answer("one", "red")

    server.stop()
    publish(server, second_version(), tmp_path)
    tablet.answer("several", "north")
    server.start()
    tablet.sync()

    tablet.go(f"/assessments/new?episode={episode}")
    expect(page.get_by_role("radio", name="Every control")).to_have_count(1)  # the newest, and only that
    page.go_back()
    tablet.go(f"{draft}/pages/page")
    expect(page.locator("#q-one")).to_contain_text(FIRST)
    expect(page.locator("#q-one input[value=blue]")).to_have_count(0)
    tablet.shows("one", "red")
    for link_id in ("days", "units", "when", "who", "words"):
        page.locator(f"#q-{link_id} input[value=asked-unknown]").click()
        expect(page.locator(f"#q-{link_id} input[value=asked-unknown]")).to_be_checked()
    tablet.next_page()
    tablet.answer("done", "yes")
    tablet.next_page()
    page.locator("#confirmed").check()
    tablet.button("Hand in").click()
    expect(tablet.heading).to_have_text(re.compile("Waiting to send|Sent"))
    tablet.go("/")
    tablet.says("Sent", timeout=SOON)

    tablet.go(f"/episodes/{episode}")
    tablet.start_assessment("Every control")
    expect(page.locator("#q-one")).to_contain_text(SECOND)
    tablet.answer("one", "blue")
    newer = page.url.split("/pages/")[0].removeprefix(tablet.origin)

    office = make_office("Jo Maddern")
    office.go(f"/office/reviews/{draft.split('/')[-1]}/1")
    expect(office.page.locator("#question-one")).to_contain_text(FIRST)
    expect(office.page.locator("main")).not_to_contain_text("Only in version 2")
    tablet.go(draft)
    expect(page.locator("main")).to_contain_text(FIRST)
    expect(page.locator("main")).not_to_contain_text(SECOND)
    tablet.go(f"{newer}/check")
    expect(page.locator("main")).to_contain_text(SECOND)
    expect(page.locator("main")).to_contain_text("Only in version 2")
    assert not tablet.violations
    assert not tablet.errors
