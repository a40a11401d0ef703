// Everything that a template needs to draw one question.

import { ABSENT_SHORT, URL, extensionValue } from "./terms.js";
import { codesOf, fill, isAnswered, lineOf } from "./values.js";

const CONTROLS = { boolean: "boolean", integer: "integer", decimal: "decimal", date: "date", text: "textarea", string: "text", display: "display", group: "display" };

/** @param {any} form @param {string} link_id @param {any} answers @param {any} evaluation @param {any} [context] */
export function question(form, link_id, answers, evaluation, context = {}) {
  const item = form.items.get(link_id);
  if (!item) throw new RangeError("The form has no such question.");
  const value = item.calculated ? evaluation.calculated[link_id] : answers[link_id];
  const two = context.conflicts?.[link_id];
  const chosen = new Set(codesOf(item, value));
  const option = (each) => ({ code: each.code, text: each.text, checked: chosen.has(each.code), exclusive: each.exclusive, score: each.score });
  const companion = form.items.get(item.companion) ?? null;
  const why_not = companion ? answers[companion.link_id] : undefined;
  const told = (id) => (evaluation.enabled?.[id] ? answers[id] ?? evaluation.calculated[id] : undefined);
  return {
    link_id,
    number: item.number,
    text: fill(form, item.text, told),
    help: helpOf(item),
    hint: extensionValue(item.raw, URL.entry_format) ?? "",
    control: item.options.length ? (item.many ? "check-box" : "radio") : CONTROLS[item.type] ?? "text",
    many: item.many,
    worker_only: item.worker_only,
    safety: item.safety,
    read_only: item.read_only || Boolean(item.calculated),
    unit: item.unit,
    options: item.type === "boolean" ? booleanOptions(value) : item.options.filter((each) => !each.absent).map(option),
    absent_options: companion ? absentOptions(companion, new Set(codesOf(companion, why_not))) : absentOptions(item, chosen),
    // Where the ways of having no answer stand in a companion, they are sent under its name; it closes the question, which stays in view.
    absent_link_id: companion?.link_id ?? "",
    shown: Boolean(evaluation.enabled?.[link_id]) || (isAnswered(why_not) && Boolean(evaluation.enabled?.[item.companion])),
    companion_of: item.companion_of,
    value: isAnswered(value) ? value : null,
    two_values: two ? [lineOf(item, two[0]), lineOf(item, two[1])] : null,
    required: item.required,
  };
}

const absentOptions = (item, chosen) => item.options.filter((each) => each.absent).map((each) => ({ code: each.code, text: each.text, short: ABSENT_SHORT[each.code], checked: chosen.has(each.code) }));

const booleanOptions = (value) => [["true", "Yes"], ["false", "No"]].map(([code, text]) => ({ code, text, checked: String(value) === code, exclusive: false, score: null }));

/** Help texts are display items under the question, marked with the control `help`. */
const helpOf = (item) => item.children.filter((each) => each.kind === "display" && each.control === "help").map((each) => each.text).join(" ");
