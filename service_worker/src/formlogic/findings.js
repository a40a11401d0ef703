// The linter of our profile: what a form may hold, said before it is published and never while somebody answers it. All findings at once.
// It takes anything at all, a file that is no form included, and never raises.

import { expressionFindings } from "./findings_expressions.js";
import { formFindings, wrongVersion } from "./findings_form.js";
import { itemFindings } from "./findings_items.js";
import { ROW } from "./profile.js";
import { DEEPEST, MOST_ITEMS, shapesOf } from "./shapes.js";

/** @typedef {{severity: "error"|"warning"|"notice", code: string, linkId: string, path: string, feature: string, message: string, fix: string, row: string}} Finding */

const ORDER = { error: 0, warning: 1, notice: 2 };
// A file that is wrong in a thousand places is said to be wrong in the first of them.
const MOST = 1000;

/** @param {any} definition anything @returns {Finding[]} in document order, errors first at each place */
export function findings(definition) {
  if (!isObject(definition) || definition.resourceType !== "Questionnaire") {
    const seen = isObject(definition) ? String(definition.resourceType ?? "no resourceType") : Array.isArray(definition) ? "a list" : typeof definition;
    return [finding("error", "not-a-questionnaire", "", "resourceType", `resourceType=${seen}`.slice(0, 80), "This is not a FHIR Questionnaire.", "Hand over a FHIR R4 Questionnaire as JSON.", ROW.not_r4)];
  }
  const found = shapeFindings(definition);
  const version = wrongVersion(definition);
  if (version) found.push(finding("error", "wrong-fhir-version", version.linkId, version.path, version.feature, `This form is written for FHIR ${version.version}, not R4: it holds ${version.feature}.`, "Convert it to FHIR R4.", ROW.version));
  // What comes next relies on lists being lists and texts being texts.
  if (found.some((each) => each.code === "not-r4-shape" || each.code === "too-deep" || each.code === "too-many-items" || each.code === "no-items")) return inOrder(found);
  found.push(...formFindings(definition));
  const ids = new Map();
  walk(definition.item, "item", null, (item, path) => found.push(...itemFindings(item, path, definition, ids)));
  // Expressions are only looked into when the items can be told apart.
  if (!found.some((each) => ["missing-link-id", "duplicate-link-id", "flattened-dialect", "reserved-name"].includes(each.code))) found.push(...expressionFindings(definition));
  return inOrder(found);
}

function shapeFindings(definition) {
  const { misfits, strangers, deepest, items } = shapesOf(definition);
  const found = misfits.map(({ path, wanted, link_id }) => finding("error", "not-r4-shape", link_id, path, path, `${nameOf(link_id)}${path} is not ${wanted}.`, `Write ${wanted} there, as FHIR R4 does.`, ROW.not_r4));
  if (!found.length && items === 0) found.push(finding("error", "no-items", "", "item", "item", "The form has no questions.", "Add at least one item.", ROW.not_r4));
  if (deepest > DEEPEST) found.push(finding("error", "too-deep", "", "item", `depth=${deepest}`, `The form nests its questions ${deepest} deep.`, `Nest no deeper than ${DEEPEST}.`, ROW.size));
  if (items > MOST_ITEMS) found.push(finding("error", "too-many-items", "", "item", `items=${items}`, `The form has ${items} items.`, `Split it: ${MOST_ITEMS} is the most.`, ROW.size));
  for (const { path, name, link_id } of strangers) found.push(finding("warning", "unknown-element", link_id, path, name, `${nameOf(link_id)}the element “${name}” is not one of FHIR R4's and is not heeded.`, "Remove it, or write it as an extension."));
  return found;
}

const nameOf = (link_id) => (link_id ? `Question ${link_id}: ` : "");

const inOrder = (found) => found.map((each, index) => ({ each, index })).sort((a, b) => comparePaths(a.each.path, b.each.path) || ORDER[a.each.severity] - ORDER[b.each.severity] || a.index - b.index).map(({ each }) => each).slice(0, MOST);

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
export function finding(severity, code, linkId, path, feature, message, fix, row = "") {
  return { severity, code, linkId, path, feature, message, fix, row };
}

/** What stands on the form itself comes first; item[2] comes before item[10]. */
function comparePaths(left, right) {
  const within = Number(left.startsWith("item[")) - Number(right.startsWith("item["));
  if (within) return within;
  const parts = (path) => (path.match(/[0-9]+/g) ?? []).map(Number);
  const [a, b] = [parts(left), parts(right)];
  for (let at = 0; at < Math.max(a.length, b.length); at += 1) if ((a[at] ?? -1) !== (b[at] ?? -1)) return (a[at] ?? -1) - (b[at] ?? -1);
  return 0;
}
