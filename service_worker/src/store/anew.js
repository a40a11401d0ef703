// Pure: a change that goes once more under a new number, because under its own it would get the same refusal again.

/** @typedef {import("./ops.js").Entry} Entry */

/** The service knows this number from somebody else: from a copy of this tablet, or from its own days before it was set back. @param {any} result */
export const isOfACopy = (result) => result.state === "rejected" && result.why === "op.mismatch";

/**
 * What was chained on it and never sent follows it, each under a new number too, so that they stay in their order.
 * @param {Map<string, Entry>} outbox oldest first @param {string} op @param {() => string} newId
 * @returns {Map<string, Entry>} with the old ones gone and the new ones last
 */
export function sendAnew(outbox, op, newId) {
  const next = new Map(outbox);
  /** @type {Map<string, string>} */
  const numbers = new Map();
  for (const [id, entry] of outbox) {
    const { base } = entry.op;
    const after = base !== null && "op" in base ? numbers.get(base.op) : undefined;
    if (id !== op && !(after && entry.tries === 0)) continue;
    const made = { ...entry.op, op: newId(), ...(after ? { base: { op: after } } : {}) };
    numbers.set(id, made.op);
    next.delete(id);
    next.set(made.op, { ...entry, op: made, state: "waiting", tries: 0, why: null });
  }
  return next;
}

/**
 * The same for a change whose number a copy of this tablet has used: it would be lost otherwise, because the service keeps only
 * the first. What a later change, that was sent already, decided since is not asked for again.
 * @param {Map<string, Entry>} outbox @param {Map<string, Entry>} sent the queue as it was sent, oldest first @param {string} op @param {() => string} newId @returns {Map<string, Entry>}
 */
export function sendAsOwn(outbox, sent, op, newId) {
  const entry = outbox.get(op);
  // Once is enough: a service that never takes it must not keep us asking.
  if (!entry || entry.own) return outbox;
  const queue = [...sent.values()];
  const later = queue.slice(queue.findIndex((each) => each.op.op === op) + 1).filter((each) => each.op.record === entry.op.record && each.tries > 0);
  const decided = new Set(later.flatMap((each) => each.op.set.map(([pointer]) => pointer)));
  const set = entry.op.set.filter(([pointer]) => !decided.has(pointer));
  return sendAnew(new Map(outbox).set(op, { ...entry, op: { ...entry.op, set }, own: true }), op, newId);
}
