// The sealed store and the queue, on a real vault and an IndexedDB in memory.

import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { bundle, useFakeIndexedDB } from "./bundle.mjs";

useFakeIndexedDB();
const { Store, openDatabase, databaseName, StoreFull, createVault } = await bundle({ "store/store.js": "Store", "store/db.js": "openDatabase, databaseName, StoreFull", "store/vault.js": "createVault" });

let vault;
let key;
let db;
let store;
let count;
const nextOp = () => {
  count += 1;
  return `op-${String(count).padStart(4, "0")}`;
};
const world = () => ({ now: () => `2026-11-22T18:00:${String(Math.min(59, count)).padStart(2, "0")}Z`, newId: nextOp });

beforeEach(async () => {
  count = 0;
  ({ vault, key } = await createVault({ passphrase: "three small words", iterations: 1000 }));
  db = await openDatabase(vault.id, key);
  store = await Store.load(db, world());
});

const again = async () => Store.load(await openDatabase(vault.id, key), world());
/** The same database, in which nothing can be written. */
const failingAt = (error) => new Proxy(db, { get: (target, name) => (name === "write" ? async () => { throw error; } : (...words) => target[name](...words)) });
const record = (id, rev, body, more = {}) => ({ id, type: "assessment", rev, scopes: ["s1"], body, deleted: false, open_conflicts: [], ...more });
const page = (records, more = {}) => ({ records, leaves: [], drop_scopes: [], ...more });
const fetched = (records, more) => store.synced.storePage(page(records, more), { cursor: "c" });
const ops = () => store.entries().map((each) => each.op);

describe("saving", () => {
  it("is there after the device was started again", async () => {
    await store.create("person", { given_name: "Tobin" }, { id: "p1" });
    await store.edit("person", "p1", [["/family_name", "Sedge"]]);
    const found = await (await again()).get("person", "p1");
    assert.deepEqual(found.body, { given_name: "Tobin", family_name: "Sedge" });
    assert.equal(found.unsent, true);
  });

  it("writes nothing that can be read without the key", async () => {
    await store.create("person", { given_name: "Zanzibert" }, { id: "p1" });
    await store.meta.set("place", { p1: "Zanzibert" });
    const raw = await new Promise((done, failed) => {
      const request = indexedDB.open(databaseName(vault.id));
      request.onerror = failed;
      request.onsuccess = () => {
        const found = [];
        const tx = request.result.transaction(["records", "outbox", "meta"]);
        for (const name of ["records", "outbox", "meta"]) tx.objectStore(name).getAll().onsuccess = (event) => found.push(...event.target.result);
        tx.oncomplete = () => done(found);
      };
    });
    assert.ok(raw.length >= 3);
    for (const { data, ...clear } of raw) {
      assert.ok(!Buffer.from(data).toString("latin1").includes("Zanzibert"));
      assert.deepEqual(Object.keys(clear), ["iv", "key"]);
    }
  });

  it("makes all records of one deed or none", async () => {
    await assert.rejects(store.transaction([{ create: "person", id: "p1", body: { given_name: "A" } }, { edit: "assessment", id: "nowhere", set: [["/x", 1]] }]));
    assert.equal(await store.find("person", "p1"), undefined);
    assert.equal((await store.outbox()).length, 0);
  });

  it("says honestly that the disk is full, and then shows nothing that is not on it", async () => {
    const failing = await Store.load(failingAt(new StoreFull("full")), world());
    await assert.rejects(failing.create("person", { given_name: "A" }, { id: "p1" }), StoreFull);
    assert.deepEqual(await failing.outbox(), []);
    assert.deepEqual(await failing.list("person"), []);
  });

  it("opens a connection again that the browser has closed behind its back", async () => {
    db.close();
    await store.create("person", { given_name: "Tobin" }, { id: "p1" });
    assert.equal((await (await again()).get("person", "p1")).body.given_name, "Tobin");
  });

  it("makes an alert that both answers raise only once", async () => {
    await store.create("alert", { state: "open", text: "first" }, { id: "a1" });
    await store.transaction([{ create: "alert", id: "a1", body: { state: "open", text: "second" } }]);
    assert.equal((await store.get("alert", "a1")).body.text, "first");
    assert.equal(ops().length, 1);
  });

  it("keeps the order of edits that were made at the same time", async () => {
    await store.create("person", { given_name: "A" }, { id: "p1" });
    await Promise.all(["B", "C", "D"].map((value) => store.edit("person", "p1", [["/given_name", value]])));
    assert.equal((await store.get("person", "p1")).body.given_name, "D");
  });
});

