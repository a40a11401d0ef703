// Seeing what is open, handing in, and what happens next; returned work question by question; a change after approval.

import * as formlogic from "../formlogic/index.js";
import { may } from "../lifecycle.js";
import { checkView, openWords, scoresView } from "../present/assessment.js";
import { elementId, reviewView } from "../present/question.js";
import { isoSeconds, withOffset } from "../present/time.js";
import { around, dropClosed, markedPages, pageQuestions } from "./assessments.js";
import { step, typed } from "./edits.js";
import { newId } from "./ids.js";
import { loadAssessment } from "./load.js";
import { askedAlready } from "./once.js";
import { typedValue } from "./typed.js";

async function check(ctx) {
  const a = await loadAssessment(ctx, ctx.params.id);
  if (!a) return ctx.problem("page.not_found");
  if (!a.editable) return ctx.redirect(`/assessments/${a.id}`);
  await dropClosed(ctx, a);
  return drawCheck(ctx, a, await askedAlready(ctx, a));
}

async function drawCheck(ctx, a, errors) {
  const missing = a.evaluation.missing ?? [];
  const open_page = a.pages.find((page) => page.questions.some((each) => missing.includes(each)));
  const marked = markedPages(a);
  return ctx.page("field/assessments/check.njk", {
    ...(await around(ctx, a, { title: "Check answers", strip: false, nav: false, back: `/assessments/${a.id}/check`, prompts: true }, { link_href: `/assessments/${a.id}`, link_text: "All pages" })),
    errors: errors.length ? errors : problemsView(a),
    form_title: a.title,
    open_words: openWords(a.evaluation, a.alerts, a.conflicts),
    missing_href: open_page ? `/assessments/${a.id}/pages/${open_page.id}#${elementId(open_page.questions.find((each) => missing.includes(each)))}` : "",
    groups: checkView(a.id, formlogic.rows(a.form, a.answers, a.evaluation, a.context), a.conflict_of, true),
    scores: scoresView(a.evaluation.scores),
    can_submit: missing.length === 0 && a.evaluation.complete && !errors.some((each) => each.href.includes("/pages/")),
    again: a.body.state === "returned",
    revision: String((a.body.submission?.number ?? 0) + 1),
    review: reviewView(a.body.state === "returned" ? a.body.review : null, ctx.session.users ?? {}, ctx.now),
    marked_count: marked.length,
  });
}

/** What does not fit, each with the way to its question. */
function problemsView(a) {
  return a.evaluation.errors.flatMap(({ linkId, message }) => {
    const at = a.pages.find((page) => page.questions.includes(linkId));
    if (!at) return [];
    const { number, text } = formlogic.question(a.form, linkId, a.answers, a.evaluation, a.context);
    const asked = [number, text].filter(Boolean).join(" ");
    return [{ href: `/assessments/${a.id}/pages/${at.id}#${elementId(linkId)}`, text: `${asked}${/[?!.:]$/.test(asked) ? "" : ":"} ${message}`.trim() }];
  });
}

async function submit(ctx) {
  const a = await loadAssessment(ctx, ctx.params.id);
  if (!a) return ctx.problem("page.not_found");
  const number = (a.body.submission?.number ?? 0) + 1;
  const verdict = may(a.body.state === "returned" ? "resubmit" : "submit", a.body, ctx.session.user, { number });
  if (!verdict.allowed) return ctx.problem(verdict.why);
  await dropClosed(ctx, a);
  if ((a.evaluation.missing ?? []).length) return drawCheck(ctx, a, [{ href: "#open", text: "Some questions have no answer yet. Answer them, or use Stop here" }]);
  if (!a.evaluation.complete) return drawCheck(ctx, a, problemsView(a));
  const twice = await askedAlready(ctx, a);
  if (twice.length) return drawCheck(ctx, a, twice);
  if (typed(ctx)("confirmed") !== "yes") return drawCheck(ctx, a, [{ href: "#confirmed", text: "Confirm that these answers are this person’s" }]);
  const now = isoSeconds(ctx.now);
  await ctx.store.edit("assessment", a.id, [
    ["/confirmed_identity_at", now],
    // The offset says which day it was for the form's rules: the server asks them as of the same moment.
    ["/submission", { number, at: now, offset: withOffset(ctx.now).slice(-6), by: ctx.session.user.id }],
    ["/state", verdict.to],
  ]);
  return ctx.redirect(`/assessments/${a.id}/sent`);
}

