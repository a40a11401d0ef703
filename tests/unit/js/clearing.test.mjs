// The service asks a tablet to clear itself: what only it has goes first, then its keys in one step, then the rest; whatever
// crash comes between leaves either everything or nothing that anybody can read. On real vaults and an IndexedDB in memory.

import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { bundle, useFakeIndexedDB } from "./bundle.mjs";
import { assertUnreadable, keysLeft, rawOf } from "./sealed.mjs";

useFakeIndexedDB();
const { Device, Store, sync, finishClearing, openDatabase, databaseName, StoreGone, clearedWords, waitsToClear, ...doors } = await bundle({
  "device.js": "Device", "store/store.js": "Store", "sync/effects.js": "sync", "sync/cleared.js": "finishClearing", "store/db.js": "openDatabase, databaseName, StoreGone",
  "store/doorway.js": "addVault, listVaults, listCleared, clearVault", "store/vault.js": "createVault, open, openScopeKey, openWithPassphrase", "present/cleared.js": "clearedWords, waitsToClear",
});

const PASSPHRASE = "three small words";
const ORDER = { asked_at: "2026-11-22T13:40:00Z", proof: "a".repeat(64) };
const NOW = "2026-11-22T14:02:00Z";
let vault;
let key;
let device;
let heard;
let signal;
/** What the service answers to ops, by their id; the rest is applied. */
let refusals;

const record = (id) => ({ id, type: "contact", rev: "1-aaaa", scopes: ["s-a"], body: { person_id: "p-a", suite_id: "s-a", reason: "Zanzibert" }, deleted: false, open_conflicts: [] });
const messages = [];
/** What the open page saves when it is asked to. */
let typed = async () => {};
async function heardByPage(message, ports) {
  messages.push(message);
  if (message.type !== "flush") return;
  await typed();
  ports[0].postMessage(true);
  ports[0].close();
}
const world = { pages: async () => [{ postMessage: heardByPage }], told: () => {} };
const store = () => device.current().store;
const names = async () => (await indexedDB.databases()).map(({ name }) => name);

/** A service that asks for the clearing in each answer. */
const service = (asked = ORDER) => async (path, body) => {
  if (!signal) throw new Error("The test sends only with signal.");
  heard.push([path, body]);
  const head = { epoch: "e", server_now: NOW, durable_seq: 0, ...(asked ? { clear: asked } : {}) };
  if (path.endsWith("/push")) return { ...head, results: body.ops.map(({ op }) => ({ op, seq: 5, rev: "2-bbbb", sha256: "x", received_at: NOW, ...(refusals.get(op) ?? { state: "applied" }) })) };
  return { ...head, records: [record("c-page")], leaves: [], drop_scopes: [], cursor: "after", more: false };
};
const synced = (asked, clear = (order) => device.clear(store(), order)) => sync(store(), { id: "d-1" }, { send: service(asked), now: () => NOW, clear });
/** What the worker does at each start. */
const finish = () => finishClearing(async (path, { headers, body }) => {
  if (!signal) throw new TypeError("no signal");
  heard.push([path, JSON.parse(body), headers.Authorization]);
  return new Response(JSON.stringify({ cleared_at: NOW }), { headers: { "Content-Type": "application/json" } });
});

async function started() {
  device = new Device(world);
  await device.unlock(vault.id, key);
}

/** A tablet with two records, set up a moment ago. */
async function anew() {
  for (const each of [...(await doors.listVaults()), ...(await doors.listCleared())]) await new Promise((done) => Object.assign(indexedDB.deleteDatabase(databaseName(each.id)), { onsuccess: done }));
  await new Promise((done) => Object.assign(indexedDB.deleteDatabase("throughcare"), { onsuccess: done }));
  [heard, signal, refusals] = [[], true, new Map()];
  messages.length = 0;
  typed = async () => {};
  ({ vault, key } = await doors.createVault({ passphrase: PASSPHRASE, iterations: 1000 }));
  await doors.addVault(vault);
  const first = await Store.load(await openDatabase(vault.id, key), { now: () => NOW, newId: () => "op-0" });
  await first.meta.set("session", { user: { id: "u-1" }, device: { id: "d-1" }, token: "t" });
  await started();
  await store().synced.storePage({ records: [record("c-1"), record("c-2")], leaves: [], drop_scopes: [], epoch: "e" }, { cursor: "before", epoch: "e" });
}

beforeEach(anew);

