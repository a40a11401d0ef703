// What the store knows in memory, and its one way to the disk: the queue, the lists, what is kept, what is held, and the
// small values. Each is sealed on the disk; memory follows when the disk has it.

import { holdingOf } from "./holdings.js";
import { entriesOf, overlay } from "./ops.js";

const LEFT_OUT = new Set(["answers", "replies"]);
const INDEX = "index:";
const HELD = "held:";
const RECEIPTS = "receipts:";

/** What a list shows of a record. @param {string} id @param {string} type @param {any} body @param {boolean} unsent */
export function indexRow(id, type, body, unsent) {
  return { ...Object.fromEntries(Object.entries(body).filter(([key]) => !LEFT_OUT.has(key))), id, type, unsent };
}

/** @typedef {[store: string, key: string, value: any]} Write `undefined` deletes */
/** @typedef {import("./ops.js").Entry} Entry */

export class Core {
  /** @type {Map<string, Entry>} by op, in the order of their making */
  outbox = new Map();
  /** @type {Map<string, Map<string, any>>} type -> id -> row */
  index = new Map();
  /** @type {Map<string, Map<string, import("./holdings.js").Holding>>} type -> id -> what is really here */
  held = new Map();
  /** @type {Map<string, import("./kept.js").Kept>} by op */
  kept = new Map();
  /** @type {Set<string>} days of which receipts lie on the disk */
  days = new Set();
  meta = new Map();
  #queue = Promise.resolve();

  /** @param {any} db @param {{now: () => string, newId: () => string, changed?: (what: string) => void}} world */
  constructor(db, { now, newId, changed = () => {} }) {
    this.db = db;
    this.now = now;
    this.newId = newId;
    this.changed = changed;
  }

  /** @param {any} db @param {any} world @returns {Promise<Core>} with everything but the records and the kept texts read once */
  static async load(db, world) {
    const core = new Core(db, world);
    for (const [op, entry] of await db.all("outbox")) core.outbox.set(op, entry);
    for (const [name, value] of await db.all("meta")) {
      if (name.startsWith(INDEX)) core.index.set(name.slice(INDEX.length), new Map(value.map((row) => [row.id, row])));
      else if (name.startsWith(HELD)) core.held.set(name.slice(HELD.length), new Map(value.map((row) => [row.id, row])));
      else core.meta.set(name, value);
    }
    for (const [key, value] of await db.all("kept")) {
      if (key.startsWith(RECEIPTS)) core.days.add(key);
      else core.kept.set(key, value.kept);
    }
    return core;
  }

  /** Writes go one after another, so that each sees what the one before it left. @template T @param {() => Promise<T>} work @returns {Promise<T>} */
  alone(work) {
    const done = this.#queue.then(work);
    this.#queue = done.then(() => undefined, () => undefined);
    return done;
  }

  /** The epoch that a record came from; those of the time before epochs were written down are of the first. @param {any} record */
  #dated(record) {
    return record && { ...record, epoch: record.epoch ?? this.meta.get("first_epoch") ?? this.meta.get("epoch") };
  }

  /** @param {string} id @returns {Promise<any>} as the server last said; undefined when it is not here */
  async record(id) {
    return this.#dated(await this.db.get("records", id));
  }

  /** @param {Iterable<string>} ids @returns {Promise<Map<string, any>>} */
  async records(ids) {
    /** @type {Map<string, any>} */
    const found = new Map();
    await Promise.all([...new Set(ids)].map(async (id) => found.set(id, await this.record(id))));
    return found;
  }

  /** @returns {Promise<[string, any][]>} */
  async allRecords() {
    return (await this.db.all("records")).map(([id, record]) => [id, this.#dated(record)]);
  }

  /** @returns {Generator<import("./holdings.js").Holding>} */
  *holdings() {
    for (const rows of this.held.values()) yield* rows.values();
  }

  /**
   * Write, then let memory follow: what is read never runs ahead of the disk.
   * @param {Write[]} writes of queue, kept and small values
   * @param {{outbox?: Map<string, Entry>, touched?: Map<string, string>, records?: Map<string, any>, known?: Map<string, any>}} change
   * touched: id -> type of what lists show anew; records: what becomes of stored records, undefined when they go; known: records that were read and stay
   */
  async commit(writes, { outbox = this.outbox, touched = new Map(), records = new Map(), known = new Map() }) {
    const index = new Map();
    const held = new Map();
    const rowsOf = (from, copies, type) => copies.get(type) ?? copies.set(type, new Map(from.get(type))).get(type);
    for (const [id, type] of touched) {
      const record = records.has(id) ? records.get(id) : known.get(id) ?? (await this.record(id));
      const laid = overlay(record, entriesOf(outbox, id));
      const rows = rowsOf(this.index, index, type);
      if (laid) rows.set(id, indexRow(id, type, laid.body, laid.unsent));
      else rows.delete(id);
      if (records.has(id) && record) rowsOf(this.held, held, type).set(id, await holdingOf(record));
      else if (records.has(id)) rowsOf(this.held, held, type).delete(id);
    }
    const all = [
      ...writes, ...[...records].map(([id, record]) => /** @type {Write} */ (["records", id, record])),
      ...[...index].map(([type, rows]) => /** @type {Write} */ (["meta", INDEX + type, [...rows.values()]])),
      ...[...held].map(([type, rows]) => /** @type {Write} */ (["meta", HELD + type, [...rows.values()]])),
    ];
    await this.db.write(all);
    this.outbox = outbox;
    for (const [type, rows] of index) this.index.set(type, rows);
    for (const [type, rows] of held) this.held.set(type, rows);
    for (const [store, key, value] of writes) this.#follow(store, key, value);
  }

  #follow(store, key, value) {
    if (store === "meta" && value === undefined) this.meta.delete(key);
    else if (store === "meta") this.meta.set(key, value);
    else if (store === "kept" && key.startsWith(RECEIPTS)) value === undefined ? this.days.delete(key) : this.days.add(key);
    else if (store === "kept" && value === undefined) this.kept.delete(key);
    else if (store === "kept") this.kept.set(key, value.kept);
  }
}
