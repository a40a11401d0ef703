// What the linter says about expressions and conditions: whether they parse, what they name, and whether they go round in circles.

import { readAlerts } from "./alerts.js";
import { compile, withoutStrings } from "./expressions.js";
import { finding, isObject, list, walk } from "./findings.js";
import { constraintsOf, expressionText, variablesOf } from "./items.js";
import { readScores } from "./scores.js";
import { URL, extensionValue, extensions } from "./terms.js";

const ALWAYS_KNOWN = ["resource", "rootResource", "context", "questionnaire", "ucum", "patient", "user", "encounter"];
const ENGINE_CALLS = /%(terminologies|factory|server)\b/;

/** @param {any} definition @returns {import("./findings.js").Finding[]} */
export function expressionFindings(definition) {
  const found = [];
  const items = new Map();
  const inherited = new Map();
  walk(definition.item, "item", null, (item, path, parent) => {
    if (!isObject(item)) return;
    items.set(item.linkId, { item, path });
    inherited.set(item, [...(parent ? inherited.get(parent) ?? [] : variablesOf(definition).map((each) => each.name)), ...variablesOf(item).map((each) => each.name)]);
  });
  const check = (uses, linkId, path, known) => {
    for (const each of uses) found.push(...one(each, linkId, path, [...ALWAYS_KNOWN, ...known], items));
  };
  found.push(...variableFindings(definition, "", ""));
  check(formUses(definition), "", "", variablesOf(definition).map((each) => each.name));
  for (const [linkId, { item, path }] of items) {
    found.push(...variableFindings(item, linkId, path));
    check(itemUses(item), linkId, path, inherited.get(item) ?? []);
    for (const each of list(item.enableWhen)) {
      if (isObject(each) && !items.has(each.question)) found.push(finding("error", "unknown-question", linkId, path, `enableWhen.question=${each.question ?? ""}`, `Question ${linkId}: a condition names a question that the form does not have.`, "Correct the linkId in the condition."));
    }
  }
  for (const score of readScores(definition)) {
    for (const each of score.items) if (!items.has(each)) found.push(finding("error", "unknown-question", "", "", `score ${score.id}`, `The score “${score.id}” counts a question that the form does not have: ${each}.`, "Correct the linkId in the score."));
    if (score.items.length === 0) found.push(finding("error", "bad-score", "", "", `score ${score.id}`, `The score “${score.id}” counts no question.`, "Name its items."));
  }
  found.push(...cycleFindings(items));
  return found;
}

function formUses(definition) {
  return [
    ...readAlerts(definition).map((each) => ({ what: `alert ${each.id}`, text: each.expression, needed: true })),
    ...readScores(definition).filter((each) => each.expression).map((each) => ({ what: `score ${each.id}`, text: each.expression })),
    ...constraintsOf(definition, "").map((each) => ({ what: `constraint ${each.id}`, text: each.expression, needed: true })),
  ];
}

/** @returns {{what: string, text: string, language?: string, needed?: boolean}[]} */
function itemUses(item) {
  /** @type {{what: string, text: string, language?: string, needed?: boolean}[]} */
  const uses = constraintsOf(item, item.linkId).map((each) => ({ what: `constraint ${each.id}`, text: each.expression, needed: true }));
  for (const [what, url] of [["calculatedExpression", URL.calculated], ["enableWhenExpression", URL.enable_when_expression]]) {
    const value = extensionValue(item, url);
    if (value !== undefined) uses.push({ what, text: expressionText(value), language: value?.language, needed: true });
  }
  return uses;
}

function variableFindings(element, linkId, path) {
  const names = new Set();
  return extensions(element, URL.variable).flatMap((each) => {
    const { name, expression, language } = each.valueExpression ?? {};
    const where = linkId ? `Question ${linkId}` : "The form";
    const found = [];
    if (typeof name !== "string" || name === "") found.push(finding("error", "bad-variable", linkId, path, "variable", `${where}: a variable has no name.`, "Name it."));
    if (names.has(name)) found.push(finding("error", "duplicate-variable", linkId, path, `variable ${name}`, `${where}: the variable %${name} is made twice.`, "Give it another name."));
    names.add(name);
    if (language !== undefined && language !== "text/fhirpath") found.push(finding("error", "unsupported-language", linkId, path, `${language}`, `${where}: the variable %${name} is not written in FHIRPath.`, "Write it in FHIRPath, without a query to a server."));
    else if (typeof expression === "string") found.push(...parseFindings({ what: `variable ${name}`, text: expression }, linkId, path));
    return found;
  });
}

