// Pure: one whole sync as a reducer. `step(state, event)` says what to do next; disk, network and clock are effects that
// somebody else carries out, and what came of each is the next event. A crash loses the state and nothing else: whatever
// must be known afterwards was stored by an effect before.

import { compared, comparing, nextRange, reckoned } from "./compare.js";
import { LIMITS, chooseBatch, notBehind } from "./core.js";

/**
 * `epoch` as the disk has it; `turns`: new epochs met; `late`: a push's answer that waits until a new epoch is stored;
 * `digest` of the last page; `asking`: the suites to compare, and how far; `asked`: those compared in this sync; `page`: how many records are asked for at once;
 * `doubt`: an op that got no answer alone, until it is known whether anything does; `unstored`: a page that came with an order to clear, until it is known whether that could be done.
 * @typedef {{phase: "push"|"pull"|"compare", most: number, sent: number, received: number, tried: string[], ops: any[], complete: boolean, epoch: string|null,
 *            turns: number, late: any, digest: Record<string, {n: number, x: string}>|null, at: string, asking: import("./compare.js").Asking|null, asked: string[], page: number, doubt: string|null, unstored: any, cleared: boolean}} State
 */
/**
 * @typedef {{do: "read"}|{do: "mark", ops: string[]}|{do: "push", request: any}|{do: "pull", request: any}|{do: "compare", request: any}|{do: "store_results", results: any[], heard: boolean, told: any}
 *          |{do: "store_page", page: any, last: boolean}|{do: "new_epoch", epoch: string}|{do: "reckon", scopes: string[]}|{do: "list", scope: string, after: string, most: number}
 *          |{do: "store_comparison", answer: any}|{do: "note", at: string, in_step: boolean}|{do: "set_aside", op: string, why: string}|{do: "clear", order: {at: string, proof: string}}|{do: "done"}|{do: "fail"}} Effect
 */
/**
 * What came of an effect: `read` of the disk, with what is `said` to the service of the queue, ops `marked` as sending, an `answer` of the service, `refused` or `unreachable`, what was `reckoned` or `listed`, and `stored`.
 * @typedef {{type: "start"}|{type: "read", entries: any[], epoch: string|null, cursor: string|null, reference: string|null, last_op?: string|null, aside?: string[], said?: any}|{type: "marked", ops: any[], said?: any, epoch: string|null, last_op?: string|null}
 *          |{type: "answer", answer: any}|{type: "refused", status: number, code: string}|{type: "unreachable", timed_out: boolean}|{type: "reckoned", digest: Record<string, {n: number, x: string}>}
 *          |{type: "listed", have: [string, string][], until: string|null}|{type: "cleared", done: boolean}|{type: "stored"}} Event
 */

export const MAX_RECORDS = 500;
const FEWEST_RECORDS = 10;
/** A service that is set back twice while we speak is not one to go on with now. */
const MOST_TURNS = 2;

/** @returns {State} */
export const begin = () => ({ phase: "push", most: LIMITS.ops, sent: 0, received: 0, tried: [], ops: [], complete: false, epoch: null, turns: 0, late: null, digest: null, at: "", asking: null, asked: [], page: MAX_RECORDS, doubt: null, unstored: null, cleared: false });

/** Whether a 200 is the service's own answer and not a portal's. */
export const looksRight = {
  push: (answer) => Array.isArray(answer.results) && typeof answer.epoch === "string",
  pull: (answer) => Array.isArray(answer.records) && typeof answer.cursor === "string",
  compare: (answer) => [answer.records, answer.leaves, answer.unseen].every(Array.isArray) && typeof answer.epoch === "string",
};

/** @param {State} state @param {Event} event @returns {{state: State, effect: Effect}} */
export function step(state, event) {
  switch (event.type) {
    case "read":
      return state.phase === "push" ? choose({ ...state, epoch: event.epoch }, event) : ask({ ...state, epoch: event.epoch }, event);
    case "marked":
      return { state: { ...state, ops: event.ops }, effect: { do: "push", request: { proto: 1, epoch: event.epoch, schema: 1, ...event.said, last_op: event.last_op ?? null, ops: event.ops } } };
    case "answer":
      return heard(state, event.answer);
    case "refused":
      return afterRefusal(state, { ...event, timed_out: false });
    case "unreachable":
      return afterRefusal(state, { status: 0, code: "", timed_out: event.timed_out });
    case "reckoned":
      return reckoned(state, event.digest);
    case "listed":
      return comparing(state, event);
    case "cleared":
      return event.done ? { state: { ...state, cleared: true }, effect: { do: "done" } } : afterPull({ ...state, unstored: null }, state.unstored);
    default:
      return afterStored(state);
  }
}

/** What was begun or stored is looked up again: while we spoke, the worker went on. @param {State} state @returns {{state: State, effect: Effect}} */
function afterStored(state) {
  // The service answers, so the one that it did not answer is what is wrong.
  if (state.doubt) return { state: { ...state, doubt: null }, effect: { do: "set_aside", op: state.doubt, why: "op.no_answer" } };
  // What it did not answer then was not taken: it goes again, after what was put back.
  if (state.late) return afterPush({ ...state, late: null, ops: state.ops.filter(({ op }) => state.late.results.some((each) => each.op === op)) }, state.late);
  if (state.phase === "compare") return nextRange(state);
  if (!state.complete) return { state, effect: { do: "read" } };
  if (!state.digest) return { state, effect: { do: "done" } };
  return { state, effect: { do: "reckon", scopes: Object.keys(state.digest) } };
}

