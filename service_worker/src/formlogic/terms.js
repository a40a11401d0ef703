// The names that a form is written in: FHIR R4, SDC and our own extensions. Constants and small readers; nothing else.

export const OURS = "https://throughcare.example/StructureDefinition/";
export const HL7 = "http://hl7.org/fhir/StructureDefinition/";
export const SDC = "http://hl7.org/fhir/uv/sdc/StructureDefinition/";
export const ABSENT_SYSTEM = "http://terminology.hl7.org/CodeSystem/data-absent-reason";
export const ABSENT_CODES = ["asked-declined", "asked-unknown", "not-asked"];
/** What stands on the small buttons under a question. */
export const ABSENT_SHORT = { "asked-declined": "Declined", "asked-unknown": "Not able", "not-asked": "Not asked" };

export const URL = {
  item_control: `${HL7}questionnaire-itemControl`,
  exclusive: `${HL7}questionnaire-optionExclusive`,
  hidden: `${HL7}questionnaire-hidden`,
  ordinal: `${HL7}ordinalValue`,
  weight: `${HL7}itemWeight`,
  unit: `${HL7}questionnaire-unit`,
  min_value: `${HL7}minValue`,
  max_value: `${HL7}maxValue`,
  regex: `${HL7}regex`,
  variable: `${HL7}variable`,
  target_constraint: `${HL7}targetConstraint`,
  constraint: `${HL7}questionnaire-constraint`,
  calculated: `${SDC}sdc-questionnaire-calculatedExpression`,
  enable_when_expression: `${SDC}sdc-questionnaire-enableWhenExpression`,
  initial_expression: `${SDC}sdc-questionnaire-initialExpression`,
  launch_context: `${SDC}sdc-questionnaire-launchContext`,
  answer_expression: `${SDC}sdc-questionnaire-answerExpression`,
  answer_toggle: `${SDC}sdc-questionnaire-answerOptionsToggleExpression`,
  entry_format: `${HL7}entryFormat`,
  open_label: `${SDC}sdc-questionnaire-openLabel`,
  short_text: `${SDC}sdc-questionnaire-shortText`,
  orientation: `${HL7}questionnaire-choiceOrientation`,
  min_occurs: `${HL7}questionnaire-minOccurs`,
  max_occurs: `${HL7}questionnaire-maxOccurs`,
  min_length: `${HL7}minLength`,
  max_decimals: `${HL7}maxDecimalPlaces`,
  unit_option: `${HL7}questionnaire-unitOption`,
  slider_step: `${HL7}questionnaire-sliderStepValue`,
  translation: `${HL7}translation`,
  safety: `${OURS}safety`,
  worker_only: `${OURS}worker-only`,
  alert: `${OURS}alert`,
  score: `${OURS}score`,
  page: `${OURS}page`,
  together: `${OURS}together`,
  placeholder: `${OURS}placeholder`,
  minimum: `${OURS}minimum`,
  calculator: `${OURS}calculator`,
  was_calculated: `${OURS}was-calculated`,
};

/** @param {any} element @param {string} url @returns {any[]} its extensions of that name */
export function extensions(element, url) {
  const all = element?.extension;
  return Array.isArray(all) ? all.filter((each) => each?.url === url) : [];
}

/** @param {any} element @param {string} url @returns {any} the first one's value, or undefined */
export function extensionValue(element, url) {
  return heldValue(extensions(element, url)[0]);
}

/** @param {any} holder an element with one value[x] @returns {any} the value, or undefined */
export function heldValue(holder) {
  if (!holder || typeof holder !== "object") return undefined;
  const key = Object.keys(holder).find((each) => each.startsWith("value"));
  return key ? holder[key] : undefined;
}

/** Nested extensions as a plain object: `{id: "stop-harm", …}`; a name that comes twice gives its first value. @param {any} extension */
export function nested(extension) {
  const found = {};
  for (const each of extension?.extension ?? []) if (!(each.url in found)) found[each.url] = heldValue(each);
  return found;
}

/** Names that an object of JavaScript already has, and two that the answers of repeating things use: no linkId and no option code may be one. */
export const RESERVED = new Set([...Object.getOwnPropertyNames(Object.prototype), "prototype", "_order", "_other"]);

/** @param {any} expression @returns {boolean} FHIRPath, or no language named: what FHIR's own examples often leave out */
export const isFhirpath = (expression) => expression?.language === undefined || expression.language === "text/fhirpath";
