// The pages of a form: one top-level group each, in order. A group may stand on the page of another (our extension `page`).

import { counts } from "./items.js";
import { URL, extensionValue } from "./terms.js";

/** @param {any} form without `pages` yet @returns {{id: string, title: string, questions: string[]}[]} */
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
    if (!pages.has(id)) pages.set(id, { id, title: titleOf(form, id), questions: [] });
    for (const item of [root, ...descendants(root)]) {
      item.page_id = id;
      if (item.kind !== "group" && !item.hidden) pages.get(id).questions.push(item.link_id);
    }
  }
  return [...pages.values()].filter((each) => each.questions.length > 0);
}

const titleOf = (form, id) => form.items.get(id)?.text || form.title || "Questions";

const descendants = (item) => item.children.flatMap((each) => [each, ...descendants(each)]);

/** @param {any} form @param {any} evaluation */
export function pages(form, evaluation) {
  const answered = new Set(evaluation.answered);
  return form.pages.map((page, index) => {
    const open = page.questions.filter((link_id) => counts(form.items.get(link_id)) && evaluation.enabled[link_id] && (!form.items.get(link_id).companion_of || answered.has(link_id)));
    const done = open.filter((link_id) => answered.has(link_id)).length;
    // A page on which nothing is asked has nothing left to do.
    const status = done === open.length ? "completed" : done > 0 ? "in-progress" : "not-reached";
    return { id: page.id, title: page.title, number: index + 1, of: form.pages.length, questions: page.questions, answered: done, enabled: open.length, status, looked_at: false };
  });
}
