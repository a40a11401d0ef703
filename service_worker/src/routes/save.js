// Saving answers: one transaction holds the answers and the alerts that they raise. Alerts never wait for submission.

import * as formlogic from "../formlogic/index.js";
import { newAlerts } from "../present/alerts.js";
import { answerEdits } from "./edits.js";
import { alertId } from "./ids.js";

/**
 * @param {any} ctx @param {any} a a loaded assessment @param {any} after its answers as they shall be
 * @param {[string, any][]} more other edits of the same record, for the same transaction
 * @returns {Promise<any>} the evaluation of the new answers; resolves only when the store has everything
 */
export async function saveAnswers(ctx, a, after, more = []) {
  const evaluation = formlogic.evaluate(a.form, after, a.context);
  const known = new Set(a.alerts.map((each) => each.alert));
  const raised = newAlerts(evaluation.alerts ?? [], known, { id: a.id, body: a.body }, ctx.session.user.id, ctx.now);
  const edits = [...answerEdits(a.answers, after), ...more];
  /** @type {any[]} */
  const changes = raised.map((body) => ({ create: "alert", id: alertId(a.id, body.alert), body }));
  if (edits.length) changes.push({ edit: "assessment", id: a.id, set: edits });
  if (changes.length) await ctx.store.transaction(changes);
  a.alerts = [...a.alerts, ...raised.map((body) => ({ id: alertId(a.id, body.alert), ...body }))];
  a.raised = raised;
  a.answers = after;
  a.evaluation = evaluation;
  a.pages = formlogic.pages(a.form, evaluation);
  return evaluation;
}
