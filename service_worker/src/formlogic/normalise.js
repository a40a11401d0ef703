// One shape for what a form may write in several ways: scores stand on the option *and* on its coding, and contained value sets become options.
// Works on a copy: what was published is never touched.

import { ABSENT_CODES, ABSENT_SYSTEM, URL, extensionValue, heldValue } from "./terms.js";
import { translationsOf } from "./translations.js";

/**
 * @typedef {{code: string, text: string, translations: Map<string, string>, system: string, score: number|null, exclusive: boolean, absent: boolean, initial: boolean, value: any}} Option
 * `value` is the FHIR value[x] of an answer that chooses it, score included.
 */

/** @param {any} item @param {any} definition @returns {Option[]} */
export function optionsOf(item, definition) {
  const listed = (item.answerOption ?? []).map((each) => [each, keyOf(each)]).filter(([, key]) => key);
  if (listed.length) return listed.map(([option, key]) => oneOption(option, key));
  const concepts = containedConcepts(item.answerValueSet, definition) ?? [];
  return concepts.map((coding) => oneOption({ valueCoding: coding }, "valueCoding"));
}

/** @param {any} option @returns {string} "" where it holds no value */
const keyOf = (option) => (option && typeof option === "object" ? Object.keys(option).find((each) => each.startsWith("value")) : "") ?? "";

/** @param {any} option an answerOption @param {string} [key] its value[x] @returns {Option} */
export function oneOption(option, key = keyOf(option)) {
  const raw = option[key];
  const score = scoreOf(option) ?? scoreOf(raw);
  const coded = key === "valueCoding" && raw && typeof raw === "object";
  const code = String(coded ? raw.code ?? raw.display ?? "" : raw?.reference ?? raw);
  const system = coded ? raw.system ?? "" : "";
  const absent = system === ABSENT_SYSTEM && ABSENT_CODES.includes(code);
  const value = coded ? { [key]: withScore({ ...raw }, absent ? null : score) } : { [key]: raw };
  return {
    code,
    text: String(coded ? raw.display ?? raw.code ?? "" : raw?.display ?? raw),
    translations: translationsOf(coded ? raw : option, coded ? "display" : key),
    system,
    // A refusal has no score, whatever a form says.
    score: absent ? null : score,
    exclusive: absent || extensionValue(option, URL.exclusive) === true,
    absent,
    initial: option.initialSelected === true,
    value,
  };
}

/** @param {any} element @returns {number|null} */
function scoreOf(element) {
  const value = extensionValue(element, URL.ordinal) ?? extensionValue(element, URL.weight);
  return typeof value === "number" ? value : null;
}

/** ordinal() looks on the coding of the answer first: there it finds the score without a terminology server. */
function withScore(coding, score) {
  const others = (coding.extension ?? []).filter((each) => each.url !== URL.ordinal && each.url !== URL.weight);
  const extension = score === null ? others : [...others, { url: URL.ordinal, valueDecimal: score }];
  delete coding.extension;
  return extension.length ? { ...coding, extension } : coding;
}

/** @param {any} reference "#id" @param {any} definition @returns {any[]|null} codings, or null when it is not a listed, contained set */
export function containedConcepts(reference, definition) {
  if (typeof reference !== "string" || !reference.startsWith("#")) return null;
  const set = (definition.contained ?? []).find((each) => each?.resourceType === "ValueSet" && each.id === reference.slice(1));
  if (!set) return null;
  const expanded = set.expansion?.contains;
  if (Array.isArray(expanded)) return expanded.map(({ system, code, display, extension }) => drop({ system, code, display, extension }));
  const includes = set.compose?.include;
  if (!Array.isArray(includes) || !includes.every((each) => Array.isArray(each.concept))) return null;
  return includes.flatMap((each) => each.concept.map(({ code, display, extension }) => drop({ system: each.system, code, display, extension })));
}

const drop = (object) => Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));

/** The definition with every score on both places where engines look for it. @param {any} definition */
export function normalise(definition) {
  const items = (list) => (list ?? []).map((item) => {
    const out = { ...item };
    if (item.answerOption) out.answerOption = item.answerOption.map(bothPlaces);
    if (item.item) out.item = items(item.item);
    return out;
  });
  return { ...definition, item: items(definition.item) };
}

function bothPlaces(option) {
  const score = scoreOf(option) ?? scoreOf(heldValue(option));
  if (score === null) return option;
  const coding = option.valueCoding ? { valueCoding: withScore({ ...option.valueCoding }, score) } : {};
  return { ...withScore({ ...option }, score), ...coding };
}