/**
 * The oldest that wait and were not asked about in this sync. What did not get through before goes last and alone, and only its own record waits
 * behind it. When there is none, it is time to fetch.
 * @param {State} state @param {any} disk @returns {{state: State, effect: Effect}}
 */
function choose(state, disk) {
  const open = notBehind(disk.entries, state.tried);
  const free = chooseBatch(notBehind(open, disk.aside ?? []), state.most);
  const batch = free.length ? free : chooseBatch(open, 1);
  if (batch.length === 0) return ask({ ...state, phase: "pull", ops: [] }, disk);
  return { state, effect: { do: "mark", ops: batch.map((each) => each.op.op) } };
}

/** @param {State} state @param {any} disk @returns {{state: State, effect: Effect}} */
function ask(state, { epoch, cursor, reference, last_op, said }) {
  return { state, effect: { do: "pull", request: { proto: 1, epoch, schema: 1, cursor, reference, max_records: state.page, last_op: last_op ?? null, ...said } } };
}

/** @param {State} state @param {any} answer @returns {{state: State, effect: Effect}} */
function heard(state, answer) {
  if (state.epoch && answer.epoch !== state.epoch) return turn(state, answer);
  if (state.phase === "push") return afterPush(state, answer);
  if (state.phase !== "pull") return compared(state, answer);
  // Nothing waited when this was asked for. Whether that is still so is looked at when it is done; else the page is one like any other.
  if (answer.clear) return { state: { ...state, unstored: answer }, effect: { do: "clear", order: { at: answer.server_now ?? "", proof: answer.clear.proof } } };
  return afterPull(state, answer);
}

/**
 * The service was set back. What it had answered is put into the queue first; then everything is sent, and everything fetched.
 * Outcomes are stored after that; a page or a comparison of the new epoch is asked for again.
 * @param {State} state @param {any} answer @returns {{state: State, effect: Effect}}
 */
function turn(state, answer) {
  if (state.turns >= MOST_TURNS) return { state, effect: { do: "done" } };
  const late = state.phase === "push" ? answer : null;
  const anew = { ...state, phase: /** @type {const} */ ("push"), epoch: answer.epoch, turns: state.turns + 1, late, complete: false, digest: null, asking: null, asked: [], ops: late ? state.ops : [] };
  return { state: anew, effect: { do: "new_epoch", epoch: answer.epoch } };
}

/** @param {State} state @param {any} answer @returns {{state: State, effect: Effect}} */
function afterPush(state, answer) {
  const asked = new Set(state.ops.map((each) => each.op));
  const results = answer.results.filter((each) => asked.has(each.op));
  // One whose outcome was left out stays waiting; it is asked about again next time, not at once.
  const silent = [...asked].filter((op) => !results.some((each) => each.op === op));
  const { epoch, durable_seq, server_now } = answer;
  return {
    state: { ...state, sent: state.sent + results.length, tried: [...state.tried, ...silent], ops: [] },
    effect: { do: "store_results", results, heard: results.some((each) => each.state !== "rejected"), told: { epoch, durable_seq, server_now } },
  };
}

/** @param {State} state @param {any} answer @returns {{state: State, effect: Effect}} */
function afterPull(state, answer) {
  const page = { ...answer, leaves: answer.leaves ?? [], drop_scopes: answer.drop_scopes ?? [] };
  const told = { complete: !page.more, digest: page.more ? null : (answer.digest ?? null), at: answer.server_now ?? "" };
  return { state: { ...state, ...told, received: state.received + page.records.length }, effect: { do: "store_page", page, last: !page.more } };
}

/**
 * Too much at once is halved. One op alone that does not get through stands aside, so that the others go: it stays in the queue, because nobody else
 * has it. A service that asks us to wait (429, 503) is left alone. Everything else ends this sync.
 * @param {State} state @param {{status: number, code: string, timed_out: boolean}} refusal @returns {{state: State, effect: Effect}}
 */
function afterRefusal(state, { status, code, timed_out }) {
  const { phase, ops, page } = state;
  const unanswered = timed_out || (status >= 500 && status !== 503);
  if (phase === "push" && (status === 413 || unanswered)) {
    if (ops.length > 1) return { state: { ...state, most: Math.ceil(ops.length / 2), ops: [] }, effect: { do: "read" } };
    const [{ op }] = ops;
    const on = { ...state, tried: [...state.tried, op], ops: [] };
    if (status === 413) return { state: on, effect: { do: "set_aside", op, why: "op.not_passed" } };
    if (!state.doubt) return { state: { ...on, doubt: op }, effect: { do: "read" } };
  }
  if (phase === "pull" && timed_out && page > FEWEST_RECORDS) return { state: { ...state, page: Math.ceil(page / 4) }, effect: { do: "read" } };
  // A suite that was taken away since the last page; the next fetch says so.
  if (phase === "compare" && code === "record.out_of_scope") return nextRange({ ...state, asking: state.asking && { ...state.asking, more: false, until: null } });
  return { state, effect: { do: "fail" } };
}
