// Tablets inside quickjs: the shipped store, queue and sync over a disk that is a map, without a network or a clock of
// their own. Each call of `sim` starts something or answers something; `asked` is what waits for the world.

import { keyOf, withoutScopes } from "SOURCE/store/ring.js";
import { Store } from "SOURCE/store/store.js";
import { Refused, Unreachable } from "SOURCE/sync/exchange.js";
import { sync } from "SOURCE/sync/effects.js";

const tablets = new Map();

/** The sealed database without its seals: what lies under a key that is gone cannot be read here either. */
class Disk {
  constructor() {
    this.stores = { records: new Map(), outbox: new Map(), meta: new Map(), kept: new Map(), keys: new Map() };
    this.made = 0;
    this.writes = 0;
    this.dies_at = 0;
    this.dead = false;
  }

  #read(row) {
    const place = row && this.stores.keys.get(row.by);
    if (!row || (row.by && !place)) return undefined;
    const value = JSON.parse(row.text);
    return place && value.scopes ? { ...value, scopes: value.scopes.filter((each) => place.scopes.includes(each)) } : value;
  }

  async get(store, key) {
    return this.#read(this.stores[store].get(key));
  }

  async some(store, keys) {
    return keys.map((key) => [key, this.#read(this.stores[store].get(key))]);
  }

  async keys(store) {
    return [...this.stores[store].keys()].sort();
  }

  async all(store) {
    return [...this.stores[store].keys()].sort().map((key) => [key, this.#read(this.stores[store].get(key))]).filter(([, value]) => value !== undefined);
  }

  async keyFor(scopes) {
    const known = keyOf(this.stores.keys, scopes);
    if (known !== undefined) return known;
    this.made += 1;
    const id = `key-${this.made}`;
    this.stores.keys.set(id, { scopes, leaving: false });
    return id;
  }

  destroyedBy(ended) {
    return withoutScopes(this.stores.keys, ended).destroyed;
  }

  /** All or nothing, as a transaction is; power may go before it or right after it. */
  async write(changes, ended = []) {
    this.#power(() => {
      const { destroyed, leaving } = withoutScopes(this.stores.keys, ended);
      for (const id of destroyed) this.stores.keys.delete(id);
      for (const [id, place] of leaving) this.stores.keys.set(id, place);
      for (const [store, key, value, by = ""] of changes) {
        if (value === undefined) this.stores[store].delete(key);
        else this.stores[store].set(key, { by, text: JSON.stringify(value) });
      }
    });
  }

  /** How much lies under a key that is gone. */
  unreadable() {
    return ["records", "meta", "kept"].flatMap((store) => [...this.stores[store].values()]).filter((row) => this.#read(row) === undefined).length;
  }

  async misplaced(most) {
    const leaving = [...this.stores.records].filter(([, { by }]) => this.stores.keys.get(by)?.leaving);
    return leaving.slice(0, most).map(([key, row]) => [key, this.#read(row)]);
  }

  async sweep(most) {
    const dead = ["records", "meta", "kept"].flatMap((store) => [...this.stores[store]].filter(([, { by }]) => by && !this.stores.keys.has(by)).map(([key]) => [store, key])).slice(0, most);
    this.#power(() => dead.forEach(([store, key]) => this.stores[store].delete(key)));
    return dead.length === most;
  }

  #power(work) {
    if (this.dead) throw new Error("power");
    this.writes += 1;
    const dies = this.dies_at !== 0 && this.writes >= Math.abs(this.dies_at);
    if (dies && this.dies_at > 0) this.#die();
    work();
    if (dies) this.#die();
  }

  #die() {
    this.dead = true;
    throw new Error("power");
  }
}

async function boot(tablet) {
  tablet.disk.dead = false;
  tablet.disk.dies_at = 0;
  tablet.running = false;
  tablet.asked = null;
  tablet.life += 1;
  tablet.store = await Store.load(tablet.disk, { now: () => tablet.time, newId: () => globalThis.__new_id() });
  await tablet.store.tidy();
}

const calls = {
  async make({ name }) {
    const tablet = { disk: new Disk(), time: "", life: 0, running: false, asked: null, outcome: null };
    tablets.set(name, tablet);
    await boot(tablet);
  },
  /** Somebody copies the disk; who wakes up on the copy has the same name and key. */
  async clone({ name, to }) {
    const disk = new Disk();
    const from = tablets.get(name).disk;
    disk.made = from.made;
    disk.stores = Object.fromEntries(Object.entries(from.stores).map(([store, rows]) => [store, new Map(rows)]));
    const tablet = { disk, time: "", life: 0, running: false, asked: null, outcome: null };
    tablets.set(to, tablet);
    await boot(tablet);
  },
  async save({ name, time, changes }) {
    const tablet = tablets.get(name);
    tablet.time = time;
    await tablet.store.transaction(changes);
  },
  /** Power comes back: memory is gone, the disk is not. */
  crash: async ({ name }) => boot(tablets.get(name)),
  /** The power will go at the write so many from now; negative: right after it. */
  async doom({ name, at }) {
    const { disk } = tablets.get(name);
    disk.dies_at = at > 0 ? disk.writes + at : -(disk.writes - at);
  },
  async sync({ name, time }) {
    const tablet = tablets.get(name);
    const { life } = tablet;
    if (tablet.running) return;
    tablet.time = time;
    tablet.running = true;
    tablet.outcome = null;
    const send = (path, body, looks_right) => new Promise((answered, failed) => {
      tablet.asked = { path, body, looks_right, answered, failed };
    });
    // The answer is not awaited here: the world has to give one first.
    sync(tablet.store, { id: name }, { send, now: () => tablet.time }).then(
      (done) => ended(tablet, life, { done }),
      (error) => ended(tablet, life, { failed: error instanceof Refused || error instanceof Unreachable || error.message === "power" ? "" : String(error.stack ?? error) }),
    );
  },
  async answer({ name, status, body }) {
    const { asked } = tablets.get(name);
    tablets.get(name).asked = null;
    if (status === 200 && body && asked.looks_right(body)) asked.answered(body);
    else asked.failed(status === 0 || status === 200 ? new Unreachable("nothing") : new Refused(status, body?.code ?? "", 0));
  },
  /** Behind the program's back: the record's bytes are gone, or are others. */
  async ruin({ name, id, flip }) {
    const { records } = tablets.get(name).disk.stores;
    const row = records.get(id);
    const record = JSON.parse(row.text);
    if (flip) records.set(id, { ...row, text: JSON.stringify({ ...record, body: { ...record.body, given_name: "Flipped" } }) });
    else records.delete(id);
  },
  async look({ name }) {
    const { disk, asked, running, outcome, store } = tablets.get(name);
    const verbatim = [...disk.stores.kept.keys()].filter((key) => !key.startsWith("receipts:"));
    const kept = [...verbatim, ...[...disk.stores.kept].filter(([key]) => key.startsWith("receipts:")).flatMap(([, { text }]) => JSON.parse(text).receipts.map((each) => each.op))];
    const told = { in_step: (await store.meta.get("in_step")) ?? null, out_of_step: (await store.meta.get("out_of_step")) ?? null };
    return { asked: asked && { path: asked.path, body: asked.body }, running, outcome, dead: disk.dead, entries: store.entries(), records: await disk.all("records"), verbatim, kept, unreadable: disk.unreadable(), ...told };
  },
  /** What the tablet keeps word for word of what was answered, by op. */
  verbatim: async ({ name }) => Object.fromEntries((await tablets.get(name).disk.all("kept")).filter(([key]) => !key.startsWith("receipts:")).map(([key, { op }]) => [key, op])),
  /** The record as its worker sees it. */
  read: async ({ name, type, id }) => (await tablets.get(name).store.find(type, id)) ?? null,
};

function ended(tablet, life, outcome) {
  if (tablet.life !== life) return;
  tablet.running = false;
  tablet.asked = null;
  tablet.outcome = outcome;
}

globalThis.__call = (name, text) => {
  globalThis.__answer = null;
  calls[name](JSON.parse(text)).then(
    (value) => { globalThis.__answer = JSON.stringify({ value: value ?? null }); },
    (error) => { globalThis.__answer = JSON.stringify({ failed: error.message === "power" ? "power" : String(error.stack ?? error) }); },
  );
};
globalThis.__result = () => globalThis.__answer;
