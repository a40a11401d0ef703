// One world: which questions are open and what is calculated, for one set of answers. Opening depends on calculations and calculations on
// what is open, so both are worked out in rounds until nothing changes; a form without a cycle settles in as many rounds as its chain is deep.

import { enabledItems } from "./conditions.js";
import { asBoolean, run } from "./expressions.js";
import { buildResponse } from "./response.js";
import { isAnswered } from "./values.js";

const ROUNDS = 25;

/**
 * @typedef {{enabled: {[link_id: string]: boolean}, calculated: {[link_id: string]: any}, scope: import("./expressions.js").Scope, errors: Map<string, string>}} World
 * @param {any} form @param {any} answers @param {any} context @param {{[link_id: string]: any}} [fixed] calculations that are already decided
 * @returns {World}
 */
export function solve(form, answers, context, fixed = {}) {
  let calculated = { ...fixed };
  let opened = {};
  for (let round = 0; ; round += 1) {
    const enabled = enabledItems(form, { answers, calculated, opened });
    const scope = scopeFor(form, answers, calculated, enabled, context);
    const errors = new Map();
    const next = { calculated: calculateAll(form, scope, errors, fixed), opened: openAll(form, scope, errors) };
    const settled = same(next.calculated, calculated) && same(next.opened, opened);
    if (settled) return { enabled, calculated, scope, errors };
    if (round >= ROUNDS) {
      errors.set("", "The rules of this form never settle.");
      return { enabled, calculated, scope, errors };
    }
    ({ calculated, opened } = next);
  }
}

const same = (left, right) => JSON.stringify(left) === JSON.stringify(right);

/** @returns {import("./expressions.js").Scope} what an expression sees; the response is only built when one has to be run */
function scopeFor(form, answers, calculated, enabled, context) {
  const effective = {};
  for (const item of form.order) {
    if (item.kind !== "question" || !enabled[item.link_id]) continue;
    const value = item.calculated ? calculated[item.link_id] : answers[item.link_id];
    if (isAnswered(value)) effective[item.link_id] = value;
  }
  /** @type {any} */
  let built = null;
  const response = () => (built ??= buildResponse(form, effective));
  const env = { questionnaire: form.definition, patient: patientOf(context.person), user: [], encounter: [] };
  return { effective, response, env, now: context.now ?? "" };
}

function patientOf(person) {
  if (!person || Object.keys(person).length === 0) return [];
  return { resourceType: "Patient", ...(person.date_of_birth ? { birthDate: person.date_of_birth } : {}) };
}

/** Root variables, then (where there is an item) those of the item's ancestors and its own, in document order. */
export function withVariables(form, item, scope) {
  const chain = [];
  for (let at = item; at; at = at.parent) chain.unshift(...at.variables);
  const variables = [...form.variables, ...chain];
  if (variables.length === 0) return scope;
  const env = { ...scope.env };
  for (const each of variables) {
    const result = run(each.expression, { ...scope, env });
    env[each.name] = result.error ? [] : result.values;
  }
  return { ...scope, env };
}

function calculateAll(form, scope, errors, fixed) {
  const calculated = {};
  for (const item of form.calculations) {
    if (item.link_id in fixed) {
      calculated[item.link_id] = fixed[item.link_id];
      continue;
    }
    const result = run(item.calculated, withVariables(form, item, scope));
    if (result.error || result.values.length > 1) {
      errors.set(item.link_id, `Could not be worked out: ${result.error ?? "the rule gave more than one value."}`);
    } else if (result.values.length === 1) {
      const value = typed(item, result.values[0]);
      if (value === undefined) errors.set(item.link_id, "Could not be worked out: the rule gave a value of another kind.");
      else calculated[item.link_id] = value;
    }
  }
  return calculated;
}

/** The value as this item keeps it, or undefined where it is of another kind. */
function typed(item, value) {
  if (item.type === "boolean") return typeof value === "boolean" ? value : undefined;
  if (item.type === "integer") return Number.isInteger(value) ? value : undefined;
  if (item.type === "decimal") return typeof value === "number" && Number.isFinite(value) ? String(value) : undefined;
  if (item.options.length && typeof value === "object" && value) return typeof value.code === "string" ? value.code : undefined;
  return typeof value === "object" ? undefined : String(value);
}

function openAll(form, scope, errors) {
  const opened = {};
  for (const item of form.conditionals) {
    const { value, error } = asBoolean(run(item.enable_expression, withVariables(form, item, scope)));
    // Empty means false (SDC). A failure closes nothing: a question is never hidden because a rule broke.
    if (error) errors.set(item.link_id, `Whether this question applies could not be worked out: ${error}`);
    opened[item.link_id] = error ? true : value === true;
  }
  return opened;
}
