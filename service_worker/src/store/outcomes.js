// Pure: what an outcome does to the queue, and what a pulled page or a comparison does to the records. No network, disk,
// clock or key. The device never decides between two versions: it keeps its queue, and takes what the server says.

import { MARK, applyOp, clean } from "./ops.js";
import { OWN } from "./ring.js";

/** Outcomes after which the op's effect is in the server's record. */
const IN_THE_RECORD = new Set(["applied", "merged", "conflict"]);

/** Held until something comes, or until a supervisor decides: not the end of the matter. */
const MAY_COME = new Set(["op.waits_predecessor", "record.missing", "record.parent_missing", "form.not_published"]);

/** @typedef {import("./ops.js").Entry} Entry */

/** The suite was taken away before the change arrived: its supervisors have it now, and this device has no more to do with it. @param {any} result */
export const isGivenOver = (result) => result.state === "held" && result.why === "record.out_of_scope_now";

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
      next.delete(op.op);
      const after = afterResult(had, entry, result, epoch);
      const record = after?.body[MARK] && !isWorkedOn(next, op.record) ? undefined : after;
      if (record !== had) records.set(op.record, record);
    } else if (isGivenOver(result)) {
      next.delete(op.op);
    } else if (result.state === "held" || result.state === "rejected") {
      next.set(op.op, { ...entry, state: result.state, why: result.why ?? null });
      // Made again after the service was set back, and refused: it is nowhere else, and stands among what was refused.
      const had = records.get(op.record) ?? before.get(op.record);
      if (result.state === "rejected" && entry.again && op.base === null && had && had.epoch !== epoch && !had.scopes.length) records.set(op.record, undefined);
    } else {
      continue;
    }
    answered.push([entry, result]);
    touched.set(op.record, op.type);
    const here = records.has(op.record) ? records.get(op.record) : before.get(op.record);
    if (isLeftOver(next, here)) records.set(op.record, undefined);
  }
  return { outbox: next, records, touched, ops: answered.map(([{ op }]) => op.op), answered };
}

/** The server sends the record when its result is not what the sender could foresee; else it is what the sender foresaw. @param {any} had @param {Entry} entry @param {any} result @param {string|undefined} epoch */
function afterResult(had, { op, again }, result, epoch) {
  if (result.record) return result.record.deleted || hasLeft(had, op, result.record) ? undefined : newer(had, result.record, epoch);
  // The service was set back: what is here is of later days, and is shown, with one's own work, until the service's is here.
  if (again && !had) return had;
  if (had && had.epoch !== epoch) return again ? had : { ...had, body: applyOp(had.body, op) };
  if (op.recovered) return had && revisionOf(had) === revisionOf({ rev: op.recovered }) && sameContent(op.recovered, result.rev) ? { ...had, rev: result.rev, epoch } : had;
  // What was fetched meanwhile has the op in it.
  if (had && revisionOf(had) >= revisionOf(result)) return had;
  // An edit of a record that has left this device makes no half of one.
  if (!had && op.base !== null) return had;
  if (result.state === "conflict" || !result.rev) return had ?? { id: op.record, type: op.type, rev: result.rev ?? null, body: clean(applyOp(undefined, op)), ...alone(op), epoch };
  return { ...(had ?? alone(op)), id: op.record, type: op.type, rev: result.rev, body: clean(applyOp(had?.body, op)), epoch };
}

/**
 * Closed for long, so that tablets carry it no more: what waited here of it changed nothing. A person who has no stay yet is in no suite either, and stays with who made them.
 * @param {any} had @param {any} op @param {any} record as the service has it
 */
const hasLeft = (had, op, record) => record.scopes?.length === 0 && (op.type !== "person" || (had ? had.scopes.length > 0 : op.base !== null));

