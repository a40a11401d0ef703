// Pure: the ops that the service has answered, kept until they are in a verified backup of it, and the receipts that stay
// after that. A service that was set back gets every kept op again. No device clock decides how long something is kept.

/** @typedef {import("./ops.js").Entry} Entry */
/** @typedef {{op: string, record: string, rev: string|null, seq: number|null, sha256: string|null, received_at: string|null}} Receipt */
/** @typedef {{receipt: Receipt, epoch: string, since: string, tries: number}} Kept what memory holds of a kept op; its text stays sealed on the disk */

export const DAYS = 35;
const DAY = 24 * 3600 * 1000;

/** @param {Entry} entry @param {any} result the outcome @param {string} epoch @returns {Kept} */
export const keptOf = ({ op, since, tries }, result, epoch) => ({
  receipt: { op: op.op, record: op.record, rev: result.rev ?? null, seq: result.seq ?? null, sha256: result.sha256 ?? null, received_at: result.received_at ?? null },
  epoch, since, tries,
});

/**
 * What need not be kept word for word any longer.
 * @param {Map<string, Kept>} kept @param {{epoch: string, durable_seq?: number, server_now?: string}} told by the service @param {Set<string>} lost records that this device may hold no longer
 * @returns {{durable: Kept[], expired: Kept[]}} durable: in a verified backup, or lost: its receipt stays; expired: nothing stays
 */
export function pruned(kept, { epoch, durable_seq = 0, server_now }, lost) {
  const all = [...kept.values()];
  const expired = all.filter((each) => isOld(each.receipt.received_at, server_now));
  const durable = all.filter((each) => !expired.includes(each) && (lost.has(each.receipt.record) || (each.epoch === epoch && each.receipt.seq !== null && each.receipt.seq <= durable_seq)));
  return { durable, expired };
}

/** @param {string|null|undefined} received_at @param {string|undefined} server_now @returns {boolean} by the service's time alone; without it nothing is old */
export const isOld = (received_at, server_now) => Boolean(received_at && server_now && Date.parse(server_now) - Date.parse(received_at) > DAYS * DAY);

/** Receipts of one day lie in one sealed value. @param {Receipt} receipt @returns {string} its key */
export const dayOf = ({ received_at }) => `receipts:${String(received_at).slice(0, 10)}`;

/**
 * The service was set back: what it had answered waits again, in its order, before what is chained on it.
 * @param {Map<string, Entry>} outbox @param {[op: import("./ops.js").Op, kept: Kept][]} kept @param {string} epoch the new one
 * @returns {Map<string, Entry>} of the same ops, word for word
 */
export function putBack(outbox, kept, epoch) {
  const all = new Map(outbox);
  for (const [op, { since, tries }] of kept) all.set(op.op, { op, state: "waiting", tries: Math.max(1, tries), since, why: null, again: epoch });
  for (const [op, entry] of all) if (entry.state === "held") all.set(op, { ...entry, state: "waiting", why: null, again: epoch });
  return new Map([...all].sort(([a], [b]) => (a < b ? -1 : 1)));
}
