// What the tablet keeps, reckons and puts back: against a service that may be set back, differ, or never agree.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { beforeEach, describe, it, mock } from "node:test";
import { bundle, useFakeIndexedDB } from "./bundle.mjs";

useFakeIndexedDB();
const { Store, openDatabase, databaseName, StoreBusy, StoreNewer, createVault, seal, canonical, scheduler } = await bundle({
  "store/store.js": "Store", "store/db.js": "openDatabase, databaseName, StoreBusy, StoreNewer", "store/vault.js": "createVault, seal", "store/canonical.js": "canonical", "sync/schedule.js": "scheduler",
});

const SUITE = "s1";
const now = () => "2026-11-22T18:00:00Z";
let vault;
let key;
let db;
let store;
let count;
let service;

const newId = () => {
  count += 1;
  return `op-${String(count).padStart(4, "0")}`;
};
const sorted = (value) => (value && typeof value === "object" && !Array.isArray(value) ? Object.fromEntries(Object.keys(value).sort().map((each) => [each, sorted(value[each])])) : value);
const sha = (text) => createHash("sha256").update(text).digest("hex");
const revision = (n, body) => `${n}-${sha(JSON.stringify(sorted(body))).slice(0, 16)}`;

/** A service of one suite, as docs/sync-protocol.md has it, with everything that a test wants to get wrong. */
class Service {
  epoch = "e1";
  seq = 0;
  durable_seq = 0;
  records = new Map();
  ops = new Map();
  seen = new Set();
  calls = [];
  lies = false;

  set(id, body, n = 1) {
    const record = { id, type: "contact", rev: revision(n, body), scopes: [SUITE], body, deleted: false, open_conflicts: [] };
    this.records.set(id, record);
    this.seen.add(`${id} ${record.rev}`);
    return record;
  }

  digest() {
    const all = [...this.records.values()].map(({ id, rev }) => BigInt(`0x${sha(`${id} ${rev}`).slice(0, 16)}`));
    const x = this.lies ? 7n : all.reduce((sum, each) => sum + each, 0n) % (1n << 64n);
    return { [SUITE]: { n: all.length, x: x.toString(16).padStart(16, "0") } };
  }

  answer(path, sent) {
    this.calls.push([path.split("/").at(-1), sent]);
    const told = { epoch: this.epoch, server_now: now(), durable_seq: this.durable_seq };
    if (path.endsWith("push")) return { ...told, results: sent.epoch === null || sent.epoch === this.epoch ? sent.ops.map((op) => this.take(op)) : [] };
    if (path.endsWith("pull")) return { ...told, records: sent.cursor ? [] : [...this.records.values()], leaves: [], drop_scopes: [], cursor: `${this.epoch}/${this.seq}`, more: false, digest: this.digest() };
    const have = new Map(sent.have);
    const differing = [...this.records.values()].filter(({ id, rev }) => have.get(id) !== rev);
    const leaves = [...have.keys()].filter((id) => !this.records.has(id)).map((id) => ({ id, scope: SUITE }));
    return { ...told, records: differing, leaves, unseen: sent.have.filter(([id, rev]) => !this.seen.has(`${id} ${rev}`)).map(([id]) => id), more: false };
  }

  take(op) {
    if (!this.ops.has(op.op)) {
      this.seq += 1;
      const had = this.records.get(op.record);
      const receipt = { op: op.op, seq: this.seq, received_at: now(), sha256: sha(op.op) };
      if (op.recovered && had) this.ops.set(op.op, { ...receipt, state: "held", why: "record.recovered" });
      else {
        const body = { ...(had?.body ?? {}), ...op.body, ...Object.fromEntries(op.set.map(([pointer, , chosen]) => [pointer.slice(1), chosen])) };
        const record = this.set(op.record, body, had ? Number.parseInt(had.rev, 10) + 1 : 1);
        this.ops.set(op.op, { ...receipt, state: "applied", rev: record.rev });
      }
    }
    return this.ops.get(op.op);
  }

  count(kind) {
    return this.calls.filter(([each]) => each === kind).length;
  }
}

const json = (body) => new Response(JSON.stringify(body), { headers: { "Content-Type": "application/json" } });
const text = async (body) => (typeof body === "string" ? body : new Response(new Blob([body]).stream().pipeThrough(new DecompressionStream("gzip"))).text());
const sync = () => scheduler({ current: () => ({ store, session: { token: "t", device: { id: "d1" } } }), fetch: async (path, { body }) => json(service.answer(path, JSON.parse(await text(body)))), now, told: () => {}, later: () => {} }).run();
const again = async () => {
  db.close();
  db = await openDatabase(vault.id, key);
  store = await Store.load(db, { now, newId });
};
const contact = (cell) => ({ suite_id: SUITE, cell });
const make = (id, cell) => store.create("contact", contact(cell), { id });
const meta = (name) => store.meta.get(name);

