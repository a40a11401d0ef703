// When a suite is taken away: its key first, then its bytes, in steps that any crash may part; what another suite holds stays,
// and so does every change that the service does not have. On a real vault and an IndexedDB in memory.

import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { bundle, useFakeIndexedDB } from "./bundle.mjs";
import { assertUnreadable, keysLeft, rawOf } from "./sealed.mjs";

useFakeIndexedDB();
const { Store, openDatabase, databaseName, StoreFull, ...vaults } = await bundle({
  "store/store.js": "Store", "store/db.js": "openDatabase, databaseName, StoreFull", "store/vault.js": "createVault, open, openScopeKey, seal",
});

let vault;
let key;
let db;
let store;
let count;
const nextOp = () => {
  count += 1;
  return `op-${String(count).padStart(4, "0")}`;
};
const world = { now: () => "2026-11-22T18:00:00Z", newId: nextOp };

const again = async () => {
  db = await openDatabase(vault.id, key);
  store = await Store.load(db, world);
  return store;
};
const record = (id, type, scopes, body) => ({ id, type, rev: "1-aaaa", scopes, body, deleted: false, open_conflicts: [] });
const page = (records, more = {}) => ({ records, leaves: [], drop_scopes: [], ...more });
const dropped = (...scopes) => store.synced.storePage(page([], { drop_scopes: scopes }), { cursor: "after" });
const raw = () => rawOf(databaseName(vault.id));
const ids = async () => Object.fromEntries(Object.entries(await store.index()).map(([type, rows]) => [type, rows.map((each) => each.id).sort()]).filter(([, each]) => each.length));

/** Two suites: one person in each, one in both, and their stays; more than one step of a purge. */
const RECORDS = [
  ...["a", "b", "ab"].map((id) => record(`p-${id}`, "person", [...id].map((each) => `s-${each}`), { given_name: "Zanzibert" })),
  ...[["a", "a"], ["b", "b"], ["ab", "a"], ["ab", "b"]].map(([person, suite]) => record(`e-${person}-${suite}`, "custody_episode", [`s-${suite}`], { person_id: `p-${person}`, suite_id: `s-${suite}` })),
  ...Array.from({ length: 30 }, (_, index) => record(`c-${index}`, "contact", ["s-a"], { person_id: "p-a", suite_id: "s-a", reason: "Zanzibert" })),
];
const AFTER = { person: ["p-ab", "p-b"], custody_episode: ["e-ab-b", "e-b-b"] };

beforeEach(async () => {
  count = 0;
  ({ vault, key } = await vaults.createVault({ passphrase: "three small words", iterations: 1000 }));
  await again();
  await store.synced.storePage(page(RECORDS), { cursor: "before" });
});

/** What lay there of suite A before, under whatever key: copies, as compaction might leave them. */
async function copiesOfA() {
  const { records, meta, keys } = await raw();
  const vaults_own = (sealed) => (sealed.key ?? "") === "";
  const key_of_b = records.get("e-b-b").key;
  const theirs = (sealed) => !vaults_own(sealed) && sealed.key !== key_of_b;
  const blobs = [...[...records].map(([id, sealed]) => ["records", id, sealed]), ...[...meta].map(([name, sealed]) => ["meta", name, sealed])].filter(([, , sealed]) => theirs(sealed));
  return { blobs, keys };
}

const unreadable = async (blobs) => assertUnreadable(vaults, vault.id, await keysLeft(vaults, vault.id, key, (await raw()).keys), blobs);

