// What is wrong with what was typed: limits of one answer, and constraints between answers. Only open questions are checked.

import { LONGEST_MATCHED } from "./patterns.js";
import { holds } from "./rules.js";
import { URL, extensionValue } from "./terms.js";
import { isAnswered, partsOf, quantityOf } from "./values.js";

/** @typedef {{linkId: string, severity: "error"|"warning", message: string}} Problem `linkId` holds the address */

/** @param {any} form @param {import("./solve.js").World} world @param {Map<any, any>} given what was answered at each node @returns {Problem[]} */
export function problemsOf(form, world, given) {
  /** @type {Problem[]} */
  const found = [];
  for (const node of world.layout.nodes) {
    const { item, address } = node;
    if (!world.enabled[address] || (item.calculated && !item.editable)) continue;
    const message = item.kind === "question" ? limitOf(item, given.get(node)) : item.repeats === "group" && node.instance === null ? occursOf(item, node.children.length, "entry", "entries") : "";
    if (message) found.push({ linkId: address, severity: "error", message });
  }
  for (const each of form.constraints) found.push(...broken(each, world));
  return found;
}

function broken(constraint, world) {
  const places = constraint.link_id === "" ? [null] : world.layout.by_link.get(constraint.link_id) ?? [null];
  /** @type {Problem[]} */
  const found = [];
  for (const node of places) {
    if (node && !world.enabled[node.address]) continue;
    const { value, error } = holds(constraint.expression, world.scope, node);
    const linkId = node?.address ?? constraint.link_id;
    if (error) world.errors.set(`constraint:${constraint.id}`, `The rule “${constraint.id}” could not be worked out: ${error}`);
    else if (value === false) found.push({ linkId, severity: constraint.severity, message: constraint.message });
  }
  return found;
}

function limitOf(item, value) {
  if (!isAnswered(value)) return "";
  const parts = partsOf(item, value);
  if (item.many || item.repeats === "value") {
    const message = occursOf(item, parts.length, "answer", "answers");
    if (message) return message;
  }
  for (const each of parts) {
    const message = item.options.length || item.open || item.answer_expression ? "" : oneLimit(item, each);
    if (message) return message;
  }
  return "";
}

function occursOf(item, count, one, several) {
  const { min_occurs, max_occurs } = item.occurs;
  if (count < min_occurs && (item.required || item.kind === "group")) return `Give ${min_occurs} ${min_occurs === 1 ? one : several} or more.`;
  return count > max_occurs ? `Give ${max_occurs} ${max_occurs === 1 ? one : several} or fewer.` : "";
}

const NUMBER = /^-?[0-9]+(\.[0-9]+)?$/;
const MOMENT = /^([0-9]{4}-[0-9]{2}-[0-9]{2})T([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]+)?)?(Z|[+-][0-9]{2}:[0-9]{2})$/;

function oneLimit(item, value) {
  const text = String(value);
  if (item.type === "integer" && !Number.isInteger(value)) return "Enter a whole number.";
  if (item.type === "decimal" && !NUMBER.test(text)) return "Enter a number, such as 2 or 2.5.";
  if (item.type === "quantity" && !isQuantity(item, text)) return "Enter a number, such as 2 or 2.5, and choose its unit.";
  if (item.type === "date" && !isDate(text)) return "Enter a real date.";
  if (item.type === "dateTime" && !isDate(text) && !isDate(MOMENT.exec(text)?.[1] ?? "")) return "Enter a real date and time.";
  if (item.type === "time" && !/^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$/.test(text)) return "Enter a time, such as 09:30.";
  if (item.type === "integer" || item.type === "decimal" || item.type === "quantity") return rangeOf(item, Number(quantityOf(text).number), text);
  if (item.type === "date" || item.type === "dateTime" || item.type === "time") return rangeOf(item, text, text);
  return textLimit(item, text);
}

function isQuantity(item, text) {
  const { number, unit } = quantityOf(text);
  return NUMBER.test(number) && (item.units.length === 0 || item.units.some((each) => each.code === unit));
}

function rangeOf(item, value, text) {
  const low = bound(item, URL.min_value);
  const high = bound(item, URL.max_value);
  if (typeof low === typeof value && value < low) return `Enter ${low} or ${typeof low === "number" ? "more" : "later"}.`;
  if (typeof high === typeof value && value > high) return `Enter ${high} or ${typeof high === "number" ? "less" : "earlier"}.`;
  const places = extensionValue(item.raw, URL.max_decimals);
  if (typeof places !== "number" || (quantityOf(text).number.split(".")[1] ?? "").length <= places) return "";
  return places === 0 ? "Enter a whole number." : `Use ${places} decimal ${places === 1 ? "place" : "places"} or fewer.`;
}

function bound(item, url) {
  const value = extensionValue(item.raw, url);
  return typeof value === "object" ? value?.value : value;
}

function textLimit(item, text) {
  const length = [...text].length;
  const longest = item.raw.maxLength;
  const shortest = extensionValue(item.raw, URL.min_length);
  if (typeof longest === "number" && length > longest) return `Use ${longest} characters or fewer.`;
  if (typeof shortest === "number" && length < shortest) return `Use ${shortest} characters or more.`;
  // A long text and a careless pattern together can stop the device: only short answers are matched.
  if (!item.pattern || (length <= LONGEST_MATCHED && item.pattern.test(text))) return "";
  return length > LONGEST_MATCHED ? `Use ${LONGEST_MATCHED} characters or fewer.` : "This is not written in the way the question asks for.";
}

function isDate(text) {
  if (!/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(text)) return false;
  const [year, month, day] = text.split("-").map(Number);
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}
