// What the linter says about one item, apart from its expressions.

import { extensionFindings } from "./findings_extensions.js";
import { finding, isObject, list } from "./findings.js";
import { containedConcepts, optionsOf } from "./normalise.js";
import { patternProblem } from "./patterns.js";
import { ROW } from "./profile.js";
import { RESERVED, URL, extensionValue, extensions } from "./terms.js";

const TYPES = ["group", "display", "string", "text", "boolean", "integer", "decimal", "date", "dateTime", "time", "quantity", "choice", "open-choice"];
const OPERATORS = ["exists", "=", "!=", ">", "<", ">=", "<="];
const LONGEST_TEXT = 20000;

/** @param {any} item @param {string} path @param {any} definition @param {Map<string, string>} ids linkIds met so far @returns {import("./findings.js").Finding[]} */
export function itemFindings(item, path, definition, ids) {
  const id = item.linkId ?? "";
  const name = id ? `Question ${id}${item.text ? ` (${item.text.slice(0, 40)})` : ""}` : `The item at ${path}`;
  const say = (severity, code, feature, message, fix, row) => finding(severity, code, id, path, feature, `${name}: ${message}`, fix, row);
  return [
    ...idFindings(id, path, ids, say),
    ...typeFindings(item, say),
    ...textFindings(item, say),
    ...optionFindings(item, definition, say),
    ...firstValueFindings(item, definition, say),
    ...conditionFindings(item, say),
    ...extensionFindings(item, say),
  ];
}

function idFindings(id, path, ids, say) {
  if (!id) return [say("error", "missing-link-id", "linkId", "it has no linkId.", "Give every item a linkId of its own.", ROW.link_id)];
  if (ids.has(id)) return [say("error", "duplicate-link-id", `linkId=${id}`, `its linkId stands at ${ids.get(id)} already.`, "Give every item a linkId of its own.", ROW.link_id)];
  ids.set(id, path);
  return RESERVED.has(id) ? [say("error", "reserved-name", `linkId=${id}`, "its linkId is a name that programs keep for themselves.", "Give it another linkId.", ROW.link_id)] : [];
}

function typeFindings(item, say) {
  const found = [];
  if ("itemControl" in item || "itemControl:" in item || "calculatedExpression" in item || "enableWhenExpression" in item) {
    found.push(say("error", "flattened-dialect", "itemControl", "it is written in a shortened dialect, not in FHIR.", "Write extensions as FHIR does.", ROW.dialect));
  }
  if (!TYPES.includes(item.type)) {
    const row = ["reference", "attachment", "url"].includes(item.type) ? ROW.type : ["coding", "question"].includes(item.type) ? ROW.version : ROW.not_r4;
    found.push(say("error", "unsupported-type", `type=${item.type ?? ""}`, `the type “${item.type ?? "none"}” is not supported.`, `Use one of ${TYPES.join(", ")}.`, row));
  }
  if (list(item.modifierExtension).length) found.push(say("error", "modifier-extension", "modifierExtension", "it carries an extension that changes its meaning.", "Remove the modifier extension.", ROW.meaning));
  if (item.type === "display" && (item.required || item.answerOption || item.repeats)) found.push(say("warning", "display-with-answer", "display", "a display item cannot be answered.", "Remove required, repeats and answerOption.", ROW.not_r4));
  if (item.type === "group" && item.required) found.push(say("notice", "required-group", "required", "a group cannot be required; its questions can.", "Mark the questions that must be answered.", ROW.not_r4));
  const holding = ["group", "display"].includes(item.type) ? [URL.calculated, URL.initial_expression, URL.answer_expression].filter((url) => extensions(item, url).length) : [];
  for (const url of holding) found.push(say("warning", "no-answer-to-hold-it", url.split("-").pop(), `it can hold no answer, and its ${url.split("-").pop()} is not worked out.`, "Put the rule on a question of its own.", ROW.not_r4));
  if (extensions(item, URL.calculated).length && (list(item.initial).length || extensions(item, URL.initial_expression).length)) {
    found.push(say("warning", "initial-and-calculated", "initial", "it has a first value and a calculation; only the calculation is heeded.", "Keep one of the two.", ROW.initial));
  }
  const pattern = extensionValue(item, URL.regex);
  const wrong = typeof pattern === "string" ? patternProblem(pattern) : "";
  if (wrong) found.push(say("error", wrong === "it is not a regular expression" ? "bad-regex" : "unsafe-regex", "regex", `its pattern cannot be used: ${wrong}.`, "Write a simpler pattern.", ROW.pattern));
  return found;
}

function textFindings(item, say) {
  const long = [item.text, item.prefix, ...list(item.answerOption).flatMap((each) => [each.valueString, each.valueCoding?.display])].some((each) => typeof each === "string" && each.length > LONGEST_TEXT);
  return long ? [say("error", "text-too-long", "text", `a text of it has more than ${LONGEST_TEXT} characters.`, "Shorten it.", ROW.size)] : [];
}

