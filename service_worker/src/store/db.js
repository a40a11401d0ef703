// The sealed database of one vault. Browsers close connections behind one's back, so a failed transaction opens the
// database again, once. A write has happened only when its transaction, durable to the disk, is complete.

import { openDB } from "idb";
import { open, seal } from "./vault.js";

export const STORES = /** @type {const} */ (["records", "outbox", "meta", "kept"]);
const VERSION = 2;
/** How long another connection may take to let go of an older version of the database. */
const PATIENCE = 10_000;
const BROKEN = new Set(["InvalidStateError", "UnknownError", "TransactionInactiveError"]);

/** The disk is full, or the browser refuses to write. What was typed is still in the page, and nothing was changed. */
export class StoreFull extends Error {}

/** Another window holds the database in an older shape and does not let go of it. Nothing was changed. */
export class StoreBusy extends Error {}

/** The database was written by a newer program than this one. Nothing was changed. */
export class StoreNewer extends Error {}

/** @param {string} id of the vault @returns {string} */
export const databaseName = (id) => `throughcare-${id}`;

/**
 * A newer shape only adds: what an older program wrote is still there, as it wrote it.
 * @param {string} id of the vault @returns {Promise<any>} throws StoreBusy or StoreNewer
 */
function connect(id) {
  return new Promise((done, refuse) => {
    let too_late = false;
    /** @type {any} */
    let timer;
    const giveUp = () => {
      too_late = true;
      refuse(new StoreBusy("Another window holds the database."));
    };
    const opening = openDB(databaseName(id), VERSION, {
      upgrade(db) {
        for (const name of STORES) if (!db.objectStoreNames.contains(name)) db.createObjectStore(name);
      },
      blocked() {
        timer = setTimeout(giveUp, PATIENCE);
      },
      blocking(_from, _to, event) {
        /** @type {any} */ (event.target).close();
      },
    });
    opening.then(
      (db) => {
        clearTimeout(timer);
        if (too_late) db.close();
        done(db);
      },
      (error) => {
        clearTimeout(timer);
        refuse(error?.name === "VersionError" ? new StoreNewer("A newer program wrote this database.", { cause: error }) : error);
      },
    );
  });
}

/** How many changes wait in a vault, which can be counted without its key. @param {string} id @returns {Promise<number>} */
export async function countSealed(id) {
  const db = await connect(id);
  const count = await db.count("outbox");
  db.close();
  return count;
}

/**
 * @param {string} id of the vault @param {CryptoKey} key
 * @returns {Promise<Database>}
 */
export async function openDatabase(id, key) {
  return new Database(id, key, await connect(id));
}

export class Database {
  #id;
  #key;
  #db;

  /** @param {string} id @param {CryptoKey} key @param {any} db */
  constructor(id, key, db) {
    this.#id = id;
    this.#key = key;
    this.#db = db;
  }

  #place(store, key) {
    return `${this.#id}/${store}/${key}`;
  }

  /** @template T @param {(db: any) => Promise<T>} work @returns {Promise<T>} */
  async #withDatabase(work) {
    try {
      return await work(this.#db);
    } catch (error) {
      if (isFull(error)) throw new StoreFull("The device has no room to write.", { cause: error });
      if (!BROKEN.has(/** @type {any} */ (error)?.name)) throw error;
      try {
        this.#db.close();
      } catch {
        // It was closed already: that is why we are here.
      }
      this.#db = await connect(this.#id);
      return work(this.#db);
    }
  }

  /** @param {string} store @param {string} key @returns {Promise<any>} undefined when absent */
  async get(store, key) {
    const sealed = await this.#withDatabase((db) => db.get(store, key));
    return sealed && open(this.#key, this.#place(store, key), sealed);
  }

  /** @param {string} store @returns {Promise<string[]>} what is really there, which can be told without the key */
  async keys(store) {
    return this.#withDatabase((db) => db.getAllKeys(store));
  }

  /** @param {string} store @returns {Promise<[string, any][]>} in the order of their keys */
  async all(store) {
    const [keys, values] = await this.#withDatabase((db) => {
      const tx = db.transaction(store);
      return Promise.all([tx.store.getAllKeys(), tx.store.getAll()]);
    });
    return Promise.all(keys.map(async (key, index) => [key, await open(this.#key, this.#place(store, key), values[index])]));
  }

  /**
   * Write all or nothing. `undefined` deletes. Everything is sealed first: a transaction closes itself while we await crypto.subtle.
   * @param {[store: string, key: string, value: any][]} changes
   */
  async write(changes) {
    const sealed = await Promise.all(changes.map(async ([store, key, value]) => [store, key, value === undefined ? undefined : await seal(this.#key, this.#place(store, key), value)]));
    await this.#withDatabase(async (db) => {
      const tx = db.transaction(STORES, "readwrite", { durability: "strict" });
      const puts = sealed.map(([store, key, value]) => (value === undefined ? tx.objectStore(store).delete(key) : tx.objectStore(store).put(value, key)));
      await Promise.all([...puts, tx.done]);
    });
  }

  close() {
    this.#db.close();
  }
}

/** @param {any} error */
const isFull = (error) => error?.name === "QuotaExceededError" || (error?.name === "AbortError" && error?.cause?.name === "QuotaExceededError");
