// Two answers kept as two dated statements. Which one stands is a named person's choice with a reason; a safety answer
// is settled by a supervisor only, and this page then shows both and says so.

import * as formlogic from "../formlogic/index.js";
import { fieldValue, maySettle, stands, statementView } from "../present/decisions.js";
import { identity, shell } from "../present/shell.js";
import { dayAndClock, isoSeconds } from "../present/time.js";
import { BASES, wordsFor } from "../present/words.js";
import { MARK } from "../store/ops.js";
import { typed } from "./edits.js";
import { listWhole, loadAssessment } from "./load.js";

async function show(ctx) {
  const conflict = await ctx.store.find("conflict", ctx.params.id);
  return conflict ? draw(ctx, conflict, [], {}) : ctx.problem("page.not_found");
}

async function draw(ctx, conflict, errors, values) {
  const { body } = conflict;
  const a = body.record_type === "assessment" ? await loadAssessment(ctx, body.record_id) : null;
  const record = a ? null : await ctx.store.find(body.record_type, body.record_id);
  const person = a?.person ?? (body.record_type === "person" ? record?.body : (await ctx.store.find("person", record?.body.person_id ?? ""))?.body);
  const episode = a?.episode ?? (body.record_type === "custody_episode" ? record?.body : {});
  const question = a && body.link_id ? formlogic.question(a.form, formlogic.subjectOf(a.form, body.path), a.answers, a.evaluation, a.context) : null;
  const words = (side) => answerWords(a, body, side, ctx.now);
  const about = { users: ctx.session.users ?? {}, suites: ctx.session.suites ?? [], device: ctx.session.device, now: ctx.now };
  const others = (await listWhole(ctx, "conflict", (row) => stands(row) && row.id !== conflict.id && row.safety));
  const first = statementView("Statement A", body.theirs, words("theirs"), about);
  const second = statementView("Statement B", body.mine, words("mine"), about);
  return ctx.page("field/decisions/show.njk", {
    ...(await shell(ctx, { title: stands(body) ? "Needs a decision" : "Settled", nav: !stands(body) })),
    who: identity(person, episode, { basis: wordsFor(BASES, a?.body.basis), link_href: a ? `/assessments/${a.id}` : "/work", link_text: a ? "Assessment" : "My work" }, ctx.now),
    id: conflict.id,
    rev: conflict.rev ?? "",
    safety: Boolean(body.safety),
    may_settle: maySettle(body, ctx.session.user),
    open: stands(body),
    heading: question ? headingOf(a, question) : isRemoval(body) ? "Added by mistake, or still needed?" : fieldWords(body.path),
    first, second, errors,
    error_of: Object.fromEntries(errors.map((each) => [each.href.slice(1), each.text])),
    choices: [["theirs", `A: ${first.value}`], ["mine", `B: ${second.value}`], ...(question?.repeats === "group" || isRemoval(body) ? [] : [["neither", "Neither: I will ask again"]])].map(([code, text]) => ({ code, text, id: `choice-${code}`, checked: values.choice === code })),
    reason: values.reason ?? "",
    unused: values.unused ?? "",
    settled: body.resolution ? settledWords(body.resolution, { theirs: first, mine: second }, about.users) : null,
    alerts: (a?.alerts ?? []).filter((each) => each.state === "open").map((each) => each.text.split(/[.:]/)[0]),
    others: others.map((each) => ({ href: `/decisions/${each.id}`, words: "A safety answer has 2 values. Alerts act on either until it is settled." })),
  });
}

/** In a row the question is told with its group. @param {any} a @param {any} question */
function headingOf(a, question) {
  const keys = formlogic.keysOf(a.form, question.link_id);
  return keys.length > 2 ? `${a.form.items.get(keys[0])?.text || keys[0]}: ${question.text}` : question.text;
}

/** A side in the form's words. One box of many is told with those around it while both stand; after that they may have changed. @param {any} a @param {any} conflict @param {"theirs"|"mine"} side @param {string} now */
function answerWords(a, conflict, side, now) {
  if (a && conflict.link_id) {
    const { address, value } = formlogic.sideOf(a.form, conflict, side, stands(conflict) ? a.answers : {});
    return formlogic.sideWords(a.form, address, value);
  }
  const value = conflict[side]?.value;
  if (isRemoval(conflict)) return value ? `Take it away: ${value.reason}` : "It stays: somebody went on with it";
  return fieldValue(value, now);
}

/** What was chosen, why and by whom; somebody may have gone on from there. @param {any} resolution @param {Record<string, {label: string, value: string}>} statements @param {Record<string, string>} users */
function settledWords({ choice, reason, by, at }, statements, users) {
  const chosen = statements[choice];
  return {
    chosen: chosen ? `${chosen.label} was chosen: ${chosen.value}` : "Neither was chosen: to be asked again",
    reason: reason === "same-value" ? "Both became the same." : `“${reason}”`,
    by: `${users[by] ?? "A colleague"} · ${dayAndClock(at)}`,
  };
}

/** One of them took the whole record away. @param {any} conflict */
const isRemoval = (conflict) => conflict.path === `/${MARK}`;

/** "/date_of_birth" in words. */
const fieldWords = (path) => (path ?? "").split("/").filter(Boolean).join(" ").replace(/_/g, " ").replace(/^./, (letter) => letter.toUpperCase());

async function settle(ctx) {
  const conflict = await ctx.store.find("conflict", ctx.params.id);
  if (!conflict) return ctx.problem("page.not_found");
  const { body } = conflict;
  const read = typed(ctx);
  const values = { choice: read("choice"), reason: read("reason") };
  if (!stands(body)) return late(ctx, conflict, values);
  if (!maySettle(body, ctx.session.user)) return ctx.problem(body.safety ? "conflict.safety" : "conflict.not_yours");
  const errors = [];
  if (read("rev") !== (conflict.rev ?? "")) {
    values.choice = "";
    errors.push({ href: "#choice", text: "These answers changed while you read. Read both again, then choose" });
  } else if (!["theirs", "mine", "neither"].includes(values.choice)) errors.push({ href: "#choice", text: "Choose which one stands now" });
  if (!values.reason) errors.push({ href: "#reason", text: "Write your reason" });
  if (errors.length) return draw(ctx, conflict, errors, values);
  const value = values.choice === "neither" ? null : body[values.choice]?.value ?? null;
  const resolution = { choice: values.choice, value, reason: values.reason, by: ctx.session.user.id, at: isoSeconds(ctx.now) };
  await ctx.store.edit("conflict", conflict.id, [["/resolution", resolution]], { reason: values.reason, resolves: [conflict.id] });
  return ctx.redirect("/work");
}

/** It was settled elsewhere, or in another tab, while this page stood open. The same choice, sent twice, is no news. @param {any} ctx @param {any} conflict @param {{choice: string, reason: string}} values */
function late(ctx, conflict, { choice, reason }) {
  const { resolution } = conflict.body;
  if (resolution?.choice === choice && resolution.reason === reason) return ctx.redirect("/work");
  return draw(ctx, conflict, [], { unused: `This was settled before you chose. Your choice was not used${reason ? `, nor your reason: “${reason}”` : "."}` });
}

export const routes = [["GET", "/decisions/:id", show], ["POST", "/decisions/:id", settle]];
