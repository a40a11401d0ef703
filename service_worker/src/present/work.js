// My work in finished text. Pure.

import { endWords, stateMark } from "./assessment.js";
import { maySettle, stands } from "./decisions.js";
import { personIdOf } from "./moves.js";
import { clockNear } from "./time.js";
import { BASES, counted, formTitle, fullName, wordsFor } from "./words.js";

/** @param {any} held rows of the sealed index @param {{now: string, users: {[id: string]: string}, user_id: string, role: string}} about */
export function workView({ assessments, people, episodes, conflicts, alerts, forms, outbox, places }, about) {
  const person = new Map(people.map((each) => [each.id, each]));
  const episode = new Map(episodes.map((each) => [each.id, each]));
  const waiting = new Set(outbox.map((each) => each.record_id));
  const open_conflicts = conflicts.filter(stands);
  const two = new Set(open_conflicts.map((each) => each.record_id));

  const row = (each) => {
    const marks = Object.values(each.review?.marks ?? {});
    const place = places[each.id];
    return {
      href: `/assessments/${each.id}`,
      name: fullName(person.get(personIdOf(each, episode))),
      number: episode.get(each.episode_id)?.custody_number ?? "",
      mark: each.state === "returned" && marks.length ? { form: "tag", tone: "decide", shape: "flag", words: counted(marks.length, "marked question", "marked questions") } : stateMark(each, waiting.has(each.id)),
      words: [formTitle(forms, each.form), wordsFor(BASES, each.basis), each.submission ? `revision ${each.submission.number}` : place ? `page ${place.number} of ${place.of}` : ""].filter(Boolean).join(" · "),
      quote: each.state === "returned" ? marks[0] ?? each.review?.comment ?? "" : "",
      provenance: provenance(each, about),
      two: two.has(each.id),
      urgent: alerts.filter((alert) => alert.assessment_id === each.id && alert.state === "open").length,
    };
  };
  const rows = {
    returned: assessments.filter((each) => each.state === "returned").sort(newest).map((each) => ({ ...row(each), href: `/assessments/${each.id}${firstMarked(each)}` })),
    "in-progress": assessments.filter((each) => each.state === "draft").sort(newest).map(row),
    "with-supervisor": assessments.filter((each) => each.state === "submitted").sort(newest).map(row),
    approved: assessments.filter((each) => each.state === "approved").sort(newest).map(row),
    abandoned: assessments.filter((each) => each.state === "abandoned").sort(newest).map(row),
  };
  const titles = { returned: "Returned", "in-progress": "In progress", "with-supervisor": "With a supervisor", approved: "Approved", abandoned: "Abandoned" };
  return {
    rows,
    // What was abandoned is looked for seldom: its tab is there only when there is something in it.
    tabs: Object.entries(titles).filter(([key]) => key !== "abandoned" || rows.abandoned.length).map(([key, title]) => ({ key, count: rows[key].length, href: `/work?tab=${key}`, words: `${title} (${rows[key].length})` })),
    decisions: open_conflicts.map((each) => ({
      href: `/decisions/${each.id}`,
      words: maySettle(each, { id: about.user_id, role: about.role }) ? "2 values: needs your decision" : each.safety ? "2 values of a safety answer: a supervisor must settle it" : "2 values: whoever wrote one of them, or a supervisor, settles it",
      // The conflict itself says whose it is: the assessment may be a colleague's, who took it over.
      name: fullName(person.get(personOfConflict(each, assessments, episode))),
    })),
    refused: outbox.filter((each) => each.state === "rejected").map(() => ({ href: "/device", words: "A change was not taken. It is safe on this tablet; nothing else is held up." })),
  };
}

/** @param {any} conflict @param {any[]} assessments @param {Map<string, any>} episode */
function personOfConflict(conflict, assessments, episode) {
  const about = assessments.find((each) => each.id === conflict.record_id);
  return about ? personIdOf(about, episode) : episode.get(conflict.record_id)?.person_id ?? conflict.person_id ?? conflict.record_id;
}

/** Returned work opens at its first marked question; its page puts them in the form's order. */
const firstMarked = (each) => (Object.keys(each.review?.marks ?? {}).length ? "?marked=first" : "");

function provenance(each, about) {
  if (each.state === "abandoned") return `abandoned ${clockNear(each.stopped?.at, about.now)}: ${endWords(each.stopped?.reason ?? "").toLowerCase()}`;
  const words = [];
  if (each.review?.at && each.state !== "submitted") words.push(`${about.users[each.review.by] ?? "A supervisor"}, ${clockNear(each.review.at, about.now)}`);
  if (each.submission?.at) words.push(`you handed it in ${clockNear(each.submission.at, about.now)}`);
  return words.join(" · ") || `started ${clockNear(each.started_at, about.now)}`;
}

const newest = (a, b) => (moment(a) < moment(b) ? 1 : -1);
const moment = (each) => each.review?.at ?? each.submission?.at ?? each.started_at ?? "";
