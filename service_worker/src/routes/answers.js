// One answer: from the finger to the sealed store, then the fragment that says so. Nothing is called saved before it is.

import * as formlogic from "../formlogic/index.js";
import { alertsView } from "../present/alerts.js";
import { closingWords, segments } from "../present/assessment.js";
import { elementId } from "../present/question.js";
import { clock, isoSeconds } from "../present/time.js";
import { pageQuestions } from "./assessments.js";
import { TYPED, changed, chosen } from "./chosen.js";
import { keepPlace } from "./edits.js";
import { loadAssessment } from "./load.js";
import { saveAnswers } from "./save.js";

async function answer(ctx) {
  return takeAnswer(ctx, false);
}

/**
 * @param {any} ctx @param {boolean} turned whether the tablet is turned towards the person: then neither alert nor flag is drawn
 */
export async function takeAnswer(ctx, turned) {
  const a = await loadAssessment(ctx, ctx.params.id);
  if (!a) return ctx.problem("page.not_found");
  if (!a.editable) return ctx.problem(a.mine ? "assessment.wrong_state" : "assessment.not_author");
  const link_id = String(ctx.form.get("link_id") ?? "");
  // A value of a question that repeats has an address below the question's own.
  const at = a.pages.find((page) => page.questions.includes(link_id)) ?? a.pages.find((page) => page.questions.includes(link_id.split("/").slice(0, -1).join("/")));
  if (!at) return ctx.problem("page.not_found");
  const question = formlogic.question(a.form, link_id, a.answers, a.evaluation, a.context);
  if (turned && question.worker_only) return ctx.problem("page.not_found");
  if (question.read_only) return ctx.problem("record.fixed_field");

  const before = pageQuestions(ctx, a, at, turned);
  const { after, error } = chosen(a, question, ctx.form);
  // Two stores, one wait: the answer is told saved only when both are on the disk.
  await Promise.all([
    saveAnswers(ctx, a, after),
    keepPlace(ctx, a.id, { page_id: at.id, link_id, number: at.number, of: at.of, saved_at: isoSeconds(ctx.now) }),
  ]);

  if (!ctx.isHtmx) return ctx.redirect(turned ? `/assessments/${a.id}/turned/${at.id}` : `/assessments/${a.id}/pages/${at.id}#${elementId(link_id)}`);
  const now = pageQuestions(ctx, a, at, turned);
  const aside = (await ctx.store.meta.get("aside")) ?? {};
  const address = `/assessments/${a.id}/pages/${at.id}`;
  const drawn = now.find((each) => each.link_id === link_id);
  return ctx.fragment("field/assessments/answered.njk", {
    id: a.id,
    turned,
    question: drawn,
    // What somebody is typing in is never drawn anew under their fingers; a reason for having no answer empties it.
    typed_control: TYPED.includes(question.control) && !ctx.form.get("absent"),
    other_words: ctx.form.has("other"),
    others: now.filter((each) => each.link_id !== link_id && changed(before.find((old) => old.link_id === each.link_id), each)),
    error: error || drawn.error,
    saved: `Saved ${clock(ctx.now)}`,
    closing: closingWords(a),
    segments: segments(a.pages, at.id),
    alert_waits: a.alerts.some((each) => each.state === "open"),
    alerts: alertsView(a.alerts, { now: ctx.now, back: address, prompts: at.number === at.of, aside: Object.keys(aside).filter((each) => aside[each] === address) }),
  });
}

export const routes = [["POST", "/assessments/:id/answers", answer]];
