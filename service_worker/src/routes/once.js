// A scale that is asked for one named substance (SDS) is handed in once for each of them in a stay: two totals for one drug would leave
// open which of them counts. A tablet knows only what has reached it; another's is seen when both have been sent.

import * as formlogic from "../formlogic/index.js";
import { elementId } from "../present/question.js";
import { listWhole } from "./load.js";

const HANDED_IN = ["submitted", "returned", "approved"];

/**
 * @param {any} ctx @param {any} a what `loadAssessment` gave
 * @returns {Promise<{href: string, text: string}[]>} one error where the stay has such an assessment of the same substance already
 */
export async function askedAlready(ctx, a) {
  const link_id = a.form.scores.map((each) => each.cutoff_item).find(Boolean);
  const at = a.pages.find((page) => page.questions.includes(link_id));
  const named = link_id ? formlogic.question(a.form, link_id, a.answers, a.evaluation, a.context).options?.find((each) => each.checked) : null;
  // "Other" names none: two of them may be two substances.
  if (!at || !named || named.code.startsWith("other")) return [];
  const [url] = a.body.form.split("|");
  const others = await listWhole(ctx, "assessment", (row) => row.id !== a.id && HANDED_IN.includes(row.state));
  const same = others.some((each) => each.episode_id === a.body.episode_id && each.form.split("|")[0] === url && each.answers?.[link_id] === named.code);
  return same ? [{ href: `/assessments/${a.id}/pages/${at.id}#${elementId(link_id)}`, text: `${named.text}: this was handed in for this stay already. Choose another substance, or abandon this one` }] : [];
}
