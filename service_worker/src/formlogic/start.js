// What stands in a new response before anybody has answered: `initial`, options chosen from the start, and initialExpressions over what is known
// about the person and over earlier variables. Worked out once, stored like any answer, never again. Our own forms preselect nothing.

import { getAt, withAt } from "./addresses.js";
import { counts } from "./items.js";
import { layoutOf } from "./layout.js";
import { buildResponse } from "./response.js";
import { run } from "./rules.js";
import { typed } from "./solve.js";
import { heldValue } from "./terms.js";
import { isAnswered } from "./values.js";

/**
 * @param {any} form @param {any} [context] {now, person} @param {any} [answers] what is there already: a new instance is filled without touching the rest
 * @returns {{answers: any, errors: {linkId: string, message: string}[]}}
 */
export function start(form, context = {}, answers = {}) {
  const layout = layoutOf(form, answers);
  const errors = [];
  let out = answers;
  // Calculated questions have no first value; hidden ones do.
  for (const node of layout.nodes) {
    const { item } = node;
    if (item.kind !== "question" || item.calculated || isAnswered(getAt(answers, node.keys))) continue;
    const value = item.initial_expression ? expressed(form, layout, node, context, errors) : together(item, several(item) ? initials(item) : initials(item).slice(0, 1));
    if (isAnswered(value)) out = withAt(out, node.keys, value);
  }
  return { answers: out, errors };
}

const several = (item) => item.many || item.repeats === "value";

function initials(item) {
  const listed = (item.raw.initial ?? []).map((each) => firstValue(item, heldValue(each))).filter((each) => each !== undefined);
  return listed.length ? listed : item.options.filter((each) => each.initial && counts(item)).map((each) => each.code);
}

/** FHIR's value as this item keeps it. */
function firstValue(item, value) {
  if (item.type === "decimal" && typeof value === "number") return String(value);
  return typed(item.many ? Object.assign(Object.create(item), { many: false }) : item, value);
}

function expressed(form, layout, node, context, errors) {
  const built = buildResponse(form, layout, {});
  const result = run(node.item.initial_expression, { form, layout, effective: {}, context, tokens: new Map(), built: () => built }, node);
  if (result.error) errors.push({ linkId: node.address, message: `Its first value could not be worked out: ${result.error}` });
  const values = result.values.map((each) => firstValue(node.item, each)).filter((each) => each !== undefined);
  return together(node.item, several(node.item) ? values : values.slice(0, 1));
}

function together(item, values) {
  if (item.many) return Object.assign({}, ...values.map((each) => (typeof each === "object" ? each : { [each]: true })));
  if (item.repeats !== "value") return values[0];
  if (values.length === 0) return undefined;
  const named = values.map((each, index) => [`value-${index + 1}`, each]);
  return { ...Object.fromEntries(named), _order: Object.fromEntries(named.map(([name], index) => [name, index + 1])) };
}
