// A tablet that was copied, or set back to an older image: a change that grew differently in both has a number that the service
// knows already. It keeps the first only, so the second one goes again by itself, as its own.

import assert from "node:assert/strict";
import { beforeEach, it } from "node:test";
import { bundle, useFakeIndexedDB } from "./bundle.mjs";

useFakeIndexedDB();
const { Store, openDatabase, createVault } = await bundle({ "store/store.js": "Store", "store/db.js": "openDatabase", "store/vault.js": "createVault" });

const now = () => "2026-11-22T18:00:00Z";
let count;
const newId = () => {
  count += 1;
  return `op-${String(count).padStart(4, "0")}`;
};
let vault;
let key;
let store;
const again = async () => {
  store = await Store.load(await openDatabase(vault.id, key), { now, newId });
};
const ops = () => store.entries().map(({ op, state }) => [op.op, op.set.map(([pointer, seen, chosen]) => [pointer, seen, chosen]), op.base, state]);
const sent = async (...results) => {
  await store.synced.markSending(results.map(({ op }) => op));
  await store.synced.storeResults(results, { epoch: "e" });
  await again();
};
const copied = (op) => ({ op, state: "rejected", why: "op.mismatch" });
const applied = (op) => ({ op, state: "applied", rev: "2-bbbb", seq: 2 });

beforeEach(async () => {
  count = 0;
  ({ vault, key } = await createVault({ passphrase: "three small words", iterations: 1000 }));
  await again();
  const record = { id: "c-1", type: "contact", rev: "1-aaaa", scopes: ["s-1"], body: { cell: "M1", reason: "?" }, deleted: false, open_conflicts: [] };
  await store.synced.storePage({ epoch: "e", records: [record], leaves: [], drop_scopes: [] }, { epoch: "e", cursor: "c" });
  await store.edit("contact", "c-1", [["/cell", "M2"]]);
});

it("sends it again under a new number, with what follows it, and says so", async () => {
  await store.synced.markSending(["op-0001"]);
  await store.edit("contact", "c-1", [["/reason", "late"]]);
  await store.synced.storeResults([copied("op-0001")], { epoch: "e", server_now: now() });
  await again();
  assert.deepEqual(ops(), [["op-0003", [["/cell", "M1", "M2"]], { rev: "1-aaaa" }, "waiting"], ["op-0004", [["/reason", "?", "late"]], { op: "op-0003" }, "waiting"]]);
  assert.deepEqual((await store.get("contact", "c-1")).body, { cell: "M2", reason: "late" }, "what was typed is shown all the while");
  assert.deepEqual(await store.meta.get("copied"), { count: 1, at: now() });
  assert.deepEqual(await store.synced.receipts(), [], "nobody has confirmed it");
});

it("asks no more for what a later change, that was sent with it, has decided since", async () => {
  await store.edit("contact", "c-1", [["/reason", "one"]]);
  await store.synced.markSending(["op-0001"]);
  await store.edit("contact", "c-1", [["/cell", "M3"]]);
  await sent(copied("op-0001"), applied("op-0002"));
  assert.deepEqual(ops(), [["op-0003", [["/reason", "?", "one"]], { rev: "1-aaaa" }, "waiting"]]);
});

it("sends a record that both have made again as a whole", async () => {
  await store.create("contact", { cell: "M9" }, { id: "c-2" });
  await sent(applied("op-0001"), copied("op-0002"));
  const [{ op, state }] = store.entries();
  assert.deepEqual([op.op, op.base, op.body, state], ["op-0003", null, { cell: "M9" }, "waiting"]);
});

it("does it once: a service that takes no number does not keep it asking, and a person may send it again", async () => {
  await sent(copied("op-0001"));
  await sent(copied("op-0002"));
  assert.deepEqual(ops(), [["op-0002", [["/cell", "M1", "M2"]], { rev: "1-aaaa" }, "rejected"]]);
  await store.tryAgain("op-0002");
  assert.equal(ops()[0][3], "waiting");
});
