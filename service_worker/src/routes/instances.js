// "Add another" and "Remove" in a repeating group. What was removed can be brought back until the page is left: undo, not "are you sure".

import * as formlogic from "../formlogic/index.js";
import { elementId } from "../present/question.js";
import { typed } from "./edits.js";
import { newId } from "./ids.js";
import { loadAssessment } from "./load.js";
import { saveAnswers } from "./save.js";

async function change(ctx) {
  const a = await loadAssessment(ctx, ctx.params.id);
  if (!a) return ctx.problem("page.not_found");
  if (!a.editable) return ctx.problem(a.mine ? "assessment.wrong_state" : "assessment.not_author");
  const [address, how] = [typed(ctx)("address"), typed(ctx)("how")];
  const at = a.pages.find((page) => page.questions.includes(address));
  if (!at) return ctx.problem("page.not_found");
  const question = formlogic.question(a.form, address, a.answers, a.evaluation, a.context);
  const back = `/assessments/${a.id}/pages/${at.id}`;
  if (!question.repeats || question.read_only) return ctx.problem("record.fixed_field");

  if (how === "add") {
    const id = newId();
    await saveAnswers(ctx, a, formlogic.addInstance(a.form, a.answers, address, id));
    return ctx.redirect(`${back}#${elementId(`${address}/${id}`)}`);
  }
  if (how === "undo") return undo(ctx, a, back);
  const id = typed(ctx)("instance");
  if (!question.instances.includes(id)) return ctx.redirect(back);
  // The instance's own place in the body: what is kept for undoing is what is taken away.
  const held = keysIn(a.form, address).reduce((value, key) => value?.[key], a.answers);
  await ctx.store.meta.set("removed", { id: a.id, page_id: at.id, address, instance: id, title: question.text, value: held[id] ?? null, place: held._order?.[id] ?? null });
  await saveAnswers(ctx, a, formlogic.removeInstance(a.form, a.answers, address, id));
  return ctx.redirect(back);
}

const keysIn = (form, address) => formlogic.pointerTo(form, address).split("/").slice(2).map((each) => each.replace(/~1/g, "/").replace(/~0/g, "~"));

async function undo(ctx, a, back) {
  const removed = await ctx.store.meta.get("removed");
  if (removed?.id !== a.id) return ctx.redirect(back);
  const at = formlogic.pointerTo(a.form, removed.address);
  await ctx.store.edit("assessment", a.id, [...(removed.value === null ? [] : [[`${at}/${removed.instance}`, removed.value]]), [`${at}/_order/${removed.instance}`, removed.place ?? 1]]);
  await ctx.store.meta.set("removed", null);
  return ctx.redirect(`${back}#${elementId(`${removed.address}/${removed.instance}`)}`);
}

/** What was removed from this page, for as long as it is looked at. @param {any} ctx @param {any} a @param {any} at @returns {Promise<any>} */
export async function removedHere(ctx, a, at) {
  const removed = await ctx.store.meta.get("removed");
  if (!removed) return null;
  if (removed.id === a.id && removed.page_id === at.id) return { words: `${removed.title}: one was removed.`, address: removed.address, url: `/assessments/${a.id}/instances` };
  await ctx.store.meta.set("removed", null);
  return null;
}

export const routes = [["POST", "/assessments/:id/instances", change]];
