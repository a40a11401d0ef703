// Totals and bands. No total and no band unless every item has a real answer: a partial total reads like a whole one, and a refusal is not 0.

import { holds, run } from "./rules.js";
import { URL, extensions, nested, heldValue } from "./terms.js";
import { codesOf, isAbsent } from "./values.js";

/** @param {any} definition */
export function readScores(definition) {
  return extensions(definition, URL.score).map((each) => {
    const said = nested(each);
    const all = (name) => (each.extension ?? []).filter((part) => part.url === name);
    return {
      id: String(said.id ?? ""),
      title: String(said.title ?? ""),
      max: typeof said.max === "number" ? said.max : null,
      expression: said.expression?.expression ?? String(said.expression ?? ""),
      items: all("item").map((part) => String(heldValue(part))),
      bands: all("band").map(nested),
      cutoffs: all("cutoff").map(nested),
      cutoff_item: String(said["cutoff-item"] ?? ""),
      skips: all("skip").map((part) => ({ when: nested(part).when?.expression ?? "", items: (part.extension ?? []).filter((each) => each.url === "item").map((each) => String(heldValue(each))) })),
      note: String(said.note ?? ""),
      source: String(said.source ?? ""),
    };
  });
}

/** @param {any} form @param {import("./solve.js").World} world @param {Set<string>} unsettled */
export function scoresOf(form, world, unsettled) {
  return form.scores.map((score) => {
    const skipped = skippedItems(score, world);
    const marks = score.items.map((link_id) => (skipped.has(link_id) ? 0 : markOf(form.items.get(link_id), world)));
    const answered = marks.filter((each) => each !== null).length;
    const two_values = [...score.items, score.cutoff_item].some((each) => unsettled.has(each));
    const total = answered === score.items.length ? totalOf(score, marks, world) : null;
    // While two values stand there is no band: it would read as settled.
    const settled = total !== null && !two_values;
    const cutoff = settled ? cutoffOf(score, total, world) : null;
    const band = settled ? score.bands.find((each) => total >= each.min && total <= each.max) : undefined;
    return {
      id: score.id,
      title: score.title,
      total,
      max: score.max,
      band: band ? { code: band.code, label: band.label } : null,
      cutoff,
      note: cutoff ? `${score.note} ${cutoff.label}: ${cutoff.met ? "reached" : "not reached"} (${cutoff.source}).`.trim() : score.note,
      source: score.source,
      answered,
      of: score.items.length,
      two_values,
    };
  });
}

/** What the instrument itself says counts 0 without being asked; only while it is closed. A rule that fails skips nothing. */
function skippedItems(score, world) {
  const holding = score.skips.filter((each) => holds(each.when, world.scope).value === true);
  return new Set(holding.flatMap((each) => each.items).filter((link_id) => !world.enabled[link_id]));
}

/** @returns {number|null} the score of the chosen option; null for no answer, a refusal, or an option without a score */
function markOf(item, world) {
  if (!item) return null;
  const value = world.scope.effective[item.link_id];
  const codes = codesOf(item, value);
  if (codes.length !== 1 || isAbsent(item, value)) return null;
  return item.by_code.get(codes[0])?.score ?? null;
}

function totalOf(score, marks, world) {
  if (!score.expression) return marks.reduce((sum, each) => sum + each, 0);
  const result = run(score.expression, world.scope);
  if (result.error) world.errors.set(`score:${score.id}`, `The score “${score.title}” could not be worked out: ${result.error}`);
  return result.error === null && result.values.length === 1 && typeof result.values[0] === "number" ? result.values[0] : null;
}

/** A cut-off is only ever shown for the substance it was found for, with its source. */
function cutoffOf(score, total, world) {
  const about = world.scope.effective[score.cutoff_item];
  const found = score.cutoffs.find((each) => each.substance && each.substance === about);
  if (!found) return null;
  return { label: found.label, met: found.operator === ">" ? total > found.value : total >= found.value, operator: found.operator, value: found.value, source: found.source };
}
