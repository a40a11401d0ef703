// What the linter says about an item's extensions and layout: what is heeded, what is shown plainer than it was meant, what is left out.

import { isObject, list } from "./findings.js";
import { ROW } from "./profile.js";
import { HL7, OURS, SDC, URL } from "./terms.js";

const CONTROLS = ["radio-button", "check-box", "drop-down", "help", "page", "text-box", "slider", "spinner", "inline", "prompt", "unit", "list", "header", "footer"];
const TABLES = ["gtable", "table", "htable", "atable", "grid", "tab-container", "matrix"];
const OUR_ITEM_EXTENSIONS = [URL.safety, URL.worker_only, URL.page, URL.placeholder, URL.minimum, URL.calculator, URL.together];
const REFUSED = new Map(Object.entries({
  [`${SDC}sdc-questionnaire-candidateExpression`]: ["candidateExpression", ROW.network],
  [`${SDC}sdc-questionnaire-itemPopulationContext`]: ["", ROW.network],
  [`${SDC}sdc-questionnaire-subQuestionnaire`]: ["subQuestionnaire", ROW.modular],
  [`${HL7}questionnaire-usageMode`]: ["usageMode", ROW.meaning],
  [`${HL7}cqf-library`]: ["CQL library", ROW.network],
}));
// What they ask for is a limit that is not checked here, and an author must know that.
const UNCHECKED = new Map(Object.entries({ [`${SDC}sdc-questionnaire-minQuantity`]: "the least quantity", [`${SDC}sdc-questionnaire-maxQuantity`]: "the greatest quantity", [`${HL7}questionnaire-unitValueSet`]: "the set of units" }));
const HEEDED = new Set([...Object.values(URL), `${HL7}designNote`]);
const OF_OPTIONS = new Set([URL.ordinal, URL.weight, URL.exclusive, URL.translation]);
// A rule under another address than SDC's would be left out in silence, and the form would ask or count something else.
export const LOGIC = /(?:calculated|enableWhen|answer|answerOptionsToggle|candidate)Expression$|enableBehavior$|(?:ordinalValue|itemWeight|optionExclusive|questionnaire-hidden)$/;
const RICH = /rendering-xhtml|rendering-style|rendering-markdown|rendering-criticality|styleSensitive/;
const EXTRACTION = /[eE]xtract|targetStructureMap|observationLinkPeriod/;

/** @param {any} item @param {(...words: any[]) => import("./findings.js").Finding} say */
export function extensionFindings(item, say) {
  const found = list(item.extension).flatMap((each) => one(each, say));
  if (item.type !== "group" && list(item.extension).some((each) => each.url === URL.together)) found.push(say("error", "misplaced-extension", "together", "only a group's questions can be decided together.", "Put the questions into a group, and the extension on it.", ROW.ours));
  for (const option of list(item.answerOption)) {
    for (const each of [...list(option?.extension), ...list(option?.valueCoding?.extension)]) {
      if (OF_OPTIONS.has(each.url)) continue;
      if (LOGIC.test(each.url ?? "")) found.push(say("error", "unsupported-extension", each.url, "an option of it has the name of a rule under an address that is not known.", "Write it as SDC does, or remove it.", ROW.meaning));
      else found.push(say("notice", "ignored-extension", each.url ?? "extension", "an extension of an option is not heeded.", "Nothing need be done if the option stands without it.", RICH.test(each.url ?? "") ? ROW.rich_text : ""));
    }
  }
  const rich = ["_text", "_prefix"].filter((name) => list(item[name]?.extension).some((each) => each.url !== URL.translation));
  for (const name of rich) found.push(say("warning", "plain-text-only", name, "its text is shown plain, without its layout or what would be worked out in it.", "Make sure that the plain text says everything.", ROW.rich_text));
  if (list(item.answerOption).some((each) => isObject(each._valueString) || isObject(each.valueCoding?._display) && list(each.valueCoding._display.extension).some((part) => part.url !== URL.translation))) found.push(say("warning", "plain-text-only", "answerOption", "its options are shown as plain text.", "Make sure that the plain text says everything.", ROW.rich_text));
  return found;
}

function one(extension, say) {
  const url = extension.url ?? "";
  if (url === URL.item_control) return controlFindings(extension, say);
  const [refused, row] = REFUSED.get(url) ?? [];
  if (refused) return [say("error", "unsupported-extension", refused, "it uses what would have to be fetched or decided elsewhere while it is answered.", "List what is asked in the form itself.", row)];
  if (row) return [say("warning", "not-filled-in", url.slice(SDC.length), "it is not filled in from other records.", "Accept that it starts empty.", row)];
  if (UNCHECKED.has(url)) return [say("warning", "limit-not-checked", url.split("/").pop(), `${UNCHECKED.get(url)} is not checked.`, "Use minValue, maxValue and unitOption.")];
  if (url.startsWith(OURS)) return OUR_ITEM_EXTENSIONS.includes(url) ? [] : [say("error", "unknown-extension", url, "it uses an extension of ours that does not exist.", "Check its spelling in docs/forms.md.", ROW.ours)];
  if (isDynamic(extension)) return [say("warning", "limit-not-checked", url.split("/").pop(), "a limit would be worked out while it is answered, and is not checked.", "Write the limit as a value, or as a constraint.")];
  if (HEEDED.has(url)) return [];
  if (LOGIC.test(url)) return [say("error", "unsupported-extension", url, "its extension has the name of a rule under an address that is not known: what it would change cannot be told.", "Write it as SDC does, or remove it.", ROW.meaning)];
  return [say("notice", "ignored-extension", url || "extension", "an extension is not heeded.", "Nothing need be done if the question stands without it.", EXTRACTION.test(url) ? ROW.extraction : RICH.test(url) ? ROW.rich_text : "")];
}

/** A limit whose value stands in an expression beside it. */
const isDynamic = (extension) => [URL.min_value, URL.max_value, URL.min_occurs, URL.max_occurs].includes(extension.url) && Object.keys(extension).some((key) => key.startsWith("_value"));

function controlFindings(extension, say) {
  const code = extension.valueCodeableConcept?.coding?.[0]?.code ?? "";
  if (CONTROLS.includes(code)) return [];
  if (code === "autocomplete") return [say("warning", "unsupported-item-control", "itemControl=autocomplete", "searching among its options is not supported; they are shown as a list.", "Remove the extension, or accept the list.", ROW.autocomplete)];
  const words = TABLES.includes(code) ? "this layout is not supported; it will be shown as a list, one under another." : "this control is not known; it will be shown plainly.";
  return [say("warning", "unsupported-item-control", `itemControl=${code}`, words, "Remove the extension, or accept the plain layout.", ROW.layout)];
}
