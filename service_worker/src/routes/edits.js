// Turns a change of answers into the smallest list of edits, and keeps the place where the finger was.

/** @param {string} key @returns {string} one RFC 6901 step */
export const step = (key) => key.replace(/~/g, "~0").replace(/\//g, "~1");

/**
 * Edits from one set of answers to the next. A repeating choice is edited code by code and a repeating group instance by instance, so that
 * two tablets that tick different boxes, or each add one, merge without asking anybody.
 * @param {any} before @param {any} after @param {string} [at] where these answers stand @returns {[string, any][]}
 */
export function answerEdits(before, after, at = "/answers") {
  return keysOf(before, after).flatMap((link_id) => editsOf(before[link_id] ?? null, after[link_id] ?? null, `${at}/${step(link_id)}`));
}

/** @param {any} was @param {any} is @param {string} at @returns {[string, any][]} */
function editsOf(was, is, at) {
  if (JSON.stringify(was) === JSON.stringify(is)) return [];
  if (isMap(is) && (hasInstances(was) || hasInstances(is))) return instanceEdits(was ?? {}, is, at);
  if (isMap(was) && isMap(is)) return keysOf(was, is).filter((code) => (was[code] ?? null) !== (is[code] ?? null)).map((code) => /** @type {[string, any]} */ ([`${at}/${step(code)}`, is[code] || null]));
  return [[at, isMap(is) && Object.keys(is).length === 0 ? null : is]];
}

/**
 * Each instance has a key of its own and its place in `_order`; one that holds nothing yet is only a place.
 * @param {any} was @param {any} is @param {string} at @returns {[string, any][]}
 */
function instanceEdits(was, is, at) {
  return keysOf(was, is).flatMap((id) => {
    const here = `${at}/${step(id)}`;
    if (id === "_order") return keysOf(was._order ?? {}, is._order ?? {}).filter((each) => was._order?.[each] !== is._order?.[each]).map((each) => /** @type {[string, any]} */ ([`${here}/${step(each)}`, is._order?.[each] ?? null]));
    if (isMap(was[id] ?? {}) && isMap(is[id])) return answerEdits(was[id] ?? {}, is[id], here);
    return editsOf(was[id] ?? null, is[id] ?? null, here);
  });
}

const keysOf = (one, other) => [...new Set([...Object.keys(one), ...Object.keys(other)])];
const hasInstances = (value) => isMap(value) && isMap(value._order);
const isMap = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

/**
 * Keep the place, sealed, so that reopening lands on the very question.
 * @param {any} ctx @param {string} id @param {{page_id: string, link_id?: string, number: number, of: number, saved_at?: string}} place
 */
export async function keepPlace(ctx, id, place) {
  const places = (await ctx.store.meta.get("place")) ?? {};
  const before = places[id] ?? { looked: {} };
  const link_id = place.link_id ?? (before.page_id === place.page_id ? before.link_id : undefined);
  const next = { ...place, saved_at: place.saved_at ?? before.saved_at ?? null, link_id: link_id ?? null, looked: { ...before.looked, [place.page_id]: true } };
  if (JSON.stringify(before) === JSON.stringify(next)) return;
  await ctx.store.meta.set("place", { ...places, [id]: next });
}

/** @param {any} ctx @returns {(name: string) => string} a trimmed form field, "" when absent */
export function typed(ctx) {
  return (name) => {
    const value = ctx.form.get(name);
    return typeof value === "string" ? value.trim() : "";
  };
}
