// Pure: what an outcome does to the queue, and what a pulled page or a comparison does to the records. No network, disk,
// clock or key. The device never decides between two versions: it keeps its queue, and takes what the server says.

import { applyOp } from "./ops.js";

/** Outcomes after which the op's effect is in the server's record. */
const IN_THE_RECORD = new Set(["applied", "merged", "conflict"]);

/** @typedef {import("./ops.js").Entry} Entry */

/** @param {Map<string, Entry>} outbox @param {string[]} ops @returns {Map<string, Entry>} */
export function markSending(outbox, ops) {
  const next = new Map(outbox);
  for (const op of ops) {
    const entry = next.get(op);
    if (entry) next.set(op, { ...entry, state: "sending", tries: entry.tries + 1 });
  }
  return next;
}

/**
 * An entry leaves the queue together with the storing of its own outcome. One without an outcome stays as it is.
 * @param {Map<string, Entry>} outbox @param {Map<string, any>} before the records concerned, as stored @param {any[]} results
 * @param {string} [epoch] of the answer
 * @returns {{outbox: Map<string, Entry>, records: Map<string, any>, touched: Map<string, string>, ops: string[], answered: [Entry, any][]}} `answered`: each entry with its outcome
 */
export function applyResults(outbox, before, results, epoch) {
  const next = new Map(outbox);
  const records = new Map();
  const touched = new Map();
  const answered = /** @type {[Entry, any][]} */ ([]);
  for (const result of results) {
    const entry = next.get(result.op);
    if (!entry) continue;
    const { op } = entry;
    if (IN_THE_RECORD.has(result.state)) {
      const had = records.get(op.record) ?? before.get(op.record);
      const record = afterResult(had, entry, result, epoch);
      if (record !== had) records.set(op.record, record);
      next.delete(op.op);
    } else if (result.state === "held" || result.state === "rejected") {
      next.set(op.op, { ...entry, state: result.state, why: result.why ?? null });
    } else {
      continue;
    }
    answered.push([entry, result]);
    touched.set(op.record, op.type);
  }
  return { outbox: next, records, touched, ops: answered.map(([{ op }]) => op.op), answered };
}

/** The server sends the record when its result is not what the sender could foresee; else it is what the sender foresaw. @param {any} had @param {Entry} entry @param {any} result @param {string|undefined} epoch */
function afterResult(had, { op, again }, result, epoch) {
  if (result.record) return newer(had, result.record, epoch);
  // The service was set back: what is here is of later days, and is shown, with one's own work, until the service's is here.
  if (again && !had) return had;
  if (had && had.epoch !== epoch) return again ? had : { ...had, body: applyOp(had.body, op) };
  if (op.recovered) return had && sameContent(op.recovered, result.rev) ? { ...had, rev: result.rev, epoch } : had;
  if (had && revisionOf(had) > revisionOf(result)) return had;
  // An edit of a record that has left this device makes no half of one.
  if (!had && op.base !== null) return had;
  if (result.state === "conflict" || !result.rev) return had ?? { id: op.record, type: op.type, rev: result.rev ?? null, body: applyOp(undefined, op), scopes: [], open_conflicts: [], epoch };
  return { ...(had ?? { scopes: [], open_conflicts: [] }), id: op.record, type: op.type, rev: result.rev, body: applyOp(had?.body, op), epoch };
}

const revisionOf = (record) => Number.parseInt(record?.rev ?? "0", 10) || 0;
const sameContent = (a, b) => a.split("-")[1] === String(b).split("-")[1];

/** Within an epoch a record never goes back to an older revision; in a new one the service's word is the first. */
const newer = (had, record, epoch) => (had && had.epoch === epoch && revisionOf(had) > revisionOf(record) ? had : kept(record, epoch));

const kept = ({ id, type, rev, body, scopes, open_conflicts }, epoch) => ({ id, type, rev, body, scopes: scopes ?? [], open_conflicts: open_conflicts ?? [], epoch });

/**
 * Records first, then what leaves: a record that moved between two suites of ours stays.
 * @param {Map<string, Entry>} outbox @param {Map<string, any>} before @param {{epoch?: string, records: any[], leaves: {id: string, scope: string}[], drop_scopes: string[]}} page
 * @returns {{outbox: Map<string, Entry>, records: Map<string, any>, touched: Map<string, string>, ops: string[]}}
 */
export function applyPage(outbox, before, page) {
  const next = new Map(outbox);
  const ops = [];
  const { records, touched, now, set } = changing(before);
  for (const record of page.records) set(record.id, record.type, record.deleted ? undefined : newer(now.get(record.id), record, page.epoch));
  for (const { id, scope } of page.leaves) dropScopes(now, set, id, [scope]);
  if (page.drop_scopes.length) for (const id of [...now.keys()]) dropScopes(now, set, id, page.drop_scopes);
  // A held change has found its end when the server speaks of its record, or of the amendment it became.
  const spoken = new Set(page.records.flatMap((each) => [each.id, each.type === "amendment" ? each.body?.assessment_id : null]));
  for (const [op, entry] of next) {
    if (entry.state !== "held" || !spoken.has(entry.op.record)) continue;
    next.delete(op);
    ops.push(op);
  }
  return { outbox: next, records, touched, ops };
}

/**
 * What comparing found: the service's own stands, whatever number it has, because what differs here was never its. Nothing in
 * the queue is touched.
 * @param {Map<string, any>} before @param {{epoch: string, records: any[], leaves: {id: string, scope: string}[]}} answer
 * @returns {{records: Map<string, any>, touched: Map<string, string>}}
 */
export function applyComparison(before, answer) {
  const { records, touched, now, set } = changing(before);
  for (const record of answer.records) set(record.id, record.type, record.deleted ? undefined : kept(record, answer.epoch));
  for (const { id, scope } of answer.leaves) dropScopes(now, set, id, [scope]);
  return { records, touched };
}

/** @param {Map<string, any>} before */
function changing(before) {
  const now = new Map(before);
  /** @type {Map<string, any>} */
  const records = new Map();
  /** @type {Map<string, string>} */
  const touched = new Map();
  const set = (id, type, record) => {
    now.set(id, record);
    records.set(id, record);
    touched.set(id, type);
  };
  return { now, records, touched, set };
}

function dropScopes(now, set, id, scopes) {
  const record = now.get(id);
  if (!record?.scopes.some((each) => scopes.includes(each))) return;
  const left = record.scopes.filter((each) => !scopes.includes(each));
  set(id, record.type, left.length ? { ...record, scopes: left } : undefined);
}
