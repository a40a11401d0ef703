// From a published definition to a form that can be asked: checked, normalised, indexed. Pure.

import { readAlerts } from "./alerts.js";
import { findings } from "./findings.js";
import { constraintsOf, indexItems, variablesOf } from "./items.js";
import { normalise } from "./normalise.js";
import { layPages } from "./pages.js";
import { readScores } from "./scores.js";
import { translationsOf } from "./translations.js";

/** A definition that cannot be used. `findings` says why, all of it at once. */
export class FormProblem extends Error {
  /** @param {import("./findings.js").Finding[]} found */
  constructor(found) {
    super(`The form has ${found.length} finding${found.length === 1 ? "" : "s"} that stop it.`);
    this.name = "FormProblem";
    this.findings = found;
  }
}

/** @param {any} definition a FHIR R4 Questionnaire @returns {any} a form; throws FormProblem */
export function load(definition) {
  const errors = findings(definition).filter((each) => each.severity === "error");
  if (errors.length) throw new FormProblem(errors);
  return assemble(definition);
}

/** Without the checks: only for a definition that has passed them. @param {any} definition */
export function assemble(definition) {
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
