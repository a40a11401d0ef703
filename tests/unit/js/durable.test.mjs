// "Saved" may be said when the transaction is complete and the disk has it, not when its requests succeeded: a browser may
// still take back what succeeded.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { bundle, useFakeIndexedDB } from "./bundle.mjs";

useFakeIndexedDB();
const { Store, openDatabase, createVault } = await bundle({ "store/store.js": "Store", "store/db.js": "openDatabase", "store/vault.js": "createVault" });
const ROOT = IDBDatabase.prototype;
const transaction = ROOT.transaction;

let store;
let number = 0;
/** @type {{durability: string|undefined, complete: boolean}[]} */
let writes = [];

const nextId = () => {
  number += 1;
  return `0199${String(number).padStart(4, "0")}-0000-7000-8000-000000000000`;
};

beforeEach(async () => {
  ROOT.transaction = transaction;
  const { vault, key } = await createVault({ passphrase: "three plain words", iterations: 1000 });
  store = await Store.load(await openDatabase(vault.id, key), { now: () => "2026-11-23T03:00:00Z", newId: nextId });
  writes = [];
  ROOT.transaction = function (names, mode, options) {
    const tx = transaction.call(this, names, mode, options);
    if (mode === "readwrite") {
      const seen = { durability: options?.durability, complete: false };
      writes.push(seen);
      tx.addEventListener("complete", () => (seen.complete = true));
    }
    return tx;
  };
});

test("a save resolves only when its transaction is complete, and asks for the disk", async () => {
  const made = await store.create("person", { given_name: "Zebedee" });
  await store.edit("person", made.id, [["/given_name", "Zachary"]]);
  await store.meta.set("place", 3);
  assert.ok(writes.length >= 3);
  assert.deepEqual(writes.filter(({ complete }) => !complete), [], "a save was called saved before its transaction was complete");
  assert.deepEqual([...new Set(writes.map(({ durability }) => durability))], ["strict"]);
});
