// Answers as a FHIR QuestionnaireResponse: for the expressions, which run over it, and for the outside world. Codings are looked up in the form.

import { codesOf, fill, isAnswered } from "./values.js";

/** @param {any} form @param {{[link_id: string]: any}} effective the answers of open questions, calculated ones included */
export function buildResponse(form, effective) {
  return {
    resourceType: "QuestionnaireResponse",
    questionnaire: form.form,
    status: "in-progress",
    item: itemsFor(form.roots, effective, null),
  };
}

function itemsFor(items, effective, textOf) {
  const out = [];
  for (const item of items) {
    const children = itemsFor(item.children, effective, textOf);
    const answer = answersFor(item, effective[item.link_id]);
    if (answer.length === 0 && children.length === 0) continue;
    const one = { linkId: item.link_id };
    if (textOf) one.text = textOf(item);
    // Items under a question belong to its answer, items under a group to the group.
    if (answer.length) one.answer = children.length ? answer.map((each, index) => (index === 0 ? { ...each, item: children } : each)) : answer;
    else one.item = children;
    out.push(one);
  }
  return out;
}

/** @param {any} item @param {any} value @returns {any[]} `answer` of a response item */
export function answersFor(item, value) {
  if (item.kind !== "question" || !isAnswered(value)) return [];
  if (item.options.length) return codesOf(item, value).map((code) => copied(item.by_code.get(code)?.value) ?? { valueString: code });
  if (item.type === "boolean") return [{ valueBoolean: value === true }];
  if (item.type === "integer") return [{ valueInteger: Number(value) }];
  if (item.type === "decimal") return [{ valueDecimal: Number(value) }];
  if (item.type === "date") return [{ valueDate: String(value) }];
  return [{ valueString: String(value) }];
}

/** The library hangs its own notes on what an expression returns: the form's options must not be what it hangs them on. */
const copied = (value) => value && Object.fromEntries(Object.entries(value).map(([key, each]) => [key, typeof each === "object" ? { ...each } : each]));

const STATUS = { draft: "in-progress", returned: "in-progress", submitted: "completed", approved: "completed", abandoned: "stopped" };

/**
 * An assessment for the outside world. Only what is open and answered goes out, so that nobody reads an answer whose question was closed.
 * @param {any} form @param {any} record an assessment record, {id, body} @param {any} evaluation
 */
export function exportResponse(form, record, evaluation) {
  const { body } = record;
  const answers = body.answers ?? {};
  const effective = {};
  for (const item of form.order) {
    if (!evaluation.enabled[item.link_id]) continue;
    const value = item.calculated ? evaluation.calculated[item.link_id] : answers[item.link_id];
    if (isAnswered(value)) effective[item.link_id] = value;
  }
  const text = (item) => fill(form, item.text, (link_id) => effective[link_id]);
  const out = {
    resourceType: "QuestionnaireResponse",
    id: record.id,
    questionnaire: body.form ?? form.form,
    status: (body.submission?.number ?? 0) > 1 && STATUS[body.state] === "completed" ? "amended" : body.stopped && body.state === "draft" ? "stopped" : STATUS[body.state] ?? "in-progress",
    item: itemsFor(form.roots, effective, text),
  };
  if (body.person_id) out.subject = { reference: `Patient/${body.person_id}` };
  if (body.submission?.at ?? body.started_at) out.authored = body.submission?.at ?? body.started_at;
  if (body.author_id) out.author = { reference: `Practitioner/${body.author_id}` };
  return out;
}
