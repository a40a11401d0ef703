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
/** Requests that are not answered yet, and the most there were. */
let open = 0;
let busiest = 0;

const json = (body, status = 200, headers = {}) => new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json", ...headers } });
const problem = (code, status, headers = {}) => json({ type: `https://throughcare.example/problems/${code}`, code, status }, status, headers);
const results = (ops) => json({ epoch: "e", server_now: now(), results: ops.map(({ op }) => ({ op, state: "applied", rev: "1-a" })) });
const emptyPage = () => json({ epoch: "e", server_now: now(), records: [], leaves: [], drop_scopes: [], cursor: "c", more: false });

/** The browser's exclusive locks, as far as we use them. */
function oneAtATime() {
  const last = new Map();
  return {
    request(name, work) {
      const turn = (last.get(name) ?? Promise.resolve()).then(work);
      last.set(name, turn.catch(() => {}));
      return turn;
    },
  };
}

/** @param {(body: any) => Response} push @param {(body: any) => Response} [pull] @param {any} [locks] */
function service(push, pull = emptyPage, locks = undefined) {
  calls = [];
  planned = [];
  const fetcher = async (path, { body, headers }) => {
    const text = typeof body === "string" ? body : await new Response(new Blob([body]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
    calls.push({ path, headers, body: JSON.parse(text) });
    open += 1;
    busiest = Math.max(busiest, open);
    await new Promise((done) => setTimeout(done, 1));
    open -= 1;
    return path.endsWith("push") ? push(JSON.parse(text)) : pull(JSON.parse(text));
  };
  return scheduler({ current: () => ({ store, session }), fetch: fetcher, now, told: () => {}, luck: () => 1, later: (_work, ms) => planned.push(ms), locks });
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
    const { state, code } = await service(() => problem("device.revoked", 403)).run();
    assert.deepEqual([state, code, store.entries().length, planned.length], ["refused", "device.revoked", 4, 0]);
    assert.equal((await store.meta.get("sync_refused")).code, "device.revoked");
  });

  it("halves the batch while it is too large", async () => {
    await service(({ ops }) => (ops.length > 1 ? problem("sync.too_large", 413) : results(ops))).run();
    assert.deepEqual(calls.filter((each) => each.path.endsWith("push")).map((each) => each.body.ops.length), [4, 2, 1, 1, 1, 1]);
    assert.deepEqual(states(), []);
  });

  const pushed = () => calls.filter((each) => each.path.endsWith("push")).map((each) => each.body.ops.map(({ record }) => record).join());
  const aside = async () => Object.values((await store.meta.get("aside")) ?? {}).map((each) => each.why);

  it("lets one op that is too large stand aside with what comes after it, and sends the others", async () => {
    const limit = ({ ops }) => (ops.some((each) => each.record === "p1") ? problem("sync.too_large", 413) : results(ops));
    await service(limit).run();
    await store.edit("person", "p1", [["/given_name", "Changed"]]);
    await store.edit("person", "p2", [["/given_name", "Changed"]]);
    const { state } = await service(limit).run();
    assert.equal(state, "done");
    assert.deepEqual(pushed(), ["p2", "p1"], "the others first, then that one alone, and its next change not at all");
    assert.deepEqual(store.entries().map((each) => [each.op.record, each.state]), [["p1", "sending"], ["p1", "waiting"]], "the queue holds it: nobody else does");
    assert.equal((await store.find("person", "p1"))?.body.given_name, "Changed", "and its author sees it");
    assert.deepEqual(await aside(), ["op.not_passed"]);
    await service(({ ops }) => results(ops)).run();
    assert.deepEqual([pushed(), states()], [["p1", "p1"], []], "when it gets through, the rest follows");
  });

  it("lets one op that gets no answer stand aside once something else does", async () => {
    const broken = () => new Response("Bad gateway", { status: 502, headers: { "Content-Type": "text/plain" } });
    await service(({ ops }) => (ops.some((each) => each.record === "p0") ? broken() : results(ops))).run();
    assert.deepEqual(pushed(), ["p0,p1,p2,p3", "p0,p1", "p0", "p1", "p2", "p3"]);
    assert.deepEqual([await aside(), store.entries().map((each) => each.op.record)], [["op.no_answer"], ["p0"]]);
  });

  it("blames no op when nothing gets an answer", async () => {
    const { state } = await service(() => new Response("Bad gateway", { status: 502, headers: { "Content-Type": "text/plain" } })).run();
    assert.deepEqual([state, await aside(), store.entries().length], ["refused", [], 4]);
    assert.deepEqual(pushed(), ["p0,p1,p2,p3", "p0,p1", "p0", "p1"]);
  });

  it("asks for less at a time where pages take too long", async () => {
    const asked = [];
    const stalls = () => { throw new DOMException("nothing", "TimeoutError"); };
    await service(({ ops }) => results(ops), ({ max_records }) => (asked.push(max_records) && max_records > 50 ? stalls() : emptyPage())).run();
    assert.deepEqual(asked, [500, 125, 32]);
  });

  it("waits as long as the service, or a proxy for it, asks", async () => {
    const words = (code) => (status, headers) => problem(code, status, headers);
    const wordless = (status, headers) => new Response("<h1>Slow down</h1>", { status, headers: { "Content-Type": "text/html", ...headers } });
    for (const [status, answer] of /** @type {[number, Function][]} */ ([[503, words("server.busy")], [429, words("request.too_many")], [503, wordless], [429, wordless]])) {
      for (const asked of ["120", new Date(Date.now() + 119_500).toUTCString()]) {
        await store.meta.set("sync_refused", null);
        const sync = service(() => answer(status, { "Retry-After": asked }));
        assert.equal((await sync.run()).state, "refused", `${status}`);
        assert.ok(planned.length === 1 && planned[0] >= 118_000 && planned[0] <= 120_000, `${status} ${asked}: ${planned}`);
        assert.deepEqual([pushed().length, store.entries().length], [1, 4], `${status}: asked once, and not for less`);
        assert.deepEqual([(await sync.run()).state, (await sync.nudge(true)).state, pushed().length], ["waiting", "waiting", 1], "whatever wants to sync meanwhile");
      }
    }
    await store.meta.set("sync_refused", { status: 503, code: "", at: "2026-11-22T17:50:00Z", until: now() });
    await service(({ ops }) => results(ops)).run();
    assert.deepEqual(states(), [], "the time is over");
  });

  it("believes no refusal that does not name its code as the service does", async () => {
    const { state } = await service(() => json({ code: "device.revoked" }, 403)).run();
    assert.deepEqual([state, (await store.meta.get("sync_refused")) ?? null], ["unreachable", null]);
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

  it("runs once at a time in two workers too, while a new version takes over; without the browser's lock it would not", async () => {
    const both = async (locks) => {
      for (const op of ["again-1", "again-2"]) await store.create("person", { given_name: op });
      const sync = () => service(({ ops }) => results(ops), emptyPage, locks);
      const [old, next] = [sync(), sync()];
      busiest = 0;
      await Promise.all([old.run(), next.run()]);
      assert.deepEqual(states(), []);
      return { busiest, sent: calls.filter((each) => each.path.endsWith("push")).length };
    };
    assert.deepEqual(await both(oneAtATime()), { busiest: 1, sent: 1 });
    assert.deepEqual(await both(undefined), { busiest: 2, sent: 2 }, "the control");
  });
});

describe("choosing what goes", () => {
  const entry = (op, base, state = "waiting") => ({ op: { op, record: "r", type: "person", base, set: [], at: "" }, state, tries: 0, since: "", why: null });

  it("keeps what is chained on a refused op, and lets everything else pass", () => {
    const batch = chooseBatch([entry("1", null, "rejected"), entry("2", { op: "1" }), entry("3", { op: "2" }), entry("4", { rev: "1-a" })]);
    assert.deepEqual(batch.map((each) => each.op.op), ["4"]);
  });

  it("sends again what was answered before a restore, also behind a refused op: it was taken with that one then", () => {
    const again = { ...entry("2", { op: "1" }), again: "e2" };
    const batch = chooseBatch([entry("1", null, "rejected"), again, entry("3", { op: "2" }), entry("4", { op: "1" })]);
    assert.deepEqual(batch.map(({ op }) => op.op), ["2", "3"]);
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
