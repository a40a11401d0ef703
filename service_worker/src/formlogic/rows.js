// The answers as a person reads them, page by page: for checking, reviewing and printing. Every place shows "2 values" where two stand.

import { getAt, itemAt, keysOf } from "./addresses.js";
import { withOptions } from "./options.js";
import { addressesOn } from "./pages.js";
import { saidIn } from "./translations.js";
import { twoValues } from "./unsettled.js";
import { fill, isAbsent, isAnswered, lineOf, wordsOf } from "./values.js";

/** @param {any} form @param {any} answers @param {any} evaluation @param {any} [context] */
export function rows(form, answers, evaluation, context = {}) {
  const conflicts = twoValues(form, answers, context.conflicts);
  const language = context.language ?? "";
  const answer = (link_id) => (evaluation.enabled[link_id] ? answers[link_id] ?? evaluation.calculated[link_id] : undefined);
  const given = (address) => getAt(answers, keysOf(form, address));
  return form.pages.map((page) => ({
    page_id: page.id,
    page_title: saidIn(page, language).text,
    rows: addressesOn(form, page, evaluation)
      .map((address) => ({ address, item: itemAt(form, address) }))
      .filter(({ address, item }) => item.kind === "question" && (evaluation.enabled[address] || conflicts[address]) && (!item.companion_of || isAnswered(given(address)) || conflicts[address]))
      .map(({ address, item }) => {
        const value = item.calculated && !(item.editable && isAnswered(given(address))) ? evaluation.calculated[address] : given(address);
        return { ...oneRow(withOptions(item, evaluation.options?.[address]), address, value, conflicts[address], language), question: fill(form, saidIn(item, language).text, answer) };
      }),
  }));
}

function oneRow(item, address, value, two, language) {
  const words = wordsOf(item, value, language);
  return {
    link_id: address,
    number: item.number,
    question: "",
    short: item.short,
    answer: words.join(", "),
    answers: words,
    absent: isAbsent(item, value),
    state: two ? "two-values" : isAnswered(value) ? "answered" : "empty",
    safety: item.safety,
    worker_only: item.worker_only,
    values: two ? [lineOf(item, two[0], language), lineOf(item, two[1], language)] : null,
    type: item.type,
  };
}
