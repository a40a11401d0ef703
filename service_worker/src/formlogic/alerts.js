// What the answers call for at once. A rule that cannot be worked out is itself told to the worker; it is never read as "nothing to tell".

import { itemAt } from "./addresses.js";
import { holds } from "./rules.js";
import { URL, extensions, nested } from "./terms.js";
import { fill, inSentence, isAbsent, isAnswered, wordsOf } from "./values.js";

/** @param {any} definition @returns {{id: string, kind: string, due: string, text: string, expression: string, standing: string, source: string}[]} */
export function readAlerts(definition) {
  return extensions(definition, URL.alert).map((each) => {
    const said = nested(each);
    const text = (name) => String(said[name] ?? "");
    return {
      id: text("id"), kind: text("kind") || "prompt", due: text("due"), text: text("text"),
      expression: said.expression?.expression ?? text("expression"), standing: text("standing"), source: text("source"),
    };
  });
}

/** @param {any} form @param {import("./solve.js").World[]} worlds the first is the one that is shown @param {[string, any[]][]} conflicts */
export function alertsOf(form, worlds, conflicts) {
  const raised = [];
  for (const { expression, ...alert } of form.alerts) {
    const said = worlds.map((world) => holds(expression, world.scope));
    const broken = said.find((each) => each.error);
    if (broken) worlds[0].errors.set(`alert:${alert.id}`, `The alert “${alert.id}” could not be worked out: ${broken.error}`);
    if (said.some((each) => each.value === true)) raised.push({ ...alert, text: textOf(form, alert.text, worlds[0], conflicts) });
  }
  return raised;
}

/** Where two values of a question stand, its place in the text names both. */
function textOf(form, text, world, conflicts) {
  let out = text;
  for (const [link_id, values] of conflicts) {
    const item = itemAt(form, link_id);
    const words = [...new Set(values.filter((each) => isAnswered(each) && !isAbsent(item, each)).flatMap((each) => wordsOf(item, each)))].map(inSentence);
    out = out.split(`{${link_id}}`).join(`${words.join(", ") || "not known"} (2 values)`);
  }
  return fill(form, out, (link_id) => world.scope.effective[link_id]);
}
