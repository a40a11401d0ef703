"""A tablet's disk is copied: two browsers with one profile both go on, and later a third one is set back to the same image."""

from __future__ import annotations

import json
import shutil
import time
from typing import Any

from playwright.sync_api import expect

from browser.faulty.stage import Plant, Stage, answers_of, begin, reopened, sent
from fault.proxy import Stopped

# As it was: what the service knows under the same number stays refused.
NOT_SENT_AGAIN: Plant = (
    "src/store/anew.js",
    'result.state === "rejected" && result.why === "op.mismatch"',
    "result === null",
)
BUSY = 45  # seconds that the service asks for: meanwhile a change is not sent, and may still grow


def play(stage: Stage) -> dict[str, Any]:
    first = stage.tablet("first")
    page = begin(first)
    assessment = page.split("/assessments/")[1].split("/")[0]
    first.sync()
    stage.proxy.gate = lambda path, _body: (
        Stopped(503, {"Retry-After": str(BUSY)}) if path.startswith("/sync/") else None
    )
    ends = time.monotonic() + BUSY
    first.sync()
    first.go(page)
    first.answer("gate-cleared", "cleared")
    first.close()
    for name in ("second", "image"):
        shutil.copytree(stage.folder / "first", stage.folder / name, symlinks=True)

    first, second = stage.tablet("first"), stage.tablet("second")
    for tablet, answers in (
        (first, {"gate-age": "adult", "gate-presentation": "able"}),
        (second, {"gate-age": "not-certain", "gate-support": "none"}),
    ):
        reopened(tablet, page)
        for question, code in answers.items():
            tablet.answer(question, code)
    assert time.monotonic() < ends, "the machine is too slow for this story: the change was sent before it was copied"
    stage.proxy.gate = None
    first.page.wait_for_timeout(max(0, (ends - time.monotonic()) * 1000) + 2000)
    for tablet in (first, second, first):
        sent(tablet)
    first.add_person("Isolde", "Quarrie", ("1", "2", "1980"), "HL/9701")
    second.add_person("Barnaby", "Windlesham", ("3", "4", "1981"), "HL/9702")
    for tablet in (first, second, first):
        sent(tablet)
    expect(second.page.locator("main")).to_contain_text("This tablet may be a copy of another one")

    answers = answers_of(stage, assessment)
    expected = {"gate-cleared": "cleared", "gate-presentation": {"able": True}, "gate-support": {"none": True}}
    assert {key: answers.get(key) for key in expected} == expected, f"lost: {answers}"
    both = [json.loads(body) for (body,) in stage.rows("select body from records where type = 'conflict'")]
    values = [{each["theirs"]["value"], each["mine"]["value"]} for each in both if each["path"] == "/answers/gate-age"]
    assert values == [{"adult", "not-certain"}], f"both values of what both answered: {values}"
    for number in ("HL/9701", "HL/9702"):
        assert len(stage.person_of(number)) == 1
    for tablet in (first, second):
        tablet.go("/")
        expect(tablet.page.locator("main")).to_contain_text("Isolde Quarrie")
        expect(tablet.page.locator("main")).to_contain_text("Barnaby Windlesham")

    # Set back to the image, after all of that.
    first.close()
    set_back = stage.tablet("image")
    reopened(set_back, page)
    sent(set_back)
    assert answers_of(stage, assessment) == answers, "a tablet that was set back has changed something"
    set_back.go("/")
    expect(set_back.page.locator("main")).to_contain_text("Isolde Quarrie")
    stage.holds()
    copies = len(stage.rows("select 1 from audit_events where action = 'op.mismatch'"))
    assert copies, "the audit does not know of it"
    return {"numbers_used_twice": copies}