/** A record of a suite is that suite's from the first outcome on; whose a person is says the service. @param {any} op */
const alone = ({ body }) => ({ scopes: body?.suite_id ? [body.suite_id] : [], open_conflicts: [] });

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
  for (const record of page.records) set(record.id, record.type, record.deleted ? worked(next, now.get(record.id)) : newer(now.get(record.id), record, page.epoch));
  for (const { id, scope } of page.leaves) leave(now, set, id, scope);
  // A held change has found its end when the server speaks of its record, or of the amendment it became. One that waits for
  // something to come may have found another end than in the record, or none yet: it asks again what became of it.
  const spoken = new Set(page.records.flatMap((each) => [each.id, each.type === "amendment" ? each.body?.assessment_id : null]));
  for (const [op, entry] of next) {
    if (entry.state !== "held" || !spoken.has(entry.op.record)) continue;
    if (MAY_COME.has(entry.why ?? "")) next.set(op, { ...entry, state: "waiting", why: null });
    else next.delete(op);
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
  for (const { id, scope } of answer.leaves) leave(now, set, id, scope);
  return { records, touched };
}

/**
 * What was taken away goes, but stays in sight, as no suite's any more, while own work on it waits: the service makes it stand again when it hears of that.
 * @param {Map<string, Entry>} outbox @param {any} had
 */
const worked = (outbox, had) => (had && isWorkedOn(outbox, had.id) ? { ...had, scopes: [], taken_away: true } : undefined);

/** @param {Map<string, Entry>} outbox @param {any} record @returns {boolean} whether it was taken away and stays for own work that is no more: answered, or put back as it was */
export const isLeftOver = (outbox, record) => Boolean(record?.taken_away) && !isWorkedOn(outbox, record.id);

/** @param {Map<string, Entry>} outbox @param {string} id @returns {boolean} whether a change of it, or of what is recorded under it, waits */
function isWorkedOn(outbox, id) {
  return [...outbox.values()].some(({ op, state }) => (state === "waiting" || state === "sending") && (op.record === id || op.body?.person_id === id || op.body?.episode_id === id));
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

function leave(now, set, id, scope) {
  const record = now.get(id);
  if (!record?.scopes.includes(scope)) return;
  const left = record.scopes.filter((each) => each !== scope);
  set(id, record.type, left.length ? { ...record, scopes: left } : undefined);
}

/** Refusals after which the service has kept nothing: the only copy is here. */
export const NOT_KEPT = new Set(["op.malformed", "op.mismatch", "op.too_large", "sync.too_large"]);

/** Whether the service has no copy of a change. @param {{state: string, why: string|null}} entry */
export const isOnlyHere = ({ state, why }) => state === "waiting" || state === "sending" || (state === "rejected" && NOT_KEPT.has(why ?? ""));

/**
 * What goes when suites end: whatever was theirs alone, and of what was just made here and is in no suite yet, what would have
 * been theirs. Changes that the service keeps go with it; one that it does not have stays, whatever it was made on.
 * @param {Map<string, Entry>} outbox @param {{all: () => any[], homeOf: (id: string) => string|undefined}} lists @param {string[]} destroyed keys @param {string[]} ended
 * @returns {{outbox: Map<string, Entry>, gone: Map<string, string>, ops: string[]}} `gone`: ids with their types
 */
export function applyEnd(outbox, lists, destroyed, ended) {
  const gone = new Map();
  if (ended.length === 0) return { outbox, gone, ops: [] };
  const rows = lists.all();
  const own = rows.filter((row) => lists.homeOf(row.id) === OWN);
  for (const row of rows) if (destroyed.includes(lists.homeOf(row.id) ?? OWN)) gone.set(row.id, row.type);
  for (const row of own) if (ended.includes(row.suite_id)) gone.set(row.id, row.type);
  // A person is in the suites of their stays.
  const stays = new Set(rows.filter((row) => row.type === "custody_episode" && !gone.has(row.id)).map((row) => row.person_id));
  for (const row of own) if (row.type === "person" && !stays.has(row.id)) gone.set(row.id, row.type);
  const next = new Map(outbox);
  for (const [id, { op, state, why }] of outbox) {
    const kept_there = state === "held" || (state === "rejected" && !NOT_KEPT.has(why ?? ""));
    // What was refused or is held is no row of a list: its suite is what it says itself.
    if (kept_there && (gone.has(op.record) || ended.includes(op.body?.suite_id))) next.delete(id);
  }
  return { outbox: next, gone, ops: [...outbox.keys()].filter((op) => !next.has(op)) };
}