describe("a suite that was taken away", () => {
  it("leaves nothing of what was removed there as added by mistake, not even the reason", async () => {
    await store.edit("custody_episode", "e-a-a", [["/entered_in_error", { reason: "Zanzibert came twice", by: "u-1" }]]);
    const [{ op }] = store.entries();
    await store.synced.markSending([op.op]);
    await store.synced.storeResults([{ op: op.op, state: "applied", rev: "2-bbbb", seq: 2 }], { epoch: "e" });
    assert.equal(store.removal("e-a-a").mark.reason, "Zanzibert came twice", "the control: it is remembered before");
    await dropped("s-a");
    assert.deepEqual([store.removal("e-a-a"), (await again()).removal("e-a-a")], [undefined, undefined]);
  });

  it("leaves no record, no row of a list, and no key that opens a copy of what lay there", async () => {
    const { blobs } = await copiesOfA();
    assert.ok(blobs.length > 30, "the control: there is something to open");
    assert.deepEqual((await vaults.open(...(await opener(blobs[0])))).scopes, ["s-a"], "the control: it opens before");
    await dropped("s-a");
    await unreadable(blobs);
    const left = await raw();
    assert.deepEqual([...left.records.keys()].sort(), ["e-ab-b", "e-b-b", "p-ab", "p-b"]);
    assert.deepEqual([...new Set([...left.records.values(), ...left.meta.values()].map((each) => each.key))].filter(Boolean).sort(), [...left.keys.keys()].sort());
    assert.deepEqual(await ids(), AFTER);
    assert.deepEqual((await again()) && (await ids()), AFTER);
  });

  it("would be found out if its key stayed (the control of the one above)", async () => {
    const { blobs } = await copiesOfA();
    const keeping = new Proxy(db, { get: (target, name) => (name === "write" ? (changes) => target.write(changes) : (...words) => target[name](...words)) });
    store = await Store.load(keeping, world);
    await dropped("s-a");
    await assert.rejects(unreadable(blobs), /opens still/);
  });

  it("leaves what another suite holds, with its later changes and in both lists", async () => {
    await store.edit("person", "p-ab", [["/family_name", "Sedge"]]);
    await dropped("s-a");
    const { body, unsent } = await store.get("person", "p-ab");
    assert.deepEqual([body, unsent], [{ given_name: "Zanzibert", family_name: "Sedge" }, true]);
    await dropped("s-b");
    assert.deepEqual(await ids(), {});
    assert.equal(store.entries().length, 1);
  });

  it("never takes a change with it that the service does not have", async () => {
    await store.edit("person", "p-a", [["/family_name", "Sedge"]]);
    await store.create("contact", { person_id: "p-a", suite_id: "s-a" }, { id: "c-new" });
    await store.edit("contact", "c-1", [["/reason", "too long"]]);
    await store.edit("contact", "c-2", [["/reason", "late"]]);
    const [edit, made, refused, held] = store.entries().map((each) => each.op.op);
    await store.synced.storeResults([{ op: refused, state: "rejected", why: "op.too_large" }, { op: held, state: "held", why: "record.missing" }]);
    await dropped("s-a");
    assert.deepEqual((await again()).entries().map((each) => each.op.op), [edit, made, refused]);
    assert.deepEqual((await ids()).contact, ["c-new"], "what was made here and is unsent still shows");
  });

  it("lets go of a late change once its supervisors have it, and keeps no copy to send again", async () => {
    await store.edit("person", "p-a", [["/family_name", "Sedge"]]);
    const [{ op }] = store.entries();
    await dropped("s-a");
    await store.synced.storeResults([{ op: op.op, state: "held", why: "record.out_of_scope_now", seq: 9 }], { epoch: "e" });
    assert.deepEqual([store.entries(), (await raw()).kept.size, (await store.meta.get("given_over")).count], [[], 0, 1]);
  });

  it("keeps of what was sent there the receipt and nothing else", async () => {
    await store.edit("person", "p-a", [["/family_name", "Sedge"]]);
    const [{ op }] = store.entries();
    await store.synced.storeResults([{ op: op.op, state: "applied", rev: "2-bbbb", seq: 9, sha256: "x", received_at: "2026-11-22T18:00:00Z" }], { epoch: "e" });
    const [[, sealed]] = (await raw()).kept;
    await dropped("s-a");
    await unreadable([["kept", op.op, sealed]]);
    assert.deepEqual([...(await raw()).kept.keys()], ["receipts:2026-11-22"]);
    assert.deepEqual((await store.synced.receipts()).map((each) => each.op), [op.op]);
  });

  it("keeps word for word what was sent of somebody whom another suite still holds: a service that is set back gets it again", async () => {
    await store.edit("person", "p-ab", [["/family_name", "Sedge"]]);
    const [{ op }] = store.entries();
    await store.synced.storeResults([{ op: op.op, state: "applied", rev: "2-bbbb", seq: 9 }], { epoch: "e" });
    await dropped("s-a");
    await again();
    assert.deepEqual([await store.synced.newEpoch("f"), store.entries().map((each) => each.op)], [{ put_back: 1 }, [op]]);
    await dropped("s-b");
    assert.equal((await raw()).keys.size, 0, "the key that it lay under goes with the last of its suites");
  });

  it("leaves no words of what was made there and refused or held: the service keeps them", async () => {
    for (const id of ["refused", "held"]) await store.create("contact", { person_id: "p-a", suite_id: "s-a", reason: "Zanzibert" }, { id });
    const [refused, held] = store.entries().map(({ op }) => op.op);
    await store.synced.storeResults([{ op: refused, state: "rejected", why: "record.invalid" }, { op: held, state: "held", why: "record.parent_missing", seq: 9, received_at: "2026-11-22T18:00:00Z" }], { epoch: "e" });
    await dropped("s-a");
    assert.deepEqual([store.entries(), [...(await raw()).kept.keys()]], [[], ["receipts:2026-11-22"]]);
  });

  it("takes what was made here in it and was not fetched yet", async () => {
    await store.transaction([{ create: "person", id: "p-new", body: { given_name: "Tobin" } }, { create: "custody_episode", id: "e-new", body: { person_id: "p-new", suite_id: "s-a" } }]);
    await store.synced.storeResults(store.entries().map(({ op }) => ({ op: op.op, state: "applied", rev: "1-b" })));
    await dropped("s-a");
    assert.deepEqual(await ids(), AFTER);
    assert.ok(!(await raw()).records.has("p-new"));
  });

  it("goes as well when nobody says so, because its cursor was forgotten in a new epoch: the sums name whatever is granted", async () => {
    const { blobs } = await copiesOfA();
    await store.synced.newEpoch("f");
    const granted = RECORDS.map((each) => ({ ...each, scopes: each.scopes.filter((scope) => scope === "s-b") })).filter(({ scopes }) => scopes.length);
    await store.synced.storePage(page(granted, { epoch: "f" }), { cursor: "first" });
    assert.equal((await ids()).contact.length, 30, "the control: what is not the last page tells nothing of what is granted");
    await store.synced.storePage(page([], { epoch: "f", digest: { "s-b": { n: 3, x: "" } } }), { cursor: "last" });
    await unreadable(blobs);
    assert.deepEqual(await ids(), AFTER);
  });

  it("takes what comes back of it with a late outcome", async () => {
    await store.create("contact", { person_id: "p-a", suite_id: "s-a" }, { id: "c-late" });
    const [{ op }] = store.entries();
    await dropped("s-a");
    await store.synced.storeResults([{ op: op.op, state: "applied", rev: "1-b", seq: 9 }], { epoch: "e" });
    await store.synced.storePage(page([], { digest: { "s-b": { n: 3, x: "" } } }), { cursor: "last" });
    assert.deepEqual([await ids(), (await raw()).records.has("c-late")], [AFTER, false]);
  });

  it("comes back under a new key when it is granted again", async () => {
    const { blobs } = await copiesOfA();
    await dropped("s-a");
    await store.synced.storePage(page(RECORDS), { cursor: "again" });
    assert.equal((await ids()).contact.length, 30);
    await unreadable(blobs);
  });
});