/** Copies of all that lies there, as a disk may still have them. */
async function copies() {
  const raw = await rawOf(databaseName(vault.id));
  return { keys: raw.keys, blobs: ["records", "meta", "outbox", "kept"].flatMap((name) => [...raw[name]].map(([id, sealed]) => [name, id, sealed])) };
}

/** Somebody has the passphrase and copies of everything that lay there: what is left in the doorway opens none of it. */
async function unreadable({ keys, blobs }) {
  for (const each of await doors.listVaults()) {
    const own = await doors.openWithPassphrase(each, PASSPHRASE);
    if (own) await assertUnreadable(doors, vault.id, await keysLeft(doors, vault.id, own, keys), blobs);
  }
}

describe("a tablet that is asked to clear itself", () => {
  it("sends what waits, destroys its keys, says so with the proof, and nobody opens a copy of what lay there", async () => {
    await store().edit("contact", "c-1", [["/reason", "Unsent"]]);
    const before = await copies();
    await assert.rejects(unreadable(before), /opens still/, "the control: it opens before");
    const done = await synced();
    assert.equal(done.cleared, true);
    assert.deepEqual(heard.map(([path, body]) => [path.slice(9), body.ops?.length, body.waiting]), [["push", 1, 1], ["pull", undefined, 0]]);
    assert.deepEqual([messages, device.current(), await doors.listVaults()], [[{ type: "flush" }, { type: "locked", hard: true }], null, []]);
    await unreadable(before);
    await finish();
    assert.deepEqual(heard.at(-1), ["/sync/v1/cleared", { proto: 1, device: "d-1" }, `Bearer ${ORDER.proof}`]);
    assert.ok(!(await names()).includes(databaseName(vault.id)));
    await finish();
    assert.equal(heard.length, 3, "it is said once");
    assert.deepEqual(clearedWords(await doors.listCleared()), ["This tablet was cleared by your service on Sun 22 Nov 14:02. What had been recorded on it was sent first."]);
  });

  it("keeps everything, and goes on as ever, while a change is nowhere else", async () => {
    await store().edit("contact", "c-1", [["/reason", "too long"]]);
    const [{ op }] = store().entries();
    refusals.set(op.op, { state: "rejected", why: "op.too_large" });
    for (let turn = 0; turn < 2; turn += 1) assert.equal((await synced()).cleared, false);
    assert.deepEqual([heard.at(-1)[1].waiting, heard.at(-1)[1].oldest, store().unsent().length, Boolean(await store().find("contact", "c-page")), await store().meta.get("clear_asked")], [1, store().entries()[0].since, 1, true, ORDER.asked_at]);
    assert.match(waitsToClear(await store().meta.get("clear_asked"), 1), /1 change is nowhere else/);
    await store().putAway(op.op);
    assert.equal((await synced()).cleared, true, "somebody has written it down elsewhere and taken it off");
  });

  it("goes although changes are held, or refused and kept, by the service", async () => {
    for (const [id, state, why] of [["c-1", "held", "op.waits_predecessor"], ["c-2", "rejected", "record.invalid"]]) {
      await store().edit("contact", id, [["/reason", why]]);
      refusals.set(store().entries().at(-1).op.op, { state, why });
    }
    assert.equal((await synced()).cleared, true);
  });

  it("sends first what is saved in the very moment in which it would clear", async () => {
    const late = async (order) => {
      await store().edit("contact", "c-2", [["/reason", "at the last moment"]]);
      return device.clear(store(), order);
    };
    assert.equal((await synced(ORDER, late)).cleared, false);
    assert.equal(store().unsent().length, 1);
    assert.equal((await synced()).cleared, true);
    assert.equal(heard.filter(([path, { ops }]) => path.endsWith("/push") && ops.length).length, 1);
  });

  it("sends first what an open page has not saved yet, half a second after it was typed", async () => {
    typed = () => store().edit("contact", "c-1", [["/reason", "typed"]]);
    assert.equal((await synced()).cleared, false);
    typed = async () => {};
    assert.deepEqual([(await synced()).cleared, heard.filter(([path]) => path.endsWith("/push")).length], [true, 1]);
  });

  it("calls nothing saved that comes after its keys are gone", async () => {
    const [held, open] = [store(), await store().edit("contact", "c-1", [["/reason", "before"]])];
    assert.ok(open);
    await synced();
    await assert.rejects(held.edit("contact", "c-1", [["/reason", "after"]]), StoreGone);
    await assert.rejects(device.unlock(vault.id, key), StoreGone, "not even with the key of a page that still had it");
  });

  it("forgets that it was asked when the order is taken back", async () => {
    await store().meta.set("clear_asked", ORDER.asked_at);
    assert.equal((await synced(null)).cleared, false);
    assert.equal(await store().meta.get("clear_asked"), undefined);
  });

  it("leaves the vault of another worker as it is, and is forgotten where somebody is set up after it was told", async () => {
    const other = await doors.createVault({ passphrase: "other words", iterations: 1000 });
    await doors.addVault(other.vault);
    await synced();
    assert.deepEqual((await doors.listVaults()).map(({ id }) => id), [other.vault.id]);
    await doors.addVault(other.vault);
    assert.equal((await doors.listCleared()).length, 1, "it was not told yet");
    await finish();
    await doors.addVault(other.vault);
    assert.deepEqual(await doors.listCleared(), []);
  });

  it("says so again at each start until the service has heard it", async () => {
    await synced();
    signal = false;
    await finish();
    assert.match(clearedWords(await doors.listCleared())[0], /has not heard yet/);
    assert.ok(!(await names()).includes(databaseName(vault.id)), "what lay there does not wait for signal");
    signal = true;
    await finish();
    assert.equal(heard.at(-1)[0], "/sync/v1/cleared");
  });
});

