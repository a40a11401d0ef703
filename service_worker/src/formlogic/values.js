// What an answer is, and what it says. The shapes: a code, a map from code to true, a number, a text, a boolean.

/** @param {any} value @returns {boolean} empty is no answer; a refusal is one */
export function isAnswered(value) {
  if (value === null || value === undefined || value === "") return false;
  return typeof value === "object" ? Object.values(value).some(Boolean) : true;
}

/** @param {any} item @param {any} value @returns {string[]} the codes of a choice, in the order of the form; anything else that was written comes last */
export function codesOf(item, value) {
  if (!isAnswered(value)) return [];
  const given = typeof value === "object" ? Object.keys(value).filter((code) => value[code]) : [String(value)];
  const listed = item.options.filter((each) => given.includes(each.code)).map((each) => each.code);
  return [...listed, ...given.filter((each) => !item.by_code.has(each)).sort()];
}

/** @param {any} item @param {any} value @returns {boolean} whether the answer is one of the three that say why there is none */
export function isAbsent(item, value) {
  const codes = item.options.length ? codesOf(item, value) : [];
  return codes.length > 0 && codes.every((code) => item.by_code.get(code)?.absent);
}

/** @param {any} item @param {any} value @returns {string[]} in words, one per chosen option */
export function wordsOf(item, value) {
  if (!isAnswered(value)) return [];
  if (item.options.length) return codesOf(item, value).map((code) => item.by_code.get(code)?.text ?? code);
  if (typeof value === "boolean") return [value ? "Yes" : "No"];
  if (item.type === "date" && /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(value)) return [dateWords(value)];
  const unit = item.unit ? ` ${item.unit}` : "";
  return [`${value}${unit}`];
}

const MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

/** Not Intl: the two engines that run this must give the same letters. */
function dateWords(value) {
  const [year, month, day] = value.split("-").map(Number);
  return `${day} ${MONTHS[month - 1] ?? month} ${year}`;
}

/** @param {any} item @param {any} value @returns {string} both sides of a conflict in one line each */
export const lineOf = (item, value) => wordsOf(item, value).join(", ") || "No answer";

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
