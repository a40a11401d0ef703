// Where two values stand. A conflict may be about one question, about a row that somebody removed, or about a group whose questions are decided
// together: each question in it has two values then, and rules are asked about the whole of either side.

import { addressOf, getAt, instancesOf, itemAt, keysOf, withAt } from "./addresses.js";
import { lineOf } from "./values.js";

const unescaped = (part) => part.replace(/~1/g, "/").replace(/~0/g, "~");
const isRow = (item, keys) => keys.length % 2 === 0 && item.repeats !== "";

/**
 * What a conflict about an answer is about: a question (also where its path leads to one box of it), a row, or a group that is decided as one.
 * @param {any} form @param {string} pointer into the body, below /answers @returns {string} an address
 */
export function subjectOf(form, pointer) {
  const keys = pointer.split("/").slice(2).map(unescaped);
  const path = [];
  for (let at = 0; at < keys.length; at += 2) {
    if (!form.items.get(keys[at])?.repeats || at + 1 === keys.length) return addressOf(path, keys[at]);
    path.push(keys[at], keys[at + 1]);
  }
  return addressOf(path.slice(0, -1), path[path.length - 1] ?? "");
}

/**
 * What a conflict about an answer is about, and what one side has there. A conflict about one box of many holds only that box: the answer to the
 * whole question is told.
 * @param {any} form @param {any} conflict @param {"theirs"|"mine"} side @param {any} answers @returns {{address: string, value: any}}
 */
export function sideOf(form, conflict, side, answers) {
  const value = conflict[side]?.value ?? null;
  const address = subjectOf(form, conflict.path);
  const keys = keysOf(form, address);
  const [code] = conflict.path.split("/").slice(2 + keys.length);
  if (code === undefined) return { address, value };
  const boxes = { ...getAt(answers, keys) };
  const key = unescaped(code);
  if (value) boxes[key] = value;
  else delete boxes[key];
  return { address, value: boxes };
}

/** The answers with one side of a conflict in them. @param {any} form @param {any} answers @param {string} address @param {any} value null is absent */
export function withValue(form, answers, address, value) {
  const item = itemAt(form, address);
  const keys = keysOf(form, address);
  if (item?.kind === "group" && item.repeats === "") {
    return membersOf(item).reduce((left, { link_id }) => withAt(left, [...keys.slice(0, -1), link_id], value?.[link_id] ?? undefined), answers);
  }
  if (!item || !isRow(item, keys)) return withAt(answers, keys, value);
  const [holder, id] = [keys.slice(0, -1), keys[keys.length - 1]];
  if (value !== null && value !== undefined) return withAt(answers, keys, value);
  const left = withAt(answers, keys, undefined);
  return getAt(left, [...holder, "_order"]) ? withAt(left, [...holder, "_order", id], undefined) : left;
}

/**
 * Question by question, what has two values.
 * @param {any} form @param {any} answers @param {{[address: string]: any[]}} [conflicts] @returns {{[address: string]: any[]}}
 */
export function twoValues(form, answers, conflicts = {}) {
  const found = {};
  for (const [address, values] of Object.entries(conflicts)) {
    const item = itemAt(form, address);
    const keys = keysOf(form, address);
    if (!item || (item.kind !== "group" && !isRow(item, keys))) found[address] = values;
    else if (item.kind !== "group") found[addressOf(keys.slice(0, -2), item.link_id)] = values.map((value) => getAt(withValue(form, answers, address, value), keys.slice(0, -1)));
    else spread(item.children, item.repeats === "" ? keys.slice(0, -1) : keys, /** @type {[any, any]} */ (values.map((value) => value ?? {})), found);
  }
  return found;
}

/** @param {any[]} items @param {string[]} keys of the map that holds their answers @param {[any, any]} sides @param {{[address: string]: any[]}} found */
function spread(items, keys, [one, other], found) {
  for (const item of items) {
    const [was, is] = [one[item.link_id], other[item.link_id]];
    if (item.repeats === "group") {
      for (const id of new Set([...instancesOf(was), ...instancesOf(is)])) spread(item.children, [...keys, item.link_id, id], [was?.[id] ?? {}, is?.[id] ?? {}], found);
      continue;
    }
    if (item.kind === "question" && JSON.stringify(was) !== JSON.stringify(is)) found[addressOf(keys, item.link_id)] = [was ?? null, is ?? null];
    spread(item.children, keys, [one, other], found);
  }
}

/** What has a key of its own in a group's answers. @param {any} item @returns {any[]} */
function membersOf(item) {
  return item.children.flatMap((each) => [...(each.kind === "question" || each.repeats ? [each] : []), ...(each.repeats === "group" ? [] : membersOf(each))]);
}

/** One side of a conflict, or of a change, in words. @param {any} form @param {string} address @param {any} value @param {string} [language] @returns {string} */
export function sideWords(form, address, value, language = "") {
  const item = itemAt(form, address);
  if (item?.kind !== "group") return item ? lineOf(item, value, language) : "No answer";
  if (value === null || value === undefined) return item.repeats ? "Removed" : "No answer";
  return groupWords(item, value, language) || "No answer";
}

function groupWords(item, value, language) {
  return membersOf(item).filter((each) => value[each.link_id] !== undefined && value[each.link_id] !== null).map((each) => {
    const held = value[each.link_id];
    const words = each.repeats === "group" ? instancesOf(held).map((id) => `(${groupWords(each, held[id] ?? {}, language)})`).join(" ") : lineOf(each, held, language);
    return `${each.short || each.text}: ${words}`;
  }).join("; ");
}
