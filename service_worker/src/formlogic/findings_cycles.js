// Circles: a question that waits for itself, through conditions, calculations and the variables that these use.

import { linkIdsIn } from "./findings_expressions.js";
import { finding, list } from "./findings.js";
import { expressionText, variablesOf } from "./items.js";
import { ROW } from "./profile.js";
import { namesIn, readsOf } from "./reads.js";
import { URL, extensionValue } from "./terms.js";

/** @param {Map<string, {item: any, path: string, parent: any}>} items @param {any} definition */
export function cycleFindings(items, definition) {
  const waits = waitsOf(items, definition);
  const state = new Map();
  const found = [];
  // A list of steps and not a call in a call: a form may chain thousands of questions.
  for (const first of items.keys()) {
    const trail = [{ linkId: first, rest: [...(waits.get(first) ?? [])] }];
    if (state.has(first)) continue;
    state.set(first, "open");
    while (trail.length) {
      const at = trail[trail.length - 1];
      const next = at.rest.shift();
      if (next === undefined) {
        state.set(at.linkId, "done");
        trail.pop();
      } else if (state.get(next) === "open") {
        const round = [...trail.slice(trail.findIndex((each) => each.linkId === next)).map((each) => each.linkId), next];
        found.push(finding("error", "cycle", next, items.get(next)?.path ?? "", round.join(" → ").slice(0, 200), `Question ${next} waits for itself: ${round.slice(0, 12).join(" → ")}.`, "Break the circle.", ROW.expression));
      } else if (!state.has(next) && items.has(next)) {
        state.set(next, "open");
        trail.push({ linkId: next, rest: [...(waits.get(next) ?? [])] });
      }
    }
  }
  return found;
}

/** What each question waits for: its conditions, the group that it is in, and the answers that its expressions read. */
function waitsOf(items, definition) {
  const waits = new Map();
  const ofForm = variablesOf(definition);
  for (const [linkId, { item, parent }] of items) {
    const visible = [...ofForm];
    for (const each of chainOf(item, items)) visible.push(...variablesOf(each));
    const texts = [URL.calculated, URL.enable_when_expression].map((url) => expressionText(extensionValue(item, url))).filter(Boolean);
    const read = texts.flatMap((text) => linksOf(text, visible));
    waits.set(linkId, new Set([...list(item.enableWhen).map((each) => each.question), ...read, ...(parent ? [parent.linkId] : [])]));
  }
  return waits;
}

function chainOf(item, items) {
  const chain = [];
  for (let at = item; at; at = items.get(at.linkId)?.parent) chain.unshift(at);
  return chain;
}

/** The questions that an expression reads itself and through its variables. */
function linksOf(text, variables) {
  const reads = readsOf(text, true);
  const links = new Set(reads.all ? linkIdsIn(text) : reads.links);
  for (const name of namesIn(text)) {
    const at = variables.map((each) => each.name).lastIndexOf(name);
    if (at >= 0) for (const each of linksOf(variables[at].expression, variables.slice(0, at))) links.add(each);
  }
  return [...links];
}