async function sent(ctx) {
  const a = await loadAssessment(ctx, ctx.params.id);
  if (!a) return ctx.problem("page.not_found");
  const waiting = (await ctx.store.outbox()).some((each) => each.record_id === a.id && each.state !== "rejected");
  return ctx.page("field/assessments/sent.njk", {
    ...(await around(ctx, a, { title: "Handed in", here: "work", back: `/assessments/${a.id}/sent`, prompts: true }, { link_href: `/episodes/${a.body.episode_id}`, link_text: "Person" })),
    waiting,
    revision: String(a.body.submission?.number ?? 1),
    episode_href: `/episodes/${a.body.episode_id}`,
  });
}

/** One marked question at a time, with the supervisor's comment attached to it. */
async function marked(ctx) {
  const a = await loadAssessment(ctx, ctx.params.id);
  if (!a) return ctx.problem("page.not_found");
  const list = markedPages(a);
  const index = list.findIndex((each) => each.link_id === ctx.params.link_id);
  if (!a.editable || index < 0) return ctx.redirect(`/assessments/${a.id}`);
  const at = a.pages.find((page) => page.id === list[index].page_id);
  const questions = pageQuestions(ctx, a, at);
  const rows = checkView(a.id, formlogic.rows(a.form, a.answers, a.evaluation, a.context), a.conflict_of, false)
    .flatMap((group) => group.rows).filter((row) => at.questions.includes(row.link_id) && row.link_id !== ctx.params.link_id);
  const next = list[index + 1];
  return ctx.page("field/assessments/marked.njk", {
    ...(await around(ctx, a, { title: "Returned work", strip: false, nav: false, back: list[index].href, prompts: true }, { link_href: "/work", link_text: "All returned" })),
    heading: at.title,
    where: `Marked question ${index + 1} of ${list.length}`,
    question: { ...questions.find((each) => each.link_id === ctx.params.link_id), earlier: earlier(a, ctx.params.link_id) },
    review: reviewView(a.body.review, ctx.session.users ?? {}, ctx.now),
    rows,
    next_href: next ? next.href : `/assessments/${a.id}/check`,
    next_words: next ? "Next marked question" : "Check and hand in again",
  });
}

/** The answer that was handed in, as the service froze it and sent it with the return: the answers here may have changed since. */
function earlier(a, link_id) {
  const { number, answers } = a.body.review;
  if (!answers) return "";
  const then = formlogic.withValue(a.form, a.answers, link_id, answers[link_id]);
  const evaluation = formlogic.evaluate(a.form, then, a.context);
  const row = formlogic.rows(a.form, then, evaluation, { ...a.context, conflicts: {} }).flatMap((group) => group.rows).find((each) => each.link_id === link_id);
  return row ? { words: `Your answer in revision ${number}:`, answer: row.state === "empty" ? "no answer" : row.answer } : "";
}

async function reply(ctx) {
  const a = await loadAssessment(ctx, ctx.params.id);
  if (!a) return ctx.problem("page.not_found");
  const link_id = String(ctx.form.get("link_id") ?? "");
  if (!a.editable || !(link_id in (a.body.review?.marks ?? {}))) return ctx.problem(a.mine ? "assessment.wrong_state" : "assessment.not_author");
  await ctx.store.edit("assessment", a.id, [[`/replies/${step(link_id)}`, typed(ctx)("reply") || null]]);
  if (!ctx.isHtmx) return ctx.redirect(`/assessments/${a.id}/marked/${encodeURIComponent(link_id)}`);
  return ctx.fragment("field/assessments/replied.njk", { saved: "Saved" });
}

