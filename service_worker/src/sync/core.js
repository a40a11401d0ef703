// Pure: which ops go in one request, and how long to wait after a failure. No network, disk, clock or key.

export const LIMITS = { ops: 100, bytes: 900_000 };

/** @typedef {import("../store/ops.js").Entry} Entry */

/**
 * The oldest ops that go in one request. An op chained on one that is refused stays until a person has seen to that.
 * @param {Entry[]} entries oldest first @param {number} most @returns {Entry[]}
 */
export function chooseBatch(entries, most = LIMITS.ops) {
  const stuck = new Set();
  const batch = [];
  let bytes = 0;
  for (const entry of entries) {
    const { op } = entry;
    // What was answered once and goes again, because the service was set back, was taken with what came before it.
    const chained = !entry.again && op.base !== null && "op" in op.base && stuck.has(op.base.op);
    if (entry.state === "rejected" || chained) stuck.add(op.op);
    if ((entry.state !== "waiting" && entry.state !== "sending") || chained) continue;
    const size = JSON.stringify(op).length * 2;
    if (batch.length && (batch.length >= most || bytes + size > LIMITS.bytes)) break;
    batch.push(entry);
    bytes += size;
  }
  return batch;
}

/** Without these ops, and without what comes after them on the same record. @param {Entry[]} entries oldest first @param {string[]} ops @returns {Entry[]} */
export function notBehind(entries, ops) {
  const records = new Set();
  return entries.filter(({ op }) => {
    if (ops.includes(op.op)) records.add(op.record);
    return !records.has(op.record);
  });
}

const LONGEST = 300_000;
/** No signal burdens nobody: a tablet that is carried into coverage sends within a minute, whatever the browser says of the network. */
export const LONGEST_WITHOUT_SIGNAL = 60_000;

/**
 * Full jitter, from 2 s on; what the server asks for is never undercut.
 * @param {number} failures @param {number} luck 0..1 @param {number} asked seconds @param {number} longest milliseconds @returns {number} milliseconds
 */
export function backoff(failures, luck, asked = 0, longest = LONGEST) {
  return Math.max(asked * 1000, Math.round(luck * Math.min(longest, 2000 * 2 ** Math.min(failures, 12))), 500);
}
