// Changing answers: never in place, always keeping the rule that an exclusive option stands alone.

import { counts } from "./items.js";
import { codesOf, isAnswered } from "./values.js";

/**
 * @param {any} form @param {{[link_id: string]: any}} answers @param {string} link_id
 * @param {any} value a code of a choice, otherwise the value itself @param {boolean} [checked] false takes the code away
 * @returns {{[link_id: string]: any}} new answers
 */
export function setAnswer(form, answers, link_id, value, checked = true) {
  const item = form.items.get(link_id);
  if (!item) throw new RangeError("The form has no such question.");
  const next = item.many ? manyAfter(item, answers[link_id], String(value), checked) : checked ? value : null;
  // An answer and the reason why there is none never stand together.
  const { [link_id]: _, [item.companion || item.companion_of]: __, ...rest } = answers;
  return isAnswered(next) ? { ...rest, [link_id]: next } : rest;
}

function manyAfter(item, before, code, checked) {
  const kept = codesOf(item, before).filter((each) => each !== code);
  if (!checked) return asMap(kept);
  if (item.by_code.get(code)?.exclusive) return asMap([code]);
  return asMap([...kept.filter((each) => !item.by_code.get(each)?.exclusive), code]);
}

const asMap = (codes) => Object.fromEntries(codes.map((code) => [code, true]));

/** "Stop here": what was not reached becomes "not asked", wherever the question offers that. A repeating question keeps its map. */
export function stopAnswers(form, answers, evaluation) {
  const stopped = {};
  for (const item of form.order) {
    if (!counts(item) || !item.required || !evaluation.enabled[item.link_id] || isAnswered(answers[item.link_id])) continue;
    if (item.by_code.get("not-asked")?.absent) stopped[item.link_id] = item.many ? { "not-asked": true } : "not-asked";
    else if (form.items.get(item.companion)?.by_code.has("not-asked")) stopped[item.companion] = "not-asked";
  }
  return stopped;
}
