// Everything that a template needs to draw one question, one heading or one repeating group.

import { getAt, instancesOf, itemAt, keysOf } from "./addresses.js";
import { isChoice } from "./items.js";
import { withOptions } from "./options.js";
import { ABSENT_SHORT, URL, extensionValue } from "./terms.js";
import { saidIn } from "./translations.js";
import { twoValues } from "./unsettled.js";
import { codesOf, fill, isAnswered, lineOf, otherOf } from "./values.js";

const CONTROLS = {
  boolean: "boolean", integer: "integer", decimal: "decimal", quantity: "quantity", date: "date", dateTime: "date-time", time: "time", text: "textarea", string: "text",
  display: "display", group: "display",
};

/** @param {any} form @param {string} address @param {any} answers @param {any} evaluation @param {any} [context] `context.language` chooses the language */
export function question(form, address, answers, evaluation, context = {}) {
  const whole = itemAt(form, address);
  if (!whole) throw new RangeError("The form has no such question.");
  const item = withOptions(whole, evaluation.options?.[address]);
  const keys = keysOf(form, address);
  const given = getAt(answers, keys);
  const value = item.calculated && !(item.editable && isAnswered(given)) ? evaluation.calculated[address] : given;
  const two = twoValues(form, answers, context.conflicts)[address];
  const chosen = new Set(codesOf(item, value));
  const language = context.language ?? "";
  const lang = (fallback) => (!language ? "" : fallback ? form.language : language);
  const option = (each) => {
    const { text, fallback } = saidIn(each, language);
    return { code: each.code, text, lang: lang(fallback), fallback, checked: chosen.has(each.code), exclusive: each.exclusive, score: each.score };
  };
  const offered = item.type === "boolean" ? booleanOptions(value) : item.options.filter((each) => !each.absent).map(option);
  const help = helpOf(item, language);
  const companion = form.items.get(item.companion) ?? null;
  const beside = companion ? [...keys.slice(0, -1), companion.link_id] : [];
  const companion_address = companion ? address.slice(0, address.length - tail(item.link_id, keys).length) + tail(companion.link_id, keys) : "";
  const why_not = companion ? getAt(answers, beside) : undefined;
  const told = (id) => (evaluation.enabled?.[id] ? answers[id] ?? evaluation.calculated[id] : undefined);
  const said = saidIn(item, language);
  return {
    link_id: address,
    number: item.number,
    text: fill(form, said.text, told),
    lang: lang(said.fallback),
    // What of this question is shown in the form's own language although another one was asked for.
    fallback: said.fallback ? "question" : offered.some((each) => each.fallback) ? "answers" : help.fallback ? "help" : "",
    help: help.text,
    help_lang: lang(help.fallback),
    hint: extensionValue(item.raw, URL.entry_format) ?? "",
    control: controlOf(item),
    many: item.many,
    worker_only: item.worker_only,
    safety: item.safety,
    read_only: item.read_only,
    unit: item.unit,
    units: item.units,
    orientation: item.orientation,
    drop_down: item.control === "drop-down" || item.control === "autocomplete",
    limits: limitsOf(item),
    options: offered,
    // Other words may stand beside the options, or instead of them.
    open: item.open,
    open_label: item.open_label || "Other",
    other: otherOf(value),
    absent_options: companion ? absentOptions(companion, new Set(codesOf(companion, why_not))) : absentOptions(item, chosen),
    // Where the ways of having no answer stand in a companion, they are sent under its name; it closes the question, which stays in view.
    absent_link_id: companion_address,
    shown: Boolean(evaluation.enabled?.[address]) || (isAnswered(why_not) && Boolean(evaluation.enabled?.[companion_address])),
    companion_of: item.companion_of,
    value: isAnswered(value) ? value : null,
    // The person's own words in the place of a calculation are marked as such.
    edited: item.editable && isAnswered(given) && given !== evaluation.calculated[address],
    repeats: item.repeats,
    instances: item.repeats === "group" ? evaluation.instances?.[address] ?? [] : item.repeats === "value" ? instancesOf(given) : [],
    two_values: two ? [lineOf(item, two[0]), lineOf(item, two[1])] : null,
    required: item.required,
  };
}

const tail = (link_id, keys) => (keys.length === 1 ? link_id : link_id.replace(/~/g, "~0").replace(/\//g, "~1"));

function controlOf(item) {
  if (item.repeats === "group") return "repeat";
  if (isChoice(item)) return item.many ? "check-box" : "radio";
  return CONTROLS[item.type] ?? "text";
}

/** @returns {{min: any, max: any, max_length: number|null, min_occurs: number, max_occurs: number|null}} */
function limitsOf(item) {
  const bound = (url) => {
    const value = extensionValue(item.raw, url);
    return (typeof value === "object" ? value?.value : value) ?? null;
  };
  const { min_occurs, max_occurs } = item.occurs;
  return { min: bound(URL.min_value), max: bound(URL.max_value), max_length: item.raw.maxLength ?? null, min_occurs, max_occurs: max_occurs === Infinity ? null : max_occurs };
}

const absentOptions = (item, chosen) => item.options.filter((each) => each.absent).map((each) => ({ code: each.code, text: each.text, short: ABSENT_SHORT[each.code], checked: chosen.has(each.code) }));

const booleanOptions = (value) => [["true", "Yes"], ["false", "No"]].map(([code, text]) => ({ code, text, checked: String(value) === code, exclusive: false, score: null }));

/** Help texts are display items under the question, marked with the control `help`. */
function helpOf(item, language) {
  const said = item.children.filter((each) => each.kind === "display" && each.control === "help").map((each) => saidIn(each, language));
  return { text: said.map((each) => each.text).join(" "), fallback: said.some((each) => each.fallback) };
}