beforeEach(async () => {
  count = 0;
  service = new Service();
  ({ vault, key } = await createVault({ passphrase: "three small words", iterations: 1000 }));
  db = await openDatabase(vault.id, key);
  store = await Store.load(db, { now, newId });
});

describe("canonical JSON", () => {
  it("is what RFC 8785 writes", () => {
    // Its own example of numbers and of keys, section 3.2.2 and 3.2.3.
    assert.equal(canonical(JSON.parse('{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001]}')), '{"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27]}');
    assert.equal(canonical({ "\u20ac": 1, "\r": 2, "\ufb33": 3, 1: 4, "\ud83d\ude00": 5, "\u0080": 6, "\u00f6": 7 }), '{"\\r":2,"1":4,"\u0080":6,"\u00f6":7,"\u20ac":1,"\ud83d\ude00":5,"\ufb33":3}');
    assert.equal(canonical({ b: [null, true, { z: "\u000f/\\\"", a: undefined }], a: "é" }), '{"a":"é","b":[null,true,{"z":"\\u000f/\\\\\\""}]}');
  });
});

describe("an answered op", () => {
  it("is kept with its receipt until it is in a verified backup, and the receipt stays", async () => {
    await make("c1", "M1");
    await sync();
    await again();
    const [receipt] = await store.synced.receipts();
    assert.deepEqual(receipt, { op: "op-0001", record: "c1", rev: service.records.get("c1").rev, seq: 1, sha256: sha("op-0001"), received_at: now() });
    assert.deepEqual((await db.get("kept", "op-0001")).op.body, contact("M1"));
    service.durable_seq = 1;
    await sync();
    await again();
    assert.equal(await db.get("kept", "op-0001"), undefined);
    assert.deepEqual(await store.synced.receipts(), [receipt]);
  });

  it("is let go after 35 days of the service's time, whatever this device's clock says", async () => {
    await make("c1", "M1");
    await sync();
    const told = (server_now) => store.synced.storePage({ epoch: "e1", server_now, records: [], leaves: [], drop_scopes: [] }, {});
    await told("2026-12-27T17:00:00Z");
    assert.equal((await store.synced.receipts()).length, 1);
    await told(undefined);
    assert.equal((await store.synced.receipts()).length, 1);
    await told("2026-12-28T18:00:00Z");
    assert.deepEqual(await store.synced.receipts(), []);
    assert.deepEqual(await db.keys("kept"), []);
  });

  it("is not kept when it was refused: it waits for a person, who may send it once more", async () => {
    service.take = ({ op }) => ({ op, state: "rejected", why: "op.failed" });
    await make("c1", "M1");
    await sync();
    assert.deepEqual(await db.keys("kept"), []);
    assert.equal(store.entries()[0].state, "rejected");
    delete service.take;
    await store.tryAgain("op-0001");
    await again();
    const [{ op, state }] = store.entries();
    assert.deepEqual([op.op, op.body, state], ["op-0002", contact("M1"), "waiting"]);
    await sync();
    assert.equal(service.records.get("c1").body.cell, "M1");
  });

  it("is named in the next request, and none before the first", async () => {
    await sync();
    await make("c1", "M1");
    await sync();
    await sync();
    assert.deepEqual(service.calls.map(([, sent]) => sent.last_op), [null, null, "op-0001", "op-0001"]);
  });
});