function optionFindings(item, definition, say) {
  const found = [];
  const reference = item.answerValueSet;
  const elsewhere = extensions(item, URL.answer_expression).length > 0;
  if (reference !== undefined && !elsewhere) found.push(...valueSetFindings(item, reference, definition, say));
  const options = optionsOf(item, definition);
  if (item.type === "choice" && options.length === 0 && !found.length && !elsewhere) {
    const needed = item.required === true && item.readOnly !== true && extensionValue(item, URL.hidden) !== true;
    found.push(say(needed ? "error" : "warning", "no-options", "answerOption", "it is a choice without options, and can have no answer.", "Add the options.", ROW.options));
  }
  const codes = options.map((each) => each.code);
  const twice = codes.find((code, index) => codes.indexOf(code) !== index);
  if (twice !== undefined) found.push(say("error", "duplicate-option", `code=${twice}`, `the option “${twice}” stands there twice.`, "Give every option of a question a code of its own.", ROW.options));
  if (codes.includes("")) found.push(say("error", "option-without-code", "answerOption", "an option has no code.", "Give every option a code.", ROW.options));
  const reserved = codes.find((each) => RESERVED.has(each));
  if (reserved !== undefined) found.push(say("error", "reserved-name", `code=${reserved}`, "an option's code is a name that programs keep for themselves.", "Give it another code.", ROW.options));
  if (list(item.answerOption).some((each) => each.valueReference)) found.push(say("error", "unsupported-type", "answerOption.valueReference", "its options refer to other records.", "Give options with codes.", ROW.type));
  return found;
}

// What an initial value may be of, by the type of its question; options are looked up besides.
const FIRST = {
  string: ["valueString"], text: ["valueString"], boolean: ["valueBoolean"], integer: ["valueInteger"], decimal: ["valueDecimal", "valueInteger"], date: ["valueDate"], dateTime: ["valueDateTime", "valueDate"],
  time: ["valueTime"], quantity: ["valueQuantity", "valueDecimal", "valueInteger"],
};

/** A first value that the question cannot hold is left out, and never in silence. */
function firstValueFindings(item, definition, say) {
  const first = list(item.initial);
  if (first.length === 0 || !TYPES.includes(item.type)) return [];
  const lost = (why) => [say("warning", "initial-not-set", "initial", `a first value ${why}: it is left out.`, "Give a first value that the question can hold, or none.", ROW.initial)];
  if (["group", "display"].includes(item.type)) return lost("stands where nothing is answered");
  if (first.length > 1 && item.repeats !== true) return lost("stands beside another, and the question takes one");
  const held = first.map((each) => Object.entries(isObject(each) ? each : {}).find(([key]) => key.startsWith("value")) ?? ["", null]);
  if (item.type in FIRST) return held.every(([key]) => FIRST[item.type].includes(key)) ? [] : lost("is of another kind than the question");
  if (item.type === "open-choice" || extensions(item, URL.answer_expression).length) return [];
  const codes = new Set(optionsOf(item, definition).map((each) => each.code));
  return held.every(([, value]) => codes.has(String(isObject(value) ? value.code : value))) ? [] : lost("is none of its options");
}

function valueSetFindings(item, reference, definition, say) {
  const autocomplete = extensions(item, URL.item_control).some((each) => each.valueCodeableConcept?.coding?.[0]?.code === "autocomplete");
  if (!reference.startsWith("#")) return [say("error", "external-value-set", `answerValueSet=${reference.slice(0, 120)}`, "its options stand on another server, out of reach of a tablet.", "Put the options into the form.", autocomplete ? ROW.autocomplete : ROW.value_set)];
  if (containedConcepts(reference, definition)) return [];
  const there = list(definition.contained).some((each) => each.resourceType === "ValueSet" && each.id === reference.slice(1));
  const why = there ? "the contained set of options does not list them one by one: another server would have to." : "the contained set of options is missing.";
  // An open choice can still be answered, in the person's own words.
  if (there && item.type === "open-choice") return [say("warning", "options-not-listed", `answerValueSet=${reference}`, "the contained set of options does not list them one by one: only the person's own words can be given.", "List the options in the contained ValueSet.", autocomplete ? ROW.autocomplete : ROW.value_set)];
  return [say("error", "unresolved-value-set", `answerValueSet=${reference}`, why, "List the options in the contained ValueSet.", there ? ROW.value_set : ROW.not_r4)];
}

function conditionFindings(item, say) {
  const conditions = list(item.enableWhen);
  const found = [];
  if (conditions.length > 1 && !["all", "any"].includes(item.enableBehavior)) found.push(say("error", "missing-enable-behavior", "enableBehavior", "it has several conditions and does not say whether all or any must hold.", "Add enableBehavior.", ROW.condition));
  if (conditions.length && extensions(item, URL.enable_when_expression).length) found.push(say("error", "enable-when-and-expression", "enableWhenExpression", "it has both conditions and an expression for when it is asked.", "Keep one of the two.", ROW.condition));
  for (const each of conditions) {
    if (!isObject(each) || !OPERATORS.includes(each.operator)) {
      found.push(say("error", "unknown-operator", `operator=${each?.operator ?? ""}`, "a condition has no operator that is known.", `Use one of ${OPERATORS.join(" ")}.`, ROW.condition));
      continue;
    }
    const answer = Object.keys(each).find((key) => key.startsWith("answer"));
    if (!answer) found.push(say("error", "condition-without-answer", "enableWhen", "a condition does not say what it compares with.", "Add answer[x].", ROW.condition));
    else if (answer === "answerReference") found.push(say("error", "unsupported-condition", answer, "a condition compares with another record.", "Compare with a code, text, number, date, time, quantity or yes and no.", ROW.type));
    else if (answer === "answerCoding" && !["=", "!="].includes(each.operator)) found.push(say("error", "unsupported-condition", `${answer} ${each.operator}`, "options cannot be compared as larger and smaller.", "Compare with = or !=.", ROW.condition));
    else if (each.operator === "exists" && typeof each.answerBoolean !== "boolean") found.push(say("error", "unsupported-condition", `exists ${answer}`, "“exists” is compared with yes or no.", "Add answerBoolean.", ROW.condition));
  }
  return found;
}
