// The engine's string-to-string door for the server: globalThis.formlogic.call(name, jsonText) -> jsonText.
// A form is handed over once per context and then named by its key (the SHA-256 of its definition).

import * as formlogic from "./index.js";

const KEPT = 40;
/** @type {Map<string, any>} */
const forms = new Map();

export const calls = {
  ping: () => "pong",
  forget: () => formlogic.forget(),
  findings: ({ definition }) => formlogic.findings(definition),
  load({ key, definition }) {
    if (forms.size >= KEPT) forms.delete([...forms.keys()][0]);
    forms.set(key, formlogic.loadChecked(definition));
    return true;
  },
  evaluate: ({ key, answers, context }) => formlogic.evaluate(formOf(key), answers, context),
  pages: ({ key, answers, context }) => formlogic.pages(formOf(key), formlogic.evaluate(formOf(key), answers, context)),
  rows: ({ key, answers, context, evaluation }) => formlogic.rows(formOf(key), answers, evaluation ?? formlogic.evaluate(formOf(key), answers, context), context),
  stop: ({ key, answers, context }) => formlogic.stopAnswers(formOf(key), answers, formlogic.evaluate(formOf(key), answers, context)),
  start: ({ key, context }) => formlogic.start(formOf(key), context),
  read: ({ key, response }) => formlogic.readResponse(formOf(key), response),
  questions: ({ key, answers, context }) => questionsOf(formOf(key), answers, context),
  response: ({ key, record, context }) => formlogic.toQuestionnaireResponse(formOf(key), record, context),
};

/** All that is drawn, page by page: what a preview needs. */
function questionsOf(form, answers, context) {
  const evaluation = formlogic.evaluate(form, answers, context);
  return formlogic.pages(form, evaluation, context).map((page) => ({ ...page, questions: page.questions.map((each) => formlogic.question(form, each, answers, evaluation, context)) }));
}

/** @param {string} key @returns {any} */
export function formOf(key) {
  const form = forms.get(key);
  if (!form) throw new RangeError("not-loaded");
  return form;
}

/** @param {string} name @param {string} text @returns {string} {"value": …} or {"error": …, "findings": […]} */
function call(name, text) {
  try {
    if (!Object.hasOwn(calls, name)) throw new RangeError("unknown-call");
    const value = calls[name](JSON.parse(text));
    return JSON.stringify({ value: value ?? null });
  } catch (error) {
    // What stops the engine itself (time, memory) must reach the host, which throws this context away.
    if (error === null || error?.name === "InternalError") throw error;
    return JSON.stringify({ error: String(error?.message ?? error), findings: error?.findings ?? [] });
  }
}

globalThis.formlogic = { call };
