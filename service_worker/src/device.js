// Whether the device is open, and for whom. The key lives in this script's memory and in the pages' and nowhere else; when
// the browser has stopped the script in between, a page hands it over again.

import { forget, load } from "./formlogic/index.js";
import { isoSeconds } from "./present/time.js";
import { Problem } from "./problem.js";
import { StoreGone, openDatabase } from "./store/db.js";
import { clearVault, listCleared } from "./store/doorway.js";
import { after, newId } from "./store/ids.js";
import { Store } from "./store/store.js";

const HAND_OVER = 5000;
/** How long a page may take to save what was just typed into it. */
const FLUSH = 2000;

export class Device {
  #pages;
  #told;
  /** @type {{vault_id: string, key: CryptoKey, db: any, store: Store, session: any}|null} */
  #open = null;
  #closed_on_purpose = false;
  /** @type {Promise<any>|null} */
  #recovering = null;
  /** @type {Promise<any>} */
  #unlocking = Promise.resolve();
  /** The last store: a sync may have it in its hands still, after the lock too. Only that keeps it. @type {WeakRef<Store>|undefined} */
  #before;

  /** @param {{pages: () => Promise<readonly any[]>, told: (what: string) => void}} world */
  constructor({ pages, told }) {
    this.#pages = pages;
    this.#told = told;
  }

  /** @returns {{vault_id: string, key: CryptoKey, store: Store, session: any}|null} */
  current() {
    return this.#open;
  }

  /**
   * One after another, and whoever had the store before writes no more: of two over one disk each would overwrite what the other has not read.
   * @param {string} vault_id @param {CryptoKey} key @returns {Promise<void>} throws when the key does not open what is there, or it was locked meanwhile
   */
  unlock(vault_id, key) {
    this.#closed_on_purpose = false;
    const done = this.#unlocking.then(() => this.#unlock(vault_id, key));
    this.#unlocking = done.catch(() => {});
    return done;
  }

  async #unlock(vault_id, key) {
    if (this.#open?.vault_id === vault_id) return;
    // A page may still have the key of a vault that was cleared when the power went.
    if ((await listCleared()).some(({ id }) => id === vault_id)) throw new StoreGone("This vault was cleared.");
    if (!this.#open) await this.#before?.deref()?.end();
    const db = await openDatabase(vault_id, key, false);
    const store = await Store.load(db, { now: () => isoSeconds(Date.now()), newId, changed: this.#told });
    after(store.numbers());
    const session = await store.meta.get("session");
    if (!session) throw new Error("This vault holds no worker.");
    await this.#open?.store.end();
    if (this.#closed_on_purpose) {
      db.close();
      throw new Error("Locked meanwhile.");
    }
    this.#open = { vault_id, key, db, store, session };
    this.#before = new WeakRef(store);
    // A purge that was broken off, or what another release sealed otherwise: it is finished beside the work.
    store.tidy(() => this.#open?.store === store).catch(() => {});
  }

  /** Forget the key here and in every page. Where the worker was is kept, sealed. @param {string|null} [path] @param {boolean} [hard] whether pages also forget what was typed */
  async lock(path, hard = true) {
    const open = this.#open;
    this.#open = null;
    this.#closed_on_purpose = true;
    // The engine remembers what its last rules made of the answers.
    forget();
    for (const page of await this.#pages()) page.postMessage({ type: "locked", hard });
    if (open && path) await open.store.meta.set("resume", path);
    open?.db.close();
  }

  /**
   * Destroy the key in every form in which it is here, by order of the service, unless a change is nowhere else. What lay under it is deleted after that (sync/cleared.js).
   * @param {Store} store the one that was asked @param {{at: string, proof: string}} order @returns {Promise<boolean>} whether it is done
   */
  async clear(store, { at, proof }) {
    const open = this.#open;
    if (open?.store !== store) return false;
    // It is then unsent, and goes first.
    await typedIsSaved(await this.#pages());
    const done = await store.clear(() => clearVault(open.vault_id, { at, device: open.session.device.id, proof }));
    if (done) await this.lock(null);
    return done;
  }

  /** @returns {Promise<any>} the open device, asking the pages for the key when this script has just been started; null when locked */
  async opened() {
    if (this.#open || this.#closed_on_purpose) return this.#open;
    this.#recovering ??= this.#recover().finally(() => {
      this.#recovering = null;
    });
    await this.#recovering;
    return this.#open;
  }

  async #recover() {
    const handed = await firstKey(await this.#pages());
    if (handed) await this.unlock(handed.vault_id, handed.key).catch(() => {});
  }
}

/** @param {readonly any[]} pages @returns {Promise<{vault_id: string, key: CryptoKey}|null>} */
function firstKey(pages) {
  if (pages.length === 0) return Promise.resolve(null);
  return new Promise((resolve) => {
    let silent = pages.length;
    const timer = setTimeout(() => resolve(null), HAND_OVER);
    const settle = (value) => {
      clearTimeout(timer);
      resolve(value);
    };
    for (const page of pages) {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = ({ data }) => {
        silent -= 1;
        if (data?.key) settle(data);
        else if (silent === 0) settle(null);
      };
      page.postMessage({ type: "key?" }, [port2]);
    }
  });
}

/** Text is saved a moment after the last key. @param {readonly any[]} pages @returns {Promise<any>} when each has answered, or takes too long */
function typedIsSaved(pages) {
  const answers = pages.map((page) => new Promise((done) => {
    const { port1, port2 } = new MessageChannel();
    const timer = setTimeout(done, FLUSH);
    port1.onmessage = () => {
      clearTimeout(timer);
      port1.close();
      done(true);
    };
    page.postMessage({ type: "flush" }, [port2]);
  }));
  return Promise.all(answers);
}

/** What routes know of who is working. The token is sync's alone. @param {any} open */
export async function sessionOf({ store, session }) {
  const reference = await store.meta.get("reference");
  const mine = reference?.device?.suites;
  const suites = (reference?.suites ?? session.suites ?? []).filter((each) => !mine || mine.includes(each.id));
  const chosen = await store.meta.get("suite_id");
  const suite_id = suites.some((each) => each.id === chosen) ? chosen : suites[0]?.id;
  const users = Object.fromEntries((reference?.users ?? []).map((each) => [each.id, each.name]));
  const device = { ...session.device, name: reference?.device?.name ?? session.device?.name };
  return { user: session.user, device, suites, suite_id, users: { [session.user.id]: session.user.name, ...users }, demo: Boolean(session.demo), idle_minutes: reference?.device?.idle_minutes ?? 0 };
}

const loaded = new Map();

/** @param {any} store */
export function formsOf(store) {
  const all = async () => (await store.meta.get("reference"))?.forms ?? [];
  return {
    list: async () => (await all()).map(({ form, title, status, definition }) => ({ form, title, status, from: definition?.effectivePeriod?.start ?? "" })),
    get: async (name) => {
      const found = (await all()).find((each) => each.form === name);
      if (!found) throw new Problem("form.not_here");
      const key = `${name} ${found.sha256}`;
      if (!loaded.has(key)) loaded.set(key, load(found.definition));
      return loaded.get(key);
    },
  };
}
