// Whether a question is open. A question that is itself closed counts as having no answer; of several answers any match satisfies;
// codings compare by system and code, never by what is displayed.

import { isAnswered, partsOf } from "./values.js";

/**
 * @param {import("./layout.js").Layout} layout
 * @param {(node: any) => any} answerAt the answer or what was calculated, whether or not the question is open
 * @param {{[address: string]: boolean}} opened what the enableWhenExpressions said
 * @returns {{[address: string]: boolean}}
 */
export function enabledItems(layout, answerAt, opened) {
  /** @type {{[address: string]: boolean}} */
  const enabled = {};
  const visiting = new Set();
  const isEnabled = (node) => {
    if (enabled[node.address] !== undefined) return enabled[node.address];
    // Only a form with a cycle comes back here, and such a form is refused; closed is the safe side.
    if (visiting.has(node.address)) return false;
    visiting.add(node.address);
    const open = (!node.parent || isEnabled(node.parent)) && (node.instance !== null || ownCondition(node));
    visiting.delete(node.address);
    enabled[node.address] = open;
    return open;
  };
  const ownCondition = (node) => {
    const { item } = node;
    if (item.enable_expression) return opened[node.address] === true;
    if (item.enable_when.length === 0) return true;
    const answerTo = (asked) => {
      const value = answerAt(asked);
      return isEnabled(asked) && isAnswered(value) ? value : null;
    };
    const holds = (condition) => {
      const asked = askedBy(layout, node, condition.question);
      // "No answer" means in no instance; any other comparison is satisfied by one of them.
      if (condition.operator === "exists") return asked.some((each) => answerTo(each) !== null) === (condition.answerBoolean !== false);
      return asked.some((each) => matches(each.item, answerTo(each), condition));
    };
    return item.enable_behavior === "any" ? item.enable_when.some(holds) : item.enable_when.every(holds);
  };
  for (const node of layout.nodes) isEnabled(node);
  return enabled;
}

/** The question in the same instance, or in the one around it; from outside a repeating group, the question in every instance of it. */
function askedBy(layout, node, link_id) {
  const near = node.near[link_id];
  return near ? [near] : layout.by_link.get(link_id) ?? [];
}

/** @param {any} asked the item whose answer is looked at @param {any} value its answer, null for none @param {any} condition one enableWhen */
export function matches(asked, value, condition) {
  const { operator } = condition;
  if (operator === "exists") return (value !== null) === (condition.answerBoolean !== false);
  if (value === null) return false;
  return partsOf(asked, value).some((each) => compare(asked, each, operator, condition));
}

function compare(asked, part, operator, condition) {
  const value = typeof part === "object" ? part.other : part;
  if (condition.answerCoding) {
    const option = typeof part === "object" ? undefined : asked.by_code.get(String(value));
    const { code, system } = condition.answerCoding;
    // Options that are worked out while answering are known by their code alone.
    const same = option ? option.code === String(code ?? condition.answerCoding.display ?? "") && option.system === (system ?? "") : asked.answer_expression !== "" && value === code;
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

/** Negative, 0 or positive; null where the two cannot be compared. Moments compare as moments, other dates and times as text (ISO orders so). */
function ordering(key, left, right) {
  if (key === "answerBoolean") return left === right ? 0 : typeof left === "boolean" ? Number(left) - Number(right) : null;
  if (key === "answerInteger" || key === "answerDecimal") return difference(left, right);
  if (key === "answerQuantity") {
    const [number, ...unit] = String(left).split(" ");
    // Units are not converted: two of different units cannot be compared.
    return [right?.code, right?.unit].includes(unit.join(" ")) || (unit.length === 0 && !right?.code && !right?.unit) ? difference(number, right?.value) : null;
  }
  if (key === "answerDateTime" && String(left).includes("T") && String(right).includes("T")) return difference(Date.parse(left), Date.parse(right));
  const [a, b] = [String(left), String(right)];
  return a === b ? 0 : a < b ? -1 : 1;
}

function difference(left, right) {
  const [a, b] = [Number(left), Number(right)];
  return Number.isNaN(a) || Number.isNaN(b) ? null : a - b;
}
