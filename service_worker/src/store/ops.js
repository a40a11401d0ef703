// Pure: how an edit becomes an op, how edits of one record become one op until it is first sent, and how what is not yet
// sent is laid over what the server last said. It decides nothing between two versions.

/** @typedef {[pointer: string, seen: any, chosen: any, at: string]} Change */
/** @typedef {{op: string, record: string, type: string, base: {rev: string}|{op: string}|null, set: Change[], body?: any, resolves?: string[], reason?: string, recovered?: string, at: string}} Op */
/**
 * `again`: the epoch in which it is sent a second time, because the service was set back. `own`: it has a new number, because a copy of this tablet had used its first.
 * @typedef {{op: Op, state: "waiting"|"sending"|"held"|"rejected", tries: number, since: string, why: string|null, again?: string, own?: boolean}} Entry
 */

/** @param {string} pointer RFC 6901 @returns {string[]} */
const steps = (pointer) => pointer.split("/").slice(1).map((each) => each.replace(/~1/g, "/").replace(/~0/g, "~"));

/** @param {any} body @param {string} pointer @returns {any} null when absent */
export function valueAt(body, pointer) {
  let at = body;
  for (const step of steps(pointer)) at = isMap(at) && Object.hasOwn(at, step) ? at[step] : undefined;
  return at ?? null;
}

/** @param {any} body @param {string} pointer @param {any} value null removes @returns {any} a new body; what did not change is shared */
export function withValue(body, pointer, value) {
  return put(body, steps(pointer), value);
}

/** @param {any} at @param {string[]} path @param {any} value */
function put(at, path, value) {
  const [step, ...rest] = path;
  const next = isMap(at) ? { ...at } : {};
  const inner = rest.length ? put(next[step], rest, value) : value;
  if (inner === null || inner === undefined || (rest.length && isMap(inner) && Object.keys(inner).length === 0)) delete next[step];
  else next[step] = inner;
  return next;
}

const isMap = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

/** @param {any} a @param {any} b @returns {boolean} equal as JSON, whatever the order of keys */
export function same(a, b) {
  if (isMap(a) && isMap(b)) {
    const keys = Object.keys(a);
    return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && same(a[key], b[key]));
  }
  return JSON.stringify(a ?? null) === JSON.stringify(b ?? null);
}

/** @param {any} body @returns {any} the same without what is null: that is absent, as the service stores it */
export function clean(body) {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null && value !== undefined).map(([key, value]) => [key, isMap(value) ? clean(value) : value]));
}

/** @param {any} body @param {Op} op @returns {any} the body as the author of the op sees it; a create of what is there already is laid over it, as the service merges it */
export function applyOp(body, op) {
  let next = op.base === null ? { ...body, ...op.body } : (body ?? {});
  for (const [pointer, , chosen] of op.set) next = withValue(next, pointer, chosen);
  return next;
}

/** Only what may still come true is laid over: a held or refused change is shown as such, not as a value. */
const counts = (entry) => entry.state === "waiting" || entry.state === "sending";

/** What is sent a second time is in the record already, unless the record is of the time after. @param {any} record */
const isNews = (record) => (entry) => counts(entry) && (!entry.again || entry.again === record?.epoch);

/**
 * @param {any} entries map of the queue @param {string} id @returns {Entry[]} the record's own changes, oldest first. What the
 * service lacked and gets again as a whole is no change that anything is laid over or chained on.
 */
export const entriesOf = (entries, id) => [...entries.values()].filter(({ op }) => op.record === id && !op.recovered);

/**
 * @param {{body: any, epoch?: string}|undefined} record as the server last said @param {Entry[]} entries of this record, oldest first
 * @returns {{body: any, unsent: boolean}|undefined} undefined when there is nothing to show
 */
export function overlay(record, entries) {
  const live = entries.filter(isNews(record));
  // An edit of a record that is no longer here waits in the queue, but there is nothing to lay it over.
  if (!record && (!live.length || live[0].op.base !== null)) return undefined;
  const body = live.reduce((at, { op }) => applyOp(at, op), record?.body);
  return body === undefined ? undefined : { body, unsent: live.length > 0 };
}

/**
 * Put an edit into the record's queue. An entry that was ever sent is never touched again.
 * @param {Entry[]} entries of this record, oldest first @param {{rev: string}|undefined} record @param {any} seen the body the author saw
 * @param {{record: string, type: string, edits: [string, any][], now: string, newId: () => string, resolves?: string[], reason?: string}} change
 * @returns {Entry|null} the entry to store: the last one, longer, or a new one; null when nothing is changed
 */
export function queueEdit(entries, record, seen, { record: id, type, edits, now, newId, resolves, reason }) {
  const last = entries.at(-1);
  const apart = resolves || last?.op.resolves || (goesAlone(edits) || goesAlone(last?.op.set ?? [])) && !(removes(edits) && removes(last?.op.set ?? []));
  const open = last && last.state === "waiting" && last.tries === 0 && !apart ? last : null;
  let set = open ? open.op.set : [];
  let body = seen;
  for (const [pointer, chosen] of edits) {
    set = withChange(set, [pointer, valueAt(body, pointer), chosen ?? null, now]);
    body = withValue(body, pointer, chosen ?? null);
  }
  if (open) return { ...open, op: { ...open.op, set, at: now } };
  if (set.length === 0 && !resolves) return null;
  const chain = entries.filter((each) => counts(each)).at(-1);
  const base = chain ? { op: chain.op.op } : { rev: record?.rev ?? "" };
  const op = { op: newId(), record: id, type, base, set, at: now, ...(resolves ? { resolves } : {}), ...(reason ? { reason } : {}) };
  return { op, state: "waiting", tries: 0, since: now, why: null };
}

/** The mark of a record that was entered in error, as records/removal.py on the service has it. */
export const MARK = "entered_in_error";

/** A move to another person goes alone, and so does taking a record away: one that is refused takes no answer with it. @param {any[]} set */
const goesAlone = (set) => set.some(([pointer]) => pointer.startsWith("/moves/") || pointer === `/${MARK}`);

/** @param {any[]} set */
const removes = (set) => set.some(([pointer]) => pointer === `/${MARK}`);

/** One entry per path: first value seen, last value chosen. A path inside another's keeps its own place, because order matters there. */
function withChange(set, change) {
  const [pointer, , chosen, at] = change;
  const index = set.findIndex((each) => each[0] === pointer);
  const entangled = set.slice(index + 1).some(([other]) => other !== pointer && (other.startsWith(`${pointer}/`) || pointer.startsWith(`${other}/`)));
  if (index < 0 || entangled) return same(change[1], chosen) ? set : [...set, change];
  const seen = set[index][1];
  if (same(seen, chosen)) return set.filter((_, each) => each !== index);
  return set.map((each, at_index) => (at_index === index ? [pointer, seen, chosen, at] : each));
}

/** @param {{record: string, type: string, body: any, now: string, newId: () => string}} create @returns {Entry} */
export function queueCreate({ record, type, body, now, newId }) {
  return { op: { op: newId(), record, type, base: null, set: [], body, at: now }, state: "waiting", tries: 0, since: now, why: null };
}

/** @param {Entry} entry @returns {boolean} an edit whose every path is as it was: nothing to send */
export const isEmpty = ({ op, tries }) => tries === 0 && op.base !== null && op.set.length === 0 && !op.resolves;
