// What is wrong with what was typed: limits of one answer, and constraints between answers. Only open questions are checked.

import { asBoolean, run } from "./expressions.js";
import { withVariables } from "./solve.js";
import { URL, extensionValue } from "./terms.js";
import { isAnswered } from "./values.js";

/** @param {any} form @param {any} answers @param {import("./solve.js").World} world @returns {{linkId: string, severity: "error"|"warning", message: string}[]} */
export function problemsOf(form, answers, world) {
  const found = [];
  for (const item of form.order) {
    if (item.kind !== "question" || item.calculated || !world.enabled[item.link_id]) continue;
    const message = limitOf(item, answers[item.link_id]);
    if (message) found.push({ linkId: item.link_id, severity: "error", message });
  }
  for (const each of form.constraints) {
    const owner = form.items.get(each.link_id);
    if (owner && !world.enabled[each.link_id]) continue;
    const { value, error } = asBoolean(run(each.expression, withVariables(form, owner ?? null, world.scope)));
    if (error) world.errors.set(`constraint:${each.id}`, `The rule “${each.id}” could not be worked out: ${error}`);
    else if (value === false) found.push({ linkId: each.link_id, severity: each.severity, message: each.message });
  }
  return found;
}

function limitOf(item, value) {
  if (!isAnswered(value) || item.options.length) return "";
  if (item.type === "integer" && !Number.isInteger(value)) return "Enter a whole number.";
  if (item.type === "decimal" && !/^-?[0-9]+(\.[0-9]+)?$/.test(String(value))) return "Enter a number, such as 2 or 2.5.";
  if (item.type === "date" && !isDate(String(value))) return "Enter a real date.";
  if (item.type === "integer" || item.type === "decimal") return rangeOf(item, Number(value));
  const longest = item.raw.maxLength;
  if (typeof longest === "number" && [...String(value)].length > longest) return `Use ${longest} characters or fewer.`;
  const pattern = extensionValue(item.raw, URL.regex);
  if (typeof pattern === "string" && !matchesWhole(pattern, String(value))) return "This is not written in the way the question asks for.";
  return "";
}

function rangeOf(item, number) {
  const low = extensionValue(item.raw, URL.min_value);
  const high = extensionValue(item.raw, URL.max_value);
  if (typeof low === "number" && number < low) return `Enter ${low} or more.`;
  return typeof high === "number" && number > high ? `Enter ${high} or less.` : "";
}

function isDate(text) {
  if (!/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(text)) return false;
  const [year, month, day] = text.split("-").map(Number);
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

function matchesWhole(pattern, text) {
  try {
    // A long text and a careless pattern together can stop the device: only short answers are matched.
    return text.length > 500 || new RegExp(`^(?:${pattern})$`, "u").test(text);
  } catch {
    return true;
  }
}
