// The linter of our profile: what a form may hold, said before it is published and never while somebody answers it. All findings at once.
// It takes anything at all, a file that is no form included, and never raises.

import { expressionFindings } from "./findings_expressions.js";
import { itemFindings } from "./findings_items.js";
import { OURS, SDC, URL, extensions, nested } from "./terms.js";

/** @typedef {{severity: "error"|"warning"|"notice", code: string, linkId: string, path: string, feature: string, message: string, fix: string}} Finding */

const ORDER = { error: 0, warning: 1, notice: 2 };
const REFUSED_ON_FORM = {
  [`${SDC}sdc-questionnaire-assembledFrom`]: "modular forms",
  [`${SDC}sdc-questionnaire-subQuestionnaire`]: "modular forms",
  [`${SDC}sdc-questionnaire-questionnaireAdaptive`]: "adaptive forms",
};

/** @param {any} definition anything @returns {Finding[]} in document order, errors first at each place */
export function findings(definition) {
  if (!isObject(definition) || definition.resourceType !== "Questionnaire") {
    const seen = isObject(definition) ? String(definition.resourceType ?? "no resourceType") : Array.isArray(definition) ? "a list" : typeof definition;
    return [finding("error", "not-a-questionnaire", "", "", `resourceType=${seen}`.slice(0, 80), "This is not a FHIR Questionnaire.", "Hand over a FHIR R4 Questionnaire as JSON.")];
  }
  const found = [...formFindings(definition)];
  if (!Array.isArray(definition.item) || definition.item.length === 0) {
    found.push(finding("error", "no-items", "", "item", "item", "The form has no questions.", "Add at least one item."));
    return found;
  }
  const ids = new Map();
  walk(definition.item, "item", null, (item, path) => found.push(...itemFindings(item, path, definition, ids)));
  // Expressions are only looked into when the items can be told apart.
  if (!found.some((each) => each.code === "missing-link-id" || each.code === "duplicate-link-id" || each.code === "flattened-dialect")) found.push(...expressionFindings(definition));
  return found.map((each, index) => ({ each, index })).sort((a, b) => comparePaths(a.each.path, b.each.path) || ORDER[a.each.severity] - ORDER[b.each.severity] || a.index - b.index).map(({ each }) => each);
}

function formFindings(definition) {
  const found = [];
  const version = wrongVersion(definition);
  if (version) found.push(finding("error", "wrong-fhir-version", "", "", version.feature, `This form is written for FHIR ${version.version}, not R4.`, "Convert it to FHIR R4."));
  if (Array.isArray(definition.modifierExtension) && definition.modifierExtension.length) found.push(finding("error", "modifier-extension", "", "modifierExtension", "modifierExtension", "The form carries an extension that changes its meaning.", "Remove the modifier extension."));
  for (const name of ["url", "version"]) {
    if (typeof definition[name] !== "string" || definition[name] === "") found.push(finding("error", `missing-${name}`, "", name, name, `The form has no ${name}: answers could not say which form they belong to.`, `Give the form a ${name}.`));
    else if (definition[name].includes("|")) found.push(finding("error", `bad-${name}`, "", name, name, `The ${name} holds “|”, which separates url and version.`, "Leave that sign out."));
  }
  for (const each of definition.extension ?? []) {
    const feature = REFUSED_ON_FORM[each?.url];
    if (feature) found.push(finding("error", "unsupported-extension", "", "extension", feature, `The form uses ${feature}, which needs a server while it is answered.`, "Assemble the form into one before publishing it."));
    else if (typeof each?.url === "string" && each.url.startsWith(OURS) && ![URL.alert, URL.score, URL.minimum].includes(each.url)) found.push(finding("error", "unknown-extension", "", "extension", each.url, "The form uses an extension of ours that does not exist.", "Check its spelling in docs/forms.md."));
  }
  found.push(...namedTwice(definition, URL.alert, "alert"), ...namedTwice(definition, URL.score, "score"));
  return found;
}

function namedTwice(definition, url, what) {
  const seen = new Set();
  return extensions(definition, url).flatMap((each) => {
    const { id } = nested(each);
    const wrong = typeof id !== "string" || id === "" ? "no id" : seen.has(id) ? `the id “${id}” twice` : "";
    seen.add(id);
    return wrong ? [finding("error", `bad-${what}`, "", "extension", `${what}=${id ?? ""}`, `The form has an ${what} with ${wrong}.`, "Give each one an id of its own.")] : [];
  });
}

/** R5 and STU3 give themselves away by their shapes. @returns {{version: string, feature: string}|null} */
function wrongVersion(definition) {
  /** @type {{version: string, feature: string}|null} */
  let seen = null;
  const note = (version, feature) => (seen ??= { version, feature });
  if (definition.versionAlgorithmString || definition.versionAlgorithmCoding) note("R5", "versionAlgorithm");
  walk(definition.item, "item", null, (item) => {
    if (!isObject(item)) return;
    if (item.answerConstraint) note("R5", "answerConstraint");
    if (item.disabledDisplay) note("R5", "disabledDisplay");
    if (item.type === "coding" || item.type === "question") note("R5", `type=${item.type}`);
    if (Array.isArray(item.option)) note("STU3", "option");
    if (item.options) note("STU3", "options");
    if (list(item.enableWhen).some((each) => isObject(each) && "hasAnswer" in each)) note("STU3", "enableWhen.hasAnswer");
    if (Object.keys(item).some((key) => /^initial[A-Z]/.test(key) && key !== "initialSelected")) note("STU3", "initial[x]");
  });
  return /** @type {any} */ (seen);
}

/** @param {any} items @param {string} path @param {any} parent @param {(item: any, path: string, parent: any) => void} visit */
export function walk(items, path, parent, visit, depth = 0) {
  if (!Array.isArray(items) || depth > 60) return;
  items.forEach((item, index) => {
    visit(item, `${path}[${index}]`, parent);
    if (isObject(item)) walk(item.item, `${path}[${index}].item`, item, visit, depth + 1);
  });
}

export const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
export const list = (value) => (Array.isArray(value) ? value : []);

/** @returns {Finding} */
export function finding(severity, code, linkId, path, feature, message, fix) {
  return { severity, code, linkId, path, feature, message, fix };
}

/** item[2] comes before item[10]. */
function comparePaths(left, right) {
  const parts = (path) => (path.match(/[0-9]+/g) ?? []).map(Number);
  const [a, b] = [parts(left), parts(right)];
  for (let at = 0; at < Math.max(a.length, b.length); at += 1) if ((a[at] ?? -1) !== (b[at] ?? -1)) return (a[at] ?? -1) - (b[at] ?? -1);
  return 0;
}
