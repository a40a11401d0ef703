// A QuestionnaireResponse read back into answers: of our own, with the same instances, and of others, as far as the form knows what they say.

import { instancesOf } from "./addresses.js";
import { RESERVED, URL, extensionValue } from "./terms.js";
import { isAnswered } from "./values.js";

/**
 * @param {any} form @param {any} resource a QuestionnaireResponse
 * @returns {{answers: {[link_id: string]: any}, unread: string[]}} `unread`: paths of what the form has no place for; nothing is dropped in silence
 */
export function readResponse(form, resource) {
  const unread = [];
  const answers = {};
  readItems(form, resource?.item, answers, "item", unread, null);
  return { answers, unread };
}

function readItems(form, items, holder, path, unread, parent) {
  const seen = new Map();
  for (const [index, each] of list(items).entries()) {
    const at = `${path}[${index}]`;
    const item = form.items.get(each?.linkId);
    if (!item || (item.parent && item.parent !== parent)) {
      unread.push(at);
      continue;
    }
    const count = (seen.get(item) ?? 0) + 1;
    seen.set(item, count);
    if (item.repeats === "group") {
      readInstance(form, each, holder, at, unread, item, count);
      continue;
    }
    readAnswers(form, each, holder, at, unread, item);
    readItems(form, each.item, holder, `${at}.item`, unread, item);
  }
}

function readInstance(form, each, holder, at, unread, item, count) {
  const id = typeof each.id === "string" && each.id && !RESERVED.has(each.id) ? each.id : `instance-${count}`;
  holder[item.link_id] ??= { _order: {} };
  const held = holder[item.link_id];
  held._order[id] = instancesOf(held).length + 1;
  held[id] = {};
  readItems(form, each.item, held[id], `${at}.item`, unread, item);
}

function readAnswers(form, each, holder, at, unread, item) {
  const given = list(each.answer);
  if (given.length === 0) return;
  for (const [index, answer] of given.entries()) readItems(form, answer?.item, holder, `${at}.answer[${index}].item`, unread, item);
  // What is worked out is worked out again.
  if (item.kind !== "question" || (item.calculated && (!item.editable || extensionValue(each, URL.was_calculated) === true))) return;
  const values = given.map((answer, index) => {
    const value = readValue(item, answer);
    if (value === undefined) unread.push(`${at}.answer[${index}]`);
    return value;
  }).filter((value) => value !== undefined);
  const whole = together(item, values);
  if (isAnswered(whole)) holder[item.link_id] = whole;
}

function together(item, values) {
  if (item.many) return Object.assign({}, ...values.map((each) => (typeof each === "object" ? each : { [each]: true })));
  if (item.repeats !== "value") return values[0];
  const ids = values.map((_, index) => `value-${index + 1}`);
  return { ...Object.fromEntries(values.map((each, index) => [ids[index], each])), _order: Object.fromEntries(ids.map((id, index) => [id, index + 1])) };
}

function readValue(item, answer) {
  const key = Object.keys(answer ?? {}).find((each) => each.startsWith("value"));
  if (!key) return undefined;
  const value = answer[key];
  if (item.options.length || item.open || item.answer_expression) return codeOf(item, key, value);
  if (item.type === "quantity") return typeof value?.value === "number" ? `${value.value} ${value.code ?? value.unit ?? ""}`.trim() : undefined;
  if (typeof value === "object") return undefined;
  if (item.type === "decimal") return String(value);
  if (item.type === "boolean") return typeof value === "boolean" ? value : undefined;
  return item.type === "integer" ? (Number.isInteger(value) ? value : undefined) : String(value);
}

function codeOf(item, key, value) {
  const coded = key === "valueCoding";
  const code = String(coded ? value?.code ?? value?.display ?? "" : value?.reference ?? value);
  if (item.by_code.has(code) && (coded || item.by_code.get(code).value[key] !== undefined)) return code;
  if (item.answer_expression && (coded || !item.open) && code && !RESERVED.has(code)) return code;
  return item.open && typeof value === "string" ? { _other: value } : item.open && coded ? { _other: String(value.display ?? code) } : undefined;
}

const list = (value) => (Array.isArray(value) ? value : []);
