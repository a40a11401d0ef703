// The life of an assessment, as records/types/assessment.py has it on the server: one table, one set of vectors
// (tests/vectors/lifecycle.json). The server decides; the device mirrors it so that it does not offer what will be refused.

const EDITABLE = new Set(["draft", "returned"]);
const HANDED_IN = new Set(["submitted", "approved"]);

/** @param {any} assessment */
const numberOf = (assessment) => assessment.submission?.number ?? 0;

/**
 * Why work (an assessment, or a stay with everything under it) cannot move to the person it belongs to.
 * @param {any} body @param {any} move {from_person, from_episode?, to_person, reason} @returns {string} a Problem code, "" when it can
 */
export function moveRefusal(body, move) {
  if (!String(move.reason ?? "").trim()) return "move.no_reason";
  if (move.from_person !== body.person_id || (move.from_episode ?? null) !== (body.episode_id ?? null)) return "move.elsewhere";
  return !move.to_person || move.to_person === move.from_person ? "move.same_person" : "";
}

/**
 * @param {string} verb edit take_over move submit resubmit abandon take_up return approve accept_amendment
 * @param {any} assessment its body @param {{id: string, role: string}} actor @param {any} details what the verb brings: number, reason, by; of a move also from_person, from_episode, to_person
 * @param {string[]} [editors] earlier takers-over
 * @returns {{allowed: true, to: string, number: number}|{allowed: false, why: string}}
 */
export function may(verb, assessment, actor, details, editors = []) {
  const state = assessment.state ?? "draft";
  const number = numberOf(assessment);
  const mine = [assessment.author_id, assessment.taken_over?.by, ...editors].includes(actor.id);
  const supervisor = actor.role === "supervisor";
  /** @param {string} to @param {number} revision @param {[boolean, string][]} conditions the first that fails is the reason */
  const judge = (to, revision, conditions) => {
    const failed = conditions.find(([holds]) => !holds);
    return failed ? /** @type {const} */ ({ allowed: false, why: failed[1] }) : /** @type {const} */ ({ allowed: true, to, number: revision });
  };
  const author = /** @type {[boolean, string]} */ ([mine, "assessment.not_author"]);
  const state_is = (holds) => /** @type {[boolean, string]} */ ([holds, "assessment.wrong_state"]);
  if (verb === "take_over") return judge(state, number, [state_is(EDITABLE.has(state))]);
  if (verb === "edit") return judge(state, number, [author, state_is(EDITABLE.has(state))]);
  if (verb === "move") {
    const why = moveRefusal(assessment, details);
    return judge(state, number, [[mine || supervisor, "assessment.not_author"], [!why, why]]);
  }
  if (verb === "submit" || verb === "resubmit") {
    return judge("submitted", number + 1, [author, state_is(state === (verb === "submit" ? "draft" : "returned")), [details.number === number + 1, "submission.wrong_number"]]);
  }
  if (verb === "abandon") return judge("abandoned", number, [author, state_is(state === "draft"), [Boolean(details.reason), "assessment.no_reason"]]);
  if (verb === "take_up") return judge("draft", number, [author, state_is(state === "abandoned")]);
  if (verb === "return" || verb === "approve") {
    const to = verb === "return" ? "returned" : "approved";
    return judge(to, number, [[supervisor, "record.not_permitted"], [!mine, "assessment.own_work"], [details.number === number, "submission.stale"], state_is(state === "submitted")]);
  }
  if (verb === "accept_amendment") {
    return judge(state, number + 1, [[supervisor, "record.not_permitted"], [actor.id !== details.by, "amendment.own_work"], [HANDED_IN.has(state), "amendment.wrong_state"]]);
  }
  return { allowed: false, why: "assessment.wrong_state" };
}
