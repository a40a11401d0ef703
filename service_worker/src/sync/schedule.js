// When to sync, and what a failure means. One sync at a time on the whole device; the queue outlives every refusal.

import { LONGEST_WITHOUT_SIGNAL, backoff } from "./core.js";
import { sync } from "./effects.js";
import { Refused, Unreachable, exchange } from "./exchange.js";

/** So many failed tries are remembered, for the page that says why nothing goes. */
const MOST_TRIES = 5;

/**
 * @param {{current: () => {store: any, session: any}|null, fetch: typeof fetch, now: () => string, told: (what: any) => void,
 *          clear?: (store: any, order: any) => Promise<boolean>, stalled?: number, later?: (work: () => void, ms: number) => any, luck?: () => number, locks?: LockManager}} world
 */
export function scheduler(world) {
  const later = world.later ?? ((work, ms) => setTimeout(work, ms));
  const luck = world.luck ?? Math.random;
  let failures = 0;
  let not_before = 0;
  /** @type {Promise<any>|null} */
  let running = null;
  let again = false;
  let planned = 0;

  async function once() {
    const open = world.current();
    if (!open) return { state: "locked" };
    const { store, session } = open;
    if (await asksToWait(store)) return { state: "waiting" };
    world.told({ type: "sync", state: "started" });
    try {
      const { sent, received, cleared } = await sync(store, session.device, {
        send: (path, body, looksRight) => exchange(world.fetch, path, session.token, body, looksRight, world.stalled), now: world.now, progress: (told) => world.told({ type: "progress", ...told }),
        clear: async (order) => Boolean(await world.clear?.(store, order)),
      });
      // Nothing is there any more to remember anything in.
      if (cleared) return { state: "cleared" };
      failures = 0;
      not_before = 0;
      await forget(store, ["no_signal_since", "foreign", "sync_refused", "tries"]);
      return { state: "done", sent, received };
    } catch (error) {
      return failed(store, error);
    } finally {
      world.told({ type: "status" });
    }
  }

  async function failed(store, error) {
    const refused = error instanceof Refused;
    if (!refused && !(error instanceof Unreachable)) throw error;
    failures += 1;
    const wait = refused ? backoff(failures, luck(), error.retry_after) : backoff(failures, luck(), 0, LONGEST_WITHOUT_SIGNAL);
    not_before = Date.now() + wait;
    const tries = (await store.meta.get("tries")) ?? [];
    await store.meta.set("tries", [...tries, { at: world.now(), code: codeOf(error) }].slice(-MOST_TRIES));
    if (refused) {
      await forget(store, ["no_signal_since", "foreign"]);
      const until = error.retry_after ? after(world.now(), error.retry_after) : null;
      await store.meta.set("sync_refused", { status: error.status, code: error.code, at: world.now(), until });
    } else {
      if (!(await store.meta.get("no_signal_since"))) await store.meta.set("no_signal_since", world.now());
      if (error.foreign) await store.meta.set("foreign", true);
      else await forget(store, ["foreign"]);
    }
    if (!refused || error.status >= 500 || error.status === 429) plan(wait);
    return { state: refused ? "refused" : "unreachable", code: refused ? error.code : "" };
  }

  /** Whether the service asked for a time that is not over: kept, because a worker is stopped and started at will. A clock that was set back asks for nothing. */
  async function asksToWait(store) {
    const refused = await store.meta.get("sync_refused");
    return Boolean(refused?.until) && world.now() >= refused.at && world.now() < refused.until;
  }

  async function forget(store, names) {
    for (const name of names) if (await store.meta.get(name)) await store.meta.set(name, null);
  }

  /** @returns {Promise<any>} */
  function run() {
    if (running) {
      again = true;
      return running;
    }
    const work = world.locks ? () => world.locks?.request("throughcare-sync", once) : once;
    running = Promise.resolve(work()).finally(() => {
      running = null;
      if (again) {
        again = false;
        plan(200);
      }
    });
    return running;
  }

  /** @param {number} ms */
  function plan(ms) {
    const at = Date.now() + ms;
    if (planned && planned <= at && planned > Date.now()) return;
    planned = at;
    later(() => {
      planned = 0;
      run().catch(() => {});
    }, ms);
  }

  return {
    run,
    plan,
    /** Something says that it may work now: the network is back, a page was looked at. A planned wait is kept, unless this is a better reason. */
    nudge(better = false) {
      if (better) not_before = 0;
      return Date.now() < not_before ? Promise.resolve({ state: "waiting" }) : run();
    },
  };
}

/** What a failed try is remembered as; null when nothing answered. @param {any} error */
function codeOf(error) {
  if (error instanceof Refused) return error.code || "server.busy";
  return error.foreign ? "network.not_ours" : null;
}

/** @param {string} time @param {number} seconds */
const after = (time, seconds) => `${new Date(Date.parse(time) + seconds * 1000).toISOString().slice(0, 19)}Z`;
