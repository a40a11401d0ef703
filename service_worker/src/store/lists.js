// Rows about the records (what lists show of them, what is held of them), kept in pieces: of one type, of one key that its
// records are sealed under, and never more rows than a few hundred. A piece is sealed under that same key, so that a list never
// opens every record, a save seals one piece again and not all of them, a page of a first sync those that it fills, and
// whatever is said of a record goes with its key.

import { OWN } from "./ring.js";

/** Rows of a piece. One that an older program wrote may have more: it takes no new ones. */
export const MOST = 250;

/** @typedef {{type: string, key: string, rows: Map<string, any>}} Piece rows by id */

/** The first piece of a type and key has no number: it is all that older programs knew. */
const nameOf = (kind, type, key, number) => (number ? `${kind}:${type}:${key}:${number}` : `${kind}:${type}${key === OWN ? "" : `:${key}`}`);

export class Lists {
  #kind;
  /** @type {Map<string, Piece>} by name */
  #pieces = new Map();
  /** @type {Map<string, string>} id -> name of the piece that its row is in */
  #homes = new Map();

  /** @param {string} kind which stands before the names of its pieces */
  constructor(kind) {
    this.#kind = kind;
  }

  /** Take a small value as it is stored. @param {string} name @param {any} value @returns {boolean} whether it is a piece of a list */
  read(name, value) {
    const [kind, type, key = OWN] = name.split(":");
    if (kind === this.#kind) this.#set(name, { type, key, rows: new Map(value.map((row) => [row.id, row])) });
    return kind === this.#kind;
  }

  /** @param {string} name @param {Piece} piece */
  #set(name, piece) {
    if (piece.rows.size) this.#pieces.set(name, piece);
    else this.#pieces.delete(name);
    for (const id of piece.rows.keys()) this.#homes.set(id, name);
  }

  types() {
    return [...new Set([...this.#pieces.values()].map(({ type }) => type))];
  }

  /** @param {string} type @returns {any[]} */
  rows(type) {
    return [...this.#pieces.values()].flatMap((piece) => (piece.type === type ? [...piece.rows.values()] : []));
  }

  /** @param {string} type @param {string} id @returns {any} */
  find(type, id) {
    const piece = this.#pieces.get(this.#homes.get(id) ?? "");
    return piece?.type === type ? piece.rows.get(id) : undefined;
  }

  all() {
    return this.types().flatMap((type) => this.rows(type));
  }

  /** @param {string} id @returns {string|undefined} the key that its row is under */
  homeOf(id) {
    return this.#pieces.get(this.#homes.get(id) ?? "")?.key;
  }

  /** @param {string[]} keys that go @returns {Draft} changes, which count once they were accepted */
  draft(keys) {
    return new Draft(this.#kind, this.#pieces, this.#homes, keys);
  }

  /** @param {Draft} draft whose writes are on the disk */
  accept(draft) {
    for (const id of draft.moved) this.#homes.delete(id);
    for (const [name, piece] of draft.pieces) this.#set(name, piece);
  }
}

class Draft {
  #kind;
  #now;
  #homes;
  /** @type {Map<string, number>} type and key -> number of the piece that took the last new row */
  #filling = new Map();
  /** @type {Map<string, Piece>} the pieces that change, by name */
  pieces = new Map();
  /** @type {Set<string>} ids whose row changes its piece or goes */
  moved = new Set();

  /** @param {string} kind @param {Map<string, Piece>} now @param {Map<string, string>} homes @param {string[]} gone */
  constructor(kind, now, homes, gone) {
    this.#kind = kind;
    this.#now = now;
    this.#homes = homes;
    for (const [name, { type, key, rows }] of now) {
      if (!gone.includes(key)) continue;
      this.pieces.set(name, { type, key, rows: new Map() });
      for (const id of rows.keys()) this.moved.add(id);
    }
  }

  /** @param {string} name @param {string} type @param {string} key @returns {Map<string, any>} */
  #rowsOf(name, type, key) {
    const found = this.pieces.get(name) ?? { type, key, rows: new Map(this.#now.get(name)?.rows) };
    this.pieces.set(name, found);
    return found.rows;
  }

  /** @param {string} type @param {string} key @returns {string} a piece that has room */
  #withRoom(type, key) {
    const kind = `${type}:${key}`;
    for (let number = this.#filling.get(kind) ?? 0; ; number += 1) {
      const name = nameOf(this.#kind, type, key, number);
      if (((this.pieces.get(name) ?? this.#now.get(name))?.rows.size ?? 0) >= MOST) continue;
      this.#filling.set(kind, number);
      return name;
    }
  }

  /** @param {string} id @param {string} type @param {string} key @param {any} row undefined where there is nothing to show */
  set(id, type, key, row) {
    const home = this.#homes.get(id) ?? "";
    const was = this.#now.get(home);
    const stays = row && was?.key === key;
    if (was && !stays) {
      this.#rowsOf(home, was.type, was.key).delete(id);
      this.moved.add(id);
    }
    if (row) this.#rowsOf(stays ? home : this.#withRoom(type, key), type, key).set(id, row);
  }

  /** @returns {[store: string, name: string, rows: any[]|undefined, by: string][]} */
  writes() {
    return [...this.pieces].map(([name, { key, rows }]) => ["meta", name, rows.size ? [...rows.values()] : undefined, key]);
  }
}
