// What the linter says about expressions and conditions: whether they parse, what they name, and whether they go round in circles.

import { readAlerts } from "./alerts.js";
import { compile, withoutStrings } from "./expressions.js";
import { cycleFindings } from "./findings_cycles.js";
import { finding, list, walk } from "./findings.js";
import { constraintsOf, expressionText, variablesOf } from "./items.js";
import { patternsIn } from "./patterns_in.js";
import { ROW } from "./profile.js";
import { namesIn } from "./reads.js";
import { readScores } from "./scores.js";
import { unavailableIn } from "./unavailable.js";
import { URL, extensionValue, extensions, isFhirpath, nested } from "./terms.js";

const ALWAYS_KNOWN = ["resource", "rootResource", "context", "questionnaire", "ucum", "patient", "user", "encounter", "sct", "loinc"];
const ENGINE_CALLS = /^(terminologies|factory|server)$/;
const BEFORE_ANSWERS = "initialExpression";

/**
 * @typedef {{what: string, text: string, language?: string, needed?: boolean}} Use one expression, and what it is for
 * @param {any} definition @returns {import("./findings.js").Finding[]}
 */
export function expressionFindings(definition) {
  const found = [];
  const items = new Map();
  const seen = new Map();
  const ofForm = { known: variablesOf(definition).map((each) => each.name), absent: unavailableIn(definition, new Set()) };
  walk(definition.item, "item", null, (item, path, parent) => {
    items.set(item.linkId, { item, path, parent });
    const around = parent ? seen.get(parent) : ofForm;
    seen.set(item, { known: [...around.known, ...variablesOf(item).map((each) => each.name)], absent: unavailableIn(item, around.absent) });
  });
  found.push(...variableFindings(definition, "", "extension", { known: [], absent: ofForm.absent }, items));
  for (const each of formUses(definition)) found.push(...useFindings(each, "", "extension", ofForm, items));
  for (const [linkId, { item, path, parent }] of items) {
    const around = parent ? seen.get(parent) : ofForm;
    found.push(...variableFindings(item, linkId, path, { known: around.known, absent: seen.get(item).absent }, items));
    for (const each of itemUses(item)) found.push(...useFindings(each, linkId, path, seen.get(item), items));
    found.push(...conditionFindings(item, linkId, path, items));
  }
  found.push(...scoreFindings(definition, items), ...cycleFindings(items, definition));
  return found;
}

function conditionFindings(item, linkId, path, items) {
  return list(item.enableWhen).flatMap((each) => {
    const asked = items.get(each.question)?.item;
    if (!asked) return [finding("warning", "unknown-question", linkId, path, `enableWhen.question=${each.question ?? ""}`, `Question ${linkId}: a condition waits for a question that the form does not have, which counts as having no answer.`, "Correct the linkId in the condition.", ROW.condition)];
    if (!each.answerCoding || !asked.answerOption || asked.type === "open-choice") return [];
    const offered = asked.answerOption.some((option) => option.valueCoding && option.valueCoding.code === each.answerCoding.code && (option.valueCoding.system ?? "") === (each.answerCoding.system ?? ""));
    return offered ? [] : [finding("warning", "condition-never-met", linkId, path, `enableWhen.answerCoding=${each.answerCoding.code ?? ""}`, `Question ${linkId}: a condition waits for an option that question ${each.question} does not have; options compare by system and code.`, "Write the option's own system and code.", ROW.condition)];
  });
}

function scoreFindings(definition, items) {
  return readScores(definition).flatMap((score) => [
    ...score.items.filter((each) => !items.has(each)).map((each) => finding("error", "unknown-question", "", "extension", `score ${score.id}`, `The score “${score.id}” counts a question that the form does not have: ${each}.`, "Correct the linkId in the score.", ROW.ours)),
    ...(score.items.length === 0 ? [finding("error", "bad-score", "", "extension", `score ${score.id}`, `The score “${score.id}” counts no question.`, "Name its items.", ROW.ours)] : []),
  ]);
}

/** @returns {Use[]} */
function formUses(definition) {
  return [
    ...readAlerts(definition).map((each) => ({ what: `alert ${each.id}`, text: each.expression, needed: true })),
    ...readScores(definition).filter((each) => each.expression).map((each) => ({ what: `score ${each.id}`, text: each.expression })),
    ...constraintsOf(definition, "").map((each) => ({ what: `constraint ${each.id}`, text: each.expression, needed: true })),
  ];
}

/** @returns {Use[]} */
function itemUses(item) {
  /** @type {Use[]} */
  const uses = constraintsOf(item, item.linkId).map((each) => ({ what: `constraint ${each.id}`, text: each.expression, needed: true }));
  for (const [what, url] of [["calculatedExpression", URL.calculated], ["enableWhenExpression", URL.enable_when_expression], [BEFORE_ANSWERS, URL.initial_expression], ["answerExpression", URL.answer_expression]]) {
    const value = extensionValue(item, url);
    if (value !== undefined) uses.push({ what, text: expressionText(value), language: value?.language, needed: true });
  }
  for (const each of extensions(item, URL.answer_toggle)) {
    const { expression } = nested(each);
    uses.push({ what: "answerOptionsToggleExpression", text: expressionText(expression), language: expression?.language, needed: true });
  }
  return uses;
}

