"""The office asks a lost tablet to clear itself while it is locked, without signal and holds unsent work: that is delivered first; then
nobody opens a copy of anything that lay there, not even with the passphrase; and the service hears of it although the browser dies first."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from browser.conftest import who
from browser.faulty.stage import Plant, Stage, answers_of, begin, sent
from browser.tablet import PASSPHRASE, Tablet
from fault.proxy import Stopped

# Fetches, hears of the order and obeys, before it sends.
CLEARED_FIRST: tuple[Plant, ...] = (
    ("src/sync/step.js", "if (batch.length === 0) return ask(", "if (batch.length === 0 || !state.at) return ask("),
    (
        "src/sync/step.js",
        '  if (!state.complete) return { state, effect: { do: "read" } };\n',
        '  if (!state.complete || !state.first) return { state: { ...state, phase: state.complete ? "push" : state.phase, complete: false, first: state.complete || state.first }, effect: { do: "read" } };\n',
    ),
    ("src/store/store.js", "      if (this.unsent().length) return false;\n", ""),
)
# Says that it is cleared and deletes what lay there, but the wraps of the key stay.
KEY_KEPT: Plant = (
    "src/store/doorway.js",
    "await tx.store.put({ id, cleared });",
    "await tx.store.put({ ...(await tx.store.get(id)), id, cleared });",
)
TOOLS = """
  const asked = (request) => new Promise((done, failed) => { request.onsuccess = () => done(request.result); request.onerror = () => failed(request.error); });
  const text = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)));
  const bytes = (words) => Uint8Array.from(atob(words), (each) => each.charCodeAt(0));
  const utf8 = (words) => new TextEncoder().encode(words);
  const names = (await indexedDB.databases()).map((each) => each.name).filter((each) => each.startsWith('throughcare-'));
"""
# Every sealed value that lies there, as a copy of the disk would have it.
COPY = (
    "async () => {"
    + TOOLS
    + """
  const copies = [];
  for (const name of names) {
    const db = await asked(indexedDB.open(name));
    for (const store of ['keys', 'records', 'outbox', 'meta', 'kept']) {
      const found = db.transaction(store).objectStore(store);
      const [ids, values] = await Promise.all([asked(found.getAllKeys()), asked(found.getAll())]);
      ids.forEach((id, at) => { const sealed = store === 'keys' ? values[at].wrapped : values[at]; copies.push([`${name.slice('throughcare-'.length)}/${store}/${id}`, text(sealed.iv), text(sealed.data)]); });
    }
    db.close();
  }
  return copies;
}"""
)
# Who has the passphrase tries every wrap that still stands in the doorway, and every key that it opens, on all copies.
TRY = (
    "async ([copies, passphrase]) => {"
    + TOOLS
    + """
  const doorway = await asked(indexedDB.open('throughcare'));
  const vaults = await asked(doorway.transaction('vaults').objectStore('vaults').getAll());
  doorway.close();
  const keys = [];
  for (const { id, salt, iterations, passphrase_wrap: wrap } of vaults.filter((each) => each.passphrase_wrap)) {
    const base = await crypto.subtle.importKey('raw', utf8(passphrase), 'PBKDF2', false, ['deriveKey']);
    const by = await crypto.subtle.deriveKey({ name: 'PBKDF2', hash: 'SHA-256', salt, iterations }, base, { name: 'AES-GCM', length: 256 }, false, ['unwrapKey']);
    keys.push(await crypto.subtle.unwrapKey('raw', wrap.data, by, { name: 'AES-GCM', iv: wrap.iv, additionalData: utf8(`throughcare/wrap/1/${id}/passphrase`) }, { name: 'AES-GCM', length: 256 }, false, ['decrypt']));
  }
  let opened = 0;
  for (const [place, iv, data] of copies) {
    const plain = await Promise.any(keys.map((key) => crypto.subtle.decrypt({ name: 'AES-GCM', iv: bytes(iv), additionalData: utf8(place) }, key, bytes(data)))).catch(() => null);
    if (plain) opened += 1;
    if (plain && place.split('/')[1] === 'keys') keys.push(await crypto.subtle.importKey('raw', plain, 'AES-GCM', false, ['decrypt']));
  }
  return { tried: copies.length, opened, keys: keys.length, databases: names.length };
}"""
)
CLEARED = "This tablet was cleared by your service on"


def play(stage: Stage) -> dict[str, Any]:
    tablet = stage.tablet()
    page = begin(tablet)
    assessment = page.split("/assessments/")[1].split("/")[0]
    sent(tablet)
    # The office goes through the same proxy.
    stage.proxy.gate = lambda path, _body: Stopped(511) if path.startswith("/sync/") else None
    tablet.go(page)
    tablet.answer("gate-cleared", "cleared")
    copies = tablet.page.evaluate(COPY)
    before = tablet.page.evaluate(TRY, [copies, PASSPHRASE])
    assert before["opened"] == before["tried"] > 50, f"the control of the story: all of it opens before: {before}"
    tablet.conceal()

    [(device,)] = stage.rows("select id from devices where user_id = ? and name = 'Tablet'", who("Nia Farrow"))
    office = stage.playwright.request.new_context(
        base_url=stage.server.origin, extra_http_headers={"Origin": stage.server.origin}
    )
    [(administrator,), *_] = stage.rows("select id from users where role = 'administrator'")
    office.post("/office/demo", form={"user_id": administrator})
    office.post(f"/office/devices/{device}/clear", form={"reason": "Left in a taxi"})
    assert "Not heard from since" in office.get("/office/devices").text(), "the order does not stand"

    # Locked, it hears of nothing although there is signal; unlocked, it obeys, and the word that it has is lost on the way.
    stage.proxy.gate = lambda path, _body: Stopped(511) if path.endswith("/cleared") else None
    tablet.go("/")
    assert stage.rows("select cleared_at from devices where id = ?", device) == [(None,)]
    expect(tablet.page.locator("[data-unlock-form]")).to_be_visible()
    tablet.unlock()
    expect(tablet.page.locator("main")).to_contain_text(CLEARED, timeout=60_000)
    assert answers_of(stage, assessment).get("gate-cleared") == "cleared", "what was unsent was not delivered"
    after = tablet.page.evaluate(TRY, [copies, PASSPHRASE])
    assert after["opened"] == 0, f"{after['opened']} of {after['tried']} copies open still"
    assert stage.rows("select cleared_at from devices where id = ?", device) == [(None,)], "it was told too early"

    tablet.kill()
    stage.proxy.gate = None
    tablet.open()
    tablet.go("/")
    expect(tablet.page.locator("main")).to_contain_text(CLEARED)
    assert told(stage, tablet, device), "the service has not heard of it"
    assert "Cleared, " in office.get("/office/devices").text(), "the office does not say so"
    tablet.go("/")
    expect(tablet.page.locator("main")).not_to_contain_text("has not heard yet")
    gone = tablet.page.evaluate(TRY, [copies, PASSPHRASE])
    assert (gone["opened"], gone["databases"]) == (0, 0), f"something is left: {gone}"
    office.dispose()
    stage.holds()
    return {"tried": gone["tried"], "opened": gone["opened"]}


def told(stage: Stage, tablet: Tablet, device: str) -> bool:
    for _ in range(200):
        if stage.rows("select 1 from devices where id = ? and cleared_at = revoked_at and waiting = 0", device):
            return True
        tablet.page.wait_for_timeout(100)
    return False
