// Turns a change of answers into the smallest list of edits, and keeps the place where the finger was.

/** @param {string} key @returns {string} one RFC 6901 step */
const step = (key) => key.replace(/~/g, "~0").replace(/\//g, "~1");

/**
 * Edits from one set of answers to the next. A repeating choice is edited code by code, so that two tablets that tick
 * different boxes merge without asking anybody.
 * @param {any} before @param {any} after @returns {[string, any][]}
 */
export function answerEdits(before, after) {
  /** @type {[string, any][]} */
  const edits = [];
  for (const link_id of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const was = before[link_id] ?? null;
    const is = after[link_id] ?? null;
    if (JSON.stringify(was) === JSON.stringify(is)) continue;
    if (isMap(was) && isMap(is)) {
      for (const code of new Set([...Object.keys(was), ...Object.keys(is)])) {
        if (Boolean(was[code]) !== Boolean(is[code])) edits.push([`/answers/${step(link_id)}/${step(code)}`, is[code] ? true : null]);
      }
    } else {
      edits.push([`/answers/${step(link_id)}`, isMap(is) && Object.keys(is).length === 0 ? null : is]);
    }
  }
  return edits;
}

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