async function amendForm(ctx) {
  const a = await loadAssessment(ctx, ctx.params.id);
  if (!a) return ctx.problem("page.not_found");
  if (!["submitted", "approved"].includes(a.body.state) || !a.mine) return ctx.redirect(`/assessments/${a.id}`);
  if (!ctx.params.link_id) {
    const groups = checkView(a.id, formlogic.rows(a.form, a.answers, a.evaluation, a.context), a.conflict_of, false);
    return ctx.page("field/assessments/amend.njk", { ...(await around(ctx, a, { title: "Change something", strip: false, nav: false, back: `/assessments/${a.id}/amend` }, { link_href: `/assessments/${a.id}`, link_text: "Back" })), groups, question: null });
  }
  return drawAmend(ctx, a, ctx.params.link_id, [], "");
}

async function drawAmend(ctx, a, link_id, errors, reason) {
  const at = a.pages.find((page) => page.questions.includes(link_id));
  const question = at && pageQuestions(ctx, a, at).find((each) => each.link_id === link_id);
  if (!question || question.read_only || question.is_repeat) return ctx.redirect(`/assessments/${a.id}/amend`);
  return ctx.page("field/assessments/amend.njk", {
    ...(await around(ctx, a, { title: "Change something", strip: false, nav: false, back: `/assessments/${a.id}/amend` }, { link_href: `/assessments/${a.id}`, link_text: "Back" })),
    groups: [], errors, reason, reason_error: errors.find((each) => each.href === "#reason")?.text ?? "",
    question, amend_url: `/assessments/${a.id}/amend/${encodeURIComponent(link_id)}`,
  });
}

/** An approved answer is never edited: a change is proposed with its reason and decided by a supervisor. */
async function amend(ctx) {
  const a = await loadAssessment(ctx, ctx.params.id);
  if (!a) return ctx.problem("page.not_found");
  if (!["submitted", "approved"].includes(a.body.state) || !a.mine) return ctx.problem(a.mine ? "assessment.wrong_state" : "assessment.not_author");
  const { link_id } = ctx.params;
  const question = formlogic.question(a.form, link_id, a.answers, a.evaluation, a.context);
  if (question.read_only || question.repeats) return ctx.problem("record.fixed_field");
  const codes = ctx.form.getAll("value").map(String).filter(Boolean);
  const { value, error } = question.many ? { value: codes.length ? Object.fromEntries(codes.map((code) => [code, true])) : null, error: "" } : typedValue(question, ctx.form);
  const to = value;
  const from = formlogic.getAt(a.answers, formlogic.keysOf(a.form, link_id)) ?? null;
  const reason = typed(ctx)("reason");
  const errors = [];
  if (error) errors.push({ href: `#${elementId(link_id)}`, text: error });
  else if (to === null || JSON.stringify(from) === JSON.stringify(to)) errors.push({ href: `#${elementId(link_id)}`, text: "Choose a different answer" });
  if (!reason) errors.push({ href: "#reason", text: "Say why it changes" });
  if (errors.length) return drawAmend(ctx, a, link_id, errors, reason);
  await ctx.store.create("amendment", {
    assessment_id: a.id, person_id: a.body.person_id, suite_id: a.body.suite_id, number: a.body.submission?.number ?? 1,
    reason, changes: { [link_id]: { from, to } }, state: "proposed", by: ctx.session.user.id, at: isoSeconds(ctx.now),
  }, { id: newId() });
  return ctx.redirect(`/assessments/${a.id}`);
}

export const routes = [
  ["GET", "/assessments/:id/check", check], ["POST", "/assessments/:id/submit", submit], ["GET", "/assessments/:id/sent", sent],
  ["GET", "/assessments/:id/marked/:link_id", marked], ["POST", "/assessments/:id/replies", reply],
  ["GET", "/assessments/:id/amend", amendForm], ["GET", "/assessments/:id/amend/:link_id", amendForm], ["POST", "/assessments/:id/amend/:link_id", amend],
];
