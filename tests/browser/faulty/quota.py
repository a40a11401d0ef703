"""The device's storage is full, as the browser itself reports it, and then has room again."""

from __future__ import annotations

import itertools
import json
import time
from typing import Any

from playwright.sync_api import expect

from browser.faulty.stage import Plant, Stage, begin, sent
from browser.tablet import Tablet

# What is told before the disk has it.
TOLD_TOO_EARLY: Plant = (
    "src/store/core.js",
    "    await this.db.write([...placed,",
    "    void this.db.write([...placed,",
)
FULL = "Not saved: this device has no room"


def play(stage: Stage) -> dict[str, Any]:
    tablet = stage.tablet()
    page = begin(tablet)
    assessment = page.split("/assessments/")[1].split("/")[0]
    sent(tablet)
    devtools = tablet.context.new_cdp_session(tablet.page)
    stage.signal(False)
    tablet.go(page)
    tablet.answer("gate-cleared", "cleared")  # this one waits, and must outlive all of it
    tablet.go("/device")
    tablet.says("Waiting to send (1)")
    tablet.go(page)

    said, problem = tablet.page.locator("#saved"), tablet.page.locator("#tc-problem")
    devtools.send("Storage.overrideQuotaForOrigin", {"origin": tablet.origin, "quotaSize": 1})
    until_full(tablet)
    for code in ("adult", "not-certain", "adult"):
        tablet.question("gate-age").locator(f"input[name=value][value='{code}']").click()
        expect(problem).to_contain_text(FULL)
        expect(said).to_have_text("Not saved")
        tablet.shows("gate-age", code)  # what was given is still on the page
    expect(problem).to_contain_text("What you typed is still on the page. Everything saved before is safe.")

    # A form: what was typed in it stays, and nothing of it is half there.
    tablet.page.goto(stage.server.origin + "/people/new")
    tablet.page.get_by_label("First name").fill("Ottoline")
    tablet.page.get_by_label("Last name").fill("Thrupp")
    for part, value in zip(("day", "month", "year"), ("2", "3", "1984"), strict=True):
        tablet.page.locator(f"[name=dob_{part}]").fill(value)
    tablet.page.get_by_label("Custody number").fill("HL/9810")
    tablet.page.get_by_role("radio", name="Cell sweep").check()
    tablet.button("Save on this device").click()
    expect(tablet.page.locator("#tc-problem")).to_contain_text(FULL)
    expect(tablet.page.get_by_label("First name")).to_have_value("Ottoline")

    # Signal is back and room is not: the queue is where it was, and nothing is called sent.
    stage.signal(True)
    for _ in range(2):
        tablet.page.evaluate(
            "() => fetch('/device/sync', { method: 'POST', headers: { 'HX-Request': 'true' } }).catch(() => null)"
        )
    taken = stage.rows("select count(*) from ops where record_id = ?", assessment)
    # Room again: the same page goes on.
    devtools.send("Storage.overrideQuotaForOrigin", {"origin": tablet.origin})
    tablet.button("Save on this device").click()
    expect(tablet.heading).to_have_text("Is this the right person?")
    tablet.go(page)
    stands = tablet.question("gate-age").locator("input[name=value]:checked").get_attribute("value")
    code = "adult" if stands == "not-certain" else "not-certain"
    tablet.answer("gate-age", code)
    sent(tablet)
    [(body,)] = stage.rows("select body from records where id = ?", assessment)
    answers = json.loads(body)["answers"]
    assert {key: answers.get(key) for key in ("gate-cleared", "gate-age")} == {
        "gate-cleared": "cleared",
        "gate-age": code,
    }
    assert len(stage.person_of("HL/9810")) == 1
    stage.holds()
    return {"taken_while_full": taken[0][0]}


def until_full(tablet: Tablet) -> None:
    """The browser measures the room again after half a minute only: till then what it calls saved is saved."""
    said, problem = tablet.page.locator("#saved"), tablet.page.locator("#tc-problem")
    ends = time.monotonic() + 120
    codes = itertools.cycle(("adult", "not-certain"))
    while FULL not in (problem.text_content() or ""):
        assert time.monotonic() < ends, "for two minutes nothing said that there is no room"
        tablet.question("gate-age").locator(f"input[name=value][value='{next(codes)}']").click()
        tablet.page.wait_for_timeout(1000)
    expect(said).to_have_text("Not saved")
