"""Somebody, or the browser, clears the site's data: with a page still open, with unsent work, and with nothing unsent."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

from playwright.sync_api import expect

from browser.conftest import who
from browser.faulty.stage import Plant, Stage, begin, ops_of, sent
from browser.tablet import Tablet
from fault.proxy import Stopped

# A first fetch that leaves something out, and a comparison that does not look for it.
NOT_ALL_FETCHED: tuple[Plant, ...] = (
    (
        "src/store/synced.js",
        "    const ended = this.#endedBy(page);",
        "    page.records = page.records.slice(1);\n    const ended = this.#endedBy(page);",
    ),
    ("src/sync/compare.js", "const differing = Object.keys(digest)", "const differing = Object.keys({})"),
)
# A save after that goes into an empty database.
MADE_ANEW: Plant = ("src/store/db.js", "gone = from === 0 && !may_make;", "gone = may_make === null;")
GONE = "Not saved: what was stored on this device is gone"


def play(stage: Stage) -> dict[str, Any]:
    tablet = stage.tablet()
    page = begin(tablet)
    sent(tablet)
    service = json.loads(
        stage.server.cli("devices", "enrol", "--api", "--user", "Nia Farrow", "--name", "A script", "--json")
    )

    # One change gets through and tells that another waits; then there is no signal, and a page is open.
    stage.proxy.gate = all_but_the_stay
    tablet.add_person("Ottoline", "Thrupp", ("2", "3", "1984"), "HL/9820")
    tablet.sync()
    stage.signal(False)
    tablet.go(page)
    tablet.answer("gate-age", "adult")
    devtools = tablet.context.new_cdp_session(tablet.page)
    tablet.go("/people/new")
    tablet.page.get_by_label("First name").fill("Barnaby")
    tablet.page.get_by_label("Last name").fill("Windlesham")
    tablet.page.get_by_label("Custody number").fill("HL/9821")
    tablet.page.get_by_role("radio", name="Cell sweep").check()
    devtools.send("Storage.clearDataForOrigin", {"origin": tablet.origin, "storageTypes": "indexeddb"})
    tablet.button("Save on this device").click()
    expect(tablet.page.locator("#tc-problem")).to_contain_text(GONE)
    expect(tablet.page.get_by_label("First name")).to_have_value("Barnaby")
    devtools.send("Storage.clearDataForOrigin", {"origin": tablet.origin, "storageTypes": "all"})
    stage.signal(True)
    carried = set_up_again(stage, tablet, service)
    assert stage.person_of("HL/9820") == [], "the control of the story: the stay was never sent"
    held = stage.rows("select name, waiting from devices where user_id = ? and name like '%ablet%'", who("Nia Farrow"))
    assert ("Tablet", 1) in held, f"the office does not know that the old one still held something: {held}"
    assert ("The same tablet again", 0) in held

    # Nothing was unsent: nothing is lost.
    tablet.go("/device")
    devtools.send("Storage.clearDataForOrigin", {"origin": tablet.origin, "storageTypes": "all"})
    assert set_up_again(stage, tablet, service) == carried
    stage.holds()
    return {"records": len(carried)}


def all_but_the_stay(path: str, body: bytes) -> Stopped | None:
    """A middlebox that lets one small change pass and never the next."""
    if not path.endswith("/push"):
        return None
    ops = ops_of(body)
    return Stopped(413) if len(ops) > 1 or ops[0]["type"] == "custody_episode" else None


def set_up_again(stage: Stage, tablet: Tablet, service: dict[str, Any]) -> set[str]:
    """The person at the tablet is told; afterwards it holds what the service has for them, which is returned."""
    tablet.go("/")
    told = tablet.page.get_by_text("Did you work on it before? Then what it kept was cleared.")
    expect(told).to_be_visible(timeout=30_000)
    tablet.enrol(who("Nia Farrow"), name="The same tablet again")
    sent(tablet)
    here, there = set(tablet.page.evaluate(RECORDS)), carried_by(stage, service["token"])
    assert here == there, f"{len(there - here)} records are missing, {len(here - there)} are too many"
    return there


# The keys of records are in clear: what is really there.
RECORDS = """async () => {
  const asked = (request) => new Promise((done, failed) => { request.onsuccess = () => done(request.result); request.onerror = () => failed(request.error); });
  const [name] = (await indexedDB.databases()).map((each) => each.name).filter((each) => each.startsWith("throughcare-"));
  const db = await asked(indexedDB.open(name));
  const keys = await asked(db.transaction("records").objectStore("records").getAllKeys());
  db.close();
  return keys;
}"""


def carried_by(stage: Stage, token: str) -> set[str]:
    """What a whole pull brings."""
    cursor, found = None, set()
    while True:
        asked = {"proto": 1, "epoch": None, "schema": 1, "cursor": cursor, "reference": None, "max_records": 500}
        request = urllib.request.Request(
            stage.server.origin + "/sync/v1/pull",
            json.dumps(asked).encode(),
            {"Content-Type": "application/json", "Authorization": f"Bearer {token}"},
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            page = json.load(answer)
        found |= {each["id"] for each in page["records"] if not each["deleted"]}
        cursor = page["cursor"]
        if not page["more"]:
            return found