async function opener([name, id, sealed]) {
  const { keys } = await raw();
  const by = sealed.key ? await vaults.openScopeKey(key, `${vault.id}/keys/${sealed.key}`, keys.get(sealed.key).wrapped) : key;
  return [by, `${vault.id}/${name}/${id}`, sealed];
}

describe("a crash at any transaction of a purge", () => {
  it("is finished by the next start, or nothing had begun", async () => {
    let kept = 0;
    let finished = 0;
    for (let at = 1; ; at += 1) {
      ({ vault, key } = await vaults.createVault({ passphrase: "three small words", iterations: 1000 }));
      await again();
      await store.synced.storePage(page(RECORDS), { cursor: "before" });
      const { blobs } = await copiesOfA();
      const crash = dyingAt(at);
      const died = await dropped("s-a").then(() => false, () => true);
      crash.undo();
      await again();
      if ((await store.meta.get("cursor")) === "before") {
        kept += 1;
        assert.equal((await ids()).contact.length, 30);
      } else {
        finished += 1;
        assert.deepEqual(await ids(), AFTER, "nothing of it is seen, whatever is still to be deleted");
        await store.tidy();
        assert.deepEqual([...(await raw()).records.keys()].sort(), ["e-ab-b", "e-b-b", "p-ab", "p-b"]);
        await unreadable(blobs);
      }
      if (!died) break;
    }
    assert.ok(kept >= 1 && finished >= 3, `${kept} before, ${finished} after`);
  });
});

