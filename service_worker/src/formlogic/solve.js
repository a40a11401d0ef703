// One world: which questions are open and what is calculated, for one set of answers. Opening depends on calculations and calculations on
// what is open, so both are worked out in rounds until nothing changes; a form without a cycle settles in as many rounds as its chain is deep.
// A round runs only the rules whose answers changed (rules.js).

import { getAt } from "./addresses.js";
import { enabledItems } from "./conditions.js";
import { layoutOf } from "./layout.js";
import { optionsNow } from "./options.js";
import { buildResponse } from "./response.js";
import { holds, run } from "./rules.js";
import { isAnswered } from "./values.js";

// Deeper than any chain of calculations that was ever seen; a form that needs more goes round in a circle that its text does not show.
const ROUNDS = 60;

/**
 * @typedef {{layout: import("./layout.js").Layout, enabled: {[address: string]: boolean}, calculated: {[address: string]: any}, options: {[address: string]: any[]},
 *   scope: import("./rules.js").Scope, errors: Map<string, string>}} World
 * @param {any} form @param {any} answers @param {any} context @param {{[address: string]: any}} [fixed] calculations that are already decided
 * @returns {World}
 */
export function solve(form, answers, context, fixed = {}) {
  const layout = layoutOf(form, answers);
  const rules = rulesOf(layout);
  const given = new Map();
  for (const node of layout.nodes) if (node.item.kind === "question") given.set(node, getAt(answers, node.keys));
  let calculated = { ...fixed };
  let opened = {};
  for (let round = 0; ; round += 1) {
    const answerAt = (node) => effectiveOf(node, given.get(node), calculated);
    const enabled = enabledItems(layout, answerAt, opened);
    const scope = scopeFor(form, layout, answerAt, enabled, context);
    const errors = new Map();
    const next = { calculated: calculateAll(rules, scope, errors, fixed), opened: openAll(rules, scope, errors) };
    const settled = same(next.calculated, calculated) && same(next.opened, opened);
    if (settled || round >= ROUNDS) {
      if (!settled) errors.set("", "The rules of this form never settle.");
      const options = rules.choices.length ? optionsNow(layout, scope, enabled, errors) : {};
      return { layout, enabled, calculated, options, scope, errors };
    }
    ({ calculated, opened } = next);
  }
}

/** What a person wrote goes before what was calculated, where the form lets them write. */
function effectiveOf(node, given, calculated) {
  if (!node.item.calculated) return given;
  return node.item.editable && isAnswered(given) ? given : calculated[node.address];
}

/** @type {WeakMap<any, {calculations: any[], conditionals: any[], choices: any[]}>} */
const known = new WeakMap();

function rulesOf(layout) {
  let rules = known.get(layout);
  if (!rules) {
    rules = {
      calculations: layout.nodes.filter((node) => node.item.calculated),
      conditionals: layout.nodes.filter((node) => node.item.enable_expression && node.instance === null),
      choices: layout.nodes.filter((node) => node.item.answer_expression || node.item.toggles.length),
    };
    known.set(layout, rules);
  }
  return rules;
}

function same(left, right) {
  const [a, b] = [Object.keys(left), Object.keys(right)];
  return a.length === b.length && a.every((key) => left[key] === right[key] || (typeof left[key] === "object" && JSON.stringify(left[key]) === JSON.stringify(right[key])));
}

/** @returns {import("./rules.js").Scope} what an expression sees; the response is only built when one has to be run */
function scopeFor(form, layout, answerAt, enabled, context) {
  const effective = {};
  for (const node of layout.nodes) {
    if (node.item.kind !== "question" || !enabled[node.address]) continue;
    const value = answerAt(node);
    if (isAnswered(value)) effective[node.address] = value;
  }
  /** @type {any} */
  let done = null;
  return { form, layout, effective, context, tokens: new Map(), built: () => (done ??= buildResponse(form, layout, effective)) };
}

function calculateAll(rules, scope, errors, fixed) {
  const calculated = {};
  for (const node of rules.calculations) {
    const { address, item } = node;
    if (address in fixed) {
      calculated[address] = fixed[address];
      continue;
    }
    const result = run(item.calculated, scope, node);
    if (result.error || result.values.length > 1) {
      errors.set(address, `Could not be worked out: ${result.error ?? "the rule gave more than one value."}`);
    } else if (result.values.length === 1) {
      const value = typed(item, result.values[0]);
      if (value === undefined) errors.set(address, "Could not be worked out: the rule gave a value of another kind.");
      else calculated[address] = value;
    }
  }
  return calculated;
}

/** The value as this item keeps it, or undefined where it is of another kind. @param {any} item @param {any} value */
export function typed(item, value) {
  if (item.type === "boolean") return typeof value === "boolean" ? value : undefined;
  if (item.type === "integer") return Number.isInteger(value) ? value : undefined;
  if (item.type === "decimal") return typeof value === "number" && Number.isFinite(value) ? String(value) : undefined;
  if (item.type === "quantity") return quantityFrom(value);
  if (item.options.length || item.open || item.answer_expression) return choiceFrom(item, value);
  if (typeof value === "object") return undefined;
  if (item.type === "date") return /^[0-9]{4}(-[0-9]{2}){0,2}$/.test(String(value).split("T")[0]) ? String(value).split("T")[0] : undefined;
  return String(value);
}

function choiceFrom(item, value) {
  const code = typeof value === "object" && value ? value.code : item.by_code.has(String(value)) ? String(value) : undefined;
  if (typeof code === "string") return item.many ? undefined : code;
  return item.open && typeof value === "string" ? { _other: value } : undefined;
}

function quantityFrom(value) {
  if (typeof value === "number" && Number.isFinite(value)) return String(value);
  // FHIRPath writes its own quantities as 5 'mg'.
  const written = typeof value === "string" ? /^(-?[0-9]+(?:\.[0-9]+)?) '([^']*)'$/.exec(value) : null;
  if (written) return `${written[1]} ${written[2]}`.trim();
  if (typeof value !== "object" || value === null || typeof value.value !== "number") return undefined;
  return `${value.value} ${value.code ?? value.unit ?? ""}`.trim();
}

function openAll(rules, scope, errors) {
  const opened = {};
  for (const node of rules.conditionals) {
    const { value, error } = holds(node.item.enable_expression, scope, node);
    // Empty means false (SDC). A failure closes nothing: a question is never hidden because a rule broke.
    if (error) errors.set(node.address, `Whether this question applies could not be worked out: ${error}`);
    opened[node.address] = error ? true : value === true;
  }
  return opened;
}
