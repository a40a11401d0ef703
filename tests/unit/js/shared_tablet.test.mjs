// Two workers on one tablet: the second one's session reads nothing of the first one's, and what the first one recorded without
// signal is delivered when they are back, whatever the second one did meanwhile. A crash in between changes nothing of that.

import assert from "node:assert/strict";
import { it } from "node:test";
import { bundle, useFakeIndexedDB } from "./bundle.mjs";
import { assertUnreadable, keysLeft, rawOf } from "./sealed.mjs";

useFakeIndexedDB();
const { Store, openDatabase, databaseName, countSealed, scheduler, ...vaults } = await bundle({
  "store/store.js": "Store", "store/db.js": "openDatabase, databaseName, countSealed", "store/vault.js": "createVault, open, openScopeKey", "sync/schedule.js": "scheduler",
});

const now = () => "2026-11-22T18:00:00Z";
let made = 0;
const newId = () => {
  made += 1;
  return `op-${made}`;
};
const page = (suite) => ({ records: [{ id: `p-${suite}`, type: "person", rev: "1-aaaa", scopes: [suite], body: { given_name: "Zanzibert" }, deleted: false, open_conflicts: [] }], leaves: [], drop_scopes: [] });

async function worker() {
  const { vault, key } = await vaults.createVault({ passphrase: "three small words", iterations: 1000 });
  const unlock = async () => Store.load(await openDatabase(vault.id, key), { now, newId });
  return { id: vault.id, key, unlock };
}

/** What went over the network, and by whose token. */
function delivered(store, token) {
  const sent = [];
  const answer = (body) => new Response(JSON.stringify({ epoch: "e", server_now: now(), ...body }), { headers: { "Content-Type": "application/json" } });
  const fetcher = async (path, { body, headers }) => {
    if (!path.endsWith("push")) return answer({ records: [], leaves: [], drop_scopes: [], cursor: "c", more: false });
    const { ops } = JSON.parse(typeof body === "string" ? body : await new Response(new Blob([body]).stream().pipeThrough(new DecompressionStream("gzip"))).text());
    sent.push(...ops.map(({ record }) => [record, headers.Authorization]));
    return answer({ results: ops.map(({ op }) => ({ op, state: "applied", rev: "2-b", seq: 1 })) });
  };
  return scheduler({ current: () => ({ store, session: { token, device: { id: "d" } } }), fetch: fetcher, now, told: () => {}, later: () => {} }).run().then(() => sent);
}

it("keeps two workers apart, and delivers the first one's work when they are back", async () => {
  const [a, b] = [await worker(), await worker()];
  const first = await a.unlock();
  await first.synced.storePage(page("s-1"), { cursor: "c" });
  await first.edit("person", "p-s-1", [["/family_name", "Sedge"]]);

  const second = await b.unlock();
  await second.synced.storePage(page("s-1"), { cursor: "c" });
  await second.edit("person", "p-s-1", [["/phone", "0"]]);
  const theirs = await rawOf(databaseName(a.id));
  const blobs = ["records", "meta", "outbox"].flatMap((name) => [...theirs[name]].map(([key, sealed]) => [name, key, sealed]));
  assert.ok(blobs.length >= 4, "the control: there is something to read");
  const keys = await keysLeft(vaults, b.id, b.key, (await rawOf(databaseName(b.id))).keys);
  assert.equal(keys.length, 2, "the second worker has a key of the same suite, of their own");
  await assertUnreadable(vaults, a.id, keys, blobs);
  assert.equal(await countSealed(a.id), 1, "that something waits can be counted without reading it");

  // The second worker loses the suite and sends; the first one's vault is another one.
  assert.deepEqual(await delivered(second, "b-token"), [["p-s-1", "Bearer b-token"]]);
  await second.synced.storePage({ records: [], leaves: [], drop_scopes: ["s-1"] }, { cursor: "d" });

  const back = await a.unlock();
  assert.equal((await back.get("person", "p-s-1")).body.family_name, "Sedge");
  assert.deepEqual(await delivered(back, "a-token"), [["p-s-1", "Bearer a-token"]]);
  assert.equal(await countSealed(a.id), 0);
});
