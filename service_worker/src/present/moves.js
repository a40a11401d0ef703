// Recorded on the wrong person: where work was moved from and to, in finished text. Pure. The other person is never named
// here: each history tells that something was moved, and leads there.

import { clockNear } from "./time.js";

export const MOVE_REASONS = [
  ["wrong-row", "Picked the wrong person from the list"],
  ["alike", "Two people with a similar name"],
  ["other-details", "They gave another person’s details"],
  ["other", "Something else"],
];

/** A stay says whose it is; what is recorded in it follows it, on this tablet before the server has heard of the move. @param {any} row @param {Map<string, any>} episodes by id */
export const personIdOf = (row, episodes) => episodes.get(row.episode_id)?.person_id ?? row.person_id;

/** @param {any} body or index row @returns {any[]} its moves with their ids, the newest first */
export const movesOf = (body) => Object.entries(body.moves ?? {}).map(([id, each]) => ({ id, ...each })).sort((a, b) => ((a.at ?? "") < (b.at ?? "") ? 1 : (a.at ?? "") > (b.at ?? "") ? -1 : a.id < b.id ? 1 : -1));

/**
 * The notice on work that was moved here.
 * @param {any} body @param {{now: string, user_id: string, users: {[id: string]: string}, undo_url: string}} about `undo_url` is offered to whoever moved it last
 * @returns {{words: string, reason: string, from_href: string, undo_url: string, handed_in: string}|null}
 */
export function movedView(body, about) {
  const [last] = movesOf(body);
  if (!last) return null;
  const number = body.submission?.number;
  const old = number && (body.submission.at ?? "") <= (last.at ?? "") && body.state !== "returned";
  return {
    words: `Moved here ${clockNear(last.at, about.now)} by ${about.users[last.by] ?? "a colleague"}. It was recorded on another person first.`,
    reason: last.reason,
    from_href: last.from_episode ? `/episodes/${last.from_episode}` : `/people/${last.from_person}`,
    undo_url: last.by === about.user_id ? about.undo_url : "",
    handed_in: old ? `Revision ${number} was handed in before that and still names the other person. It stays as it is; ${body.state === "approved" ? "the next revision names the right one." : "a supervisor returns it, and it is handed in again for the right one."}` : "",
  };
}

/**
 * Both directions of a history: what left this person (or this stay), and what came.
 * @param {any[]} rows index rows of assessments and stays, each with its `title` and `href` @param {{person_id?: string, episode_id?: string}} whose @param {string} now
 */
export function moveHistory(rows, whose, now) {
  const found = [];
  for (const row of rows) {
    for (const move of movesOf(row)) {
      const left = whose.episode_id ? move.from_episode === whose.episode_id : move.from_person === whose.person_id;
      const came = whose.episode_id ? move.to_episode === whose.episode_id : move.to_person === whose.person_id;
      if (!left && !came) continue;
      found.push({ at: move.at ?? "", href: row.href, title: row.title, words: `${left ? "Moved to another person" : "Moved here from another person"} ${clockNear(move.at, now)}: ${move.reason}` });
    }
  }
  return found.sort((a, b) => (a.at < b.at ? 1 : -1));
}
