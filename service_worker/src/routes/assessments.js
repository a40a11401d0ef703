// Starting an assessment, its task list, its pages, stopping and taking it up again.

import * as formlogic from "../formlogic/index.js";
import { may } from "../lifecycle.js";
import { alertsView } from "../present/alerts.js";
import { checkView, closingWords, endWords, historyWords, scoresView, segments, stateMark, taskListView } from "../present/assessment.js";
import { nameOf, offeredForms } from "../present/forms.js";
import { reviewView } from "../present/question.js";
import { identity, shell } from "../present/shell.js";
import { clock, clockNear, isoSeconds, withOffset } from "../present/time.js";
import { ABANDON_REASONS, BASES, STOP_REASONS, counted, wordsFor } from "../present/words.js";
import { without } from "./chosen.js";
import { answerEdits, keepPlace, typed } from "./edits.js";
import { newId } from "./ids.js";
import { loadEpisode } from "./episodes.js";
import { loadAssessment, numbersOf } from "./load.js";
import { movedNotice } from "./moved.js";
import { mayMove } from "./moves.js";
import { removedHere } from "./instances.js";
import { languagesView, titleIn } from "./languages.js";
import { pageQuestions } from "./page_questions.js";
import { saveAnswers } from "./save.js";

export { pageQuestions };

async function newForm(ctx) {
  const episode = await loadEpisode(ctx, ctx.query.get("episode") ?? "");
  if (!episode) return ctx.problem("page.not_found");
  return drawNew(ctx, episode, { form: ctx.query.get("form") ?? "", basis: "", imposed: "" }, []);
}

async function drawNew(ctx, episode, values, errors) {
  const forms = await offered(ctx);
  return ctx.page("field/assessments/new.njk", {
    ...(await shell(ctx, { title: "Start an assessment", here: "suite" })),
    who: identity(episode.person, episode.body, { link_href: `/episodes/${episode.id}`, link_text: "Back" }, ctx.now),
    episode_id: episode.id,
    errors,
    error_of: Object.fromEntries(errors.map((each) => [each.href.slice(1), each.text])),
    imposed_checked: values.imposed === "yes",
    identity_checked: values.identity === "yes",
    forms: forms.map((each, index) => ({ code: each.form, text: each.title, id: `form-${index}`, checked: values.form === each.form || (Boolean(values.form) && each.form.includes(`/${values.form}|`)) })),
    bases: Object.entries(BASES).map(([code, text]) => ({ code, text, id: `basis-${code}`, checked: values.basis === code })),
  });
}

const offered = async (ctx) => offeredForms(await ctx.forms.list(), isoSeconds(ctx.now).slice(0, 10));

async function start(ctx) {
  const read = typed(ctx);
  const episode = await loadEpisode(ctx, read("episode_id"));
  if (!episode) return ctx.problem("page.not_found");
  const values = { form: read("questionnaire"), basis: read("basis"), imposed: read("imposed"), identity: read("identity") };
  const errors = [];
  if (values.identity !== "yes") errors.push({ href: "#identity", text: "Confirm that this is the person in front of you" });
  if (!values.form) errors.push({ href: "#questionnaire", text: "Choose what to go through" });
  if (!BASES[values.basis]) errors.push({ href: "#basis", text: "Choose the basis" });
  if (values.basis === "required" && values.imposed !== "yes") errors.push({ href: "#imposed", text: "Required means imposed by the police. Confirm that, or choose another basis" });
  if (errors.length) return drawNew(ctx, episode, values, errors);

  const form = await ctx.forms.get(values.form);
  const blank = formlogic.evaluate(form, {}, { now: withOffset(ctx.now), conflicts: {} });
  // A form that is made for one basis says so itself, before anything is begun on another.
  const unfit = "basis" in blank.enabled && formlogic.evaluate(form, { basis: values.basis }, { now: withOffset(ctx.now), conflicts: {} }).errors.find((each) => each.linkId === "basis");
  if (unfit) return drawNew(ctx, episode, values, [{ href: "#basis", text: unfit.message }]);
  const id = newId();
  // First values are asked for once, here; the service's own forms have none.
  const person = (await ctx.store.find("person", episode.body.person_id))?.body ?? {};
  const begun = formlogic.start(form, { now: withOffset(ctx.now), person }).answers;
  const body = {
    person_id: episode.body.person_id, episode_id: episode.id, suite_id: episode.body.suite_id, form: values.form, basis: values.basis,
    author_id: ctx.session.user.id, started_at: isoSeconds(ctx.now), state: "draft",
    answers: "basis" in blank.enabled ? { ...begun, basis: values.basis } : begun,
  };
  await ctx.store.create("assessment", body, { id });
  const first = formlogic.pages(form, formlogic.evaluate(form, body.answers, { now: withOffset(ctx.now), conflicts: {} }))[0];
  return ctx.redirect(`/assessments/${id}/pages/${first.id}`);
}

