// The pages of a form: one top-level group each, in order. A group may stand on the page of another (our extension `page`).

import { addressOf, itemAt, keysOf } from "./addresses.js";
import { counts } from "./items.js";
import { URL, extensionValue } from "./terms.js";
import { saidIn } from "./translations.js";

/** @typedef {{id: string, title: string, text: string, translations: Map<string, string>, questions: string[]}} Page */

/** @param {any} form without `pages` yet @returns {Page[]} */
export function layPages(form) {
  const pages = new Map();
  let loose = 0;
  let after_loose = false;
  for (const root of form.roots) {
    const joined = root.kind === "group" ? extensionValue(root.raw, URL.page) ?? root.link_id : null;
    // Questions that stand in no group share a page with their neighbours.
    if (joined === null && !after_loose) loose += 1;
    after_loose = joined === null;
    const id = joined ?? `page-${loose}`;
    if (!pages.has(id)) pages.set(id, { id, ...titleOf(form, id), questions: [] });
    for (const item of [root, ...descendants(root)]) {
      item.page_id = id;
      // A group inside a page is a heading; a repeating one stands for all that is in it.
      const heading = item.kind === "group" && item.repeats === "" && item !== root && item.text !== "";
      if ((item.kind !== "group" || heading || item.repeats === "group") && !item.hidden && !inRepeat(item)) pages.get(id).questions.push(item.link_id);
    }
  }
  return [...pages.values()].filter((each) => each.questions.length > 0);
}

/** @param {any} form @param {string} id */
function titleOf(form, id) {
  const item = form.items.get(id);
  const { text, translations } = item?.text ? item : { text: form.title || "Questions", translations: form.translations };
  return { title: text, text, translations };
}

function inRepeat(item) {
  for (let at = item.parent; at; at = at.parent) if (at.repeats === "group") return true;
  return false;
}

/** What stands on a page for these answers: a repeating group, then what is in each of its instances. @param {any} form @param {Page} page @param {any} evaluation */
export function addressesOn(form, page, evaluation) {
  if (!form.repeats) return page.questions;
  const out = [];
  const add = (item, address) => {
    out.push(address);
    if (item.repeats === "group") for (const id of evaluation.instances[address] ?? []) for (const each of item.children) within(each, [...keysOf(form, address), id]);
  };
  const within = (item, path) => {
    if (item.hidden) return;
    if (item.kind !== "group" || item.repeats === "group" || item.text) add(item, addressOf(path, item.link_id));
    if (item.repeats !== "group") for (const each of item.children) within(each, path);
  };
  for (const link_id of page.questions) add(form.items.get(link_id), link_id);
  return out;
}

const descendants = (item) => item.children.flatMap((each) => [each, ...descendants(each)]);

/** @param {any} form @param {any} evaluation @param {any} [context] */
export function pages(form, evaluation, context = {}) {
  const answered = new Set(evaluation.answered);
  return form.pages.map((page, index) => {
    const questions = addressesOn(form, page, evaluation);
    const open = questions.filter((address) => asked(itemAt(form, address), address, evaluation, answered));
    const done = open.filter((address) => answered.has(address)).length;
    // A page on which nothing is asked has nothing left to do.
    const status = done === open.length ? "completed" : done > 0 ? "in-progress" : "not-reached";
    return { id: page.id, title: saidIn(page, context.language).text, number: index + 1, of: form.pages.length, questions, answered: done, enabled: open.length, status, looked_at: false };
  });
}

const asked = (item, address, evaluation, answered) => counts(item) && evaluation.enabled[address] && (!item.companion_of || answered.has(address));
