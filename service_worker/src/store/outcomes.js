// Pure: what an outcome does to the queue, and what a pulled page does to the records. No network, disk, clock or key. The
// device never decides between two versions: it keeps its queue, and takes what the server says.

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
 * @returns {{outbox: Map<string, Entry>, records: Map<string, any>, touched: Map<string, string>, ops: string[], settled: number}}
 */
export function applyResults(outbox, before, results) {
  const next = new Map(outbox);
  const records = new Map();
  const touched = new Map();
  const ops = [];
  for (const result of results) {
    const entry = next.get(result.op);
    if (!entry) continue;
    const { op } = entry;
    if (IN_THE_RECORD.has(result.state)) {
      const had = records.get(op.record) ?? before.get(op.record);
      const record = afterResult(had, op, result);
      if (record !== had) records.set(op.record, record);
      next.delete(op.op);
    } else if (result.state === "held" || result.state === "rejected") {
      next.set(op.op, { ...entry, state: result.state, why: result.why ?? null });
    } else {
      continue;
    }
    ops.push(op.op);
    touched.set(op.record, op.type);
  }
  return { outbox: next, records, touched, ops, settled: ops.length };
}

/** The server sends the record when its result is not what the sender could foresee; else it is what the sender foresaw. */
function afterResult(had, op, result) {
  if (result.record) return newer(had, result.record);
  if (had && revisionOf(had) > revisionOf(result)) return had;
  if (result.state === "conflict" || !result.rev) return had ?? { id: op.record, type: op.type, rev: result.rev ?? null, body: applyOp(undefined, op), scopes: [], open_conflicts: [] };
  return { ...(had ?? { scopes: [], open_conflicts: [] }), id: op.record, type: op.type, rev: result.rev, body: applyOp(had?.body, op) };
}

const revisionOf = (record) => Number.parseInt(record?.rev ?? "0", 10) || 0;

/** A record never goes back to an older revision. */
const newer = (had, record) => (had && revisionOf(had) > revisionOf(record) ? had : kept(record));

const kept = ({ id, type, rev, body, scopes, open_conflicts }) => ({ id, type, rev, body, scopes: scopes ?? [], open_conflicts: open_conflicts ?? [] });

/**
 * Records first, then what leaves: a record that moved between two suites of ours stays.
 * @param {Map<string, Entry>} outbox @param {Map<string, any>} before @param {{records: any[], leaves: {id: string, scope: string}[], drop_scopes: string[]}} page
 * @returns {{outbox: Map<string, Entry>, records: Map<string, any>, touched: Map<string, string>, ops: string[]}}
 */
export function applyPage(outbox, before, page) {
  const now = new Map(before);
  const next = new Map(outbox);
  const touched = new Map();
  const ops = [];
  const set = (id, type, record) => {
    now.set(id, record);
    touched.set(id, type);
  };
  for (const record of page.records) set(record.id, record.type, record.deleted ? undefined : newer(now.get(record.id), record));
  for (const { id, scope } of page.leaves) dropScopes(now, set, id, [scope]);
  if (page.drop_scopes.length) for (const id of [...now.keys()]) dropScopes(now, set, id, page.drop_scopes);
  // A held change has found its end when the server speaks of its record, or of the amendment it became.
  const spoken = new Set(page.records.flatMap((each) => [each.id, each.type === "amendment" ? each.body?.assessment_id : null]));
  for (const [op, entry] of next) {
    if (entry.state !== "held" || !spoken.has(entry.op.record)) continue;
    next.delete(op);
    ops.push(op);
  }
  const records = new Map([...touched.keys()].map((id) => [id, now.get(id)]));
  return { outbox: next, records, touched, ops };
}

function dropScopes(now, set, id, scopes) {
  const record = now.get(id);
  if (!record?.scopes.some((each) => scopes.includes(each))) return;
  const left = record.scopes.filter((each) => !scopes.includes(each));
  set(id, record.type, left.length ? { ...record, scopes: left } : undefined);
}
