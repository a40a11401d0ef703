// The view that is turned towards the person: explanation, questions and choices only. No alert, flag, other name or
// navigation; while it is on, every other page leads back to it. Leaving it locks the tablet.

import * as formlogic from "../formlogic/index.js";
import { shell } from "../present/shell.js";
import { takeAnswer } from "./answers.js";
import { pageQuestions } from "./assessments.js";
import { keepPlace } from "./edits.js";
import { languagesView, speak, titleIn } from "./languages.js";
import { loadAssessment } from "./load.js";

/** @param {Function} handler @returns {Function} the handler, closed while the tablet is turned round */
export function whileTurned(handler) {
  return async (ctx) => {
    const turned = await ctx.store.meta.get("turned");
    return turned ? ctx.redirect(turned) : handler(ctx);
  };
}

async function turn(ctx) {
  const a = await loadAssessment(ctx, ctx.params.id);
  if (!a) return ctx.problem("page.not_found");
  if (!a.editable) return ctx.redirect(`/assessments/${a.id}`);
  const address = `/assessments/${a.id}/turned/${ctx.params.page}`;
  await ctx.store.meta.set("turned", address);
  return ctx.redirect(address);
}

async function show(ctx) {
  if (!(await ctx.store.meta.get("turned"))) return ctx.redirect(`/assessments/${ctx.params.id}/pages/${ctx.params.page}`);
  const a = await loadAssessment(ctx, ctx.params.id);
  if (!a) return ctx.problem("page.not_found");
  const at = a.pages.find((each) => each.id === ctx.params.page);
  if (!at) return ctx.problem("page.not_found");
  await keepPlace(ctx, a.id, { page_id: at.id, number: at.number, of: at.of });
  const { theme, invented } = await shell(ctx, { title: "Questions", strip: false, nav: false });
  const explain = at.number <= (a.pages.find((page) => open(a, page))?.number ?? 1);
  const next = a.pages.slice(at.number).find((page) => open(a, page));
  return ctx.page("field/turned/page.njk", {
    // The page's own title speaks of the person to the worker ("Are they willing").
    title: "Questions", theme, invented, heading: explain ? "Before we talk" : titleIn(a, at),
    languages: languagesView(a),
    language_url: `/assessments/${a.id}/turned/${at.id}/language`,
    questions: pageQuestions(ctx, a, at, true),
    explain,
    alert_waits: a.alerts.some((each) => each.state === "open"),
    next_url: next ? `/assessments/${a.id}/turned/${next.id}/next` : "",
    give_back_url: `/assessments/${a.id}/turned/${at.id}/give-back`,
  });
}

const open = (a, page) => page.questions.some((each) => {
  if (!a.evaluation.enabled[each]) return false;
  const question = formlogic.question(a.form, each, a.answers, a.evaluation, a.context);
  return !question.worker_only && question.control !== "display";
});

async function next(ctx) {
  const address = `/assessments/${ctx.params.id}/turned/${ctx.params.page}`;
  if (!(await ctx.store.meta.get("turned"))) return ctx.redirect("/");
  await ctx.store.meta.set("turned", address);
  return ctx.redirect(address);
}

async function language(ctx) {
  return (await ctx.store.meta.get("turned")) ? speak(ctx, `/assessments/${ctx.params.id}/turned/${ctx.params.page}`) : ctx.redirect("/");
}

/** The lock takes the key away; whoever unlocks is the worker, and finds the page where the person left it. */
async function giveBack(ctx) {
  await ctx.store.meta.set("turned", null);
  return ctx.lock ? ctx.lock(`/assessments/${ctx.params.id}/pages/${ctx.params.page}`) : ctx.redirect("/lock");
}

async function answer(ctx) {
  return (await ctx.store.meta.get("turned")) ? takeAnswer(ctx, true) : ctx.redirect("/");
}

export const routes = [
  ["POST", "/assessments/:id/turned/:page", turn], ["GET", "/assessments/:id/turned/:page", show],
  ["POST", "/assessments/:id/turned/:page/next", next], ["POST", "/assessments/:id/turned/:page/give-back", giveBack],
  ["POST", "/assessments/:id/turned/:page/answers", answer],
  ["POST", "/assessments/:id/turned/:page/language", language],
];
