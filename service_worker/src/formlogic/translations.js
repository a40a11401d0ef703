// Texts in other languages: the `translation` extension beside a text. What is not translated is shown in the form's own language, and says so.

import { URL, extensions, nested } from "./terms.js";

/** @param {any} element @param {string} name e.g. "text" @returns {Map<string, string>} language -> text */
export function translationsOf(element, name) {
  const found = new Map();
  for (const each of extensions(element?.[`_${name}`], URL.translation)) {
    const { lang, content } = nested(each);
    if (typeof lang === "string" && typeof content === "string" && content) found.set(lang, content);
  }
  return found;
}

/**
 * @param {{text: string, translations: Map<string, string>}} said @param {string} [language] e.g. "cy"; "cy-GB" finds "cy" too
 * @returns {{text: string, fallback: boolean}} fallback: asked for in a language that it does not have
 */
export function saidIn({ text, translations }, language = "") {
  if (!language || !text) return { text, fallback: false };
  const found = translations.get(language) ?? translations.get(language.split("-")[0]);
  return found === undefined ? { text, fallback: true } : { text: found, fallback: false };
}
