// Answers as a FHIR QuestionnaireResponse: for the expressions, which run over it, and for the outside world. Codings are looked up in the form.

import { getAt } from "./addresses.js";
import { withOptions } from "./options.js";
import { URL } from "./terms.js";
import { codesOf, fill, isAnswered, otherOf, partsOf, quantityOf } from "./values.js";

/**
 * @param {any} form @param {import("./layout.js").Layout} layout @param {{[address: string]: any}} effective the answers of open questions, calculated ones included
 * @returns {{response: any, item: (node: any) => any}} `item`: the place of a node in it; a bare one where nothing is answered
 */
export function buildResponse(form, layout, effective) {
  const places = new Map();
  const response = { resourceType: "QuestionnaireResponse", questionnaire: form.form, status: "in-progress", item: itemsFor(layout.roots, effective, { places }) };
  const item = (node) => {
    if (!places.has(node)) places.set(node, { linkId: node.item.link_id });
    return places.get(node);
  };
  return { response, item };
}

/** @param {any[]} nodes @param {{[address: string]: any}} effective @param {{places?: Map<any, any>, textOf?: (node: any) => string, optionsOf?: any, marks?: (node: any) => any}} how */
function itemsFor(nodes, effective, how) {
  const out = [];
  for (const node of nodes) {
    // The container of a repeating group is no item of the response: its instances are.
    if (node.item.repeats === "group" && node.instance === null) {
      out.push(...itemsFor(node.children, effective, how));
      continue;
    }
    const children = itemsFor(node.children, effective, how);
    const answer = answersFor(withOptions(node.item, how.optionsOf?.[node.address]), effective[node.address]);
    if (answer.length === 0 && children.length === 0 && !(node.instance !== null && how.textOf)) continue;
    const one = { ...(node.instance !== null ? { id: node.instance } : {}), linkId: node.item.link_id, ...how.marks?.(node) };
    if (how.textOf) one.text = how.textOf(node);
    // Items under a question belong to its answer, items under a group to the group.
    if (answer.length) one.answer = children.length ? answer.map((each, index) => (index === 0 ? { ...each, item: children } : each)) : answer;
    else if (children.length) one.item = children;
    how.places?.set(node, one);
    out.push(one);
  }
  return out;
}

/** @param {any} item @param {any} value @returns {any[]} `answer` of a response item */
export function answersFor(item, value) {
  if (item.kind !== "question" || !isAnswered(value)) return [];
  if (item.options.length || item.open || item.answer_expression) {
    const coded = codesOf(item, value).map((code) => copied(item.by_code.get(code)?.value) ?? (item.answer_expression ? { valueCoding: { code } } : { valueString: code }));
    return otherOf(value) ? [...coded, { valueString: otherOf(value) }] : coded;
  }
  return partsOf(item, value).map((each) => oneAnswer(item, each));
}

function oneAnswer(item, value) {
  if (item.type === "boolean") return { valueBoolean: value === true };
  if (item.type === "integer") return { valueInteger: Number(value) };
  if (item.type === "decimal") return { valueDecimal: Number(value) };
  if (item.type === "date") return { valueDate: String(value) };
  if (item.type === "dateTime") return { valueDateTime: withSeconds(String(value)) };
  if (item.type === "time") return { valueTime: /^[0-9]{2}:[0-9]{2}$/.test(value) ? `${value}:00` : String(value) };
  if (item.type === "quantity") return { valueQuantity: quantity(item, String(value)) };
  return { valueString: String(value) };
}

/** FHIR wants the seconds that nobody types. */
const withSeconds = (text) => text.replace(/T([0-9]{2}:[0-9]{2})(?=Z|[+-])/, "T$1:00");

function quantity(item, text) {
  const { number, unit } = quantityOf(text);
  const listed = (item.raw.extension ?? []).find((each) => each.url === URL.unit_option && (each.valueCoding?.code ?? each.valueCoding?.display) === unit)?.valueCoding;
  const said = unit ? { unit: listed?.display ?? unit, ...(listed?.system ? { system: listed.system } : {}), code: unit } : {};
  return { value: Number(number), ...said };
}

/** The library hangs its own notes on what an expression returns: the form's options must not be what it hangs them on. */
const copied = (value) => value && Object.fromEntries(Object.entries(value).map(([key, each]) => [key, typeof each === "object" ? { ...each } : each]));

const STATUS = { draft: "in-progress", returned: "in-progress", submitted: "completed", approved: "completed", abandoned: "stopped" };

/**
 * An assessment for the outside world. Only what is open and answered goes out, so that nobody reads an answer whose question was closed.
 * @param {any} form @param {any} record an assessment record, {id, body} @param {import("./solve.js").World} world
 */
export function exportResponse(form, record, world) {
  const { body } = record;
  const answers = body.answers ?? {};
  const { effective } = world.scope;
  const textOf = (node) => fill(form, node.item.text, (link_id) => effective[link_id]);
  // A calculation that a person may overwrite says that it was calculated: read in again, it is not taken for their own words.
  const marks = (node) => (node.item.editable && effective[node.address] !== undefined && !isAnswered(getAt(answers, node.keys)) ? { extension: [{ url: URL.was_calculated, valueBoolean: true }] } : {});
  const out = {
    resourceType: "QuestionnaireResponse",
    id: record.id,
    questionnaire: body.form ?? form.form,
    status: (body.submission?.number ?? 0) > 1 && STATUS[body.state] === "completed" ? "amended" : body.stopped && body.state === "draft" ? "stopped" : STATUS[body.state] ?? "in-progress",
    item: itemsFor(world.layout.roots, effective, { textOf, optionsOf: world.options, marks }),
  };
  if (body.person_id) out.subject = { reference: `Patient/${body.person_id}` };
  if (body.submission?.at ?? body.started_at) out.authored = body.submission?.at ?? body.started_at;
  if (body.author_id) out.author = { reference: `Practitioner/${body.author_id}` };
  return out;
}
