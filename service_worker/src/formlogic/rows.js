// The answers as a person reads them, page by page: for checking, reviewing and printing. Every place shows "2 values" where two stand.

import { fill, isAbsent, isAnswered, lineOf, wordsOf } from "./values.js";

/** @param {any} form @param {any} answers @param {any} evaluation @param {any} [context] */
export function rows(form, answers, evaluation, context = {}) {
  const conflicts = context.conflicts ?? {};
  const answer = (link_id) => (evaluation.enabled[link_id] ? answers[link_id] ?? evaluation.calculated[link_id] : undefined);
  return form.pages.map((page) => ({
    page_id: page.id,
    page_title: page.title,
    rows: page.questions
      .map((link_id) => form.items.get(link_id))
      .filter((item) => item.kind === "question" && (evaluation.enabled[item.link_id] || conflicts[item.link_id]) && (!item.companion_of || isAnswered(answers[item.link_id]) || conflicts[item.link_id]))
      .map((item) => oneRow(form, item, item.calculated ? evaluation.calculated[item.link_id] : answers[item.link_id], conflicts[item.link_id], answer)),
  }));
}

function oneRow(form, item, value, two, answer) {
  const words = wordsOf(item, value);
  return {
    link_id: item.link_id,
    number: item.number,
    question: fill(form, item.text, answer),
    answer: words.join(", "),
    answers: words,
    absent: isAbsent(item, value),
    state: two ? "two-values" : isAnswered(value) ? "answered" : "empty",
    safety: item.safety,
    worker_only: item.worker_only,
    values: two ? [lineOf(item, two[0]), lineOf(item, two[1])] : null,
    type: item.type,
  };
}
