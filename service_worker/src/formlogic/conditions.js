// Whether a question is open. A question that is itself closed counts as having no answer; of several answers any match satisfies;
// codings compare by system and code, never by what is displayed.

import { isAnswered } from "./values.js";

/**
 * @param {any} form
 * @param {{answers: any, calculated: {[link_id: string]: any}, opened: {[link_id: string]: boolean}}} state `opened`: what the enableWhenExpressions said
 * @returns {{[link_id: string]: boolean}}
 */
export function enabledItems(form, state) {
  const enabled = {};
  const visiting = new Set();
  const isEnabled = (item) => {
    if (item.link_id in enabled) return enabled[item.link_id];
    // Only a form with a cycle comes back here, and such a form is refused; closed is the safe side.
    if (visiting.has(item.link_id)) return false;
    visiting.add(item.link_id);
    const open = (!item.parent || isEnabled(item.parent)) && ownCondition(form, item, state, isEnabled);
    visiting.delete(item.link_id);
    enabled[item.link_id] = open;
    return open;
  };
  for (const item of form.order) isEnabled(item);
  return enabled;
}

function ownCondition(form, item, state, isEnabled) {
  if (item.enable_expression) return state.opened[item.link_id] === true;
  if (item.enable_when.length === 0) return true;
  const holds = (condition) => {
    const asked = form.items.get(condition.question);
    if (!asked) return false;
    const value = asked.calculated ? state.calculated[asked.link_id] : state.answers[asked.link_id];
    return matches(asked, isEnabled(asked) && isAnswered(value) ? value : null, condition);
  };
  return item.enable_behavior === "any" ? item.enable_when.some(holds) : item.enable_when.every(holds);
}

/** @param {any} asked the item whose answer is looked at @param {any} value its answer, null for none @param {any} condition one enableWhen */
export function matches(asked, value, condition) {
  const { operator } = condition;
  if (operator === "exists") return (value !== null) === (condition.answerBoolean !== false);
  if (value === null) return false;
  const given = asked.many && typeof value === "object" ? Object.keys(value).filter((code) => value[code]) : [value];
  return given.some((each) => compare(asked, each, operator, condition));
}

function compare(asked, value, operator, condition) {
  if (condition.answerCoding) {
    const option = asked.by_code.get(String(value));
    const same = Boolean(option) && option.code === condition.answerCoding.code && option.system === (condition.answerCoding.system ?? "");
    return operator === "=" ? same : operator === "!=" ? !same : false;
  }
  const key = Object.keys(condition).find((each) => each.startsWith("answer"));
  if (!key) return false;
  const order = ordering(key, value, condition[key]);
  if (order === null) return operator === "!=";
  if (operator === "=") return order === 0;
  if (operator === "!=") return order !== 0;
  if (operator === ">") return order > 0;
  if (operator === "<") return order < 0;
  if (operator === ">=") return order >= 0;
  return operator === "<=" ? order <= 0 : false;
}

/** Negative, 0 or positive; null where the two cannot be compared. Numbers as numbers, everything else as text (ISO dates order as text). */
function ordering(key, left, right) {
  if (key === "answerBoolean") return left === right ? 0 : typeof left === "boolean" ? Number(left) - Number(right) : null;
  if (key === "answerInteger" || key === "answerDecimal") {
    const [a, b] = [Number(left), Number(right)];
    return Number.isNaN(a) || Number.isNaN(b) ? null : a - b;
  }
  const [a, b] = [String(left), String(right)];
  return a === b ? 0 : a < b ? -1 : 1;
}
