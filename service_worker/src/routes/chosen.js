// What an answer does to the answers, and which questions are drawn again for it. Pure: the office's preview of a form runs it too.

import * as formlogic from "../formlogic/index.js";
import { typedValue } from "./typed.js";

export const TYPED = ["text", "textarea", "integer", "decimal", "quantity", "date", "date-time", "time"];

/** Another question is drawn again only when the answer opened or closed it, or changed what it says. @param {any} before @param {any} after */
export function changed(before, after) {
  return before?.enabled !== after.enabled || before?.text !== after.text || before?.error !== after.error || before?.typed !== after.typed || JSON.stringify(before?.two_values) !== JSON.stringify(after.two_values);
}

/**
 * The answers after this choice, with the exclusive options' rules kept by formlogic, and what could not be read.
 * @param {{form: any, answers: any}} a @param {any} question what formlogic.question() says @param {FormData} form
 */
export function chosen(a, question, form) {
  const absent = String(form.get("absent") ?? "");
  if (question.open && form.has("other")) {
    const other = String(form.get("other")).trim();
    return { after: formlogic.setAnswer(a.form, a.answers, question.link_id, { other }, other !== ""), error: "" };
  }
  if (question.absent_link_id && question.absent_options.some((each) => each.code === absent)) return { after: formlogic.setAnswer(a.form, a.answers, question.absent_link_id, absent), error: "" };
  if (question.many) return { after: boxes(a, question, form), error: "" };
  const { value, error } = typedValue(question, form);
  return { after: value === null ? formlogic.setAnswer(a.form, a.answers, question.link_id, null, false) : formlogic.setAnswer(a.form, a.answers, question.link_id, value), error };
}

function boxes(a, question, form) {
  const codes = form.getAll("value").map(String).filter((each) => each !== "");
  const tapped = form.get("tapped");
  if (tapped) return formlogic.setAnswer(a.form, a.answers, question.link_id, String(tapped), form.get("checked") === "true");
  let answers = a.answers;
  const before = new Set(Object.keys(a.answers[question.link_id] ?? {}).filter((code) => a.answers[question.link_id][code]));
  for (const code of before) if (!codes.includes(code)) answers = formlogic.setAnswer(a.form, answers, question.link_id, code, false);
  for (const code of codes) if (!before.has(code)) answers = formlogic.setAnswer(a.form, answers, question.link_id, code, true);
  return answers;
}

/** @param {any} form @param {any} answers @param {string} address @returns {any} the answers without the one that stands there */
export function without(form, answers, address) {
  const { many, options } = formlogic.question(form, address, answers, { enabled: {}, calculated: {} }, {});
  if (!many) return formlogic.setAnswer(form, answers, address, null, false);
  const codes = options.map((each) => each.code).concat("asked-declined", "asked-unknown", "not-asked");
  return codes.reduce((left, code) => formlogic.setAnswer(form, left, address, code, false), formlogic.setAnswer(form, answers, address, { other: "" }, false));
}
