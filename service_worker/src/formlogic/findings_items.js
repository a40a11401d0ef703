// What the linter says about one item, apart from its expressions.

import { finding, isObject, list } from "./findings.js";
import { containedConcepts, optionsOf } from "./normalise.js";
import { HL7, OURS, SDC, URL, extensionValue, extensions } from "./terms.js";

const TYPES = ["group", "display", "string", "text", "boolean", "integer", "decimal", "date", "choice"];
const CONTROLS = ["radio-button", "check-box", "drop-down", "help", "page"];
const DEGRADED = ["gtable", "table", "htable", "grid", "tab-container", "matrix", "slider", "autocomplete", "list", "atable"];
const OPERATORS = ["exists", "=", "!=", ">", "<", ">=", "<="];
const OUR_ITEM_EXTENSIONS = [URL.safety, URL.worker_only, URL.page, URL.placeholder, URL.minimum, URL.calculator];
const REFUSED = {
  [`${SDC}sdc-questionnaire-answerExpression`]: "answerExpression",
  [`${SDC}sdc-questionnaire-answerOptionsToggleExpression`]: "answerOptionsToggleExpression",
  [`${SDC}sdc-questionnaire-candidateExpression`]: "candidateExpression",
  [`${SDC}sdc-questionnaire-subQuestionnaire`]: "subQuestionnaire",
  [`${HL7}cqf-library`]: "CQL library",
};
const HEEDED = new Set([...Object.values(URL), `${HL7}questionnaire-choiceOrientation`, `${HL7}questionnaire-supportLink`, `${SDC}sdc-questionnaire-shortText`, `${HL7}designNote`]);

/** @param {any} item @param {string} path @param {any} definition @param {Map<string, string>} ids linkIds met so far @returns {import("./findings.js").Finding[]} */
export function itemFindings(item, path, definition, ids) {
  if (!isObject(item)) return [finding("error", "not-an-item", "", path, typeof item, `${path} is not an item.`, "Write an item there or remove it.")];
  const id = typeof item.linkId === "string" ? item.linkId : "";
  const name = id ? `Question ${id}${item.text ? ` (${String(item.text).slice(0, 40)})` : ""}` : `The item at ${path}`;
  const say = (severity, code, feature, message, fix) => finding(severity, code, id, path, feature, `${name}: ${message}`, fix);
  return [
    ...idFindings(id, path, ids, say),
    ...typeFindings(item, say),
    ...optionFindings(item, definition, say),
    ...conditionFindings(item, say),
    ...extensionFindings(item, say),
  ];
}

function idFindings(id, path, ids, say) {
  if (!id) return [say("error", "missing-link-id", "linkId", "it has no linkId.", "Give every item a linkId of its own.")];
  if (ids.has(id)) return [say("error", "duplicate-link-id", `linkId=${id}`, `its linkId stands at ${ids.get(id)} already.`, "Give every item a linkId of its own.")];
  ids.set(id, path);
  return [];
}

function typeFindings(item, say) {
  const found = [];
  if ("itemControl" in item || "itemControl:" in item || "calculatedExpression" in item || "enableWhenExpression" in item) {
    found.push(say("error", "flattened-dialect", "itemControl", "it is written in a shortened dialect, not in FHIR.", "Write extensions as FHIR does."));
  }
  if (!TYPES.includes(item.type)) found.push(say("error", "unsupported-type", `type=${item.type ?? ""}`, `the type “${item.type ?? "none"}” is not supported.`, `Use one of ${TYPES.join(", ")}.`));
  if (item.repeats === true && item.type !== "choice") found.push(say("error", "unsupported-repeats", `repeats on ${item.type}`, "it may be answered more than once, which is only supported for a choice.", "Ask it as a choice, or as several questions."));
  if (list(item.modifierExtension).length) found.push(say("error", "modifier-extension", "modifierExtension", "it carries an extension that changes its meaning.", "Remove the modifier extension."));
  if (list(item.initial).length) found.push(say("warning", "initial-not-set", "initial", "its first value is not filled in: nothing is preselected here.", "Remove it, or accept that the question starts empty."));
  if (item.type === "display" && (item.required || item.answerOption)) found.push(say("warning", "display-with-answer", "display", "a display item cannot be answered.", "Remove required and answerOption."));
  const pattern = extensionValue(item, URL.regex);
  if (typeof pattern === "string" && !isPattern(pattern)) found.push(say("error", "bad-regex", "regex", "its pattern is not a regular expression.", "Correct the pattern."));
  return found;
}

