// What routes get: records with unsent edits laid over them, lists from a sealed index, and writers that resolve only when
// the change is on the disk. One index per type is sealed as one value, so that a list never opens every record.

import { isEmpty, overlay, queueCreate, queueEdit } from "./ops.js";
import { applyPage, applyResults, markSending } from "./outcomes.js";

const LEFT_OUT = new Set(["answers", "replies"]);

/** What a list shows of a record. @param {string} id @param {string} type @param {any} body @param {boolean} unsent */
export function indexRow(id, type, body, unsent) {
  return { ...Object.fromEntries(Object.entries(body).filter(([key]) => !LEFT_OUT.has(key))), id, type, unsent };
}

export class NotHere extends Error {}

export class Store {
  #db;
  #now;
  #newId;
  #changed;
  /** @type {Map<string, import("./ops.js").Entry>} by op, in the order of their making */
  #outbox = new Map();
  /** @type {Map<string, Map<string, any>>} type -> id -> row */
  #index = new Map();
  #meta = new Map();
  #queue = Promise.resolve();

  /** @param {any} db @param {{now: () => string, newId: () => string, changed?: (what: string) => void}} world */
  constructor(db, { now, newId, changed = () => {} }) {
    this.#db = db;
    this.#now = now;
    this.#newId = newId;
    this.#changed = changed;
  }

  /** @param {any} db @param {any} world @returns {Promise<Store>} with the queue, the lists and the small values read once */
  static async load(db, world) {
    const store = new Store(db, world);
    for (const [op, entry] of await db.all("outbox")) store.#outbox.set(op, entry);
    for (const [name, value] of await db.all("meta")) {
      if (name.startsWith("index:")) store.#index.set(name.slice(6), new Map(value.map((row) => [row.id, row])));
      else store.#meta.set(name, value);
    }
    return store;
  }

