// What the store knows in memory, and its one way to the disk: the queue, the lists, what is kept, what is held, and the
// small values. Each is sealed on the disk; memory follows when the disk has it.

import { holdingOf } from "./holdings.js";
import { Lists } from "./lists.js";
import { entriesOf, overlay } from "./ops.js";
import { OWN } from "./ring.js";

const LEFT_OUT = new Set(["answers", "replies"]);
const RECEIPTS = "receipts:";

/** What a list shows of a record. @param {string} id @param {string} type @param {any} body @param {boolean} unsent */
export function indexRow(id, type, body, unsent) {
  return { ...Object.fromEntries(Object.entries(body).filter(([key]) => !LEFT_OUT.has(key))), id, type, unsent };
}

/** @typedef {[store: string, key: string, value: any, by?: string]} Write `undefined` deletes; `by`: the key that it is sealed under */
/** @typedef {import("./ops.js").Entry} Entry */

export class Core {
  /** @type {Map<string, Entry>} by op, in the order of their making */
  outbox = new Map();
  /** What lists show of the records. */
  index = new Lists("index");
  /** What is really here of them: rows are `Holding`s. */
  held = new Lists("held");
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
      if (!core.index.read(name, value) && !core.held.read(name, value)) core.meta.set(name, value);
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
    for (const [id, record] of await this.db.some("records", [...new Set(ids)])) found.set(id, this.#dated(record));
    return found;
  }

  /**
   * Write, then let memory follow: what is read never runs ahead of the disk.
   * @param {Write[]} writes of queue, kept and small values
   * @param {{outbox?: Map<string, Entry>, touched?: Map<string, string>, records?: Map<string, any>, known?: Map<string, any>, ended?: string[], gone?: Map<string, string>}} change
   * touched: id -> type of what lists show anew; records: what becomes of stored records, undefined when they go; known: records that were read and stay;
   * ended: suites whose keys are destroyed in the same transaction, and gone: ids -> types of the records that are not here after that
   */
  async commit(writes, { outbox = this.outbox, touched = new Map(), records = new Map(), known = new Map(), ended = [], gone = new Map() }) {
    const destroyed = this.db.destroyedBy(ended);
    const [index, held] = [this.index.draft(destroyed), this.held.draft(destroyed)];
    /** @type {Map<string, string>} */
    const homes = new Map();
    // A page brings hundreds, and each is hashed on another thread: all of them are on their way at once.
    const holdings = new Map(await Promise.all([...records].map(async ([id, record]) => /** @type {const} */ ([id, record && (await holdingOf(record))]))));
    for (const [id, type] of touched) {
      const record = records.has(id) ? records.get(id) : gone.has(id) ? undefined : known.get(id) ?? (await this.record(id));
      const laid = overlay(record, entriesOf(outbox, id));
      const home = record ? await this.db.keyFor(record.scopes) : OWN;
      homes.set(id, home);
      index.set(id, type, home, laid && indexRow(id, type, laid.body, laid.unsent));
      if (records.has(id)) held.set(id, type, home, holdings.get(id));
    }
    const placed = /** @type {Write[]} */ ([]);
    // A kept op lies under its record's key, so that it goes with it.
    for (const [store, key, value] of writes) placed.push([store, key, value, (store === "kept" && homes.get(value?.op?.record)) || OWN]);
    for (const [id, record] of records) placed.push(["records", id, record, record ? homes.get(id) ?? (await this.db.keyFor(record.scopes)) : OWN]);
    await this.db.write([...placed, ...index.writes(), ...held.writes()], ended);
    this.outbox = outbox;
    this.index.accept(index);
    this.held.accept(held);
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