describe("the queue", () => {
  beforeEach(() => fetched([record("a1", "3-aaaa", { answers: { q: "no" }, state: "draft" })]));

  it("holds one op per record until it is first sent: first value seen, last value chosen", async () => {
    await store.edit("assessment", "a1", [["/answers/q", "yes"]]);
    await store.edit("assessment", "a1", [["/answers/q", "asked-declined"], ["/answers/r", 3]]);
    assert.equal(ops().length, 1);
    assert.deepEqual(ops()[0].set.map(([path, seen, chosen]) => [path, seen, chosen]), [["/answers/q", "no", "asked-declined"], ["/answers/r", null, 3]]);
    assert.deepEqual(ops()[0].base, { rev: "3-aaaa" });
  });

  it("has nothing to send when an answer was changed back", async () => {
    await store.edit("assessment", "a1", [["/answers/q", "yes"]]);
    await store.edit("assessment", "a1", [["/answers/q", "no"]]);
    assert.deepEqual(ops(), []);
  });

  it("never touches an op again once it was sent: the next edit is chained on it", async () => {
    await store.edit("assessment", "a1", [["/answers/q", "yes"]]);
    const [first] = await store.synced.markSending([ops()[0].op]);
    await store.edit("assessment", "a1", [["/answers/q", "no"]]);
    assert.deepEqual(ops()[0], first);
    assert.deepEqual(ops()[1].base, { op: first.op });
    assert.deepEqual(ops()[1].set[0].slice(0, 3), ["/answers/q", "yes", "no"]);
    const after = await again();
    assert.equal(after.entries()[0].state, "sending");
  });

  it("keeps the boxes of one question apart", async () => {
    await store.edit("assessment", "a1", [["/answers/m/heroin", true]]);
    await store.edit("assessment", "a1", [["/answers/m/crack", true]]);
    await store.edit("assessment", "a1", [["/answers/m/heroin", null]]);
    assert.deepEqual((await store.get("assessment", "a1")).body.answers.m, { crack: true });
    assert.deepEqual(ops()[0].set.map(([path]) => path), ["/answers/m/crack"]);
  });

  it("keeps an edit of a whole question after an edit inside it in its place", async () => {
    await store.edit("assessment", "a1", [["/answers/m/heroin", true]]);
    await store.edit("assessment", "a1", [["/answers/m", { none: true }]]);
    await store.edit("assessment", "a1", [["/answers/m/heroin", true]]);
    assert.deepEqual((await store.get("assessment", "a1")).body.answers.m, { none: true, heroin: true });
  });
});