describe("a service that was set back", () => {
  beforeEach(async () => {
    await make("c1", "M1");
    await sync();
    await store.edit("contact", "c1", [["/cell", "M2"]]);
    await sync();
    service = Object.assign(new Service(), { epoch: "e2" });
  });

  it("gets everything again in its order, before what was changed since", async () => {
    await store.edit("contact", "c1", [["/cell", "M3"]]);
    await again();
    await sync();
    const pushes = service.calls.filter(([kind]) => kind === "push").map(([, { ops }]) => ops.map((each) => each.op));
    assert.deepEqual(pushes, [["op-0003"], ["op-0001", "op-0002", "op-0003"]]);
    assert.deepEqual(service.calls.find(([kind]) => kind === "pull")[1].cursor, null);
    assert.equal(service.records.get("c1").body.cell, "M3");
    assert.deepEqual([store.entries().length, (await meta("in_step")).at, await meta("epoch")], [0, now(), "e2"]);
  });

  it("hides nothing of what is here until its own is: not what a colleague wrote after one's own change either", async () => {
    const page = (records) => store.synced.storePage({ epoch: "e1", server_now: now(), records, leaves: [], drop_scopes: [] }, {});
    await page([{ id: "c1", type: "contact", rev: revision(3, contact("C7")), scopes: [SUITE], body: contact("C7") }]);
    await store.synced.newEpoch("e2");
    assert.equal(store.entries().length, 2);
    await again();
    assert.deepEqual([store.entries().map(({ op, state }) => [op.op, state]), (await store.get("contact", "c1")).body.cell, (await store.list("contact"))[0].cell], [[["op-0001", "waiting"], ["op-0002", "waiting"]], "C7", "C7"]);
  });

  it("is believed where its revision is lower", async () => {
    service.set("c1", contact("N9"));
    for (const op of ["op-0001", "op-0002"]) service.ops.set(op, { op, state: "applied", rev: service.records.get("c1").rev, seq: 1, received_at: now(), sha256: sha(op) });
    await sync();
    assert.deepEqual([(await store.get("contact", "c1")).body.cell, (await store.get("contact", "c1")).rev], ["N9", service.records.get("c1").rev]);
    assert.equal(service.count("compare"), 0);
  });

  it("is not followed for ever", async () => {
    let turns = 0;
    const answer = service.answer.bind(service);
    service.answer = (...given) => {
      turns += 1;
      service.epoch = `e${turns + 2}`;
      return answer(...given);
    };
    await sync();
    assert.ok(turns < 6, `${turns} requests`);
  });
});

describe("what the tablet holds", () => {
  beforeEach(async () => {
    for (const id of ["c1", "c2", "c3"]) service.set(id, contact(id));
    await sync();
  });

  it("is the service's, and is said to be so", async () => {
    assert.deepEqual([await meta("in_step"), await meta("out_of_step"), service.count("compare")], [{ at: now() }, undefined, 0]);
  });

  it("is healed in one sync where a record was deleted behind our back", async () => {
    await db.write([["records", "c2", undefined]]);
    await sync();
    assert.equal((await store.get("contact", "c2")).body.cell, "c2");
    assert.deepEqual([service.count("compare"), Boolean(await meta("in_step"))], [1, true]);
  });

  it("is healed in one sync where a record was changed behind our back, and the change is shown to a person", async () => {
    const record = await db.get("records", "c2");
    await db.write([["records", "c2", { ...record, body: contact("changed") }, await db.keyFor([SUITE])]]);
    await again();
    await sync();
    assert.equal((await store.get("contact", "c2")).body.cell, "c2");
    const [{ op, state, why }] = store.entries();
    assert.deepEqual([op.recovered, op.body, state, why], [revision(1, contact("changed")), contact("changed"), "held", "record.recovered"]);
    assert.ok(await meta("in_step"));
  });

  it("is healed where a record's bytes no longer open", async () => {
    const other = (await createVault({ passphrase: "other small words", iterations: 1000 })).key;
    const by = await db.keyFor([SUITE]);
    const raw = await new Promise((done) => {
      indexedDB.open(databaseName(vault.id)).onsuccess = ({ target }) => done(/** @type {any} */ (target).result);
    });
    const broken = { ...(await seal(other, "elsewhere", {})), key: by };
    const tx = raw.transaction("records", "readwrite");
    tx.objectStore("records").put(broken, "c2");
    await new Promise((done) => Object.assign(tx, { oncomplete: done }));
    raw.close();
    await sync();
    assert.equal((await store.get("contact", "c2")).body.cell, "c2");
  });

  it("is let go of where the service no longer carries it, and never an unsent change", async () => {
    service.records.delete("c3");
    await store.edit("contact", "c2", [["/cell", "mine"]]);
    const compared = service.answer.bind(service);
    service.answer = (path, sent) => {
      // A worker goes on while the service answers.
      if (path.endsWith("compare")) store.edit("contact", "c1", [["/cell", "late"]]);
      return compared(path, sent);
    };
    await sync();
    assert.equal(await store.find("contact", "c3"), undefined);
    await sync();
    assert.deepEqual([service.records.get("c1").body.cell, service.records.get("c2").body.cell], ["late", "mine"]);
  });

  it("goes to a service that lacks it before it is let go, once", async () => {
    const { rev, body } = service.records.get("c3");
    service.records.delete("c3");
    service.seen.delete(`c3 ${rev}`);
    await sync();
    const recovered = service.calls.flatMap(([kind, { ops }]) => (kind === "push" ? ops : [])).filter((each) => each.recovered);
    assert.deepEqual(recovered.map((each) => [each.record, each.base, each.recovered, each.body]), [["c3", null, rev, body]]);
    assert.ok(service.records.has("c3"));
    service.calls = [];
    await sync();
    assert.equal(service.count("push"), 0);
  });

  it("is the service's also where an outcome comes after the record, and where a field was left empty", async () => {
    const { answer } = service;
    let left_out = 1;
    service.answer = (path, sent) => {
      const full = answer.call(service, path, sent);
      if (path.endsWith("pull")) full.records = [...service.records.values()].map((each) => ({ ...each, body: { suite_id: SUITE, cell: "M6" } }));
      if (path.endsWith("push") && left_out-- > 0) full.results = [];
      return full;
    };
    service.take = (op) => {
      const body = { suite_id: SUITE, cell: "M6" };
      if (!service.records.has(op.record)) service.records.clear();
      return { op: op.op, state: "applied", rev: service.set(op.record, body).rev, seq: 9, received_at: now(), sha256: "" };
    };
    await store.create("contact", { ...contact("M6"), reason: null, harm: { by: null } }, { id: "c6" });
    await sync();
    await sync();
    assert.deepEqual([(await store.get("contact", "c6")).body, store.entries()], [{ suite_id: SUITE, cell: "M6" }, []]);
  });

  it("is said to differ, since when, where comparing does not help; and it ends", async () => {
    service.lies = true;
    service.calls = [];
    const { answer } = service;
    service.answer = (path, sent) => ({ ...answer.call(service, path, sent), ...(path.endsWith("compare") ? { unseen: ["c1"] } : {}) });
    await sync();
    await sync();
    assert.deepEqual([service.count("compare"), service.count("push")], [2, 1]);
    assert.deepEqual([await meta("in_step"), await meta("out_of_step")], [undefined, { since: now() }]);
    await make("c4", "M4");
    await sync();
    assert.equal(service.records.get("c4").body.cell, "M4");
    service.lies = false;
    await sync();
    assert.deepEqual([await meta("out_of_step"), Boolean(await meta("in_step"))], [undefined, true]);
  });

  it("is not said to be the service's when the service says nothing of it", async () => {
    const { answer } = service;
    service.answer = (...given) => ({ ...answer.apply(service, given), digest: undefined });
    await make("c5", "M5");
    await sync();
    assert.deepEqual([await meta("in_step"), await meta("out_of_step")], [undefined, undefined]);
  });
});

