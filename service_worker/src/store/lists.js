// Rows about the records (what lists show of them, what is held of them), kept in pieces: one for each type and each key that
// its records are sealed under. A piece is sealed under that same key, so that a list never opens every record, a save seals
// one piece again and not all of them, and whatever is said of a record goes with its key.

import { OWN } from "./ring.js";

export class Lists {
  #kind;
  /** @type {Map<string, Map<string, Map<string, any>>>} type -> key -> id -> row */
  #pieces = new Map();
  /** @type {Map<string, string>} id -> key that its row is under */
  #homes = new Map();

  /** @param {string} kind which stands before the names of its pieces */
  constructor(kind) {
    this.#kind = kind;
  }

  /** Take a small value as it is stored. @param {string} name @param {any} value @returns {boolean} whether it is a piece of a list */
  read(name, value) {
    const [kind, type, key = OWN] = name.split(":");
    if (kind === this.#kind) this.#set(type, key, new Map(value.map((row) => [row.id, row])));
    return kind === this.#kind;
  }

  #set(type, key, rows) {
    if (!this.#pieces.has(type)) this.#pieces.set(type, new Map());
    if (rows.size) this.#pieces.get(type)?.set(key, rows);
    else this.#pieces.get(type)?.delete(key);
    for (const id of rows.keys()) this.#homes.set(id, key);
  }

  types() {
    return [...this.#pieces.keys()];
  }

  /** @param {string} type @returns {any[]} */
  rows(type) {
    return [...(this.#pieces.get(type)?.values() ?? [])].flatMap((rows) => [...rows.values()]);
  }

  /** @param {string} type @param {string} id @returns {any} */
  find(type, id) {
    return this.#pieces.get(type)?.get(this.#homes.get(id) ?? OWN)?.get(id);
  }

  all() {
    return this.types().flatMap((type) => this.rows(type));
  }

  /** @param {string} id @returns {string|undefined} the key that its row is under */
  homeOf(id) {
    return this.#homes.get(id);
  }

  /** @param {string[]} keys that go @returns {Draft} changes, which count once they were accepted */
  draft(keys) {
    return new Draft(this.#kind, this.#pieces, this.#homes, keys);
  }

  /** @param {Draft} draft whose writes are on the disk */
  accept(draft) {
    for (const id of draft.moved) this.#homes.delete(id);
    for (const { type, key, rows } of draft.pieces.values()) this.#set(type, key, rows);
  }
}

class Draft {
  #kind;
  #now;
  #homes;
  #gone;
  /** @type {Map<string, {type: string, key: string, rows: Map<string, any>}>} the pieces that change */
  pieces = new Map();
  /** @type {Set<string>} ids whose row changes its piece or goes */
  moved = new Set();

  constructor(kind, now, homes, gone) {
    this.#kind = kind;
    this.#now = now;
    this.#homes = homes;
    this.#gone = new Set(gone);
    for (const [type, under] of now) {
      for (const [key, rows] of under) {
        if (!this.#gone.has(key)) continue;
        this.#piece(type, key);
        for (const id of rows.keys()) this.moved.add(id);
      }
    }
  }

  #piece(type, key) {
    const name = `${this.#kind}:${type}${key === OWN ? "" : `:${key}`}`;
    const found = this.pieces.get(name) ?? { type, key, rows: new Map(this.#gone.has(key) ? [] : this.#now.get(type)?.get(key)) };
    this.pieces.set(name, found);
    return found.rows;
  }

  /** @param {string} id @param {string} type @param {string} key @param {any} row undefined where there is nothing to show */
  set(id, type, key, row) {
    const was = this.#homes.get(id);
    if (was !== undefined && (was !== key || !row)) {
      this.#piece(type, was).delete(id);
      this.moved.add(id);
    }
    if (row) this.#piece(type, key).set(id, row);
  }

  /** @returns {[store: string, name: string, rows: any[]|undefined, by: string][]} */
  writes() {
    return [...this.pieces].map(([name, { key, rows }]) => ["meta", name, rows.size ? [...rows.values()] : undefined, key]);
  }
}
