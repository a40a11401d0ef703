// Sends what waits, oldest first. An entry leaves the queue only with its own stored outcome.

import { LIMITS, chooseBatch } from "./core.js";
import { Refused, Unreachable, exchange } from "./exchange.js";

/**
 * @param {any} store @param {any} session @param {{fetch: typeof fetch, now: () => string}} world
 * @returns {Promise<{sent: number}>}
 */
export async function push(store, session, world) {
  let most = LIMITS.ops;
  let sent = 0;
  const tried = new Set();
  for (;;) {
    const batch = chooseBatch(store.entries().filter((each) => !tried.has(each.op.op)), most);
    if (batch.length === 0) return { sent };
    const ops = await store.markSending(batch.map((each) => each.op.op));
    let answer;
    try {
      answer = await exchange(world.fetch, "/sync/v1/push", session.token, {
        proto: 1, epoch: (await store.meta.get("epoch")) ?? null, device: session.device.id, schema: 1, now: world.now(), waiting: store.entries().length, ops,
      }, (each) => Array.isArray(each.results) && typeof each.epoch === "string");
    } catch (error) {
      const smaller = error instanceof Refused ? error.status === 413 || error.status >= 500 : error instanceof Unreachable && /** @type {any} */ (error.cause)?.name === "TimeoutError";
      if (smaller && batch.length > 1) {
        most = Math.ceil(batch.length / 2);
        continue;
      }
      if (error instanceof Refused && error.status === 413) {
        await store.storeResults([{ op: ops[0].op, state: "rejected", why: error.code || "sync.too_large" }]);
        continue;
      }
      throw error;
    }
    const asked = new Set(ops.map((each) => each.op));
    const results = answer.results.filter((each) => asked.has(each.op));
    await store.storeResults(results);
    sent += results.length;
    // One whose outcome was left out stays waiting; it is asked about again next time, not at once.
    for (const op of asked) if (!results.some((each) => each.op === op)) tried.add(op);
    if (results.some((each) => each.state !== "rejected")) await store.meta.set("last_sent", world.now());
  }
}
