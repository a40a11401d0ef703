// What stands on one page of an assessment, ready to be drawn: questions, headings, and repeating groups with each of their instances.

import * as formlogic from "../formlogic/index.js";
import { URL, extensionValue } from "../formlogic/terms.js";
import { elementId, questionView } from "../present/question.js";

/** Every question of a page; a closed one keeps its empty place, so that it can appear without a reload. */
export function pageQuestions(ctx, a, at, turned = false) {
  const out = [];
  /** @type {any[]} repeating groups that are open at this place of the page */
  const groups = [];
  const close = (address) => {
    while (groups.length && !address.startsWith(`${groups[groups.length - 1].address}/`)) out.push(adder(groups.pop(), at, turned));
  };
  for (const address of at.questions.filter((each) => standsAlone(itemOf(a.form, each)))) {
    close(address);
    const group = groups[groups.length - 1];
    const within = group ? headOf(group, address, out, turned) : "";
    const question = formlogic.question(a.form, address, a.answers, a.evaluation, a.spoken ?? a.context);
    if (turned && question.worker_only) continue;
    out.push({ ...viewOf(ctx, a, at, turned, question), within, is_heading: isHeading(a.form, address), is_repeat: question.repeats === "group" || question.repeats === "value" });
    if (question.repeats === "group" && question.shown) groups.push({ address, question, seen: new Set(), url: `/assessments/${a.id}/instances` });
    if (question.repeats === "value" && question.shown) out.push(...valuesOf(ctx, a, at, turned, question));
  }
  close("");
  return out;
}

function viewOf(ctx, a, at, turned, question, address = question.link_id) {
  const review = a.body.state === "returned" ? a.body.review : null;
  const { raw } = itemOf(a.form, address);
  return questionView(question, {
    assessment_id: a.id, page_id: at.id, now: ctx.now, turned,
    enabled: question.shown,
    max_length: typeof raw.maxLength === "number" ? raw.maxLength : null,
    calculator: extensionValue(raw, URL.calculator) ?? "",
    error: a.evaluation.errors.find((each) => each.linkId === address)?.message ?? "",
    conflict: a.conflict_of[address] ?? a.conflict_of[question.absent_link_id],
    review: review?.marks?.[address] ? { ...review, reply: a.body.replies?.[address] ?? "" } : null,
    save_url: turned ? `/assessments/${a.id}/turned/${at.id}/answers` : `/assessments/${a.id}/answers`,
  });
}

/** The item of an address: in a repeating group it ends with the linkId, of a repeating question with the instance. */
export const itemOf = (form, address) => form.items.get(address) ?? form.items.get(address.split("/").pop()) ?? form.items.get(address.split("/").slice(0, -1).pop());

/** A companion and a help text are drawn with their question, not beside it. */
const standsAlone = (item) => !item.companion_of && !(item.control === "help" && item.parent?.kind === "question");

const isHeading = (form, address) => itemOf(form, address).kind === "group" && itemOf(form, address).repeats !== "group";

/**
 * Before the first question of an instance stand its number and the way to take it away.
 * @returns {string} the title of the instance: the same question is asked in each, and its name must say in which
 */
function headOf(group, address, out, turned) {
  const id = address.slice(group.address.length + 1).split("/")[0];
  if (!group.seen.has(id)) {
    group.seen.add(id);
    out.push(instance(group, id, group.seen.size, turned));
  }
  return `${group.question.text} ${[...group.seen].indexOf(id) + 1}`;
}

const instance = (group, id, number, turned) => ({
  kind: "instance", link_id: `${group.address}/${id}`, id: elementId(`${group.address}/${id}`), address: group.address, instance: id,
  title: `${group.question.text} ${number}`, url: turned ? "" : group.url,
});

const adder = (group, at, turned) => ({
  kind: "add", link_id: `${group.address}/`, id: `${elementId(group.address)}__add`, address: group.address, page_id: at.id, url: turned ? "" : group.url,
  words: group.question.instances.length ? "Add another" : "Add one", what: group.question.text,
});

/** A question that repeats: each of its values in a field of its own. */
function valuesOf(ctx, a, at, turned, question) {
  const group = { address: question.link_id, question, url: `/assessments/${a.id}/instances` };
  const rows = question.instances.flatMap((id, index) => {
    const address = `${question.link_id}/${id}`;
    const one = { ...formlogic.question(a.form, address, a.answers, a.evaluation, a.spoken ?? a.context), link_id: address, shown: true, repeats: "", number: "", text: `${question.text} ${index + 1}` };
    return [viewOf(ctx, a, at, turned, one, address), { ...instance(group, id, index + 1, turned), id: `${elementId(address)}__remove`, bare: true }];
  });
  return [...rows, adder(group, at, turned)];
}
