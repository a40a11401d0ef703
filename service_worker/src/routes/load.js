// Gathers what the pages of an assessment need, once, in one place. Reads only.

import * as formlogic from "../formlogic/index.js";
import { may } from "../lifecycle.js";
import { stands } from "../present/decisions.js";
import { isMine } from "../present/shell.js";
import { withOffset } from "../present/time.js";
import { formTitle } from "../present/words.js";

/**
 * @param {any} ctx @param {string} id
 * @returns {Promise<any>} the record with its person, episode, form, evaluation, pages, alerts and open conflicts; null when it is not on this device
 */
export async function loadAssessment(ctx, id) {
  const record = await ctx.store.find("assessment", id);
  if (!record) return null;
  const episode = record.body.episode_id ? await ctx.store.find("custody_episode", record.body.episode_id) : undefined;
  // The stay says whose it is: one that was moved on this tablet takes its assessments along before the server has heard of it.
  const body = { ...record.body, person_id: episode?.body.person_id ?? record.body.person_id };
  const [person, alerts, conflicts, form, places, languages] = await Promise.all([
    ctx.store.find("person", body.person_id),
    listWhole(ctx, "alert", (row) => row.assessment_id === id),
    listWhole(ctx, "conflict", (row) => row.record_id === id && stands(row)),
    ctx.forms.get(body.form),
    ctx.store.meta.get("place"),
    ctx.store.meta.get("languages"),
  ]);
  const answers = body.answers ?? {};
  const conflict_of = {};
  const conflict_values = {};
  for (const conflict of conflicts.filter((each) => each.link_id)) {
    const [theirs, mine] = ["theirs", "mine"].map((side) => formlogic.sideOf(form, conflict, /** @type {"theirs"|"mine"} */ (side), answers));
    conflict_values[theirs.address] = [theirs.value, mine.value];
    // A row or a group that is decided as one has two values at each question of it.
    for (const address of Object.keys(formlogic.twoValues(form, answers, { [theirs.address]: [theirs.value, mine.value] }))) conflict_of[address] = conflict;
  }
  const context = { now: withOffset(ctx.now), conflicts: conflict_values, person: person?.body ?? {} };
  const evaluation = formlogic.evaluate(form, answers, context);
  const language = form.languages.includes(languages?.[id]) ? languages[id] : "";
  return {
    id, record, body, form, answers, context, language,
    // The questions are asked in the person's language; what is checked and handed in reads in the form's own.
    spoken: { ...context, language },
    evaluation, alerts, conflicts, conflict_of,
    person: person?.body ?? {}, episode: episode?.body ?? {},
    title: formTitle(await ctx.forms.list(), body.form),
    pages: formlogic.pages(form, evaluation),
    place: places?.[id] ?? null,
    mine: isMine(body, ctx.session.user.id),
    editable: may("edit", body, ctx.session.user, {}).allowed,
  };
}

/** Whole bodies, flattened, of the records whose index row passes. @param {any} ctx @param {string} type @param {(row: any) => boolean} passes */
export async function listWhole(ctx, type, passes) {
  const rows = (await ctx.store.list(type)).filter(passes);
  const found = await Promise.all(rows.map((row) => ctx.store.find(type, row.id)));
  return found.filter(Boolean).map((each) => ({ id: each.id, ...each.body }));
}

/** The number of each question as the form counts them. @param {any} assessment */
export function numbersOf(assessment) {
  const numbers = {};
  for (const page of assessment.pages) {
    for (const link_id of page.questions) {
      numbers[link_id] = String(formlogic.question(assessment.form, link_id, assessment.answers, assessment.evaluation, assessment.context).number ?? "");
    }
  }
  return numbers;
}