/** The identity bar and the alerts stand on every page of an assessment. */
export async function around(ctx, a, page, link) {
  const aside = (await ctx.store.meta.get("aside")) ?? {};
  return {
    ...(await shell(ctx, page)),
    id: a.id,
    who: identity(a.person, a.episode, { basis: wordsFor(BASES, a.body.basis), ...link }, ctx.now),
    alerts: alertsView(a.alerts, { now: ctx.now, back: page.back, aside: Object.keys(aside).filter((each) => aside[each] === page.back), prompts: page.prompts }),
    mine: a.mine,
    editable: a.editable,
    author: ctx.session.users?.[a.body.taken_over?.by ?? a.body.author_id] ?? "a colleague",
    saved: a.record.unsent || a.body.started_at ? savedWords(a) : "",
  };
}

const savedWords = (a) => (a.place?.saved_at ? `Saved ${clock(a.place.saved_at)}` : "Saved on this device");

async function show(ctx) {
  const a = await loadAssessment(ctx, ctx.params.id);
  if (!a) return ctx.problem("page.not_found");
  if (a.body.state === "submitted" || a.body.state === "approved" || a.body.state === "abandoned") return readOnly(ctx, a);
  if (a.editable && ctx.query.get("marked") === "first" && markedPages(a).length) return ctx.redirect(markedPages(a)[0].href);
  if (a.editable) await dropClosed(ctx, a);
  const about = { title: a.title, now: ctx.now, two_values: new Set(Object.keys(a.conflict_of)), numbers: numbersOf(a) };
  const list = taskListView(a.record, a.pages, a.evaluation, a.place, about);
  return ctx.page("field/assessments/show.njk", {
    ...(await around(ctx, a, { title: "Assessment", strip: false, nav: false, back: `/assessments/${a.id}`, prompts: true }, { link_href: `/episodes/${a.body.episode_id}`, link_text: "Person" })),
    form_title: a.title,
    moved: await moved(ctx, a),
    may_move: mayMove(ctx, a.body),
    ...list,
    returned: a.body.state === "returned",
    review: reviewView(a.body.state === "returned" ? a.body.review : null, ctx.session.users ?? {}, ctx.now),
    marked_href: markedPages(a)[0]?.href ?? "",
    marked_words: counted(markedPages(a).length, "marked question", "marked questions"),
    stopped: a.body.stopped ? { words: `Stopped ${clockNear(a.body.stopped.at, ctx.now)}: ${wordsFor(STOP_REASONS, a.body.stopped.reason).toLowerCase()}` } : null,
    complete: a.evaluation.complete,
    may_abandon: may("abandon", a.body, ctx.session.user, { reason: "any" }).allowed,
    scores: scoresView(a.evaluation.scores),
    others: otherForms(await offered(ctx), a),
  });
}

/** That it was recorded on another person first, with the way back for whoever may move it. */
const moved = (ctx, a) => movedNotice(ctx, a.body, mayMove(ctx, a.body) ? `/assessments/${a.id}/move/undo` : "");

/** AUDIT where they drink, SDS for the main substance that is not alcohol: what the answers call for. */
function otherForms(forms, a) {
  const wanted = [];
  if (["daily", "some-days"].includes(a.answers["alcohol-pattern"])) wanted.push("audit");
  const main = a.answers["main-substance"];
  if (main && !["alcohol", "none", "asked-declined", "asked-unknown", "not-asked"].includes(main)) wanted.push("sds");
  return forms.filter((each) => wanted.includes(nameOf(each.form))).map((each) => ({ title: each.title, href: `/assessments/new?episode=${a.body.episode_id}&form=${nameOf(each.form)}` }));
}

/** The marked questions in the order of the form, each with the address of its page. */
export function markedPages(a) {
  const marks = a.body.review?.marks ?? {};
  return a.pages.flatMap((page) => page.questions.filter((each) => each in marks).map((link_id) => ({ link_id, page_id: page.id, href: `/assessments/${a.id}/marked/${encodeURIComponent(link_id)}` })));
}

