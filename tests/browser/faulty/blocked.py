"""Another window holds the store in the shape of an earlier version, and does not let go of it when the program that is
here now wants to bring it up."""

from __future__ import annotations

import json
from typing import Any

from playwright.sync_api import expect

from browser.faulty.stage import Plant, Stage, begin, sent

# A program that waits for the other window without end, and says nothing of it.
WAITS_FOR_EVER: Plant = ("src/store/db.js", "timer = setTimeout(giveUp, PATIENCE);", "")
# What an earlier program had made and keeps open: the same values in the version before, in a window that does not listen.
EARLIER = """async () => {
  const [name] = (await indexedDB.databases()).map((each) => each.name).filter((each) => each.startsWith("throughcare-"));
  const asked = (request) => new Promise((done, failed) => Object.assign(request, { onsuccess: () => done(request.result), onerror: () => failed(request.error) }));
  const now = await asked(indexedDB.open(name));
  const before = now.version - 1;
  const values = {};
  for (const store of now.objectStoreNames) {
    const kept = now.transaction(store).objectStore(store);
    const [keys, all] = [await asked(kept.getAllKeys()), await asked(kept.getAll())];
    values[store] = keys.map((key, at) => [key, all[at]]);
  }
  now.close();
  await asked(indexedDB.deleteDatabase(name));
  const opening = indexedDB.open(name, before);
  opening.onupgradeneeded = () => Object.keys(values).forEach((store) => opening.result.createObjectStore(store));
  window.held = await asked(opening);
  for (const [store, rows] of Object.entries(values)) {
    const writing = window.held.transaction(store, "readwrite");
    for (const [key, value] of rows) writing.objectStore(store).put(value, key);
    await new Promise((done) => Object.assign(writing, { oncomplete: done }));
  }
  return values.outbox.length;
}"""


def play(stage: Stage) -> dict[str, Any]:
    tablet = stage.tablet()
    page = begin(tablet)
    sent(tablet)
    stage.signal(False)
    tablet.go(page)
    tablet.answer("gate-cleared", "cleared")
    window = tablet.context.new_page()
    window.goto(f"{tablet.origin}/manifest.webmanifest")
    waiting = window.evaluate(EARLIER)
    assert waiting == 1, f"what waits is not there: {waiting}"
    tablet.question("gate-age").locator("input[name=value][value='adult']").click()
    # The program waits ten seconds for the other window before it says so.
    expect(tablet.page.locator("#tc-problem")).to_contain_text("Close all other windows of Throughcare", timeout=20_000)
    expect(tablet.page.locator("#saved")).to_have_text("Not saved")
    window.close()
    tablet.answer("gate-age", "not-certain")
    stage.signal(True)
    sent(tablet)
    [[body]] = stage.rows("select body from records where type = 'assessment' order by seq desc limit 1")
    answers = json.loads(body)["answers"]
    assert (answers["gate-cleared"], answers["gate-age"]) == ("cleared", "not-certain")
    stage.holds()
    return {"waiting": waiting}