describe("a crash at any write of a clearing", () => {
  it("leaves all of it or nothing that anybody can read, and goes on at the next start", async () => {
    let whole = 0;
    let gone = 0;
    for (let at = 1; ; at += 1) {
      await anew();
      await store().edit("contact", "c-1", [["/reason", "Unsent"]]);
      const [{ op }] = store().entries();
      const before = await copies();
      const crash = dyingAt(at);
      const died = await synced().then(finish).then(() => false, () => true);
      crash.undo();
      const sent = heard.some(([path, { ops }]) => path.endsWith("/push") && ops.some((each) => each.op === op.op));
      if ((await doors.listVaults()).some(({ id }) => id === vault.id)) {
        whole += 1;
        await started();
        assert.equal((await store().get("contact", "c-1")).body.reason, "Unsent");
        assert.equal((await synced()).cleared, true, "it goes on");
      } else {
        gone += 1;
        assert.ok(sent, "nothing goes that was not sent");
        await unreadable(before);
        await assert.rejects(new Device(world).unlock(vault.id, key), StoreGone);
      }
      await finish();
      await unreadable(before);
      assert.ok(!(await names()).includes(databaseName(vault.id)));
      assert.equal(heard.at(-1)[0], "/sync/v1/cleared");
      if (!died) break;
    }
    assert.ok(whole >= 2 && gone >= 3, `${whole} whole, ${gone} gone`);
  });
});

/** The power goes at the n-th thing that would change the disk: neither it nor any later one happens. */
function dyingAt(at) {
  const { transaction } = IDBDatabase.prototype;
  const { deleteDatabase } = IDBFactory.prototype;
  let begun = 0;
  const dead = () => {
    begun += 1;
    return begun >= at;
  };
  IDBDatabase.prototype.transaction = function begin_one(names_of, mode, ...more) {
    if (mode === "readwrite" && dead()) throw new Error("power");
    return transaction.call(this, names_of, mode, ...more);
  };
  IDBFactory.prototype.deleteDatabase = function destroy(...words) {
    if (dead()) throw new Error("power");
    return deleteDatabase.apply(this, words);
  };
  return { undo: () => Object.assign(IDBDatabase.prototype, { transaction }) && Object.assign(IDBFactory.prototype, { deleteDatabase }) };
}

describe("the controls", () => {
  it("a tablet that does not look at what is unsent when it clears is found out", async () => {
    const late = async (order) => {
      await store().edit("contact", "c-2", [["/reason", "at the last moment"]]);
      store().unsent = () => [];
      return device.clear(store(), order);
    };
    assert.equal((await synced(ORDER, late)).cleared, true, "the story above asks for false");
    assert.deepEqual(heard.filter(([path]) => path.endsWith("/push")), [], "and what was saved was never sent");
  });

  it("one that deletes what lies there and keeps the wraps of its key is found out", async () => {
    const before = await copies();
    await new Promise((done) => Object.assign(indexedDB.deleteDatabase(databaseName(vault.id)), { onsuccess: done }));
    await assert.rejects(unreadable(before), /opens still/);
  });
});
