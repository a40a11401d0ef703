// What the linter says about the form as a whole: its name, its version of FHIR, what it carries at its top.

import { finding, isObject, list, walk } from "./findings.js";
import { LOGIC } from "./findings_extensions.js";
import { ROW } from "./profile.js";
import { HL7, OURS, SDC, URL, extensions, nested } from "./terms.js";

const REFUSED = {
  [`${SDC}sdc-questionnaire-assembledFrom`]: "modular forms",
  [`${SDC}sdc-questionnaire-subQuestionnaire`]: "modular forms",
  [`${SDC}sdc-questionnaire-questionnaireAdaptive`]: "adaptive forms",
};
const HEEDED = new Set([URL.variable, URL.target_constraint, URL.constraint, URL.launch_context, URL.alert, URL.score, URL.minimum, `${HL7}designNote`]);
const EXTRACTION = /targetStructureMap|definitionExtract|templateExtract|observationExtract|itemExtractionContext|sourceStructureMap|observationLinkPeriod/;

/** @param {any} definition of R4's shapes @returns {import("./findings.js").Finding[]} */
export function formFindings(definition) {
  const found = [];
  if (list(definition.modifierExtension).length) found.push(finding("error", "modifier-extension", "", "modifierExtension", "modifierExtension", "The form carries an extension that changes its meaning.", "Remove the modifier extension.", ROW.meaning));
  for (const name of ["url", "version"]) {
    if (!definition[name]) found.push(finding("warning", `missing-${name}`, "", name, name, `The form has no ${name}. It can be looked at, but it cannot be published: answers could not say which form they belong to.`, `Give the form a ${name}.`, ROW.url));
    else if (definition[name].includes("|")) found.push(finding("error", `bad-${name}`, "", name, name, `The ${name} holds “|”, which separates url and version.`, "Leave that sign out.", ROW.url));
  }
  for (const [index, each] of list(definition.extension).entries()) found.push(...extensionFindings(each, `extension[${index}]`));
  const launched = extensions(definition, URL.launch_context).map((each) => nested(each).name?.code ?? nested(each).name);
  for (const each of extensions(definition, URL.variable)) {
    const { name } = each.valueExpression ?? {};
    if (name && launched.includes(name)) found.push(finding("error", "duplicate-variable", "", "extension", `variable ${name}`, `The form: %${name} is both a variable and a launch context.`, "Give the variable another name.", ROW.variable));
  }
  found.push(...namedTwice(definition, URL.alert, "alert"), ...namedTwice(definition, URL.score, "score"));
  return found;
}

function extensionFindings(extension, path) {
  const { url } = extension;
  if (Object.hasOwn(REFUSED, url ?? "")) return [finding("error", "unsupported-extension", "", path, REFUSED[url], `The form uses ${REFUSED[url]}, which needs a server while it is answered.`, "Assemble the form into one before publishing it.", ROW.modular)];
  if (url === `${HL7}cqf-library`) return [finding("error", "unsupported-extension", "", path, "CQL library", "The form uses a library of CQL, which needs a server while it is answered.", "Write its rules in FHIRPath.", ROW.network)];
  if (url?.startsWith(OURS) && !HEEDED.has(url)) return [finding("error", "unknown-extension", "", path, url, "The form uses an extension of ours that does not exist.", "Check its spelling in docs/forms.md.", ROW.ours)];
  if (HEEDED.has(url)) return [];
  if (LOGIC.test(url ?? "")) return [finding("error", "unsupported-extension", "", path, url, "The form has a rule where only a question or a group can have one: what it would change cannot be told.", "Put the rule on the question or group that it is about.", ROW.meaning)];
  return [finding("notice", "ignored-extension", "", path, url ?? "extension", "The form: an extension is not heeded.", "Nothing need be done if the form stands without it.", EXTRACTION.test(url ?? "") ? ROW.extraction : "")];
}

function namedTwice(definition, url, what) {
  const seen = new Set();
  return extensions(definition, url).flatMap((each) => {
    const { id } = nested(each);
    const wrong = typeof id !== "string" || id === "" ? "no id" : seen.has(id) ? `the id “${id}” twice` : "";
    seen.add(id);
    return wrong ? [finding("error", `bad-${what}`, "", "extension", `${what}=${id ?? ""}`, `The form has an ${what} with ${wrong}.`, "Give each one an id of its own.", ROW.ours)] : [];
  });
}

/** R5 and STU3 give themselves away by their shapes. @returns {{version: string, feature: string, linkId: string, path: string}|null} */
export function wrongVersion(definition) {
  /** @type {{version: string, feature: string, linkId: string, path: string}|null} */
  let seen = null;
  const note = (version, feature, item, path) => (seen ??= { version, feature, linkId: typeof item?.linkId === "string" ? item.linkId : "", path });
  if (definition.versionAlgorithmString || definition.versionAlgorithmCoding) note("R5", "versionAlgorithm", null, "versionAlgorithm");
  walk(definition.item, "item", null, (item, path) => {
    if (!isObject(item)) return;
    if (item.answerConstraint) note("R5", "answerConstraint", item, path);
    if (item.disabledDisplay) note("R5", "disabledDisplay", item, path);
    if (item.type === "coding" || item.type === "question") note("R5", `type=${item.type}`, item, path);
    if (Array.isArray(item.option)) note("STU3", "option", item, path);
    if (item.options) note("STU3", "options", item, path);
    if (list(item.enableWhen).some((each) => isObject(each) && "hasAnswer" in each)) note("STU3", "enableWhen.hasAnswer", item, path);
    if (Object.keys(item).some((key) => /^initial[A-Z]/.test(key) && key !== "initialSelected")) note("STU3", "initial[x]", item, path);
  });
  return seen;
}
