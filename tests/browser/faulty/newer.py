"""Another window brings the store to a newer shape while a page of the older program is open: the browser takes its connection away."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from browser.faulty.stage import Plant, Stage, begin, sent

# An older program that goes on in whatever it finds.
WHATEVER_VERSION: Plant = (
    "src/store/db.js",
    "openDB(databaseName(id), VERSION, {",
    "openDB(databaseName(id), undefined, {",
)
# What a newer program's first page does: it asks for the same database in its own version.
NEWER = """async () => {
  const [name] = (await indexedDB.databases()).map((each) => each.name).filter((each) => each.startsWith("throughcare-"));
  const upgraded = (version) => new Promise((done, failed) => {
    const request = indexedDB.open(name, version);
    Object.assign(request, { onsuccess: () => done(request.result), onerror: () => failed(request.error) });
  });
  const now = await upgraded();
  const before = now.version;
  now.close();
  const newer = await upgraded(before + 1);
  const count = await new Promise((done) => { newer.transaction("outbox").objectStore("outbox").count().onsuccess = ({ target }) => done(target.result); });
  newer.close();
  return count;
}"""


def play(stage: Stage) -> dict[str, Any]:
    tablet = stage.tablet()
    page = begin(tablet)
    sent(tablet)
    stage.signal(False)
    tablet.go(page)
    tablet.answer("gate-cleared", "cleared")
    waiting = tablet.page.evaluate(NEWER)
    assert waiting == 1, f"what waits is not there: {waiting}"
    tablet.question("gate-age").locator("input[name=value][value='adult']").click()
    expect(tablet.page.locator("#tc-problem")).to_contain_text("This page is older than what is stored here")
    expect(tablet.page.locator("#tc-problem")).to_contain_text("open it again with signal")
    expect(tablet.page.locator("#saved")).to_have_text("Not saved")
    return {"waiting": waiting}
