// Options that depend on other answers: those that an answerExpression finds, and those that a toggle offers only while its expression holds.

import { oneOption } from "./normalise.js";
import { holds, run } from "./rules.js";
import { RESERVED } from "./terms.js";

const MOST = 500;

/**
 * @param {import("./layout.js").Layout} layout @param {import("./rules.js").Scope} scope @param {{[address: string]: boolean}} enabled @param {Map<string, string>} errors
 * @returns {{[address: string]: {code: string, text: string, system: string}[]}} only of questions whose options are not fixed
 */
export function optionsNow(layout, scope, enabled, errors) {
  const found = {};
  for (const node of layout.nodes) {
    const { item } = node;
    if (!enabled[node.address] || (!item.answer_expression && item.toggles.length === 0)) continue;
    found[node.address] = item.answer_expression ? foundBy(node, scope, errors) : offered(node, scope, errors);
  }
  return found;
}

function foundBy(node, scope, errors) {
  const result = run(node.item.answer_expression, scope, node);
  if (result.error) errors.set(node.address, `Its options could not be worked out: ${result.error}`);
  const options = new Map();
  for (const value of result.values.slice(0, MOST)) {
    const { code, text, system } = optionOf(value);
    if (code && !RESERVED.has(code) && !options.has(code)) options.set(code, { code, text, system });
  }
  return [...options.values()];
}

function optionOf(value) {
  if (typeof value !== "object") return { code: String(value), text: String(value), system: "" };
  return oneOption({ valueCoding: { system: value.system, code: value.code, display: value.display } }, "valueCoding");
}

/** An option that no toggle names is always there. A toggle that fails hides nothing. */
function offered(node, scope, errors) {
  const { item } = node;
  const toggled = new Set(item.toggles.flatMap((each) => each.codes));
  const open = new Set();
  for (const each of item.toggles) {
    const { value, error } = holds(each.expression, scope, node);
    if (error) errors.set(node.address, `Which options apply could not be worked out: ${error}`);
    if (error || value === true) for (const code of each.codes) open.add(code);
  }
  return item.options.filter((each) => !toggled.has(each.code) || open.has(each.code)).map(({ code, text, system }) => ({ code, text, system }));
}

/**
 * The item with the options that it has for these answers; the item itself where its options are fixed. What was chosen before and is no
 * longer offered keeps its words.
 * @param {any} item @param {{code: string, text: string, system: string}[]|undefined} now what `evaluation.options` holds for its address
 */
export function withOptions(item, now) {
  if (!now) return item;
  const options = now.map((each) => item.by_code.get(each.code) ?? { ...oneOption({ valueCoding: { system: each.system || undefined, code: each.code, display: each.text } }, "valueCoding") });
  return Object.assign(Object.create(item), { options, by_code: new Map([...item.by_code, ...options.map((each) => [each.code, each])]) });
}
