// The form engine: what the service worker imports, and what the server runs in quickjs from the same source. Pure: time, answers and
// unsettled values are handed in. docs/architecture.md lists the shapes.

import { evaluate as work } from "./evaluate.js";
import { exportResponse } from "./response.js";
import { solve } from "./solve.js";

export { addInstance, getAt, keysOf, pointerTo, removeInstance } from "./addresses.js";
export { setAnswer, stopAnswers } from "./answers.js";
export { FormProblem, loadChecked } from "./checked.js";
export { worked } from "./expressions.js";
export { findings } from "./findings.js";
export { readResponse } from "./import.js";
export { load } from "./load.js";
export { pages } from "./pages.js";
export { question } from "./question.js";
export { rows } from "./rows.js";
export { forget } from "./rules.js";
export { start } from "./start.js";
export { sideOf, sideWords, subjectOf, twoValues, withValue } from "./unsettled.js";

/** @type {WeakMap<object, {form: any, key: string, evaluation: any}>} */
const done = new WeakMap();

/** One screen asks several times about the same answers: they are worked out once. @param {any} form @param {any} answers @param {any} [context] */
export function evaluate(form, answers, context = {}) {
  // The answers stand in the key too: an object that somebody changed in place must not be given its old alerts.
  const key = JSON.stringify([answers, context.now ?? "", context.conflicts ?? {}, context.person ?? null]);
  const known = done.get(answers);
  if (known && known.form === form && known.key === key) return known.evaluation;
  const evaluation = work(form, answers, context);
  done.set(answers, { form, key, evaluation });
  return evaluation;
}

/** @param {any} form @param {any} record an assessment record {id, body} @param {any} [context] */
export function toQuestionnaireResponse(form, record, context = {}) {
  return exportResponse(form, record, solve(form, record.body.answers ?? {}, context));
}
