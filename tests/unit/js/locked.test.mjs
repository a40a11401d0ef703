// A tablet is locked and unlocked all day, also while a sync waits for its answer or while two pages hand over the key at once.
// Whatever order these come in, two stores never write over one disk: what was called saved is there after the next start.

import assert from "node:assert/strict";
import { beforeEach, it } from "node:test";
import { bundle, useFakeIndexedDB } from "./bundle.mjs";

useFakeIndexedDB();
const { Device, Store, sync, openDatabase, createVault } = await bundle({
  "device.js": "Device", "store/store.js": "Store", "sync/effects.js": "sync", "store/db.js": "openDatabase", "store/vault.js": "createVault",
});

const NOW = "2026-11-22T14:02:00Z";
let vault;
let key;
let device;

const record = (id) => ({ id, type: "contact", rev: "1-aaaa", scopes: ["s-a"], body: { person_id: "p-a", suite_id: "s-a" }, deleted: false, open_conflicts: [] });
const store = () => device.current().store;

beforeEach(async () => {
  ({ vault, key } = await createVault({ passphrase: "three small words", iterations: 1000 }));
  const first = await Store.load(await openDatabase(vault.id, key), { now: () => NOW, newId: () => "op-0" });
  await first.meta.set("session", { user: { id: "u-1" }, device: { id: "d-1" }, token: "t" });
  await first.synced.storePage({ records: [record("c-1"), record("c-2")], leaves: [], drop_scopes: [], epoch: "e" }, { cursor: "before", epoch: "e" });
  await started();
});

/** The script begins anew: what memory held is gone. */
async function started(Script = Device) {
  device = new Script({ pages: async () => [], told: () => {} });
  await device.unlock(vault.id, key);
}

/** A sync whose first request waits for its answer. */
function underWay() {
  let answer;
  let asked;
  const pushed = new Promise((done) => (asked = done));
  const answered = new Promise((done) => (answer = done));
  const send = async (path, { ops }) => {
    asked();
    await answered;
    if (!path.endsWith("/push")) return { epoch: "e", records: [record("c-3")], leaves: [], drop_scopes: [], cursor: "after", more: false };
    return { epoch: "e", results: ops.map(({ op }) => ({ op, state: "applied", rev: "2-bbbb", seq: 5 })) };
  };
  const over = sync(store(), { id: "d-1" }, { send, now: () => NOW }).catch(() => {});
  return { pushed, finish: () => answer() ?? over };
}

it("keeps an answer that is given after an unlock, while a sync of before the lock is answered late", async () => {
  await store().edit("contact", "c-1", [["/reason", "first"]]);
  const slow = underWay();
  await slow.pushed;
  await store().edit("contact", "c-2", [["/reason", "second"]]);
  await device.lock("/");
  await device.unlock(vault.id, key);
  await store().edit("contact", "c-2", [["/note", "third"]]);
  await slow.finish();
  await started();
  const { body } = await store().get("contact", "c-2");
  assert.deepEqual([body.reason, body.note], ["second", "third"]);
  assert.equal((await store().get("contact", "c-1")).body.reason, "first");
});

it("still stores what is answered while it is locked", async () => {
  await store().edit("contact", "c-1", [["/reason", "first"]]);
  const slow = underWay();
  await slow.pushed;
  await device.lock("/");
  await slow.finish();
  await started();
  assert.deepEqual([store().entries().length, await store().meta.get("cursor")], [0, "after"]);
});

it("keeps every answer when two pages hand over the key at once", async () => {
  await store().edit("contact", "c-1", [["/reason", "first"]]);
  await device.lock(null);
  const both = [device.unlock(vault.id, key), device.unlock(vault.id, key)];
  await Promise.race(both);
  await store().edit("contact", "c-1", [["/note", "second"]]);
  await Promise.all(both);
  await store().edit("contact", "c-1", [["/place", "third"]]);
  await started();
  const { body } = await store().get("contact", "c-1");
  assert.deepEqual([body.reason, body.note, body.place], ["first", "second", "third"]);
});

it("stays locked when somebody locks while the store is being opened", async () => {
  await device.lock(null);
  const opening = device.unlock(vault.id, key);
  await device.lock(null);
  await assert.rejects(opening);
  assert.equal(device.current(), null);
});

it("shows and sends changes in the order of their making, also when the clock was set back and the script began anew", async (t) => {
  const clock = (time) => t.mock.method(Date, "now", () => Date.parse(time));
  const save = async (value) => {
    await store().edit("contact", "c-1", [["/reason", value]]);
    const { op } = store().entries().find((each) => each.op.set[0][2] === value);
    await store().synced.markSending([op.op]);
    return op.op;
  };
  const scripts = await Promise.all([1, 2].map(() => bundle({ "device.js": "Device" })));
  clock("2027-01-01T00:00:00Z");
  const first = await save("first");
  await started(scripts[0].Device);
  clock("2026-01-01T00:00:00Z");
  const second = await save("second");
  await started(scripts[1].Device);
  assert.equal((await store().get("contact", "c-1")).body.reason, "second");
  await store().synced.storeResults([{ op: first, state: "applied", rev: "2-bbbb", seq: 1 }, { op: second, state: "applied", rev: "3-cccc", seq: 2 }], { epoch: "e" });
  await started();
  const third = await save("third");
  await store().synced.newEpoch("f");
  assert.deepEqual(store().entries().map((each) => each.op.op), [first, second, third], "and again to a service that was set back");
});