function variableFindings(element, linkId, path, before, items) {
  const names = new Set();
  const where = linkId ? `Question ${linkId}` : "The form";
  return extensions(element, URL.variable).flatMap((each) => {
    const expression = each.valueExpression ?? {};
    const { name } = expression;
    const found = [];
    if (!name) found.push(finding("error", "bad-variable", linkId, path, "variable", `${where}: a variable has no name.`, "Name it.", ROW.variable));
    else if (names.has(name)) found.push(finding("error", "duplicate-variable", linkId, path, `variable ${name}`, `${where}: the variable %${name} is made twice.`, "Give it another name.", ROW.variable));
    // In document order: a variable sees those that were made before it.
    const use = { what: `variable ${name ?? ""}`, text: expression.expression ?? "", language: expression.language, needed: true };
    found.push(...useFindings(use, linkId, path, { known: [...before.known, ...names], absent: before.absent }, items));
    names.add(name);
    return found;
  });
}

/** @param {Use} use @param {string} linkId @param {string} path @param {{known: string[], absent: Set<string>}} names @param {Map<string, any>} items */
function useFindings(use, linkId, path, { known, absent }, items) {
  const where = linkId ? `Question ${linkId}` : "The form";
  const say = (severity, code, feature, message, fix, row) => finding(severity, code, linkId, path, feature, `${where}: the ${use.what} ${message}`, fix, row);
  const variable = use.what.startsWith("variable ");
  if (!isFhirpath(use) && variable) return [say("warning", "not-fetched", `${use.what} ${use.language}`, `is written in ${use.language}: it would be fetched from a server, and stays empty.`, "Accept that first values which need it stay empty.", ROW.network)];
  if (!isFhirpath(use)) return [say("error", "unsupported-language", `${use.what} ${use.language}`, `is written in ${use.language}, which needs a server while the form is answered.`, "Write it in FHIRPath.", ROW.network)];
  if (!use.text) return use.needed ? [say("error", "empty-expression", use.what, "holds no expression.", "Write the expression or remove it.", ROW.expression)] : [];
  const { error } = compile(use.text, linkId !== "");
  if (error) {
    const refused = /not allowed in a form/.test(error);
    return [say("error", refused ? "unsupported-function" : "expression-error", use.what, `${refused ? "asks for a server" : "cannot be read"}: ${error} Expression: ${use.text.slice(0, 160)}`, refused ? "Use only what stands in the form." : "Correct the expression.", refused ? ROW.network : ROW.expression)];
  }
  const found = [];
  for (const name of namesIn(use.text).filter((each) => !ENGINE_CALLS.test(each))) {
    if (absent.has(name) && (variable || use.what === BEFORE_ANSWERS)) {
      if (!variable) found.push(say("warning", "initial-not-set", `%${name}`, `needs %${name}, which would be fetched from elsewhere: the question starts empty.`, "Accept that it starts empty.", ROW.network));
    } else if (absent.has(name)) found.push(say("error", "needs-a-server", `%${name}`, `needs %${name}, which would be fetched from elsewhere while the form is answered.`, "Ask for it in the form.", ROW.network));
    else if (!ALWAYS_KNOWN.includes(name) && !known.includes(name) && !definesItself(use.text, name)) found.push(say("error", "unknown-variable", `%${name}`, `uses %${name}, which nothing before it defines.`, "Define the variable, or use %resource.", ROW.variable));
  }
  for (const name of linkIdsIn(use.text)) {
    if (!items.has(name)) found.push(say("warning", "unknown-question", `linkId='${name}'`, `reads a question that the form does not have: ${name}.`, "Correct the linkId in the expression.", ROW.link_id));
  }
  if (use.what === BEFORE_ANSWERS && /%resource|%rootResource/.test(withoutStrings(use.text))) found.push(say("warning", "initial-before-answers", use.what, "reads answers, and is only worked out before there are any.", "Use calculatedExpression.", ROW.initial));
  for (const { problem, pattern } of patternsIn(use.text)) found.push(say("error", "unsafe-regex", use.what, `holds a pattern that cannot be used: ${problem}${pattern ? ` (${pattern.slice(0, 80)})` : ""}.`, "Write a simpler pattern, as text.", ROW.pattern));
  return found;
}

const definesItself = (text, name) => new RegExp(`defineVariable\\(\\s*'${name.replace(/[^\w]/g, "\\$&")}'`).test(text);

export const linkIdsIn = (text) => [...new Set([...text.matchAll(/\blinkId\s*=\s*'([^'\\]*)'/g)].map((each) => each[1]))];
