// What routes get: records with unsent edits laid over them, lists from a sealed index, and writers that resolve only when
// the change is on the disk.

import { sendAnew } from "./anew.js";
import { Core } from "./core.js";
import { MARK, entriesOf, isEmpty, overlay, queueCreate, queueEdit } from "./ops.js";
import { isOnlyHere } from "./outcomes.js";
import { tidy } from "./purge.js";
import { remembered, removalOf, removalsIn, returnOf } from "./removals.js";
import { Synced } from "./synced.js";

export class NotHere extends Error {}

const isThere = (row) => !row[MARK];

export class Store {
  #core;

  /** @param {Core} core */
  constructor(core) {
    this.#core = core;
    /** What sync alone may do. */
    this.synced = new Synced(core);
  }

  /** @param {any} db @param {{now: () => string, newId: () => string, changed?: (what: string) => void}} world @returns {Promise<Store>} with the queue, the lists and the small values read once */
  static async load(db, world) {
    return new Store(await Core.load(db, world));
  }

  async find(type, id) {
    if (!id) return undefined;
    const record = await this.#core.record(id);
    if (record && record.type !== type) return undefined;
    const entries = entriesOf(this.#core.outbox, id).filter((each) => each.op.type === type);
    const laid = overlay(record, entries);
    return laid && { id, type, rev: record?.rev ?? null, body: laid.body, unsent: laid.unsent, open_conflicts: record?.open_conflicts ?? [] };
  }

  /** What is known of a removal, where it was here until somebody took it away as added by mistake. @param {string|undefined} id */
  removal(id) {
    return removalOf(this.#core, id);
  }

  /** Bring back what was taken away here and has gone since. @param {string} id @returns {Promise<void>} */
  bringBack(id) {
    const core = this.#core;
    return core.alone(async () => {
      const removal = removalOf(core, id);
      if (!removal?.op || entriesOf(core.outbox, id).length) return;
      const entry = returnOf(id, removal, core.now(), core.newId);
      await core.commit([["outbox", entry.op.op, entry]], { outbox: new Map(core.outbox).set(entry.op.op, entry) });
      core.changed("saved");
    });
  }

  async get(type, id) {
    const found = await this.find(type, id);
    if (!found) throw new NotHere(`No ${type} of this id is on this device.`);
    return found;
  }

  /** What was entered in error is in no list; whoever knows its id still finds it, to bring it back. @param {string} type @param {((row: any) => boolean)|Record<string, any>} [filter] */
  async list(type, filter) {
    const rows = this.#core.index.rows(type).filter(isThere);
    if (!filter) return rows;
    /** @type {(row: any) => boolean} */
    const passes = typeof filter === "function" ? /** @type {any} */ (filter) : (row) => Object.entries(filter).every(([key, value]) => row[key] === value);
    return rows.filter(passes);
  }

  async index() {
    const { index } = this.#core;
    return Object.fromEntries(index.types().map((type) => [type, index.rows(type).filter(isThere)]));
  }

  async outbox() {
    return this.entries().map(({ op, state, since, tries, why }) => ({
      op: op.op, record_id: op.record, type: op.type, state, since, tries, why, recovered: Boolean(op.recovered),
      summary: { create: op.base === null, changes: op.set.length, answers: op.set.filter(([pointer]) => pointer.startsWith("/answers/")).length, submits: op.set.some(([pointer]) => pointer === "/submission") },
    }));
  }

  /** @param {string} type @param {any} body @param {{id?: string}} [options] */
  async create(type, body, { id } = {}) {
    const made = id ?? this.#core.newId();
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
    const core = this.#core;
    return core.alone(async () => {
      const now = core.now();
      const draft = new Map(core.outbox);
      const touched = new Map();
      for (const change of changes) {
        const type = change.create ?? change.edit;
        const entries = entriesOf(draft, change.id);
        const entry = change.create
          ? await this.#created(entries, { record: change.id, type, body: change.body, now, newId: core.newId })
          : await this.#edited(entries, { record: change.id, type, edits: change.set, now, newId: core.newId, reason: change.reason, resolves: change.resolves });
        if (!entry) continue;
        if (isEmpty(entry)) draft.delete(entry.op.op);
        else draft.set(entry.op.op, entry);
        touched.set(change.id, { type, ops: new Set([...(touched.get(change.id)?.ops ?? []), entry.op.op]) });
      }
      if (touched.size === 0) return;
      const writes = [...touched.values()].flatMap(({ ops }) => [...ops].map((op) => /** @type {import("./core.js").Write} */ (["outbox", op, draft.get(op)])));
      const removals = removalsIn(writes.flatMap(([, , entry]) => entry ?? []));
      if (removals.length) writes.push(remembered(core, removals));
      await core.commit(writes, { outbox: draft, touched: new Map([...touched].map(([id, { type }]) => [id, type])) });
      core.changed("saved");
    });
  }

  /** A record whose id says what it is (an alert's) may be made twice: the first one stands. */
  async #created(entries, create) {
    if (entries.some((each) => each.op.base === null) || (await this.#core.record(create.record))) return null;
    return queueCreate(create);
  }

  async #edited(entries, edit) {
    const record = await this.#core.record(edit.record);
    const laid = overlay(record, entries);
    if (!laid) throw new NotHere(`No ${edit.type} of this id is on this device.`);
    return queueEdit(entries, record, laid.body, edit);
  }

  meta = {
    /** @param {string} name */
    get: async (name) => this.#core.meta.get(name),
    /** @param {string} name @param {any} value null or undefined forgets it */
    set: (name, value) => this.#core.alone(() => this.#core.commit([["meta", name, value ?? undefined]], {})),
  };

  /** @returns {import("./ops.js").Entry[]} oldest first */
  entries() {
    return [...this.#core.outbox.values()];
  }

  /** @returns {string[]} of every change that waits, or was sent and is kept */
  numbers() {
    return [...this.#core.outbox.keys(), ...this.#core.kept.keys()];
  }

  /** @returns {import("./ops.js").Entry[]} changes of which the only copy is here, oldest first */
  unsent() {
    return this.entries().filter(isOnlyHere);
  }

  /**
   * Give up everything that is here, unless a change is nowhere else. No save comes between the two, and none after.
   * @param {() => Promise<void>} destroy what destroys the keys; the disk has it when it resolves @returns {Promise<boolean>} whether it was given up
   */
  clear(destroy) {
    const core = this.#core;
    return core.alone(async () => {
      if (this.unsent().length) return false;
      await destroy();
      core.db.end();
      return true;
    });
  }

  /** Finish what was begun, and write nothing from then on: another takes its place over the same disk. @returns {Promise<void>} */
  end() {
    return this.#core.alone(async () => this.#core.db.end());
  }

  /** @returns {number} how many records are here */
  size() {
    return this.#core.index.all().length;
  }

  /** Finish what a purge or a newer program left to do, beside the work. @param {() => boolean} [still] whether to go on */
  tidy(still) {
    return tidy(this.#core, still);
  }

  /**
   * Send a refused change once more, by a person's decision: as a new op with the same content, because the same one would get the same answer.
   * What was chained on it and never sent follows the new one.
   * @param {string} op
   */
  tryAgain(op) {
    const core = this.#core;
    return core.alone(async () => {
      const entry = core.outbox.get(op);
      if (entry?.state !== "rejected") return;
      const outbox = sendAnew(core.outbox, op, core.newId);
      const changed = [...new Set([...core.outbox.keys(), ...outbox.keys()])].filter((id) => core.outbox.get(id) !== outbox.get(id));
      await core.commit(changed.map((id) => ["outbox", id, outbox.get(id)]), { outbox, touched: new Map([[entry.op.record, entry.op.type]]) });
    });
  }

  /** Put a refused change away, by a person's decision. The server keeps it word for word. @param {string} op */
  putAway(op) {
    const core = this.#core;
    return core.alone(async () => {
      const entry = core.outbox.get(op);
      if (!entry || (entry.state !== "rejected" && entry.state !== "held")) return;
      const outbox = new Map(core.outbox);
      outbox.delete(op);
      await core.commit([["outbox", op, undefined]], { outbox, touched: new Map([[entry.op.record, entry.op.type]]) });
    });
  }
}
