// Carries out what the reducer asks for: reads and writes the store, speaks to the service, tells the clock. It decides
// nothing. Each write is one transaction, and the reducer hears of it when the disk has it.

import { Refused, Unreachable } from "./exchange.js";
import { begin, looksRight, step } from "./step.js";

/**
 * One whole sync: send what waits, then fetch what changed.
 * @param {any} store @param {{id: string}} device
 * @param {{send: (path: string, body: any, looksRight: (answer: any) => boolean) => Promise<any>, now: () => string, progress?: (told: any) => void, clear?: (order: any) => Promise<boolean>}} world
 * @returns {Promise<{sent: number, received: number, cleared: boolean}>} throws Refused or Unreachable, as `send` did
 */
export async function sync(store, device, world) {
  let state = begin();
  /** @type {import("./step.js").Event} */
  let event = { type: "start" };
  let failure;
  for (;;) {
    const next = step(state, event);
    state = next.state;
    const { effect } = next;
    if (effect.do === "done") return { sent: state.sent, received: state.received, cleared: state.cleared };
    if (effect.do === "fail") throw failure;
    try {
      event = await carryOut(effect, state, store, device, world);
    } catch (error) {
      if (effect.do !== "push" && effect.do !== "pull" && effect.do !== "compare") throw error;
      failure = error;
      event = told(error);
    }
  }
}

const PATHS = { push: "/sync/v1/push", pull: "/sync/v1/pull", compare: "/sync/v1/compare" };

/** @param {import("./step.js").Effect} effect @param {any} state @param {any} store @param {{id: string}} device @param {any} world @returns {Promise<import("./step.js").Event>} what came of it */
async function carryOut(effect, state, store, device, { send, now, progress, clear }) {
  switch (effect.do) {
    case "read": {
      const reference = await store.meta.get("reference");
      return { type: "read", entries: store.entries(), cursor: (await store.meta.get("cursor")) ?? null, reference: reference?.hash ?? null, aside: Object.keys((await store.meta.get("aside")) ?? {}), said: await said(store), ...(await known(store)) };
    }
    case "mark": {
      const ops = await store.synced.markSending(effect.ops);
      return { type: "marked", ops, said: queueOf(store), ...(await known(store)) };
    }
    case "push":
      return { type: "answer", answer: await send(PATHS.push, { ...effect.request, device: device.id, now: now() }, looksRight.push) };
    case "pull":
    case "compare":
      return { type: "answer", answer: await send(PATHS[effect.do], effect.request, looksRight[effect.do]) };
    case "store_results":
      await store.synced.storeResults(effect.results, effect.told);
      if (effect.heard) await store.meta.set("last_sent", now());
      return { type: "stored" };
    case "store_page": {
      const { page, last } = effect;
      const reference = page.reference ?? (await store.meta.get("reference"));
      const asked = page.clear?.asked_at;
      const news = asked !== (await store.meta.get("clear_asked")) ? { clear_asked: asked } : {};
      await store.synced.storePage(page, { cursor: page.cursor, epoch: page.epoch, ...(page.reference ? { reference: page.reference } : {}), ...(last ? { last_sync: now() } : {}), ...news });
      progress?.({ records: state.received, forms: reference?.forms?.length ?? 0, more: !last });
      return { type: "stored" };
    }
    case "new_epoch":
      await store.synced.newEpoch(effect.epoch);
      return { type: "stored" };
    case "set_aside": {
      // Those that have found their end since are forgotten with this.
      const before = Object.entries((await store.meta.get("aside")) ?? {}).filter(([op]) => store.entries().some((each) => each.op.op === op));
      await store.meta.set("aside", { ...Object.fromEntries(before), [effect.op]: { why: effect.why, at: now() } });
      return { type: "stored" };
    }
    case "reckon":
      return { type: "reckoned", digest: await store.synced.reckon(effect.scopes) };
    case "list":
      return { type: "listed", ...store.synced.list(effect.scope, effect.after, effect.most) };
    case "store_comparison":
      await store.synced.storeComparison(effect.answer);
      return { type: "stored" };
    case "note":
      await store.synced.note(effect);
      return { type: "stored" };
    case "clear":
      return { type: "cleared", done: Boolean(await clear?.(effect.order)) };
    default:
      throw new Error("The reducer asks for nothing else.");
  }
}

/** How much only this device has, and since when. @param {any} store @returns {{waiting: number, oldest?: string}} */
function queueOf(store) {
  const since = store.unsent().map((each) => each.since).sort();
  return since.length ? { waiting: since.length, oldest: since[0] } : { waiting: 0 };
}

/** What the office is told of this device with each fetch. @param {any} store */
async function said(store) {
  const since = (await store.meta.get("out_of_step"))?.since;
  return { ...queueOf(store), ...(since ? { out_of_step: since } : {}) };
}

/** @param {any} store @returns {Promise<{epoch: string|null, last_op: string|null}>} */
async function known(store) {
  return { epoch: (await store.meta.get("epoch")) ?? null, last_op: (await store.meta.get("last_op"))?.op ?? null };
}

/** @param {any} error @returns {import("./step.js").Event} anything that is neither a refusal nor silence is a fault of ours, and goes on */
function told(error) {
  if (error instanceof Refused) return { type: "refused", status: error.status, code: error.code };
  if (error instanceof Unreachable) return { type: "unreachable", timed_out: /** @type {any} */ (error.cause)?.name === "TimeoutError" };
  throw error;
}
