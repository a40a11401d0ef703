"""Two workers share a tablet. The first one's work is unsent, a sync of theirs is under way when they lock, the browser dies in the change
of hands: the second one reads nothing of it, and it is delivered when the first one is back."""

from __future__ import annotations

import threading
from typing import Any

from playwright.sync_api import expect

from browser.conftest import who
from browser.faulty.stage import Plant, Stage, answers_of, begin, ops_of, reopened, sent
from browser.tablet import PASSPHRASE, Tablet
from fault.proxy import Stopped

OTHER = "quite another one"
# Every vault's key is the same one: what is sealed for one worker opens for all.
ONE_KEY: tuple[Plant, ...] = (
    (
        "src/store/vault.js",
        'const key = await crypto.subtle.generateKey({ name: AES, length: 256 }, true, ["encrypt", "decrypt"]);',
        'const key = await crypto.subtle.importKey("raw", new Uint8Array(32), AES, true, ["encrypt", "decrypt"]);',
    ),
)
# Who unlocks takes over what another left unsent, and clears it away.
CLEARED_AT_UNLOCK: Plant = (
    "src/device.js",
    "    this.#open = { vault_id, key, db, store, session };\n",
    "    this.#open = { vault_id, key, db, store, session };\n    for (const { name } of await indexedDB.databases()) if (name?.startsWith('throughcare-') && !name.endsWith(vault_id)) indexedDB.deleteDatabase(name);\n",
)
# Every sealed value of every other vault, tried with every key that the open worker's session has.
TRY = """async () => {
  const asked = (request) => new Promise((done, failed) => { request.onsuccess = () => done(request.result); request.onerror = () => failed(request.error); });
  const { vault_id, key } = await new Promise((done) => { const { port1, port2 } = new MessageChannel(); port1.onmessage = ({ data }) => done(data); navigator.serviceWorker.controller.postMessage({ type: 'key' }, [port2]); });
  const opens = (by, place, { iv, data }) => crypto.subtle.decrypt({ name: 'AES-GCM', iv, additionalData: new TextEncoder().encode(place) }, by, data);
  const told = { own: 0, own_open: 0, theirs: 0, theirs_open: 0, outbox: 0 };
  const names = (await indexedDB.databases()).map((each) => each.name).filter((each) => each.startsWith('throughcare-'));
  const keys = [key];
  for (const name of names.sort((a, b) => Number(b.endsWith(vault_id)) - Number(a.endsWith(vault_id)))) {
    const id = name.slice('throughcare-'.length);
    const db = await asked(indexedDB.open(name));
    for (const store of ['keys', 'records', 'outbox', 'meta', 'kept']) {
      const [ids, values] = await Promise.all([asked(db.transaction(store).objectStore(store).getAllKeys()), asked(db.transaction(store).objectStore(store).getAll())]);
      for (let at = 0; at < ids.length; at += 1) {
        const sealed = store === 'keys' ? values[at].wrapped : values[at];
        const place = `${id}/${store}/${ids[at]}`;
        const opened = await Promise.any(keys.map((by) => opens(by, place, sealed))).catch(() => null);
        const whose = id === vault_id ? 'own' : 'theirs';
        told[whose] += 1;
        if (opened) told[`${whose}_open`] += 1;
        if (whose === 'theirs' && store === 'outbox') told.outbox += 1;
        if (opened && store === 'keys') keys.push(await crypto.subtle.importKey('raw', opened, 'AES-GCM', false, ['decrypt']));
      }
    }
    db.close();
  }
  return told;
}"""