/** The power goes at the n-th transaction that would write: neither it nor any later one happens. */
function dyingAt(at) {
  const whole = IDBDatabase.prototype.transaction;
  let begun = 0;
  IDBDatabase.prototype.transaction = function transaction(names, mode, ...more) {
    if (mode === "readwrite") begun += 1;
    if (begun >= at) throw new Error("power");
    return whole.call(this, names, mode, ...more);
  };
  return { undo: () => { IDBDatabase.prototype.transaction = whole; } };
}

describe("a list of many rows", () => {
  const many = Array.from({ length: 600 }, (_, index) => record(`d-${String(index).padStart(3, "0")}`, "contact", ["s-a"], { person_id: "p-a", suite_id: "s-a", reason: "Zanzibert" }));
  const pieces = async () => new Map([...(await raw()).meta].filter(([name]) => name.startsWith("index:contact:")));
  const changed = (before, after) => [...after].filter(([name, { iv }]) => !before.has(name) || String(before.get(name).iv) !== String(iv)).map(([name]) => name);

  beforeEach(() => store.synced.storePage(page(many), { cursor: "many" }));

  it("lies in pieces, of which a change seals one anew", async () => {
    const before = await pieces();
    assert.equal(before.size, 3, "630 rows, 250 in a piece");
    await store.synced.storePage(page([{ ...many[300], rev: "2-bbbb", body: { ...many[300].body, reason: "Another" } }]), { cursor: "one" });
    assert.equal(changed(before, await pieces()).length, 1);
    await again();
    const rows = (await store.index()).contact;
    assert.equal(rows.length, 630);
    assert.deepEqual(rows.filter((each) => each.reason === "Another").map((each) => each.id), ["d-300"]);
  });

  it("loses what leaves, and fills the room with what comes", async () => {
    const before = await pieces();
    await store.synced.storePage(page([], { leaves: many.slice(0, 300).map(({ id }) => ({ id, scope: "s-a" })) }), { cursor: "left" });
    await store.synced.storePage(page(many.slice(0, 100)), { cursor: "back" });
    assert.deepEqual([...(await pieces()).keys()], [...before.keys()]);
    await again();
    assert.equal((await store.index()).contact.length, 430);
  });

  it("goes with its suite, whole", async () => {
    await dropped("s-a");
    assert.deepEqual(await ids(), AFTER);
    assert.equal((await pieces()).size, 0);
    await again();
    assert.deepEqual(await ids(), AFTER);
  });
});