describe("outcomes", () => {
  beforeEach(async () => {
    await fetched([record("a1", "3-aaaa", { answers: { q: "no" }, state: "draft" })]);
    await store.edit("assessment", "a1", [["/answers/q", "yes"]]);
    await store.synced.markSending([ops()[0].op]);
  });

  it("applied: the op is gone, and its answer is the server's", async () => {
    await store.synced.storeResults([{ op: ops()[0].op, state: "applied", rev: "4-bbbb" }]);
    const after = await again();
    assert.deepEqual(after.entries(), []);
    const found = await after.get("assessment", "a1");
    assert.deepEqual([found.rev, found.body.answers.q, found.unsent], ["4-bbbb", "yes", false]);
  });

  it("left out of a 200: the op stays, and still counts as waiting", async () => {
    await store.synced.storeResults([]);
    assert.equal((await again()).entries().length, 1);
    assert.equal((await store.get("assessment", "a1")).unsent, true);
  });

  it("about an op that is not ours: nothing happens", async () => {
    await store.synced.storeResults([{ op: "stranger", state: "applied", rev: "9-zzzz" }]);
    assert.equal(ops().length, 1);
  });

  it("merged: the server's record is taken, and later edits stay laid over it", async () => {
    const [sent] = ops();
    await store.edit("assessment", "a1", [["/answers/later", 1]]);
    await store.synced.storeResults([{ op: sent.op, state: "merged", rev: "5-cccc", record: record("a1", "5-cccc", { answers: { q: "yes", other: "x" }, state: "draft" }) }]);
    const found = await store.get("assessment", "a1");
    assert.deepEqual(found.body.answers, { q: "yes", other: "x", later: 1 });
    assert.equal(found.unsent, true);
  });

  it("rejected: visible with its reason, no longer laid over, and out of nobody's way", async () => {
    await store.synced.storeResults([{ op: ops()[0].op, state: "rejected", why: "assessment.wrong_state" }]);
    const [row] = await store.outbox();
    assert.deepEqual([row.state, row.why], ["rejected", "assessment.wrong_state"]);
    assert.equal((await store.get("assessment", "a1")).body.answers.q, "no");
    await store.create("person", { given_name: "A" }, { id: "p1" });
    assert.equal((await again()).entries().length, 2);
  });

  it("held: kept and shown until the server speaks of the record again", async () => {
    await store.synced.storeResults([{ op: ops()[0].op, state: "held", why: "assessment.late_answers" }]);
    assert.equal((await store.outbox())[0].state, "held");
    await fetched([{ ...record("am1", "1-dddd", { assessment_id: "a1" }), type: "amendment" }]);
    assert.deepEqual(await store.outbox(), []);
  });

  it("held for something to come: asks again when the server speaks of the record, and is told how it ended", async () => {
    const { op } = ops()[0];
    await store.synced.storeResults([{ op, state: "held", why: "op.waits_predecessor" }]);
    await fetched([record("a1", "9-eeee", { answers: { q: "no" } })]);
    assert.deepEqual((await store.outbox()).map(({ state, why }) => [state, why]), [["waiting", null]]);
    await store.synced.storeResults([{ op, state: "rejected", why: "op.put_aside", reason: "Said twice" }]);
    assert.deepEqual((await again()).entries().map((each) => [each.state, each.why]), [["rejected", "op.put_aside"]]);
  });
});

describe("a pulled page", () => {
  it("is stored with its cursor, or not at all", async () => {
    const broken = await Store.load(failingAt(new Error("killed")), world());
    await assert.rejects(broken.synced.storePage(page([record("a1", "1-a", {})]), { cursor: "c1" }));
    const after = await again();
    assert.equal(await after.meta.get("cursor"), undefined);
    assert.equal(await after.find("assessment", "a1"), undefined);
    await after.synced.storePage(page([record("a1", "1-a", {})]), { cursor: "c1" });
    const later = await again();
    assert.equal(await later.meta.get("cursor"), "c1");
    assert.ok(await later.find("assessment", "a1"));
  });

  it("never takes a record back to an older revision", async () => {
    await fetched([record("a1", "12-a", { state: "approved" })]);
    await fetched([record("a1", "9-b", { state: "draft" })]);
    assert.equal((await store.get("assessment", "a1")).body.state, "approved");
  });

  it("removes what leaves the last of our suites, and never an unsent change", async () => {
    await fetched([record("a1", "1-a", {}, { scopes: ["s1", "s2"] }), record("a2", "1-a", {})]);
    await store.edit("assessment", "a2", [["/answers/q", "yes"]]);
    await fetched([], { leaves: [{ id: "a1", scope: "s1" }, { id: "a2", scope: "s1" }] });
    assert.ok(await store.find("assessment", "a1"));
    assert.equal(await store.find("assessment", "a2"), undefined);
    assert.equal((await store.list("assessment")).length, 1);
    assert.equal(ops().length, 1);
  });

  it("drops a whole suite, also what earlier pages brought", async () => {
    await fetched([record("a1", "1-a", {}), record("a2", "1-a", {}, { scopes: ["s2"] })]);
    await fetched([], { drop_scopes: ["s1"] });
    assert.deepEqual((await (await again()).list("assessment")).map((row) => row.id), ["a2"]);
  });

  it("lists a record without its answers, with what is unsent", async () => {
    await fetched([record("a1", "1-a", { state: "draft", answers: { q: "secret" } })]);
    await store.edit("assessment", "a1", [["/state", "submitted"]]);
    assert.deepEqual(await store.list("assessment"), [{ id: "a1", type: "assessment", state: "submitted", unsent: true }]);
  });
});
