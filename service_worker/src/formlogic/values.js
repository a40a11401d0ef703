// What an answer is, and what it says. The shapes: a code, a map from code to true, a number, a text, a boolean; `_other` in a map holds what was
// written beside the options of an open choice, and a repeating question holds a map from instance to value.

import { instancesOf } from "./addresses.js";
import { saidIn } from "./translations.js";

/** @param {any} value @returns {boolean} empty is no answer; a refusal is one */
export function isAnswered(value) {
  if (value === null || value === undefined || value === "") return false;
  return typeof value === "object" ? Object.entries(value).some(([key, each]) => key !== "_order" && Boolean(each)) : true;
}

/** @param {any} item @param {any} value @returns {any[]} its answers one by one: codes, `{other: text}` of an open choice, or plain values */
export function partsOf(item, value) {
  if (!isAnswered(value)) return [];
  if (typeof value !== "object") return [value];
  if (item.repeats === "value") return instancesOf(value).map((id) => value[id]).filter(isAnswered);
  const codes = Object.keys(value).filter((code) => code !== "_other" && value[code]);
  return value._other ? [...codes, { other: String(value._other) }] : codes;
}

/** @param {any} item @param {any} value @returns {string[]} the codes of a choice, in the order of the form; anything else that was written comes last */
export function codesOf(item, value) {
  const given = partsOf(item, value).filter((each) => typeof each !== "object").map(String);
  const listed = item.options.filter((each) => given.includes(each.code)).map((each) => each.code);
  return [...listed, ...given.filter((each) => !listed.includes(each)).sort()];
}

/** @param {any} value @returns {string} what was written beside the options of an open choice */
export const otherOf = (value) => (typeof value === "object" && value !== null && value._other ? String(value._other) : "");

/** @param {any} item @param {any} value @returns {boolean} whether the answer is one of the three that say why there is none */
export function isAbsent(item, value) {
  const codes = item.options.length ? codesOf(item, value) : [];
  return codes.length > 0 && !otherOf(value) && codes.every((code) => item.by_code.get(code)?.absent);
}

/** @param {any} item @param {any} value @param {string} [language] @returns {string[]} in words, one for each answer */
export function wordsOf(item, value, language = "") {
  if (!isAnswered(value)) return [];
  if (item.options.length || item.open || item.answer_expression) {
    const said = (code) => (item.by_code.has(code) ? saidIn(item.by_code.get(code), language).text : code);
    return [...codesOf(item, value).map(said), ...(otherOf(value) ? [otherOf(value)] : [])];
  }
  return partsOf(item, value).map((each) => plainWords(item, each));
}

function plainWords(item, value) {
  if (typeof value === "boolean") return value ? "Yes" : "No";
  if (item.type === "date" && /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(value)) return dateWords(value);
  const moment = item.type === "dateTime" && /^([0-9]{4}-[0-9]{2}-[0-9]{2})T([0-9]{2}:[0-9]{2})/.exec(value);
  if (moment) return `${dateWords(moment[1])} at ${moment[2]}`;
  if (item.type === "quantity") return quantityWords(item, String(value));
  return `${value}${item.unit ? ` ${item.unit}` : ""}`;
}

/** A quantity is "12.5 mg": number and unit are one answer, so that no merge can take one without the other. */
function quantityWords(item, value) {
  const { number, unit } = quantityOf(value);
  return `${number} ${item.units.find((each) => each.code === unit)?.text ?? (unit || item.unit)}`.trim();
}

/** @param {string} value @returns {{number: string, unit: string}} the unit's code */
export function quantityOf(value) {
  const at = value.indexOf(" ");
  return at < 0 ? { number: value, unit: "" } : { number: value.slice(0, at), unit: value.slice(at + 1) };
}

const MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

/** Not Intl: the two engines that run this must give the same letters. */
function dateWords(value) {
  const [year, month, day] = value.split("-").map(Number);
  return `${day} ${MONTHS[month - 1] ?? month} ${year}`;
}

/** @param {any} item @param {any} value @param {string} [language] @returns {string} both sides of a conflict in one line each */
export const lineOf = (item, value, language = "") => wordsOf(item, value, language).join(", ") || "No answer";

/**
 * Puts answers into a text: `{drug}` becomes what was answered there, or the asked item's own placeholder.
 * @param {any} form @param {string} text @param {(link_id: string) => any} answer
 */
export function fill(form, text, answer) {
  if (!text.includes("{")) return text;
  return text.replace(/\{([A-Za-z0-9._-]+)\}/g, (whole, link_id, at) => {
    const item = form.items.get(link_id);
    if (!item) return whole;
    const words = isAbsent(item, answer(link_id)) ? [] : wordsOf(item, answer(link_id));
    return (at === 0 ? words : words.map(inSentence)).join(", ") || item.placeholder || "not known";
  });
}

/** "Amphetamine" in the middle of a sentence; "GHB" and "DTs" stay as they are. @param {string} words */
export const inSentence = (words) => words.replace(/^[A-HJ-Z](?=[a-z ])/, (letter) => letter.toLowerCase());
