// The index of a form: every item by linkId, in document order, with what the other modules ask about it, read once.

import { optionsOf } from "./normalise.js";
import { compiled } from "./patterns.js";
import { URL, extensionValue, extensions, isFhirpath, nested } from "./terms.js";
import { translationsOf } from "./translations.js";

const NO_ANSWER = "-no-answer";

/**
 * @typedef {object} Item
 * @property {string} link_id @property {string} type @property {string} text @property {string} path @property {any} raw
 * @property {Item|null} parent @property {Item[]} children @property {string} page_id
 * @property {"group"|"display"|"question"} kind @property {boolean} many @property {boolean} required @property {boolean} hidden
 * @property {"group"|"value"|""} repeats a group or a question that is no choice and may stand several times @property {boolean} open other words may be given
 * @property {boolean} editable calculated, and an answer of the person's own goes before @property {Map<string, string>} translations
 * @property {string} open_label @property {string} short @property {string} orientation @property {{code: string, text: string}[]} units of a quantity
 * @property {RegExp|null} pattern @property {{min_occurs: number, max_occurs: number}} occurs @property {string} initial_expression @property {string} answer_expression
 * @property {{codes: string[], expression: string}[]} toggles
 * @property {boolean} worker_only @property {boolean} safety @property {boolean} read_only @property {string} number @property {string} control
 * @property {import("./normalise.js").Option[]} options @property {Map<string, import("./normalise.js").Option>} by_code
 * @property {any[]} enable_when @property {"any"|"all"} enable_behavior @property {string} enable_expression @property {string} calculated
 * @property {{name: string, expression: string}[]} variables @property {string} placeholder @property {string} unit @property {any[]} constraints
 * @property {string} companion linkId of the item that says why this one has no answer @property {string} companion_of the other way round
 */

/** @param {any} definition normalised @returns {{items: Map<string, Item>, order: Item[]}} */
export function indexItems(definition) {
  const items = new Map();
  const order = [];
  let number = 0;
  const walk = (list, parent, path) => (list ?? []).map((raw, index) => {
    const item = readItem(raw, parent, `${path}[${index}]`, definition);
    if (counts(item) && !item.link_id?.endsWith?.(NO_ANSWER)) {
      number += 1;
      item.number = typeof raw.prefix === "string" ? raw.prefix.replace(/[.:)]+$/, "") : String(number);
    }
    items.set(item.link_id, item);
    order.push(item);
    item.children = walk(raw.item, item, `${path}[${index}].item`);
    return item;
  });
  walk(definition.item, null, "item");
  for (const item of order) pair(item, items);
  return { items, order };
}

/** A number, a date or a text cannot hold "declined": `<linkId>-no-answer` beside it does, under the same number. */
function pair(item, items) {
  const base = item.link_id?.endsWith?.(NO_ANSWER) ? items.get(item.link_id.slice(0, -NO_ANSWER.length)) : null;
  if (base?.kind !== "question" || !item.options.some((each) => each.absent)) return;
  base.companion = item.link_id;
  item.companion_of = base.link_id;
  item.number = base.number;
}

/** @param {Item} item @returns {boolean} whether a person answers it */
export const counts = (item) => item.kind === "question" && (!item.calculated || item.editable) && !item.hidden;

/** What may be chosen from is known before anybody answers, or is worked out from other answers. @param {Item} item */
export const isChoice = (item) => item.options.length > 0 || item.answer_expression !== "";