async function readOnly(ctx, a) {
  const users = ctx.session.users ?? {};
  const waiting = (await ctx.store.outbox()).some((each) => each.record_id === a.id);
  const amendments = (await ctx.store.list("amendment")).filter((each) => each.assessment_id === a.id);
  return ctx.page("field/assessments/read.njk", {
    ...(await around(ctx, a, { title: "Assessment", here: "work", back: `/assessments/${a.id}`, prompts: true }, { link_href: `/episodes/${a.body.episode_id}`, link_text: "Person" })),
    form_title: a.title,
    moved: await moved(ctx, a),
    may_move: mayMove(ctx, a.body),
    history: historyWords(a.body, ctx.now),
    mark: stateMark(a.body, waiting),
    approved: a.body.state === "approved" ? `Revision ${a.body.review?.number} approved ${clockNear(a.body.review?.at, ctx.now)} by ${users[a.body.review?.by] ?? "a supervisor"}` : "",
    scores: scoresView(a.evaluation.scores),
    groups: checkView(a.id, formlogic.rows(a.form, a.answers, a.evaluation, a.context), a.conflict_of, false),
    abandoned: a.body.state === "abandoned" ? { words: `Abandoned ${clockNear(a.body.stopped?.at, ctx.now)}: ${endWords(a.body.stopped?.reason ?? "").toLowerCase()}.`, undo: may("take_up", a.body, ctx.session.user, {}).allowed } : null,
    can_amend: a.mine && a.body.state !== "abandoned",
    amendments: amendments.map((each) => ({ words: `${{ proposed: "Change proposed, with a supervisor", accepted: "Change accepted", declined: "Change declined" }[each.state] ?? each.state}, ${clockNear(each.at, ctx.now)}` })),
  });
}

async function page(ctx) {
  const a = await loadAssessment(ctx, ctx.params.id);
  if (!a) return ctx.problem("page.not_found");
  const at = a.pages.find((each) => each.id === ctx.params.page);
  if (!at) return ctx.problem("page.not_found");
  if (!a.editable) return ctx.redirect(`/assessments/${a.id}`);
  if (a.place?.page_id !== at.id) await dropClosed(ctx, a);
  await keepPlace(ctx, a.id, { page_id: at.id, number: at.number, of: at.of });
  const address = `/assessments/${a.id}/pages/${at.id}`;
  return ctx.page("field/assessments/page.njk", {
    ...(await around(ctx, a, { title: "Assessment", strip: false, nav: false, back: address, prompts: at.number === at.of }, { link_href: `/assessments/${a.id}`, link_text: "All pages" })),
    heading: titleIn(a, at),
    languages: languagesView(a),
    language_url: `${address}/language`,
    where: `Page ${at.number} of ${at.of} · ${a.title}`,
    where_short: `Page ${at.number} of ${at.of}`,
    segments: segments(a.pages, at.id),
    questions: pageQuestions(ctx, a, at),
    removed: await removedHere(ctx, a, at),
    closing: closingWords(a),
    page_id: at.id,
    back_href: at.number > 1 ? `/assessments/${a.id}/pages/${a.pages[at.number - 2].id}` : `/assessments/${a.id}`,
    next_url: address,
    turn_href: turnable(a, at) ? `/assessments/${a.id}/turned/${at.id}` : "",
    last: at.number === at.of,
    scores: at.number === at.of ? scoresView(a.evaluation.scores) : [],
    others: at.number === at.of ? otherForms(await offered(ctx), a) : [],
  });
}

/** Whether the page holds anything that may be shown to the person. */
const turnable = (a, at) => at.questions.some((each) => a.evaluation.enabled[each] && !formlogic.question(a.form, each, a.answers, a.evaluation, a.context).worker_only);

/** Remove the answers whose questions are closed. @param {any} ctx @param {any} a */
export async function dropClosed(ctx, a) {
  const closed = a.evaluation.closed_answers ?? [];
  if (closed.length === 0 || !a.editable) return;
  const after = closed.reduce((answers, address) => without(a.form, answers, address), a.answers);
  await ctx.store.edit("assessment", a.id, answerEdits(a.answers, after));
  a.answers = after;
  a.evaluation = formlogic.evaluate(a.form, after, a.context);
  a.pages = formlogic.pages(a.form, a.evaluation);
}

async function next(ctx) {
  const a = await loadAssessment(ctx, ctx.params.id);
  if (!a) return ctx.problem("page.not_found");
  await dropClosed(ctx, a);
  const index = a.pages.findIndex((each) => each.id === ctx.params.page);
  const following = a.pages.slice(index + 1).find((each) => each.enabled > 0);
  return ctx.redirect(following ? `/assessments/${a.id}/pages/${following.id}` : `/assessments/${a.id}/check`);
}