describe("the database", () => {
  const raw = (version, upgrade) => new Promise((done, failed) => {
    const request = indexedDB.open(databaseName(vault.id), version);
    request.onupgradeneeded = () => upgrade(request.result);
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });

  beforeEach(async () => {
    db.close();
    ({ vault, key } = await createVault({ passphrase: "three small words", iterations: 1000 }));
  });

  it("of version 1 keeps everything that was in it, and its records are reckoned", async () => {
    const old = await raw(1, (made) => {
      for (const name of ["records", "outbox", "meta"]) made.createObjectStore(name);
    });
    const entry = { op: { op: "op-0009", record: "c9", type: "contact", base: null, set: [], body: contact("M9"), at: now() }, state: "waiting", tries: 0, since: now(), why: null };
    const held = service.set("c8", contact("M8"));
    const rows = [["records", "c8", { id: "c8", type: "contact", rev: held.rev, body: held.body, scopes: [SUITE], open_conflicts: [] }], ["outbox", "op-0009", entry], ["meta", "epoch", "e1"], ["meta", "cursor", "e1/0"]];
    const sealed = await Promise.all(rows.map(async ([name, id, value]) => [name, id, await seal(key, `${vault.id}/${name}/${id}`, value)]));
    const tx = old.transaction(["records", "outbox", "meta"], "readwrite");
    for (const [name, id, value] of sealed) tx.objectStore(name).put(value, id);
    await new Promise((done) => Object.assign(tx, { oncomplete: done }));
    old.close();

    db = await openDatabase(vault.id, key);
    store = await Store.load(db, { now, newId });
    assert.deepEqual([store.entries(), (await store.get("contact", "c8")).body, await meta("cursor")], [[entry], contact("M8"), "e1/0"]);
    await sync();
    assert.deepEqual([service.count("compare"), service.records.get("c9").body, (await store.synced.receipts()).length], [0, contact("M9"), 1]);
    assert.ok(await meta("in_step"));
  });

  it("of a newer program is left alone, and said to be so", async () => {
    (await raw(99, (made) => made.createObjectStore("records"))).close();
    await assert.rejects(openDatabase(vault.id, key), StoreNewer);
  });

  it("that another window does not let go of is said to be so", async () => {
    const old = await raw(1, (made) => made.createObjectStore("records"));
    mock.timers.enable({ apis: ["setTimeout"] });
    let refused = null;
    openDatabase(vault.id, key).catch((error) => {
      refused = error;
    });
    for (let turn = 0; turn < 10_000 && !refused; turn += 1) {
      await new Promise((done) => setImmediate(done));
      mock.timers.tick(1000);
    }
    mock.timers.reset();
    assert.ok(refused instanceof StoreBusy);
    old.close();
  });
});
