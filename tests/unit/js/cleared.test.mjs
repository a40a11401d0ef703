// The browser, or somebody, clears what the device kept while a page is open: nothing is called saved in an empty database that
// nobody would ever open again.

import assert from "node:assert/strict";
import { beforeEach, it } from "node:test";
import { bundle, useFakeIndexedDB } from "./bundle.mjs";

useFakeIndexedDB();
const { Store, openDatabase, countSealed, databaseName, StoreGone, createVault } = await bundle({
  "store/store.js": "Store", "store/db.js": "openDatabase, countSealed, databaseName, StoreGone", "store/vault.js": "createVault",
});

let vault;
let key;
let store;
let count = 0;
const newId = () => {
  count += 1;
  return `op-${count}`;
};
const names = async () => (await indexedDB.databases()).map(({ name }) => name);
const cleared = () => new Promise((done, failed) => {
  const request = indexedDB.deleteDatabase(databaseName(vault.id));
  Object.assign(request, { onsuccess: done, onerror: failed });
});

beforeEach(async () => {
  ({ vault, key } = await createVault({ passphrase: "three small words", iterations: 1000 }));
  store = await Store.load(await openDatabase(vault.id, key), { now: () => "2026-11-22T18:00:00Z", newId });
  await store.create("contact", { cell: "M1" }, { id: "c-1" });
});

it("a save after that is no save, and makes no new database", async () => {
  await cleared();
  await assert.rejects(store.create("contact", { cell: "M2" }, { id: "c-2" }), StoreGone);
  await assert.rejects(store.edit("contact", "c-1", [["/cell", "M3"]]), StoreGone);
  assert.equal(store.entries().length, 1, "what is shown as waiting has not grown");
  assert.ok(!(await names()).includes(databaseName(vault.id)));
});

it("a vault whose database is gone is not opened as an empty one", async () => {
  await cleared();
  await assert.rejects(openDatabase(vault.id, key, false), StoreGone);
  await assert.rejects(countSealed(vault.id), StoreGone);
  await openDatabase(vault.id, key);
  assert.ok((await names()).includes(databaseName(vault.id)), "the control: setting up makes it");
});