def play(stage: Stage) -> dict[str, Any]:
    tablet = stage.tablet()
    page = begin(tablet, "Nia Farrow")
    assessment = page.split("/assessments/")[1].split("/")[0]
    sent(tablet)
    tablet.invite(who("Sam Brackley"))
    form = tablet.page.locator("[data-enrol-form]")
    for field in ("passphrase", "passphrase_again"):
        form.locator(f"[name={field}]").fill(OTHER)
    form.locator("[type=submit]").click()
    expect(tablet.heading).to_contain_text("here", timeout=30_000)

    # Nia works without signal, and locks.
    tablet.conceal()
    tablet.unlock()
    stage.signal(False)
    tablet.go(page)
    tablet.answer("gate-cleared", "cleared")
    tablet.conceal()

    reads = [hands_over(stage, tablet, OTHER, "while it waits")]
    # The browser dies as soon as Conceal was tapped, and as soon as the other one's passphrase was given.
    for dies in ("at the lock", "at the unlock"):
        back(tablet, page)
        tablet.page.locator("[data-conceal] button").first.click(no_wait_after=True)
        if dies == "at the unlock":
            expect(tablet.page.locator("[data-unlock-form]")).to_be_visible()
            tablet.page.locator("[data-unlock-form] [name=passphrase]").fill(OTHER)
            tablet.page.locator("[data-unlock-form] [type=submit]").click(no_wait_after=True)
        tablet.kill()
        tablet.open()
        tablet.go("/")
        reads.append(hands_over(stage, tablet, OTHER, dies))

    # A sync of Nia's is answered after she locked, and while Sam's is under way.
    back(tablet, page)
    came, go_on = threading.Event(), threading.Event()
    whose: dict[str, int] = {}

    def hold(path: str, _status: int, body: bytes) -> bytes:
        if path.endswith("/push") and not came.is_set():
            came.set()
            go_on.wait(30)
        return body

    def count(path: str, body: bytes) -> Stopped | None:
        for op in ops_of(body) if path.endswith("/push") else []:
            whose[op["record"]] = whose.get(op["record"], 0) + 1
        return None

    stage.proxy.meddle, stage.proxy.gate = hold, count
    tablet.page.evaluate("() => dispatchEvent(new Event('online'))")
    for _ in range(600):
        if came.is_set():
            break
        tablet.page.wait_for_timeout(50)
    assert came.is_set(), "no sync came by"
    tablet.conceal()
    tablet.unlock(OTHER)
    go_on.set()
    stage.proxy.meddle = None
    tablet.go("/device")
    reads.append(tablet.page.evaluate(TRY))
    apart(reads[-1], "after a sync that went past the lock")
    sent(tablet)

    back(tablet, page)
    tablet.shows("gate-cleared", "cleared")
    sent(tablet)
    assert answers_of(stage, assessment).get("gate-cleared") == "cleared", "the first one's work was not delivered"
    wrong = stage.rows("select count(*) from ops where record_id = ? and user_id != ?", assessment, who("Nia Farrow"))
    assert wrong == [(0,)], "the first one's work was sent as the second one's"
    stage.holds()
    return {"tried": sum(each["theirs"] for each in reads), "opened": sum(each["theirs_open"] for each in reads)}


def back(tablet: Tablet, page: str) -> None:
    tablet.conceal()
    tablet.unlock(PASSPHRASE)
    reopened(tablet, page)


def hands_over(stage: Stage, tablet: Tablet, passphrase: str, when: str) -> dict[str, int]:
    """The second worker unlocks and looks at whatever lies there."""
    if tablet.page.locator("[data-unlock-form]").count() == 0:
        tablet.conceal()
    tablet.unlock(passphrase)
    tablet.go("/device")
    expect(tablet.page.locator("main")).to_contain_text("Another worker’s sealed work: 1 change")
    told: dict[str, int] = tablet.page.evaluate(TRY)
    apart(told, when)
    assert told["outbox"] == 1, f"{when}: what the first one had not sent is gone"
    return told


def apart(told: dict[str, int], when: str) -> None:
    assert told["own"] == told["own_open"] > 10, f"{when}: the control: one's own opens: {told}"
    assert told["theirs"] > 10, f"{when}: the control: there is something to read"
    assert told["theirs_open"] == 0, f"{when}: {told['theirs_open']} values of another worker open"
