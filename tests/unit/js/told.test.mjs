// What the tablet says when something stands between it and the service: what happened, what is safe, what to do now. From the
// answer on the wire, through the shipped scheduler and store, to the words.

import assert from "node:assert/strict";
import { beforeEach, it } from "node:test";
import { bundle, useFakeIndexedDB } from "./bundle.mjs";

useFakeIndexedDB();
const { Store, openDatabase, createVault, scheduler, sentence, decideRow, statusWords } = await bundle({
  "store/store.js": "Store", "store/db.js": "openDatabase", "store/vault.js": "createVault", "sync/schedule.js": "scheduler", "routes/device.js": "sentence, decideRow", "present/shell.js": "statusWords",
});

const NOW = "2026-11-22T18:00:00Z";
const HTML = { "Content-Type": "text/html" };
const ours = (code, status, headers = {}) => new Response(JSON.stringify({ type: `https://throughcare.example/problems/${code}`, code, status }), { status, headers: { "Content-Type": "application/problem+json", ...headers } });
const page = (status, headers = {}) => new Response("<h1>Sign in to the hotel</h1>", { status, headers: { ...HTML, ...headers } });
const fetched = () => new Response(JSON.stringify({ epoch: "e", server_now: NOW, records: [], leaves: [], drop_scopes: [], cursor: "c", more: false }), { headers: { "Content-Type": "application/json" } });
const silent = () => {
  throw new TypeError("net::ERR_CERT_AUTHORITY_INVALID");
};

let store;
let count = 0;
const newId = () => {
  count += 1;
  return `op-${String(count).padStart(4, "0")}`;
};

beforeEach(async () => {
  const { vault, key } = await createVault({ passphrase: "three small words", iterations: 1000 });
  store = await Store.load(await openDatabase(vault.id, key), { now: () => NOW, newId });
  await store.create("contact", { cell: "M1" }, { id: "c-1" });
});

/** One sync against such an answer; what the tablet says then. @param {(path: string) => Response} answer */
async function told(answer) {
  await scheduler({ current: () => ({ store, session: { token: "t", device: { id: "d" } } }), fetch: async (path) => answer(path), now: () => NOW, told: () => {}, later: () => {} }).run();
  const get = (name) => store.meta.get(name);
  const outbox = await store.outbox();
  assert.equal(outbox.length, 1, "the queue outlives every refusal");
  assert.equal(await get("last_sent"), undefined, "nothing counts as sent");
  const [no_signal_since, foreign, refused, aside, tries] = await Promise.all(["no_signal_since", "foreign", "sync_refused", "aside", "tries"].map(get));
  const stuck = outbox.filter(({ op }) => aside?.[op]).length;
  const { first, more } = sentence({ waiting: outbox.length, stuck, no_signal_since, foreign, refused, last_sync: null }, NOW);
  const strip = statusWords({ outbox, last_sent: null, no_signal_since, foreign, refused: refused?.status ?? 0, aside: stuck, to_decide: 0, returned: 0 }, NOW).words.map(({ text }) => text);
  assert.match(first, /^1 change is saved on this device/);
  return { first, more, strip: strip.slice(2).join(", "), tries: tries?.at(-1)?.code };
}

it("a key that is refused: by whom, and who can help", async () => {
  const { more, strip } = await told(() => ours("device.token_refused", 401));
  assert.match(more, /^This device is not known \(18:00\)\. Nothing is lost: the queue stays\. Ask your administrator for a new enrolment link/);
  assert.equal(strip, "The server refuses this tablet");
});

it("a device that was switched off", async () => {
  assert.match((await told(() => ours("device.revoked", 403))).more, /was switched off .* the queue stays\. Contact your administrator/);
});

it("a change that is too large for something on the way", async () => {
  const { first, strip } = await told((path) => (path.endsWith("push") ? page(413) : fetched()));
  assert.match(first, /does not get through\.$/);
  assert.equal(strip, "Does not get through (1)");
});

for (const [name, status] of [["too many requests", 429], ["a service that is busy", 503]]) {
  it(`${name}: until when it asks to be left alone`, async () => {
    const { first, more, strip } = await told(() => page(status, { "Retry-After": "1200" }));
    assert.match(first, /the service does not take them now\.$/);
    assert.match(more, /^The service is busy \(18:00\)\. Nothing is lost: the queue stays\. It asks for a pause until 18:20, and this device goes on by itself then\.$/);
    assert.equal(strip, "The server does not take changes now");
  });

  it(`${name}: without a time it goes on by itself`, async () => {
    assert.match((await told(() => page(status))).more, /Wait a minute\. Your device tries again by itself\.$/);
  });
}

for (const [name, answer] of [["a portal's page", () => page(200)], ["a portal that says so", () => page(511)], ["somebody else's JSON", () => new Response('{"login": true}', { headers: { "Content-Type": "application/json" } })]]) {
  it(`${name}: it is the network, and somebody may have to sign in to it`, async () => {
    const { more, strip, tries } = await told(answer);
    assert.match(more, /^This network does not reach the service \(since 18:00\)\. .*sign in to it first\. Nothing counts as sent, and everything is kept on this device\. Sign in to this network/);
    assert.equal(strip, "This network does not reach the service");
    assert.equal(tries, "network.not_ours");
  });
}

it("a connection that is not trusted, or none: no signal, and it goes by itself; a portal of before is forgotten", async () => {
  await told(() => page(200));
  const { more, strip, tries } = await told(silent);
  assert.match(more, /^No signal since 18:00\. They go by themselves when there is signal/);
  assert.deepEqual([strip, tries], ["No signal since 18:00", null]);
});

it("a change that was refused: whose it is and since when, so that two of them can be told apart", () => {
  const refused = { op: "op-1", type: "custody_episode", record_id: "e-1", state: "rejected", why: "record.out_of_scope", since: "2026-11-22T17:40:00Z" };
  const row = decideRow(refused, "Peregrine Saltwhistle", undefined, NOW);
  assert.deepEqual([row.title, row.who, row.again], ["Stay in custody: This belongs to another suite", "Peregrine Saltwhistle · recorded 17:40", true]);
  assert.match(row.more, /kept word for word/);
  assert.equal(decideRow(refused, "", undefined, NOW).who, "recorded 17:40");
  assert.equal(decideRow({ ...refused, recovered: true }, "", undefined, NOW).who, "put back after a restore, 17:40", "somebody recorded it long ago");
});
