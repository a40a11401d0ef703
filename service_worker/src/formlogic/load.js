// From a published definition to a form that can be asked: normalised and indexed. Pure.

import { readAlerts } from "./alerts.js";
import { constraintsOf, indexItems, variablesOf } from "./items.js";
import { normalise } from "./normalise.js";
import { layPages } from "./pages.js";
import { readScores } from "./scores.js";
import { translationsOf } from "./translations.js";

/**
 * What was published was checked then, and is not checked again on every tablet: the linter is no part of the device's program.
 * @param {any} definition a FHIR R4 Questionnaire without errors among its findings @returns {any} a form
 */
export function load(definition) {
  const normal = normalise(definition);
  const { items, order } = indexItems(normal);
  const form = {
    definition: normal,
    url: normal.url,
    version: normal.version,
    form: `${normal.url}|${normal.version}`,
    title: normal.title ?? normal.name ?? "",
    translations: translationsOf(normal, "title"),
    language: normal.language ?? "",
    languages: languagesOf(normal, order),
    items,
    order,
    roots: order.filter((item) => !item.parent),
    repeats: order.some((item) => item.repeats === "group"),
    variables: variablesOf(normal),
    constraints: [...constraintsOf(normal, ""), ...order.flatMap((item) => item.constraints)],
    alerts: readAlerts(normal),
    scores: readScores(normal),
    pages: /** @type {import("./pages.js").Page[]} */ ([]),
  };
  form.pages = layPages(form);
  return form;
}

/** The languages that anything of the form is written in besides its own, sorted. */
function languagesOf(definition, order) {
  const told = [translationsOf(definition, "title"), ...order.flatMap((item) => [item.translations, ...item.options.map((each) => each.translations)])];
  return [...new Set(told.flatMap((each) => [...each.keys()]))].sort();
}
