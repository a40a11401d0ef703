// Pure: the part of a sync in which the device says what it holds of a suite, because its own sum differs from the service's.
// Each suite is compared once in a sync; what still differs then is said and not tried for ever.

/** So many revisions go in one request. */
export const MOST_HAVE = 2000;
/** A range that still differs after so many answers is left. */
const MOST_ANSWERS = 50;

/** @typedef {import("./step.js").State} State */
/** @typedef {{scopes: string[], after: string, until: string|null, more: boolean, answers: number}} Asking `scopes`: the one that is compared now, and those after it */

/**
 * @param {State} state @param {Record<string, {n: number, x: string}>} own what the device really holds
 * @returns {{state: State, effect: import("./step.js").Effect}}
 */
export function reckoned(state, own) {
  const digest = state.digest ?? {};
  const differing = Object.keys(digest).filter((scope) => own[scope]?.n !== digest[scope].n || own[scope]?.x !== digest[scope].x);
  const scopes = differing.filter((scope) => !state.asked.includes(scope));
  if (scopes.length === 0) return { state: { ...state, digest: null }, effect: { do: "note", at: state.at, in_step: differing.length === 0 } };
  const asking = { scopes, after: "", until: null, more: false, answers: 0 };
  return { state: { ...state, phase: "compare", complete: false, asking, asked: [...state.asked, ...scopes] }, effect: { do: "list", scope: scopes[0], after: "", most: MOST_HAVE } };
}

/** @param {State} state @param {{have: [string, string][], until: string|null}} here @returns {{state: State, effect: import("./step.js").Effect}} */
export function comparing(state, { have, until }) {
  const asking = /** @type {Asking} */ (state.asking);
  const request = { proto: 1, epoch: state.epoch, schema: 1, scope: asking.scopes[0], after: asking.after, until, have };
  return { state: { ...state, asking: { ...asking, until } }, effect: { do: "compare", request } };
}

/** @param {State} state @param {any} answer @returns {{state: State, effect: import("./step.js").Effect}} */
export function compared(state, answer) {
  const asking = /** @type {Asking} */ (state.asking);
  const more = Boolean(answer.more) && answer.records.length > 0 && asking.answers < MOST_ANSWERS;
  return { state: { ...state, received: state.received + answer.records.length, asking: { ...asking, more, answers: asking.answers + 1 } }, effect: { do: "store_comparison", answer } };
}

/** The same range again while there is more, then the next, then the next suite; at last what was put in the queue is sent. @param {State} state @returns {{state: State, effect: import("./step.js").Effect}} */
export function nextRange(state) {
  const asking = /** @type {Asking} */ (state.asking);
  if (asking.more || asking.until !== null) {
    const after = asking.more ? asking.after : /** @type {string} */ (asking.until);
    return { state: { ...state, asking: { ...asking, after, answers: asking.more ? asking.answers : 0 } }, effect: { do: "list", scope: asking.scopes[0], after, most: MOST_HAVE } };
  }
  const scopes = asking.scopes.slice(1);
  if (scopes.length) return { state: { ...state, asking: { scopes, after: "", until: null, more: false, answers: 0 } }, effect: { do: "list", scope: scopes[0], after: "", most: MOST_HAVE } };
  return { state: { ...state, phase: "push", asking: null }, effect: { do: "read" } };
}
