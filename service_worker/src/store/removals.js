// What was taken away as entered in error is no record of this device any more. The device remembers that it was here, and of its
// own removals what they said, so that its worker is told why a page is gone and can bring back what they took away.

import { MARK } from "./ops.js";

/** @typedef {{type: string, op?: string, mark?: {reason: string, by: string, at: string}}} Removal `op` and `mark`: of a removal that was made here */

/** The small value that holds them; it goes with any suite that ends, because a reason may speak of somebody there. */
export const TAKEN_AWAY = "taken_away";
const MOST = 200;

/** @param {any} core @param {string|undefined} id @returns {Removal|undefined} */
export const removalOf = (core, id) => (id ? core.meta.get(TAKEN_AWAY)?.[id] : undefined);

/** @param {any} core @param {[string, Removal][]} removals ids with what is known of each; what was made here is not forgotten for what was heard @returns {import("./core.js").Write} */
export function remembered(core, removals) {
  const before = Object.entries(core.meta.get(TAKEN_AWAY) ?? {});
  const known = new Map(before);
  for (const [id, removal] of removals) known.set(id, removal.op ? removal : (known.get(id) ?? removal));
  return ["meta", TAKEN_AWAY, Object.fromEntries([...known].slice(-MOST))];
}

/** @param {import("./ops.js").Entry[]} entries that were just queued @returns {[string, Removal][]} those that take a record away */
export function removalsIn(entries) {
  return entries.flatMap(({ op }) => op.set.filter(([pointer, , mark]) => pointer === `/${MARK}` && mark).map(([, , mark]) => /** @type {[string, Removal]} */ ([op.record, { type: op.type, op: op.op, mark }])));
}

/** Its record is not here any more: the op stands on the removal. @param {string} id @param {Removal} removal @param {string} now @param {() => string} newId @returns {import("./ops.js").Entry} */
export function returnOf(id, removal, now, newId) {
  const op = { op: newId(), record: id, type: removal.type, base: { op: /** @type {string} */ (removal.op) }, set: /** @type {import("./ops.js").Change[]} */ ([[`/${MARK}`, removal.mark, null, now]]), at: now };
  return { op, state: "waiting", tries: 0, since: now, why: null };
}
