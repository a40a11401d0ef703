// The sealed database of one vault. Browsers close connections behind one's back, so a failed transaction opens the
// database again, once. A write has happened only when its transaction, durable to the disk, is complete.
// Each value says under which key it is sealed (ring.js): one whose key was destroyed is not here any more, whether its
// bytes were deleted already or not.

import { deleteDB, openDB } from "idb";
import { OWN, keyOf, withoutScopes } from "./ring.js";
import { newScopeKey, open, openScopeKey, seal } from "./vault.js";

export const STORES = /** @type {const} */ (["records", "outbox", "meta", "kept"]);
const ALL = /** @type {const} */ (["keys", ...STORES]);
/** Stores in which a value may be under a suite's key, and be found by it. */
const BY_KEY = /** @type {const} */ (["records", "meta", "kept"]);
const VERSION = 3;
/** How long another connection may take to let go of an older version of the database. */
const PATIENCE = 10_000;
const BROKEN = new Set(["InvalidStateError", "UnknownError", "TransactionInactiveError"]);

/** The disk is full, or the browser refuses to write. What was typed is still in the page, and nothing was changed. */
export class StoreFull extends Error {}

/** Another window holds the database in an older shape and does not let go of it. Nothing was changed. */
export class StoreBusy extends Error {}

/** The database was written by a newer program than this one. Nothing was changed. */
export class StoreNewer extends Error {}

/** The database is not there any more: the browser, or somebody, has cleared it. Nothing is written into an empty one that nobody would ever open. */
export class StoreGone extends Error {}

/** @param {string} id of the vault @returns {string} */
export const databaseName = (id) => `throughcare-${id}`;

/**
 * A newer shape only adds: what an older program wrote is still there, as it wrote it.
 * @param {string} id of the vault @param {boolean} [may_make] whether one that is not there is made @returns {Promise<any>} throws StoreBusy, StoreGone or StoreNewer
 */