function isPattern(text) {
  try {
    return Boolean(new RegExp(`^(?:${text})$`, "u"));
  } catch {
    return false;
  }
}

function optionFindings(item, definition, say) {
  const found = [];
  const reference = item.answerValueSet;
  if (reference !== undefined) {
    if (typeof reference !== "string" || !reference.startsWith("#")) found.push(say("error", "external-value-set", "answerValueSet", "its options stand on another server, out of reach of a tablet.", "Put the options into the form."));
    else if (!containedConcepts(reference, definition)) found.push(say("error", "unresolved-value-set", `answerValueSet=${reference}`, "the contained set of options is missing, or does not list them one by one.", "List the options in the contained ValueSet."));
  }
  if (item.type === "choice") {
    const options = optionsOf({ ...item, answerOption: list(item.answerOption) }, { ...definition, contained: list(definition.contained) });
    if (options.length === 0 && !found.length) found.push(say("error", "no-options", "answerOption", "it is a choice without options.", "Add the options."));
    const codes = options.map((each) => each.code);
    const twice = codes.find((code, index) => codes.indexOf(code) !== index);
    if (twice !== undefined) found.push(say("error", "duplicate-option", `code=${twice}`, `the option “${twice}” stands there twice.`, "Give every option of a question a code of its own."));
    if (codes.includes("")) found.push(say("error", "option-without-code", "answerOption", "an option has no code.", "Give every option a code."));
  }
  return found;
}

function conditionFindings(item, say) {
  const conditions = list(item.enableWhen);
  const found = [];
  if (conditions.length > 1 && !["all", "any"].includes(item.enableBehavior)) found.push(say("error", "missing-enable-behavior", "enableBehavior", "it has several conditions and does not say whether all or any must hold.", "Add enableBehavior."));
  if (conditions.length && extensions(item, URL.enable_when_expression).length) found.push(say("error", "enable-when-and-expression", "enableWhenExpression", "it has both conditions and an expression for when it is asked.", "Keep one of the two."));
  for (const each of conditions) {
    if (!isObject(each) || !OPERATORS.includes(each.operator)) {
      found.push(say("error", "unknown-operator", `operator=${each?.operator ?? ""}`, "a condition has no operator that is known.", `Use one of ${OPERATORS.join(" ")}.`));
      continue;
    }
    const answer = Object.keys(each).find((key) => key.startsWith("answer"));
    if (!answer) found.push(say("error", "condition-without-answer", "enableWhen", "a condition does not say what it compares with.", "Add answer[x]."));
    else if (["answerQuantity", "answerReference", "answerTime", "answerDateTime"].includes(answer)) found.push(say("error", "unsupported-condition", answer, "a condition compares with a kind of answer that is not supported.", "Compare with a code, text, number, date or yes and no."));
    else if (answer === "answerCoding" && !["=", "!="].includes(each.operator)) found.push(say("error", "unsupported-condition", `${answer} ${each.operator}`, "options cannot be compared as larger and smaller.", "Compare with = or !=."));
  }
  return found;
}

function extensionFindings(item, say) {
  const found = [];
  for (const each of list(item.extension)) {
    const url = typeof each?.url === "string" ? each.url : "";
    if (url === URL.item_control) found.push(...controlFindings(each, say));
    else if (REFUSED[url]) found.push(say("error", "unsupported-extension", REFUSED[url], "its options or texts would be worked out while it is answered, which is not supported.", "List the options in the form."));
    else if (url === URL.initial_expression) found.push(say("warning", "initial-not-set", "initialExpression", "its first value is not filled in.", "Remove it, or accept that the question starts empty."));
    else if (url.startsWith(OURS) && !OUR_ITEM_EXTENSIONS.includes(url)) found.push(say("error", "unknown-extension", url, "it uses an extension of ours that does not exist.", "Check its spelling in docs/forms.md."));
    else if (!HEEDED.has(url)) found.push(say("notice", "ignored-extension", url || "extension", "an extension is not heeded.", "Nothing need be done if the question stands without it."));
  }
  if (isObject(item._text)) found.push(say("warning", "plain-text-only", "_text", "its text is shown plain, in the form's first language.", "Make sure that the plain text says everything."));
  return found;
}

function controlFindings(extension, say) {
  const code = extension.valueCodeableConcept?.coding?.[0]?.code ?? "";
  if (CONTROLS.includes(code)) return [];
  const words = DEGRADED.includes(code) ? "this layout is not supported; it will be shown plainly." : "this control is not known; it will be shown plainly.";
  return [say("warning", "unsupported-item-control", `itemControl=${code}`, words, "Remove the extension, or accept the plain layout.")];
}
