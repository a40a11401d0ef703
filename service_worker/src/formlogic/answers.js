// Changing answers: never in place, always keeping the rule that an exclusive option stands alone.

import { addressOf, getAt, itemAt, keysOf, withAt } from "./addresses.js";
import { counts } from "./items.js";
import { layoutOf } from "./layout.js";
import { codesOf, isAnswered, otherOf } from "./values.js";

/**
 * @param {any} form @param {{[link_id: string]: any}} answers @param {string} address
 * @param {any} value a code of a choice, `{other: text}` for other words in an open choice, otherwise the value itself @param {boolean} [checked] false takes it away
 * @returns {{[link_id: string]: any}} new answers
 */
export function setAnswer(form, answers, address, value, checked = true) {
  const item = itemAt(form, address);
  if (!item) throw new RangeError("The form has no such question.");
  const keys = keysOf(form, address);
  const next = after(item, getAt(answers, keys), value, checked);
  // An answer and the reason why there is none never stand together.
  const other = item.companion || item.companion_of;
  const rest = other ? withAt(answers, [...keys.slice(0, -1), other], undefined) : answers;
  return withAt(rest, keys, isAnswered(next) ? next : undefined);
}

function after(item, before, value, checked) {
  const words = typeof value === "object" && value !== null && "other" in value ? String(value.other ?? "") : null;
  if (words === null && item.many) return manyAfter(item, before, String(value), checked);
  if (words === null) return checked ? value : null;
  if (!item.many) return checked && words ? { _other: words } : null;
  const kept = asMap(codesOf(item, before).filter((each) => !item.by_code.get(each)?.exclusive));
  return checked && words ? { ...kept, _other: words } : kept;
}

function manyAfter(item, before, code, checked) {
  const kept = codesOf(item, before).filter((each) => each !== code);
  const other = otherOf(before) ? { _other: otherOf(before) } : {};
  if (!checked) return { ...asMap(kept), ...other };
  if (item.by_code.get(code)?.exclusive) return asMap([code]);
  return { ...asMap([...kept.filter((each) => !item.by_code.get(each)?.exclusive), code]), ...other };
}

const asMap = (codes) => Object.fromEntries(codes.map((code) => [code, true]));

/** "Stop here": what was not reached becomes "not asked", wherever the question offers that. A repeating question keeps its map. */
export function stopAnswers(form, answers, evaluation) {
  const stopped = {};
  for (const { item, address, keys } of layoutOf(form, answers).nodes) {
    if (!counts(item) || !item.required || !evaluation.enabled[address] || isAnswered(getAt(answers, keys))) continue;
    if (item.by_code.get("not-asked")?.absent) stopped[address] = item.many ? { "not-asked": true } : "not-asked";
    else if (form.items.get(item.companion)?.by_code.has("not-asked")) stopped[addressOf(keys.slice(0, -1), item.companion)] = "not-asked";
  }
  return stopped;
}
