// Everything that follows from the answers. Where two values of an answer stand, every rule is asked once for each of them: an alert fires
// if it fires for either, and a yes-or-no calculation is yes only if it is yes for both.

import { alertsOf } from "./alerts.js";
import { problemsOf } from "./checks.js";
import { counts } from "./items.js";
import { scoresOf } from "./scores.js";
import { solve } from "./solve.js";
import { isAnswered } from "./values.js";

// Beyond five unsettled questions at once every value is still tried, though no longer in every combination.
const COMBINED = 5;

/**
 * @param {any} form what `load` gave @param {{[link_id: string]: any}} answers
 * @param {{now?: string, conflicts?: {[link_id: string]: any[]}, person?: any}} [context]
 */
export function evaluate(form, answers, context = {}) {
  const conflicts = Object.entries(context.conflicts ?? {}).filter(([link_id]) => form.items.has(link_id));
  const worlds = worldsOf(answers, conflicts).map((each) => solve(form, each, context));
  const main = conflicts.length === 0 ? worlds[0] : solve(form, answers, context, agreed(form, worlds));
  // A companion is part of its question: it is not asked beside it, it only takes its place.
  const visible = form.order.filter((item) => counts(item) && main.enabled[item.link_id] && (!item.companion_of || isAnswered(answers[item.link_id])));
  const answered = visible.filter((item) => isAnswered(answers[item.link_id])).map((item) => item.link_id);
  const missing = visible.filter((item) => item.required && !isAnswered(answers[item.link_id])).map((item) => item.link_id);
  const problems = problemsOf(form, answers, main);
  return {
    enabled: main.enabled,
    calculated: main.calculated,
    answered,
    missing,
    complete: missing.length === 0 && !problems.some((each) => each.severity === "error"),
    alerts: alertsOf(form, [main, ...worlds], conflicts),
    scores: scoresOf(form, main, new Set(conflicts.map(([link_id]) => link_id))),
    errors: [...[...main.errors].map(([linkId, message]) => ({ linkId, message })), ...problems.map(({ linkId, message }) => ({ linkId, message }))],
    // An unsettled answer may close a page for now; what stands there only counts as closed when it is closed whichever value wins.
    closed_answers: form.order.filter((item) => counts(item) && isAnswered(answers[item.link_id]) && [main, ...worlds].every((world) => !world.enabled[item.link_id])).map((item) => item.link_id),
  };
}

/** The sets of answers that could turn out to be true. */
function worldsOf(answers, conflicts) {
  if (conflicts.length > COMBINED) return [answers, ...conflicts.flatMap(([link_id, values]) => values.map((value) => ({ ...answers, [link_id]: value })))];
  let worlds = [answers];
  for (const [link_id, values] of conflicts) worlds = worlds.flatMap((world) => values.map((value) => ({ ...world, [link_id]: value })));
  return worlds;
}

/** What the calculations are while two values stand: yes needs both; anything else is known only where all agree. */
function agreed(form, worlds) {
  const fixed = {};
  for (const item of form.calculations) {
    const values = worlds.map((world) => world.calculated[item.link_id]);
    if (item.type === "boolean") fixed[item.link_id] = values.every((each) => each === true);
    else if (values[0] !== undefined && values.every((each) => each === values[0])) fixed[item.link_id] = values[0];
    else fixed[item.link_id] = null;
  }
  return fixed;
}