function one(use, linkId, path, known, items) {
  const where = linkId ? `Question ${linkId}` : "The form";
  if (use.language !== undefined && use.language !== "text/fhirpath") return [finding("error", "unsupported-language", linkId, path, `${use.what} ${use.language}`, `${where}: the ${use.what} is not written in FHIRPath.`, "Write it in FHIRPath.")];
  if (!use.text) return use.needed ? [finding("error", "empty-expression", linkId, path, use.what, `${where}: the ${use.what} holds no expression.`, "Write the expression or remove it.")] : [];
  const found = parseFindings(use, linkId, path);
  for (const name of variablesIn(use.text)) {
    if (!known.includes(name)) found.push(finding("error", "unknown-variable", linkId, path, `%${name}`, `${where}: the ${use.what} uses %${name}, which nothing here defines.`, "Define the variable, or use %resource."));
  }
  for (const name of linkIdsIn(use.text)) {
    if (!items.has(name)) found.push(finding("error", "unknown-question", linkId, path, `linkId='${name}'`, `${where}: the ${use.what} reads a question that the form does not have: ${name}.`, "Correct the linkId in the expression."));
  }
  return found;
}

function parseFindings(use, linkId, path) {
  const { error } = compile(use.text);
  if (!error) return [];
  const refused = /not allowed in a form/.test(error);
  const where = linkId ? `Question ${linkId}` : "The form";
  return [finding("error", refused ? "unsupported-function" : "expression-error", linkId, path, use.what, `${where}: the ${use.what} ${refused ? "asks for a server" : "cannot be read"}: ${error} Expression: ${use.text.slice(0, 120)}`, refused ? "Use only what stands in the form." : "Correct the expression.")];
}

function variablesIn(text) {
  const names = [...withoutStrings(text).matchAll(/%([A-Za-z_][A-Za-z0-9_]*)/g)].map((each) => each[1]);
  const quoted = [...text.matchAll(/%[`']([^`']*)[`']/g)].map((each) => each[1]);
  return [...new Set([...names, ...quoted])].filter((each) => !ENGINE_CALLS.test(`%${each}`));
}

const linkIdsIn = (text) => [...new Set([...text.matchAll(/\blinkId\s*=\s*'([^'\\]*)'/g)].map((each) => each[1]))];

/** What an item waits for: its conditions, and the questions that its expressions name. */
function cycleFindings(items) {
  const waits = new Map();
  for (const [linkId, { item }] of items) {
    const texts = [extensionValue(item, URL.calculated), extensionValue(item, URL.enable_when_expression)].map(expressionText);
    waits.set(linkId, [...list(item.enableWhen).map((each) => each?.question), ...texts.flatMap(linkIdsIn)]);
  }
  for (const { item } of items.values()) {
    for (const child of list(item.item)) if (isObject(child)) waits.get(child.linkId)?.push(item.linkId);
  }
  const state = new Map();
  const found = [];
  const visit = (linkId, trail) => {
    if (state.get(linkId) === "done" || !items.has(linkId)) return;
    if (state.get(linkId) === "open") {
      const round = [...trail.slice(trail.indexOf(linkId)), linkId];
      found.push(finding("error", "cycle", linkId, items.get(linkId).path, round.join(" → "), `Question ${linkId} waits for itself: ${round.join(" → ")}.`, "Break the circle."));
      return;
    }
    state.set(linkId, "open");
    for (const each of waits.get(linkId) ?? []) visit(each, [...trail, linkId]);
    state.set(linkId, "done");
  };
  for (const linkId of items.keys()) visit(linkId, []);
  return found;
}
