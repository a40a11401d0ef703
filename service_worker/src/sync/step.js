// Pure: one whole sync as a reducer. `step(state, event)` says what to do next; disk, network and clock are effects that
// somebody else carries out, and what came of each is the next event. A crash loses the state and nothing else: whatever
// must be known afterwards was stored by an effect before.

import { LIMITS, chooseBatch } from "./core.js";

/** @typedef {{phase: "push"|"pull", most: number, sent: number, received: number, tried: string[], ops: any[], complete: boolean}} State */
/** @typedef {{do: "read"}|{do: "mark", ops: string[]}|{do: "push", request: any}|{do: "pull", request: any}|{do: "store_results", results: any[], heard: boolean}|{do: "store_page", page: any, last: boolean}|{do: "done"}|{do: "fail"}} Effect */
/**
 * What came of an effect: `read` of the disk, ops `marked` as sending, an `answer` of the service, `refused` or `unreachable`, and `stored`.
 * @typedef {{type: "start"}|{type: "read", entries: any[], epoch: string|null, cursor: string|null, reference: string|null}|{type: "marked", ops: any[], waiting: number, epoch: string|null}
 *          |{type: "answer", answer: any}|{type: "refused", status: number, code: string}|{type: "unreachable", timed_out: boolean}|{type: "stored"}} Event
 */

export const MAX_RECORDS = 500;

/** @returns {State} */
export const begin = () => ({ phase: "push", most: LIMITS.ops, sent: 0, received: 0, tried: [], ops: [], complete: false });

/** Whether a 200 is the service's own answer and not a portal's. */
export const looksRight = {
  push: (answer) => Array.isArray(answer.results) && typeof answer.epoch === "string",
  pull: (answer) => Array.isArray(answer.records) && typeof answer.cursor === "string",
};

/** @param {State} state @param {Event} event @returns {{state: State, effect: Effect}} */
export function step(state, event) {
  switch (event.type) {
    case "read":
      return state.phase === "push" ? choose(state, event) : ask(state, event);
    case "marked":
      return { state: { ...state, ops: event.ops }, effect: { do: "push", request: { proto: 1, epoch: event.epoch, schema: 1, waiting: event.waiting, ops: event.ops } } };
    case "answer":
      return state.phase === "push" ? afterPush(state, event.answer) : afterPull(state, event.answer);
    case "refused":
      return afterRefusal(state, event.status === 413 || event.status >= 500, event);
    case "unreachable":
      return afterRefusal(state, event.timed_out, null);
    default:
      // What was begun or stored is looked up again: while we spoke, the worker went on.
      return { state, effect: { do: state.complete ? "done" : "read" } };
  }
}

/** The oldest that wait and were not asked about in this sync; when there is none, it is time to fetch. @param {State} state @param {any} disk @returns {{state: State, effect: Effect}} */
function choose(state, disk) {
  const batch = chooseBatch(disk.entries.filter((each) => !state.tried.includes(each.op.op)), state.most);
  if (batch.length === 0) return ask({ ...state, phase: "pull", ops: [] }, disk);
  return { state, effect: { do: "mark", ops: batch.map((each) => each.op.op) } };
}

/** @param {State} state @param {any} disk @returns {{state: State, effect: Effect}} */
function ask(state, { epoch, cursor, reference }) {
  return { state, effect: { do: "pull", request: { proto: 1, epoch, schema: 1, cursor, reference, max_records: MAX_RECORDS } } };
}

/** @param {State} state @param {any} answer @returns {{state: State, effect: Effect}} */
function afterPush(state, answer) {
  const asked = new Set(state.ops.map((each) => each.op));
  const results = answer.results.filter((each) => asked.has(each.op));
  // One whose outcome was left out stays waiting; it is asked about again next time, not at once.
  const silent = [...asked].filter((op) => !results.some((each) => each.op === op));
  return {
    state: { ...state, sent: state.sent + results.length, tried: [...state.tried, ...silent], ops: [] },
    effect: { do: "store_results", results, heard: results.some((each) => each.state !== "rejected") },
  };
}

/** @param {State} state @param {any} answer @returns {{state: State, effect: Effect}} */
function afterPull(state, answer) {
  const page = { ...answer, leaves: answer.leaves ?? [], drop_scopes: answer.drop_scopes ?? [] };
  return { state: { ...state, received: state.received + page.records.length, complete: !page.more }, effect: { do: "store_page", page, last: !page.more } };
}

/** Too much at once is halved; one alone that is too large stands aside, so that the others go. Everything else ends this sync. @param {State} state @param {boolean} smaller @param {any} refusal @returns {{state: State, effect: Effect}} */
function afterRefusal(state, smaller, refusal) {
  const { phase, ops } = state;
  if (phase === "push" && smaller && ops.length > 1) return { state: { ...state, most: Math.ceil(ops.length / 2), ops: [] }, effect: { do: "read" } };
  if (phase === "push" && refusal?.status === 413) {
    return { state: { ...state, ops: [] }, effect: { do: "store_results", results: [{ op: ops[0].op, state: "rejected", why: refusal.code || "sync.too_large" }], heard: false } };
  }
  return { state, effect: { do: "fail" } };
}
