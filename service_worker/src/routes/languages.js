// In which language the questions of an assessment are asked. It stays with this tablet: the answers are the same in each.

import * as formlogic from "../formlogic/index.js";
import { typed } from "./edits.js";
import { loadAssessment } from "./load.js";

/** What a language calls itself, or its English name in a browser that does not know it. @param {string} code e.g. "cy" */
function named(code) {
  const lang = Intl.DisplayNames.supportedLocalesOf([code]).length ? code : "en";
  return { lang, text: new Intl.DisplayNames([lang], { type: "language", fallback: "code" }).of(code) ?? code };
}

/** The form's own language first; nothing for a form that has only that. @param {any} a @returns {{code: string, lang: string, text: string, chosen: boolean}[]} */
export function languagesView(a) {
  if (!a.form.languages.length) return [];
  const own = a.form.language || "en";
  return [{ code: "", ...named(own), chosen: a.language === "" }, ...a.form.languages.map((code) => ({ code, ...named(code), chosen: a.language === code }))];
}

/** The page's title as the questions are asked. @param {any} a @param {{id: string, title: string}} at */
export const titleIn = (a, at) => (a.language ? formlogic.pages(a.form, a.evaluation, a.spoken).find((page) => page.id === at.id)?.title : at.title) ?? at.title;

/** @param {any} ctx @param {string} back */
export async function speak(ctx, back) {
  const a = await loadAssessment(ctx, ctx.params.id);
  if (!a) return ctx.problem("page.not_found");
  const language = typed(ctx)("language");
  const known = (await ctx.store.meta.get("languages")) ?? {};
  if (a.form.languages.includes(language)) await ctx.store.meta.set("languages", { ...known, [a.id]: language });
  else await ctx.store.meta.set("languages", Object.fromEntries(Object.entries(known).filter(([id]) => id !== a.id)));
  return ctx.redirect(back);
}

/** @type {import("./index.js").Row[]} */
export const routes = [["POST", "/assessments/:id/pages/:page/language", (ctx) => speak(ctx, `/assessments/${ctx.params.id}/pages/${ctx.params.page}`)]];