describe("a vault of the first release, in which all was under one key", () => {
  beforeEach(async () => {
    ({ vault, key } = await vaults.createVault({ passphrase: "three small words", iterations: 1000 }));
    const rows = new Map();
    for (const { id, type, body } of RECORDS) rows.set(type, [...(rows.get(type) ?? []), { ...body, id, type, unsent: false }]);
    const values = [
      ...RECORDS.map((each) => ["records", each.id, each]), ...[...rows].map(([type, each]) => ["meta", `index:${type}`, each]),
      ["meta", "cursor", "first"], ["outbox", "op-1", { op: { op: "op-1", record: "p-ab", type: "person", base: { rev: "1-aaaa" }, set: [["/family_name", null, "Sedge", ""]], at: "" }, state: "waiting", tries: 0, since: "", why: null }],
    ];
    const sealed = await Promise.all(values.map(async ([name, id, value]) => [name, id, await vaults.seal(key, `${vault.id}/${name}/${id}`, value)]));
    await new Promise((done, failed) => {
      const request = indexedDB.open(databaseName(vault.id), 1);
      request.onupgradeneeded = () => {
        for (const name of ["records", "outbox", "meta"]) request.result.createObjectStore(name);
      };
      request.onerror = failed;
      request.onsuccess = () => {
        const tx = request.result.transaction(["records", "outbox", "meta"], "readwrite");
        for (const [name, id, value] of sealed) tx.objectStore(name).put(value, id);
        tx.oncomplete = () => {
          request.result.close();
          done();
        };
      };
    });
  });

  const ALL = { person: ["p-a", "p-ab", "p-b"], custody_episode: RECORDS.filter((each) => each.type === "custody_episode").map((each) => each.id).sort(), contact: RECORDS.filter((each) => each.type === "contact").map((each) => each.id).sort() };

  it("is read as it is, then sealed anew without losing anything", async () => {
    await again();
    assert.deepEqual(await ids(), ALL);
    assert.equal((await store.get("person", "p-ab")).body.family_name, "Sedge");
    await store.tidy();
    assert.deepEqual((await again()) && (await ids()), ALL);
    assert.deepEqual([store.entries().length, await store.meta.get("cursor"), (await store.get("contact", "c-3")).body.reason], [1, "first", "Zanzibert"]);
    const left = await raw();
    assert.ok([...left.records.values()].every((each) => left.keys.has(each.key)), "every record is under the key of its suites");
    assert.ok(![...left.meta.keys()].some((name) => /^index:\w+$/.test(name)), "and so is every list");
  });

  it("loses a suite that is taken away before it was sealed anew, and nothing else", async () => {
    await again();
    await dropped("s-a");
    assert.deepEqual(await ids(), AFTER);
    assert.deepEqual([...(await raw()).records.keys()].sort(), ["e-ab-b", "e-b-b", "p-ab", "p-b"]);
  });
});

describe("a disk that refuses", () => {
  /** The n-th value that is written meets a full disk. */
  function fullAt(at) {
    const whole = IDBObjectStore.prototype.put;
    let puts = 0;
    IDBObjectStore.prototype.put = function put(...words) {
      puts += 1;
      if (puts === at) throw new DOMException("full", "QuotaExceededError");
      return whole.apply(this, words);
    };
    return { undo: () => { IDBObjectStore.prototype.put = whole; }, puts: () => puts };
  }

  it("at any value of a save, a page or a purge: says so, and neither the disk nor the screen has half of it", async () => {
    const deeds = {
      save: () => store.edit("person", "p-b", [["/family_name", "Sedge"]]),
      page: () => store.synced.storePage(page([record("p-c", "person", ["s-c"], { given_name: "New" })]), { cursor: "more" }),
      purge: () => dropped("s-a"),
    };
    for (const [name, deed] of Object.entries(deeds)) {
      for (let at = 1, hit = true; hit; at += 1) {
        await again();
        const before = [await ids(), store.entries().length, await store.meta.get("cursor")];
        const disk = fullAt(at);
        const failed = await deed().then(() => null, (error) => error);
        hit = disk.puts() >= at;
        disk.undo();
        if (!hit) break;
        assert.ok(failed instanceof StoreFull, `${name}, value ${at}: ${failed}`);
        if (name === "purge" && (await store.meta.get("cursor")) === "after") break;
        assert.deepEqual([await ids(), store.entries().length, await store.meta.get("cursor")], before, `${name}, value ${at}`);
        await again();
        assert.deepEqual([await ids(), store.entries().length, await store.meta.get("cursor")], before, `${name}, value ${at}, after a start`);
      }
    }
  });

  it("a connection that goes at any transaction is opened again, and nothing is lost", async () => {
    const whole = IDBDatabase.prototype.transaction;
    for (let at = 1; at < 12; at += 1) {
      await again();
      let begun = 0;
      IDBDatabase.prototype.transaction = function transaction(...words) {
        begun += 1;
        if (begun === at) throw new DOMException("The connection was lost.", "InvalidStateError");
        return whole.apply(this, words);
      };
      await store.edit("person", "p-b", [["/family_name", `Sedge ${at}`]]);
      await store.synced.storePage(page([record(`x-${at}`, "contact", ["s-b"], { person_id: "p-b" })]), { cursor: `c${at}` });
      IDBDatabase.prototype.transaction = whole;
      await again();
      assert.deepEqual([(await store.get("person", "p-b")).body.family_name, await store.meta.get("cursor"), Boolean(await store.find("contact", `x-${at}`))], [`Sedge ${at}`, `c${at}`, true]);
    }
  });
});
