// Sending and fetching against a service that misbehaves: nothing is lost, and nothing is called sent that is not.

import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { LONGEST_WITHOUT_SIGNAL, backoff, chooseBatch } from "../../../service_worker/src/sync/core.js";
import { begin, step } from "../../../service_worker/src/sync/step.js";
import { bundle, useFakeIndexedDB } from "./bundle.mjs";

useFakeIndexedDB();
const { Store, openDatabase, createVault, scheduler } = await bundle({ "store/store.js": "Store", "store/db.js": "openDatabase", "store/vault.js": "createVault", "sync/schedule.js": "scheduler" });

const session = { token: "secret-token", device: { id: "d1" } };
const now = () => "2026-11-22T18:00:00Z";
let store;
let calls;
let planned;
let count = 0;

const json = (body, status = 200, headers = {}) => new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json", ...headers } });
const results = (ops) => json({ epoch: "e", server_now: now(), results: ops.map(({ op }) => ({ op, state: "applied", rev: "1-a" })) });
const emptyPage = () => json({ epoch: "e", server_now: now(), records: [], leaves: [], drop_scopes: [], cursor: "c", more: false });

/** @param {(body: any) => Response} push @param {(body: any) => Response} [pull] */
function service(push, pull = emptyPage) {
  calls = [];
  planned = [];
  const fetcher = async (path, { body, headers }) => {
    const text = typeof body === "string" ? body : await new Response(new Blob([body]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
    calls.push({ path, headers, body: JSON.parse(text) });
    return path.endsWith("push") ? push(JSON.parse(text)) : pull(JSON.parse(text));
  };
  return scheduler({ current: () => ({ store, session }), fetch: fetcher, now, told: () => {}, luck: () => 1, later: (_work, ms) => planned.push(ms) });
}

const nextOp = () => {
  count += 1;
  return `op-${String(count).padStart(5, "0")}`;
};

beforeEach(async () => {
  const { vault, key } = await createVault({ passphrase: "three small words", iterations: 1000 });
  store = await Store.load(await openDatabase(vault.id, key), { now, newId: nextOp });
  for (let index = 0; index < 4; index += 1) await store.create("person", { given_name: `Invented ${index}` }, { id: `p${index}` });
});

const states = () => store.entries().map((each) => each.state);

describe("a sync", () => {
  it("sends oldest first with the token and no cookie, then says when it last sent", async () => {
    const { state, sent } = await service(({ ops }) => results(ops)).run();
    assert.deepEqual([state, sent, states()], ["done", 4, []]);
    assert.deepEqual(calls[0].body.ops.map((each) => each.record), ["p0", "p1", "p2", "p3"]);
    assert.equal(calls[0].headers.Authorization, "Bearer secret-token");
    assert.equal(await store.meta.get("last_sync"), now());
  });

  it("keeps an op waiting whose outcome was left out, and does not ask about it again at once", async () => {
    await service(({ ops }) => results(ops.slice(0, 3))).run();
    assert.equal(store.entries().length, 1);
    assert.equal(calls.filter((each) => each.path.endsWith("push")).length, 1);
    await service(({ ops }) => results(ops)).run();
    assert.deepEqual(states(), []);
  });

  it("does not take a portal's page for an answer, and says since when there is no signal", async () => {
    const { state } = await service(() => new Response("<html>Sign in to the hotel</html>", { status: 200, headers: { "Content-Type": "text/html" } })).run();
    assert.equal(state, "unreachable");
    assert.equal(store.entries().length, 4);
    assert.equal(await store.meta.get("no_signal_since"), now());
    assert.equal(planned.length, 1);
  });

  it("keeps the queue when the token is refused, says so, and does not hammer", async () => {
    const { state, code } = await service(() => json({ code: "device.revoked", status: 403 }, 403)).run();
    assert.deepEqual([state, code, store.entries().length, planned.length], ["refused", "device.revoked", 4, 0]);
    assert.equal((await store.meta.get("sync_refused")).code, "device.revoked");
  });

  it("halves the batch while it is too large", async () => {
    await service(({ ops }) => (ops.length > 1 ? json({ code: "sync.too_large" }, 413) : results(ops))).run();
    assert.deepEqual(calls.filter((each) => each.path.endsWith("push")).map((each) => each.body.ops.length), [4, 2, 1, 1, 1, 1]);
    assert.deepEqual(states(), []);
  });

  it("lets one op that is too large stand aside, and sends the others", async () => {
    await service(({ ops }) => (ops.some((each) => each.record === "p1") ? json({ code: "op.too_large" }, 413) : results(ops))).run();
    assert.deepEqual(store.entries().map((each) => [each.op.record, each.state, each.why]), [["p1", "rejected", "op.too_large"]]);
  });

  it("waits as long as the service asks", async () => {
    for (const [status, code] of /** @type {[number, string][]} */ ([[503, "server.busy"], [429, "request.too_many"]])) {
      await service(() => json({ code }, status, { "Retry-After": "120" })).run();
      assert.deepEqual(planned, [120_000], code);
      assert.equal(store.entries().length, 4, code);
    }
  });

  it("sends the very same bytes of an op again after a lost answer", async () => {
    await service(() => { throw new TypeError("network"); }).run();
    const first = calls[0].body.ops;
    await store.edit("person", "p0", [["/given_name", "Changed"]]);
    await service(({ ops }) => results(ops)).run();
    assert.deepEqual(calls[0].body.ops.slice(0, 4), first);
    assert.deepEqual(calls[0].body.ops[4].base, { op: first[0].op });
  });

  it("goes on from the cursor of the last stored page", async () => {
    let pages = 0;
    const pull = ({ cursor }) => {
      pages += 1;
      if (pages === 2) throw new TypeError("network");
      return json({ epoch: "e", server_now: now(), records: [], leaves: [], drop_scopes: [], cursor: `after-${cursor}`, more: pages === 1 });
    };
    await service(({ ops }) => results(ops), pull).run();
    await service(({ ops }) => results(ops), pull).run();
    assert.equal(calls.at(-1).body.cursor, "after-null");
  });

  it("runs once at a time", async () => {
    const sync = service(({ ops }) => results(ops));
    await Promise.all([sync.run(), sync.run(), sync.run()]);
    assert.equal(calls.filter((each) => each.path.endsWith("push")).length, 1);
  });
});

describe("choosing what goes", () => {
  const entry = (op, base, state = "waiting") => ({ op: { op, record: "r", type: "person", base, set: [], at: "" }, state, tries: 0, since: "", why: null });

  it("keeps what is chained on a refused op, and lets everything else pass", () => {
    const batch = chooseBatch([entry("1", null, "rejected"), entry("2", { op: "1" }), entry("3", { op: "2" }), entry("4", { rev: "1-a" })]);
    assert.deepEqual(batch.map((each) => each.op.op), ["4"]);
  });

  it("waits longer with every failure, never less than asked, never more than five minutes of its own", () => {
    assert.ok(backoff(1, 1) < backoff(4, 1));
    assert.equal(backoff(50, 1), 300_000);
    assert.equal(backoff(50, 1, 0, LONGEST_WITHOUT_SIGNAL), 60_000);
    assert.equal(backoff(1, 0, 60), 60_000);
  });
});

describe("the sync core", () => {
  const disk = { type: /** @type {const} */ ("read"), entries: [], epoch: "e", cursor: "c", reference: null };
  const freeze = (state) => Object.freeze({ ...state, ops: Object.freeze([...state.ops]), tried: Object.freeze([...state.tried]) });

  it("does the same for the same state and event, and changes neither", () => {
    const asked = [freeze(begin()), Object.freeze(disk)];
    assert.deepEqual(step(asked[0], asked[1]), step(asked[0], asked[1]));
  });

  it("fetches when nothing waits, and is done only after the last page is stored", () => {
    const fetching = step(begin(), disk);
    assert.equal(fetching.effect.do, "pull");
    const page = { records: [], cursor: "d", epoch: "e", more: true };
    const stored = step(fetching.state, { type: "answer", answer: page });
    assert.equal(step(stored.state, { type: "stored" }).effect.do, "read");
    const last = step(fetching.state, { type: "answer", answer: { ...page, more: false } });
    assert.deepEqual([last.effect.do, step(last.state, { type: "stored" }).effect.do], ["store_page", "done"]);
  });

  it("sends nothing that the disk does not yet know as sent", () => {
    const entry = { op: { op: "1", record: "r", type: "person", base: null, set: [], at: "" }, state: "waiting", tries: 0, since: "", why: null };
    const chosen = step(begin(), { ...disk, entries: [entry] });
    assert.deepEqual(chosen.effect, { do: "mark", ops: ["1"] });
    assert.equal(step(chosen.state, { type: "marked", ops: [entry.op], waiting: 1, epoch: "e" }).effect.do, "push");
  });
});