function connect(id, may_make = false) {
  return new Promise((done, refuse) => {
    let too_late = false;
    let gone = false;
    /** @type {any} */
    let timer;
    const giveUp = () => {
      too_late = true;
      refuse(new StoreBusy("Another window holds the database."));
    };
    const opening = openDB(databaseName(id), VERSION, {
      upgrade(db, from, _to, tx) {
        gone = from === 0 && !may_make;
        if (gone) {
          tx.done.catch(() => {});
          return tx.abort();
        }
        for (const name of ALL) if (!db.objectStoreNames.contains(name)) db.createObjectStore(name);
        for (const name of BY_KEY) if (!tx.objectStore(name).indexNames.contains("key")) tx.objectStore(name).createIndex("key", "key");
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
        if (gone) refuse(new StoreGone("The database is not there any more.", { cause: error }));
        else refuse(error?.name === "VersionError" ? new StoreNewer("A newer program wrote this database.", { cause: error }) : error);
      },
    );
  });
}

/** Delete all that lies in a vault; whoever still holds it open lets go of it. @param {string} id @returns {Promise<void>} */
export const deleteDatabase = (id) => deleteDB(databaseName(id));

/** How many changes wait in a vault, which can be counted without its key. @param {string} id @returns {Promise<number>} */
export async function countSealed(id) {
  const db = await connect(id);
  const count = await db.count("outbox");
  db.close();
  return count;
}

/**
 * @param {string} id of the vault @param {CryptoKey} key @param {boolean} [may_make] false where it must be there already
 * @returns {Promise<Database>}
 */
export async function openDatabase(id, key, may_make = true) {
  const database = new Database(id, key, await connect(id, may_make));
  await database.openRing();
  return database;
}

export class Database {
  #id;
  #key;
  #db;
  /** @type {Map<string, import("./ring.js").Place & {key: CryptoKey, wrapped: any, stored: boolean}>} */
  #ring = new Map();
  /** Whether every record was found to say under which key it is: what is written from now on says so. */
  #all_placed = false;
  #ended = false;

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
    if (this.#ended) throw new StoreGone("This database has ended.");
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

  /** Read the suites' keys: each lies wrapped under the vault's, beside the suites that it stands for. */
  async openRing() {
    const [ids, rows] = await this.#withDatabase((db) => Promise.all([db.getAllKeys("keys"), db.getAll("keys")]));
    const places = await Promise.all(ids.map((id, index) => open(this.#key, this.#place("keys/place", id), rows[index].place)));
    const keys = await Promise.all(ids.map((id, index) => openScopeKey(this.#key, this.#place("keys", id), rows[index].wrapped)));
    this.#ring = new Map(ids.map((id, index) => [id, { ...places[index], key: keys[index], wrapped: rows[index].wrapped, stored: true }]));
  }

  /** The key for records of exactly these suites, made when there is none. It is stored with the first value under it. @param {string[]} scopes @returns {Promise<string>} its id */
  async keyFor(scopes) {
    const known = keyOf(this.#ring, scopes);
    if (known !== undefined) return known;
    const id = crypto.randomUUID();
    const made = await newScopeKey(this.#key, this.#place("keys", id));
    this.#ring.set(id, { scopes: [...scopes].sort(), leaving: false, stored: false, ...made });
    return id;
  }

  /** @param {string[]} ended suites @returns {string[]} the keys that their end will destroy */
  destroyedBy(ended) {
    return withoutScopes(this.#ring, ended).destroyed;
  }

  /** @param {string} id @returns {CryptoKey|undefined} undefined once it is destroyed */
  #keyOf(id) {
    return id === OWN ? this.#key : this.#ring.get(id)?.key;
  }

  async #open(store, key, sealed) {
    const by = this.#keyOf(sealed.key ?? OWN);
    if (!by) return undefined;
    const value = await open(by, this.#place(store, key), sealed);
    const place = this.#ring.get(sealed.key);
    // A suite of theirs that has ended is none any more, even before the record was sealed anew.
    return store === "records" && place ? { ...value, scopes: value.scopes.filter((each) => place.scopes.includes(each)) } : value;
  }

  /** @param {string} store @param {string} key @returns {Promise<any>} undefined when absent, or when the key to it is gone */
  async get(store, key) {
    const sealed = await this.#withDatabase((db) => db.get(store, key));
    return sealed && this.#open(store, key, sealed);
  }

  /** @param {string} store @param {string[]} keys @returns {Promise<[string, any][]>} each as `get` finds it, all of them in one transaction */
  async some(store, keys) {
    if (keys.length === 0) return [];
    const sealed = await this.#withDatabase((db) => {
      const tx = db.transaction(store);
      return Promise.all(keys.map((key) => tx.store.get(key)));
    });
    return Promise.all(keys.map(async (key, index) => [key, sealed[index] && (await this.#open(store, key, sealed[index]))]));
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
    return this.#opened(store, keys, values);
  }

  /** @returns {Promise<[string, any][]>} without those whose key is gone */
  async #opened(store, keys, values) {
    const opened = await Promise.all(keys.map(async (key, index) => [key, await this.#open(store, key, values[index])]));
    return opened.filter(([, value]) => value !== undefined);
  }

  /**
   * Write all or nothing. A value of `undefined` deletes. Everything is sealed first: a transaction closes itself while we await
   * crypto.subtle. Suites that have `ended` lose their keys in the same transaction, so that no crash can part the two.
   * @param {[store: string, key: string, value: any, by?: string][]} changes `by`: the id of the key to seal under, from `keyFor` @param {string[]} [ended]
   */
  async write(changes, ended = []) {
    const { destroyed, leaving } = withoutScopes(this.#ring, ended);
    const placed = new Map([...[...this.#ring].filter(([id, { stored }]) => !stored && !destroyed.includes(id)), ...leaving]);
    const rings = await Promise.all([...placed].map(async ([id, { scopes, leaving: going, wrapped }]) => [id, { place: await seal(this.#key, this.#place("keys/place", id), { scopes, leaving: going }), wrapped }]));
    const sealed = await Promise.all(changes.map(async ([store, key, value, by = OWN]) => [store, key, value === undefined ? undefined : { ...(await seal(/** @type {CryptoKey} */ (this.#keyOf(by)), this.#place(store, key), value)), key: by }]));
    await this.#withDatabase(async (db) => {
      const tx = db.transaction(ALL, "readwrite", { durability: "strict" });
      const steps = [...destroyed.map((id) => ["keys", id]), ...rings.map(([id, row]) => ["keys", id, row]), ...sealed];
      await allOf(tx, steps, ([store, key, value]) => (value === undefined ? tx.objectStore(store).delete(key) : tx.objectStore(store).put(value, key)));
    });
    for (const id of destroyed) this.#ring.delete(id);
    for (const [id, place] of placed) this.#ring.set(id, { ...place, stored: true });
  }

  /**
   * Records that want another key: one shared with a suite that has ended, or the vault's own from before there were others.
   * @param {number} most @returns {Promise<[string, any][]>}
   */
  async misplaced(most) {
    const leaving = [...this.#ring].filter(([, place]) => place.leaving).map(([id]) => id);
    if (leaving.length === 0 && this.#all_placed) return [];
    const [keys, values] = await this.#withDatabase(async (db) => {
      const { store } = db.transaction("records");
      const by_key = store.index("key");
      const found = (await Promise.all(leaving.map((id) => by_key.getAllKeys(id, most)))).flat();
      if (found.length === 0 && !this.#all_placed) {
        const placed = new Set(await by_key.getAllKeys());
        found.push(...(await store.getAllKeys()).filter((each) => !placed.has(each)));
        this.#all_placed = found.length === 0;
      }
      const wanted = found.slice(0, most);
      return [wanted, await Promise.all(wanted.map((each) => store.get(each)))];
    });
    return this.#opened("records", keys, values);
  }

  /**
   * Delete values whose key is gone, and keys that neither a record nor what was sent of one is under any more.
   * @param {number} most ranges of values in one transaction @returns {Promise<boolean>} whether there may be more
   */
  async sweep(most) {
    const done = await this.#withDatabase(async (db) => {
      // Not strict: nobody can read these any more, and the next start sweeps again what is still there.
      const tx = db.transaction(ALL, "readwrite");
      const left = new Set(await tx.objectStore("keys").getAllKeys());
      const emptied = [];
      const under = async (name, id) => tx.objectStore(name).index("key").count(id);
      for (const [id, place] of this.#ring) if (place.leaving && !((await under("records", id)) + (await under("kept", id)))) emptied.push(id);
      for (const id of emptied) {
        await tx.objectStore("keys").delete(id);
        left.delete(id);
      }
      let room = most;
      for (const name of BY_KEY) {
        const store = tx.objectStore(name);
        const dead = [];
        for (let at = await store.index("key").openKeyCursor(null, "nextunique"); at; at = await at.continue()) if (at.key !== OWN && !left.has(at.key)) dead.push(at.key);
        if (dead.length === 0) continue;
        const gone = new Set((await Promise.all(dead.map((id) => store.index("key").getAllKeys(id)))).flat());
        const ranges = runs(await store.getAllKeys(), gone).slice(0, room);
        await Promise.all(ranges.map(([first, last]) => store.delete(IDBKeyRange.bound(first, last))));
        room -= ranges.length;
      }
      await tx.done;
      return { emptied, more: room <= 0 };
    });
    for (const id of done.emptied) this.#ring.delete(id);
    return done.more;
  }

  close() {
    this.#db.close();
  }

  /** Its keys were destroyed, or another has taken its place: nothing is read or written here any more. */
  end() {
    this.#ended = true;
    this.#db.close();
  }
}

/** Neighbours that all go are deleted as one range, which is many times faster than one by one. @param {string[]} keys in their order @param {Set<string>} gone @returns {[string, string][]} first and last of each range */
function runs(keys, gone) {
  const found = [];
  let open = false;
  for (const key of keys) {
    if (!gone.has(key)) open = false;
    else if (open) found[found.length - 1][1] = key;
    else open = found.push([key, key]) > 0;
  }
  return found;
}

/** All of these or none: one that cannot even be asked for would let those before it through. @param {any} tx @param {any[]} steps @param {(step: any) => Promise<any>} ask */
async function allOf(tx, steps, ask) {
  const asked = [];
  try {
    for (const each of steps) asked.push(ask(each));
  } catch (error) {
    tx.abort();
    await Promise.allSettled([...asked, tx.done]);
    throw error;
  }
  await Promise.all([...asked, tx.done]);
}

/** @param {any} error */
const isFull = (error) => error?.name === "QuotaExceededError" || (error?.name === "AbortError" && error?.cause?.name === "QuotaExceededError");