/** @returns {Item} */
function readItem(raw, parent, path, definition) {
  const options = raw.type === "choice" || raw.type === "open-choice" || raw.answerOption ? optionsOf(raw, definition) : [];
  const answer_expression = expressionText(extensionValue(raw, URL.answer_expression));
  // An open choice whose options are out of reach is a text.
  const choice = raw.type === "choice" || (raw.type === "open-choice" && (options.length > 0 || answer_expression !== ""));
  const kind = raw.type === "group" || raw.type === "display" ? raw.type : "question";
  const calculated = expressionText(extensionValue(raw, URL.calculated));
  return {
    link_id: raw.linkId,
    type: raw.type,
    text: raw.text ?? "",
    path,
    raw,
    parent,
    children: [],
    page_id: "",
    kind,
    many: raw.repeats === true && (choice || options.length > 0),
    repeats: raw.repeats !== true || choice || options.length > 0 || kind === "display" ? "" : kind === "group" ? "group" : "value",
    open: choice && raw.type === "open-choice",
    required: raw.required === true && kind === "question",
    hidden: extensionValue(raw, URL.hidden) === true || Boolean(parent?.hidden),
    worker_only: extensionValue(raw, URL.worker_only) === true || Boolean(parent?.worker_only),
    safety: extensionValue(raw, URL.safety) === true,
    read_only: raw.readOnly === true,
    number: "",
    control: extensionValue(raw, URL.item_control)?.coding?.[0]?.code ?? "",
    options,
    by_code: new Map(options.map((each) => [each.code, each])),
    enable_when: Array.isArray(raw.enableWhen) ? raw.enableWhen : [],
    enable_behavior: raw.enableBehavior === "any" ? "any" : "all",
    enable_expression: expressionText(extensionValue(raw, URL.enable_when_expression)),
    calculated,
    editable: calculated !== "" && raw.readOnly !== true,
    variables: variablesOf(raw),
    placeholder: extensionValue(raw, URL.placeholder) ?? "",
    unit: extensionValue(raw, URL.unit)?.display ?? extensionValue(raw, URL.unit)?.code ?? "",
    constraints: constraintsOf(raw, raw.linkId),
    companion: "",
    companion_of: "",
    translations: translationsOf(raw, "text"),
    open_label: extensionValue(raw, URL.open_label) ?? "",
    short: extensionValue(raw, URL.short_text) ?? "",
    orientation: extensionValue(raw, URL.orientation) ?? "",
    units: extensions(raw, URL.unit_option).map(({ valueCoding }) => ({ code: String(valueCoding?.code ?? valueCoding?.display ?? ""), text: String(valueCoding?.display ?? valueCoding?.code ?? "") })),
    pattern: compiled(extensionValue(raw, URL.regex)),
    occurs: { min_occurs: extensionValue(raw, URL.min_occurs) ?? 0, max_occurs: extensionValue(raw, URL.max_occurs) ?? Infinity },
    initial_expression: expressionText(extensionValue(raw, URL.initial_expression)),
    answer_expression,
    toggles: extensions(raw, URL.answer_toggle).map(togglesOf),
  };
}

/** Options that are only offered while an expression holds. */
function togglesOf(extension) {
  const codes = (extension.extension ?? []).filter((each) => each.url === "option").map((each) => String(each.valueCoding?.code ?? Object.entries(each).find(([key]) => key.startsWith("value"))?.[1] ?? ""));
  return { codes, expression: expressionText(nested(extension).expression) };
}

/** @param {any} value a valueExpression or a valueString @returns {string} */
export function expressionText(value) {
  if (typeof value === "string") return value;
  return typeof value?.expression === "string" ? value.expression : "";
}

/** Those that are written in FHIRPath: a query to a server is no variable here. @param {any} element */
export function variablesOf(element) {
  return extensions(element, URL.variable).filter((each) => isFhirpath(each.valueExpression)).map((each) => ({ name: each.valueExpression?.name ?? "", expression: expressionText(each.valueExpression) }));
}

/** Both kinds of constraint, in one shape. @param {any} element @param {string} link_id */
export function constraintsOf(element, link_id) {
  return [...extensions(element, URL.target_constraint), ...extensions(element, URL.constraint)].map((each) => {
    const said = nested(each);
    return {
      id: String(said.key ?? ""),
      severity: said.severity === "warning" ? "warning" : "error",
      message: String(said.human ?? "This answer does not fit with another answer."),
      expression: expressionText(said.expression),
      link_id: typeof said.location === "string" ? said.location : link_id,
    };
  });
}
