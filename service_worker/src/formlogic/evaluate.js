// Everything that follows from the answers. Where two values of an answer stand, every rule is asked once for each of them: an alert fires
// if it fires for either, and a yes-or-no calculation is yes only if it is yes for both.

import { getAt, itemAt } from "./addresses.js";
import { alertsOf } from "./alerts.js";
import { problemsOf } from "./checks.js";
import { counts } from "./items.js";
import { scoresOf } from "./scores.js";
import { solve } from "./solve.js";
import { twoValues, withValue } from "./unsettled.js";
import { isAnswered } from "./values.js";

// Beyond five unsettled questions at once every value is still tried, though no longer in every combination.
const COMBINED = 5;

/**
 * @param {any} form what `load` gave @param {{[link_id: string]: any}} answers
 * @param {{now?: string, conflicts?: {[link_id: string]: any[]}, person?: any}} [context]
 */
export function evaluate(form, answers, context = {}) {
  const conflicts = Object.entries(context.conflicts ?? {}).filter(([address]) => itemAt(form, address));
  const worlds = worldsOf(form, answers, conflicts).map((each) => solve(form, each, context));
  const main = conflicts.length === 0 ? worlds[0] : solve(form, answers, context, agreed(worlds));
  const given = new Map(main.layout.nodes.map((node) => [node, getAt(answers, node.keys)]));
  const asked = main.layout.nodes.filter((node) => counts(node.item));
  // A companion is part of its question: it is not asked beside it, it only takes its place.
  const visible = asked.filter((node) => main.enabled[node.address] && (!node.item.companion_of || isAnswered(given.get(node))));
  const answered = visible.filter((node) => isAnswered(main.scope.effective[node.address])).map((node) => node.address);
  const missing = visible.filter((node) => node.item.required && !isAnswered(main.scope.effective[node.address])).map((node) => node.address);
  const problems = problemsOf(form, main, given);
  const two = twoValues(form, answers, Object.fromEntries(conflicts));
  return {
    enabled: main.enabled,
    calculated: main.calculated,
    options: main.options,
    instances: main.layout.instances,
    answered,
    missing,
    complete: missing.length === 0 && !problems.some((each) => each.severity === "error"),
    alerts: alertsOf(form, [main, ...worlds], Object.entries(two)),
    scores: scoresOf(form, main, new Set(Object.keys(two))),
    errors: [...[...main.errors].map(([linkId, message]) => ({ linkId, message })), ...problems.map(({ linkId, message, severity }) => (severity === "warning" ? { linkId, message, severity } : { linkId, message }))],
    // An unsettled answer may close a page for now; what stands there only counts as closed when it is closed whichever value wins.
    closed_answers: asked.filter((node) => isAnswered(given.get(node)) && [main, ...worlds].every((world) => !world.enabled[node.address])).map((node) => node.address),
  };
}

/** The sets of answers that could turn out to be true. */
function worldsOf(form, answers, conflicts) {
  const put = (world, address, value) => withValue(form, world, address, value);
  if (conflicts.length > COMBINED) return [answers, ...conflicts.flatMap(([address, values]) => values.map((value) => put(answers, address, value)))];
  let worlds = [answers];
  for (const [address, values] of conflicts) worlds = worlds.flatMap((world) => values.map((value) => put(world, address, value)));
  return worlds;
}

/** What the calculations are while two values stand: yes needs both; anything else is known only where all agree. */
function agreed(worlds) {
  const fixed = {};
  for (const { address, item } of worlds[0].layout.nodes) {
    if (!item.calculated) continue;
    const values = worlds.map((world) => world.calculated[address]);
    if (item.type === "boolean") fixed[address] = values.every((each) => each === true);
    else if (values[0] !== undefined && values.every((each) => each === values[0])) fixed[address] = values[0];
    else fixed[address] = null;
  }
  return fixed;
}
