// A form tried out before anybody is asked it: the tablet's own engine and presenters, run by the server, with answers that come with
// the request and leave with the response. Nothing is stored, and nobody is told of an alert.

import "./intl.js";
import { calls, formOf } from "../formlogic/call.js";
import * as formlogic from "../formlogic/index.js";
import { alertsView } from "../present/alerts.js";
import { closingWords, scoresView, segments } from "../present/assessment.js";
import { TYPED, changed, chosen, without } from "../routes/chosen.js";
import { pageQuestions } from "../routes/page_questions.js";

/** The fields of a form as they were sent. */
class Sent {
  /** @param {[string, string][]} pairs */
  constructor(pairs) {
    this.pairs = pairs;
  }
  /** @param {string} name */
  getAll(name) {
    return this.pairs.filter(([each]) => each === name).map(([, value]) => value);
  }
  /** @param {string} name */
  get(name) {
    return this.getAll(name)[0] ?? null;
  }
  /** @param {string} name */
  has(name) {
    return this.getAll(name).length > 0;
  }
}

/** As an assessment that stands on no disk: what the tablet's presenters read of one. */
function tried(form, answers, now, language) {
  const context = { now, conflicts: {}, person: {}, language };
  const evaluation = formlogic.evaluate(form, answers, context);
  return { id: "preview", form, answers, context, evaluation, pages: formlogic.pages(form, evaluation, context), body: { state: "draft" }, conflict_of: {} };
}

/** @param {any} a @param {string} wanted */
const pageOf = (a, wanted) => a.pages.find((each) => each.id === wanted) ?? a.pages.find((each) => each.enabled > 0) ?? a.pages[0];

/** Every question of the page, its forms sent to where the preview answers. */
function drawn(a, at, post_url) {
  return pageQuestions({ now: a.context.now }, a, at).map((each) => ({ ...each, ...(each.save_url ? { save_url: post_url } : {}), ...(each.url ? { url: post_url } : {}) }));
}

/** @param {any} a @param {any} at */
function around(a, at) {
  const standing = a.evaluation.alerts.map((each) => ({ ...each, state: "open", raised_at: a.context.now }));
  const { open, stop } = alertsView(standing, { now: a.context.now, back: "", prompts: at.number === at.of });
  const index = a.pages.findIndex((each) => each.id === at.id);
  const open_pages = (list) => list.find((each) => each.enabled > 0)?.id ?? "";
  return {
    answers: a.answers,
    page: { id: at.id, title: at.title, number: at.number, of: at.of },
    pages: a.pages.map((each) => ({ id: each.id, title: each.title, number: each.number, enabled: each.enabled, status: each.status })),
    back: open_pages(a.pages.slice(0, index).reverse()),
    next: open_pages(a.pages.slice(index + 1)),
    segments: segments(a.pages, at.id),
    alerts: stop ? [stop, ...open] : open,
    scores: scoresView(a.evaluation.scores),
    closing: closingWords(a),
    failed: a.evaluation.errors.filter((each) => !each.severity).map((each) => ({ link_id: each.linkId, message: each.message })),
    missing: a.evaluation.missing.length,
    languages: a.form.languages,
  };
}

Object.assign(calls, {
  /** One page, with what its answers make of it. What an earlier answer closed goes when the page is left. */
  preview({ key, answers, page, left, now, language, post_url }) {
    const form = formOf(key);
    let a = tried(form, answers ?? formlogic.start(form, { now, person: {} }).answers, now, language);
    if (left && a.evaluation.closed_answers.length) a = tried(form, a.evaluation.closed_answers.reduce((kept, each) => without(form, kept, each), a.answers), now, language);
    const at = pageOf(a, page);
    return { ...around(a, at), questions: drawn(a, at, post_url) };
  },

  /** One answer: {…, question, others, typed_control, other_words, error}; `redrawn` with all questions where a row came or went. */
  preview_answer({ key, answers, page, sent, now, language, post_url, new_id }) {
    const form = formOf(key);
    const before = tried(form, answers, now, language);
    const at = pageOf(before, page);
    const fields = new Sent(sent);
    const how = fields.get("how");
    const link_id = String(fields.get(how ? "address" : "link_id") ?? "");
    if (!at.questions.some((each) => each === link_id || each === link_id.split("/").slice(0, -1).join("/"))) return { unknown: true };
    const asked = formlogic.question(form, link_id, before.answers, before.evaluation, before.context);
    if (asked.read_only) return { unknown: true };
    if (how) {
      const after = how === "add" ? formlogic.addInstance(form, answers, link_id, new_id) : formlogic.removeInstance(form, answers, link_id, String(fields.get("instance")));
      const a = tried(form, after, now, language);
      return { ...around(a, pageOf(a, page)), redrawn: true, questions: drawn(a, pageOf(a, page), post_url) };
    }
    const { after, error } = chosen(before, asked, /** @type {any} */ (fields));
    const a = tried(form, after, now, language);
    const was = drawn(before, at, post_url);
    const is = drawn(a, pageOf(a, page), post_url);
    const question = is.find((each) => each.link_id === link_id);
    return {
      ...around(a, pageOf(a, page)), question,
      others: is.filter((each) => each.link_id !== link_id && changed(was.find((old) => old.link_id === each.link_id), each)),
      typed_control: TYPED.includes(asked.control) && !fields.get("absent"),
      other_words: fields.has("other"),
      error: error || question.error,
    };
  },
});
