// Whether a file has the shapes of an R4 Questionnaire at all. Everything that reads a form afterwards may then trust that a list is a list and
// a text a text; what has another shape is named by its path.

/** @typedef {{path: string, wanted: string, link_id: string}} Misfit @typedef {{path: string, name: string, link_id: string}} Stranger */

const TEXT = "a text";
const ELEMENTS = {
  Questionnaire: {
    id: TEXT, url: TEXT, version: TEXT, name: TEXT, title: TEXT, status: TEXT, language: TEXT, contained: ["object"], extension: ["Extension"], modifierExtension: ["Extension"], item: ["Item"],
  },
  Item: {
    id: TEXT, linkId: TEXT, definition: TEXT, code: ["Coding"], prefix: TEXT, text: TEXT, type: TEXT, enableWhen: ["Condition"], enableBehavior: TEXT, required: "true or false",
    repeats: "true or false", readOnly: "true or false", maxLength: "a number", answerValueSet: TEXT, answerOption: ["Option"], initial: ["Option"], item: ["Item"],
    extension: ["Extension"], modifierExtension: ["Extension"],
  },
  Option: { id: TEXT, initialSelected: "true or false", extension: ["Extension"], modifierExtension: ["Extension"] },
  Condition: { id: TEXT, question: TEXT, operator: TEXT, extension: ["Extension"], modifierExtension: ["Extension"] },
  Extension: { id: TEXT, url: TEXT, extension: ["Extension"] },
  Coding: { id: TEXT, system: TEXT, version: TEXT, code: TEXT, display: TEXT, userSelected: "true or false", extension: ["Extension"] },
  CodeableConcept: { id: TEXT, coding: ["Coding"], text: TEXT, extension: ["Extension"] },
  Expression: { id: TEXT, description: TEXT, name: TEXT, language: TEXT, expression: TEXT, reference: TEXT, extension: ["Extension"] },
  ValueSet: { id: TEXT, url: TEXT, expansion: "Expansion", compose: "Compose" },
  Expansion: { contains: ["Coding"] },
  Compose: { include: ["Include"] },
  Include: { system: TEXT, concept: ["Coding"] },
  Quantity: { id: TEXT, value: "a number", comparator: TEXT, unit: TEXT, system: TEXT, code: TEXT, extension: ["Extension"] },
};
const HOLDS = { Option: "value", Condition: "answer", Extension: "value" };
const VALUES = { Boolean: "true or false", Integer: "a number", Decimal: "a number", PositiveInt: "a number", UnsignedInt: "a number", Coding: "Coding", CodeableConcept: "CodeableConcept", Expression: "Expression", Quantity: "Quantity" };
const OBJECTS = new Set(["Reference", "Attachment", "Period", "Range", "Ratio", "Identifier", "Annotation", "HumanName", "Address", "ContactPoint", "Meta", "Age", "Count", "Duration", "Distance", "Money", "Timing", "UsageContext", "ContactDetail", "RelatedArtifact", "TriggerDefinition", "Signature", "SampledData", "Dosage", "ParameterDefinition", "DataRequirement", "Contributor"]);
// Elements of other versions of FHIR are told by another finding; comments are what older tools left behind.
const KNOWN_ELSEWHERE = new Set(["option", "options", "answerConstraint", "disabledDisplay", "fhir_comments", "itemControl", "calculatedExpression", "enableWhenExpression", "hasAnswer"]);
export const DEEPEST = 40;
export const MOST_ITEMS = 5000;

/** @param {any} definition an object @returns {{misfits: Misfit[], strangers: Stranger[], deepest: number, items: number}} */
export function shapesOf(definition) {
  const found = { misfits: [], strangers: [], deepest: 0, items: 0 };
  check("Questionnaire", definition, "", "", 0, found);
  // Of what a form contains only its sets of options are ever read.
  const contained = Array.isArray(definition.contained) ? definition.contained : [];
  for (const [index, each] of contained.entries()) if (each?.resourceType === "ValueSet") check("ValueSet", each, `contained[${index}]`, "", 1, found);
  return found;
}

function check(kind, value, path, link_id, depth, found) {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return misfit(found, path, "an object", link_id);
  if (depth > DEEPEST * 2 + 20 || found.misfits.length > 200) return undefined;
  const id = kind === "Item" && typeof value.linkId === "string" ? value.linkId : link_id;
  if (kind === "Item") {
    found.items += 1;
    found.deepest = Math.max(found.deepest, path.split(".").length);
  }
  for (const [name, each] of Object.entries(value)) {
    const at = path ? `${path}.${name}` : name;
    const wanted = Object.hasOwn(ELEMENTS[kind], name) ? ELEMENTS[kind][name] : heldBy(kind, name);
    if (wanted) one(wanted, each, at, id, depth, found);
    else if (kind === "Item" && !name.startsWith("_") && !KNOWN_ELSEWHERE.has(name) && !name.endsWith(":") && !/^initial[A-Z]/.test(name)) found.strangers.push({ path: at, name, link_id: id });
    else if (name.startsWith("_") && kind !== "Questionnaire" && each !== null && !Array.isArray(each)) check("Extension", each, at, id, depth + 1, found);
  }
  return undefined;
}

function heldBy(kind, name) {
  const prefix = HOLDS[kind];
  if (!prefix || !name.startsWith(prefix) || !/^[A-Z]/.test(name.slice(prefix.length))) return undefined;
  const type = name.slice(prefix.length);
  return Object.hasOwn(VALUES, type) ? VALUES[type] : OBJECTS.has(type) ? "object" : TEXT;
}

function one(wanted, value, path, link_id, depth, found) {
  if (Array.isArray(wanted)) {
    if (!Array.isArray(value)) return misfit(found, path, "a list", link_id);
    for (const [index, each] of value.entries()) one(wanted[0], each, `${path}[${index}]`, link_id, depth + 1, found);
    return undefined;
  }
  if (wanted === TEXT) return typeof value === "string" ? undefined : misfit(found, path, wanted, link_id);
  if (wanted === "a number") return typeof value === "number" ? undefined : misfit(found, path, wanted, link_id);
  if (wanted === "true or false") return typeof value === "boolean" ? undefined : misfit(found, path, wanted, link_id);
  if (wanted === "object") return typeof value === "object" && value !== null && !Array.isArray(value) ? undefined : misfit(found, path, "an object", link_id);
  return check(wanted, value, path, link_id, depth + 1, found);
}

function misfit(found, path, wanted, link_id) {
  found.misfits.push({ path, wanted, link_id });
}
