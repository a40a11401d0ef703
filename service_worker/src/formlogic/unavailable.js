// Names that a form expects from elsewhere: queries to a server, launch contexts beyond the person, records to be copied from. They are not here
// when a form is answered. A first value that needs one stays empty, with a warning; anything else that needs one is refused.

import { extensions, isFhirpath, nested, SDC, URL } from "./terms.js";
import { namesIn } from "./reads.js";

const POPULATION = `${SDC}sdc-questionnaire-itemPopulationContext`;
const SOURCES = `${SDC}sdc-questionnaire-sourceQueries`;

/** @param {any} element the form or an item @param {Set<string>} before what is out of reach already @returns {Set<string>} */
export function unavailableIn(element, before) {
  const found = new Set(before);
  for (const each of extensions(element, URL.launch_context)) {
    const { name } = nested(each);
    const told = typeof name === "object" ? name?.code : name;
    if (typeof told === "string" && !["patient", "user", "encounter"].includes(told)) found.add(told);
  }
  for (const each of extensions(element, POPULATION)) if (each.valueExpression?.name) found.add(each.valueExpression.name);
  for (const each of extensions(element, SOURCES)) if (each.valueReference?.reference) found.add(each.valueReference.reference.replace(/^#/, ""));
  for (const { valueExpression } of extensions(element, URL.variable)) {
    if (valueExpression?.name && (!isFhirpath(valueExpression) || namesIn(valueExpression.expression ?? "").some((each) => found.has(each)))) found.add(valueExpression.name);
  }
  return found;
}