async function stopForm(ctx) {
  const a = await loadAssessment(ctx, ctx.params.id);
  if (!a) return ctx.problem("page.not_found");
  const missing = (a.evaluation.missing ?? []).length;
  return ctx.page("field/assessments/stop.njk", {
    ...(await around(ctx, a, { title: "Stop here", strip: false, nav: false, back: `/assessments/${a.id}/stop` }, { link_href: `/assessments/${a.id}`, link_text: "All pages" })),
    reasons: STOP_REASONS.map(([code, text]) => ({ code, text })),
    missing_words: missing ? `${counted(missing, "open question becomes", "open questions become")} “Not asked”.` : "No question is open.",
  });
}

/** Rule 5: what was not reached becomes "not asked", the alerts run, and the whole is kept as stopped. */
async function stop(ctx) {
  const a = await loadAssessment(ctx, ctx.params.id);
  if (!a) return ctx.problem("page.not_found");
  const reason = typed(ctx)("reason");
  if (!a.editable || !STOP_REASONS.some(([code]) => code === reason)) return ctx.redirect(`/assessments/${a.id}`);
  await dropClosed(ctx, a);
  const stopped = Object.keys(formlogic.stopAnswers(a.form, a.answers, a.evaluation));
  const after = stopped.reduce((answers, address) => formlogic.setAnswer(a.form, answers, address, "not-asked"), a.answers);
  await saveAnswers(ctx, a, after, [["/stopped", { reason, at: isoSeconds(ctx.now) }]]);
  return ctx.redirect(`/assessments/${a.id}`);
}

async function abandonForm(ctx) {
  const a = await loadAssessment(ctx, ctx.params.id);
  if (!a) return ctx.problem("page.not_found");
  if (!may("abandon", a.body, ctx.session.user, { reason: "any" }).allowed) return ctx.redirect(`/assessments/${a.id}`);
  return ctx.page("field/assessments/abandon.njk", {
    ...(await around(ctx, a, { title: "Abandon", strip: false, nav: false, back: `/assessments/${a.id}/abandon`, prompts: true }, { link_href: `/assessments/${a.id}`, link_text: "All pages" })),
    form_title: a.title,
    reasons: ABANDON_REASONS.map(([code, text]) => ({ code, text })),
  });
}

/** It is neither gone on with nor handed in. Every answer stays, its alerts stand until they are settled, and it can be undone. */
async function abandon(ctx) {
  const a = await loadAssessment(ctx, ctx.params.id);
  if (!a) return ctx.problem("page.not_found");
  const reason = typed(ctx)("reason");
  const verdict = may("abandon", a.body, ctx.session.user, { reason });
  if (!verdict.allowed) return ctx.problem(verdict.why);
  if (!ABANDON_REASONS.some(([code]) => code === reason)) return ctx.redirect(`/assessments/${a.id}/abandon`);
  await ctx.store.edit("assessment", a.id, [["/state", verdict.to], ["/stopped", { reason, at: isoSeconds(ctx.now) }]]);
  return ctx.redirect(`/assessments/${a.id}`);
}

async function takeUp(ctx) {
  const a = await loadAssessment(ctx, ctx.params.id);
  if (!a) return ctx.problem("page.not_found");
  const verdict = may("take_up", a.body, ctx.session.user, {});
  if (verdict.allowed) await ctx.store.edit("assessment", a.id, [["/state", verdict.to], ["/stopped", null]]);
  return ctx.redirect(`/assessments/${a.id}`);
}

/** Taken up again with every answer in place; by a colleague it is recorded who and when. */
async function resume(ctx) {
  const a = await loadAssessment(ctx, ctx.params.id);
  if (!a) return ctx.problem("page.not_found");
  if (!may("take_over", a.body, ctx.session.user, {}).allowed) return ctx.redirect(`/assessments/${a.id}`);
  const edits = [];
  if (a.body.stopped) edits.push(["/stopped", null]);
  if (!a.mine) edits.push(["/taken_over", { by: ctx.session.user.id, at: isoSeconds(ctx.now) }]);
  if (edits.length) await ctx.store.edit("assessment", a.id, edits);
  return ctx.redirect(`/assessments/${a.id}`);
}

export const routes = [
  ["GET", "/assessments/new", newForm], ["POST", "/assessments", start], ["GET", "/assessments/:id", show],
  ["GET", "/assessments/:id/pages/:page", page], ["POST", "/assessments/:id/pages/:page", next],
  ["GET", "/assessments/:id/stop", stopForm], ["POST", "/assessments/:id/stop", stop], ["POST", "/assessments/:id/resume", resume],
  ["GET", "/assessments/:id/abandon", abandonForm], ["POST", "/assessments/:id/abandon", abandon], ["POST", "/assessments/:id/abandon/undo", takeUp],
];