  /** Writes go one after another, so that each sees what the one before it left. @template T @param {() => Promise<T>} work @returns {Promise<T>} */
  #alone(work) {
    const done = this.#queue.then(work);
    this.#queue = done.then(() => undefined, () => undefined);
    return done;
  }

  #entriesOf(id) {
    return [...this.#outbox.values()].filter((each) => each.op.record === id);
  }

  async find(type, id) {
    if (!id) return undefined;
    const record = await this.#db.get("records", id);
    if (record && record.type !== type) return undefined;
    const entries = this.#entriesOf(id).filter((each) => each.op.type === type);
    const laid = overlay(record, entries);
    return laid && { id, type, rev: record?.rev ?? null, body: laid.body, unsent: laid.unsent, open_conflicts: record?.open_conflicts ?? [] };
  }

  async get(type, id) {
    const found = await this.find(type, id);
    if (!found) throw new NotHere(`No ${type} of this id is on this device.`);
    return found;
  }

  /** @param {string} type @param {((row: any) => boolean)|Record<string, any>} [filter] */
  async list(type, filter) {
    const rows = [...(this.#index.get(type)?.values() ?? [])];
    if (!filter) return rows;
    /** @type {(row: any) => boolean} */
    const passes = typeof filter === "function" ? /** @type {any} */ (filter) : (row) => Object.entries(filter).every(([key, value]) => row[key] === value);
    return rows.filter(passes);
  }

  async index() {
    return Object.fromEntries([...this.#index].map(([type, rows]) => [type, [...rows.values()]]));
  }

  async outbox() {
    return [...this.#outbox.values()].map(({ op, state, since, tries, why }) => ({
      op: op.op, record_id: op.record, type: op.type, state, since, tries, why,
      summary: { create: op.base === null, changes: op.set.length, answers: op.set.filter(([pointer]) => pointer.startsWith("/answers/")).length, submits: op.set.some(([pointer]) => pointer === "/submission") },
    }));
  }

  /** @param {string} type @param {any} body @param {{id?: string}} [options] */
  async create(type, body, { id } = {}) {
    const made = id ?? this.#newId();
    await this.transaction([{ create: type, id: made, body }]);
    return this.get(type, made);
  }

  /** @param {string} type @param {string} id @param {[string, any][]} set @param {{reason?: string, resolves?: string[]}} [options] */
  async edit(type, id, set, { reason, resolves } = {}) {
    await this.transaction([{ edit: type, id, set, reason, resolves }]);
    return this.get(type, id);
  }

  /** @param {any[]} changes {create: type, id, body} or {edit: type, id, set, reason?, resolves?}: all of them or none */
  transaction(changes) {
    return this.#alone(async () => {
      const now = this.#now();
      const draft = new Map(this.#outbox);
      const touched = new Map();
      for (const change of changes) {
        const type = change.create ?? change.edit;
        const entries = [...draft.values()].filter((each) => each.op.record === change.id);
        const entry = change.create
          ? await this.#created(entries, { record: change.id, type, body: change.body, now, newId: this.#newId })
          : await this.#edited(entries, { record: change.id, type, edits: change.set, now, newId: this.#newId, reason: change.reason, resolves: change.resolves });
        if (!entry) continue;
        if (isEmpty(entry)) draft.delete(entry.op.op);
        else draft.set(entry.op.op, entry);
        touched.set(change.id, { type, ops: new Set([...(touched.get(change.id)?.ops ?? []), entry.op.op]) });
      }
      if (touched.size === 0) return;
      const writes = [...touched.values()].flatMap(({ ops }) => [...ops].map((op) => ["outbox", op, draft.get(op)]));
      await this.#commit(writes, draft, new Map([...touched].map(([id, { type }]) => [id, type])));
      this.#changed("saved");
    });
  }

  /** A record whose id says what it is (an alert's) may be made twice: the first one stands. */
  async #created(entries, create) {
    if (entries.some((each) => each.op.base === null) || (await this.#db.get("records", create.record))) return null;
    return queueCreate(create);
  }

  async #edited(entries, edit) {
    const record = await this.#db.get("records", edit.record);
    const laid = overlay(record, entries);
    if (!laid) throw new NotHere(`No ${edit.type} of this id is on this device.`);
    return queueEdit(entries, record, laid.body, edit);
  }

  /**
   * Write, then let memory follow: what is read never runs ahead of the disk.
   * @param {any[]} writes @param {Map<string, any>} outbox as it shall be @param {Map<string, string>} touched id -> type @param {Map<string, any>} [records] what the writes make of records
   */
  async #commit(writes, outbox, touched, records = new Map()) {
    const index = new Map();
    for (const [id, type] of touched) {
      const rows = index.get(type) ?? new Map(this.#index.get(type));
      const record = records.has(id) ? records.get(id) : await this.#db.get("records", id);
      const laid = overlay(record, [...outbox.values()].filter((each) => each.op.record === id));
      if (laid) rows.set(id, indexRow(id, type, laid.body, laid.unsent));
      else rows.delete(id);
      index.set(type, rows);
    }
    const rows = [...index].map(([type, each]) => ["meta", `index:${type}`, [...each.values()]]);
    await this.#db.write([...writes, ...rows]);
    this.#outbox = outbox;
    for (const [type, each] of index) this.#index.set(type, each);
    for (const [store, key, value] of writes) if (store === "meta") this.#meta.set(key, value);
  }

  meta = {
    /** @param {string} name */
    get: async (name) => this.#meta.get(name),
    /** @param {string} name @param {any} value null or undefined forgets it */
    set: (name, value) => this.#alone(async () => {
      const kept = value ?? undefined;
      await this.#db.write([["meta", name, kept]]);
      if (kept === undefined) this.#meta.delete(name);
      else this.#meta.set(name, kept);
    }),
  };

  /** @param {string[]} ids @returns {Promise<Map<string, any>>} */
  async #recordsOf(ids) {
    /** @type {Map<string, any>} */
    const found = new Map();
    await Promise.all(ids.map(async (id) => found.set(id, await this.#db.get("records", id))));
    return found;
  }

  // --- What sync needs. Each of these is one transaction. ---

  /** @returns {import("./ops.js").Entry[]} oldest first */
  entries() {
    return [...this.#outbox.values()];
  }

  /** From here on these ops never change again, and the disk knows. @param {string[]} ops */
  markSending(ops) {
    return this.#alone(async () => {
      const outbox = markSending(this.#outbox, ops);
      await this.#commit(ops.map((op) => ["outbox", op, outbox.get(op)]), outbox, new Map());
      return ops.map((op) => outbox.get(op)?.op).filter(Boolean);
    });
  }

  /** @param {any[]} results @returns {Promise<{settled: number}>} */
  storeResults(results) {
    return this.#alone(async () => {
      const ids = [...new Set(results.flatMap((each) => this.#outbox.get(each.op)?.op.record ?? []))];
      const before = await this.#recordsOf(ids);
      const { outbox, records, touched, settled, ops } = applyResults(this.#outbox, before, results);
      const writes = [...ops.map((op) => ["outbox", op, outbox.get(op)]), ...[...records].map(([id, record]) => ["records", id, record])];
      await this.#commit(writes, outbox, touched, new Map([...before, ...records]));
      return { settled };
    });
  }

  /** @param {any} page a pull's answer @param {Record<string, any>} meta small values of the same transaction */
  storePage(page, meta) {
    return this.#alone(async () => {
      const ids = [...new Set([...page.records.map((each) => each.id), ...page.leaves.map((each) => each.id)])];
      const before = await this.#recordsOf(ids);
      if (page.drop_scopes.length) for (const [id, record] of await this.#db.all("records")) if (!before.has(id)) before.set(id, record);
      const { outbox, records, touched, ops } = applyPage(this.#outbox, before, page);
      const writes = [
        ...ops.map((op) => ["outbox", op, outbox.get(op)]), ...[...records].map(([id, record]) => ["records", id, record]),
        ...Object.entries(meta).map(([name, value]) => ["meta", name, value]),
      ];
      await this.#commit(writes, outbox, touched, new Map([...before, ...records]));
      return { received: page.records.length };
    });
  }

  /** Put a refused change away, by a person's decision. The server keeps it word for word. @param {string} op */
  putAway(op) {
    return this.#alone(async () => {
      const entry = this.#outbox.get(op);
      if (!entry || (entry.state !== "rejected" && entry.state !== "held")) return;
      const outbox = new Map(this.#outbox);
      outbox.delete(op);
      await this.#commit([["outbox", op, undefined]], outbox, new Map([[entry.op.record, entry.op.type]]));
    });
  }
}
