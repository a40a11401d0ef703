// The suite list: not seen first, then longest held. Pure: rows of the sealed index in, finished text out.

import { maySettle, stands } from "./decisions.js";
import { born, clock, clockNear, held } from "./time.js";
import { ROUTES, counted, fullName, wordsFor } from "./words.js";

const SEEN_OUTCOMES = new Set(["accepted", "declined"]);

/**
 * @param {{episodes: any[], people: any[], contacts: any[], assessments: any[], alerts: any[], conflicts: any[]}} held_rows
 * @param {{now: string, user_id: string, role: string, users: {[id: string]: string}, waiting: Set<string>}} about
 * @returns {{count: string, not_seen: any[], seen: any[], released: any[]}}
 */
export function suiteView({ episodes, people, contacts, assessments, alerts, conflicts }, about) {
  const person = new Map(people.map((each) => [each.id, each]));
  const contactsOf = groupBy(contacts, "episode_id");
  const assessmentsOf = groupBy(assessments, "episode_id");
  const alertsOf = groupBy(alerts.filter((each) => each.state === "open"), "assessment_id");
  const conflictsOf = groupBy(conflicts.filter(stands), "record_id");

  const rows = episodes.map((episode) => {
    const all = assessmentsOf.get(episode.id) ?? [];
    const mine = all.filter((each) => each.state !== "abandoned");
    const met = (contactsOf.get(episode.id) ?? []).filter((each) => each.outcome !== "withdrawn").sort(latestFirst);
    const seen = mine.length > 0 || met.some((each) => SEEN_OUTCOMES.has(each.outcome));
    const gathered = {
      // An alert acts whatever became of its assessment.
      alerts: all.flatMap((each) => alertsOf.get(each.id) ?? []),
      conflicts: [episode, ...all, person.get(episode.person_id)].flatMap((each) => conflictsOf.get(each?.id) ?? []),
    };
    return row(episode, person.get(episode.person_id), { seen, met, mine, abandoned: all.length - mine.length, ...gathered }, about);
  });

  const open = rows.filter((each) => !each.released).sort((a, b) => b.hours - a.hours);
  return {
    count: open.length === 0 ? "Nobody here" : counted(open.length, "person here", "people here"),
    not_seen: open.filter((each) => each.waiting),
    seen: open.filter((each) => !each.waiting),
    released: rows.filter((each) => each.released).sort((a, b) => (a.released < b.released ? 1 : -1)),
  };
}

function row(episode, person, { seen, met, mine, abandoned, alerts, conflicts }, about) {
  const time = held(episode.arrived_at ?? episode.arrested_at, episode.released_at ?? about.now);
  const notes = seen ? seenNotes(mine, met, alerts, conflicts, about) : { marks: openMarks(alerts, conflicts, about), words: [wordsFor(ROUTES, episode.route), abandoned ? "an assessment was abandoned" : ""] };
  return {
    href: `/episodes/${episode.id}`,
    cell_word: episode.cell ? "Cell" : "No",
    cell: episode.cell || "cell",
    name: fullName(person),
    born: seen ? "" : born(person?.date_of_birth, about.now),
    number: seen ? "" : episode.custody_number ?? "",
    waiting: !seen && !episode.released_at,
    notes: [...standingMarks(episode, seen, about.now), ...notes.marks],
    words: notes.words.filter(Boolean),
    held: time.text,
    held_of: seen ? "" : "of 24 h",
    held_long: time.hours >= 18,
    level: String(Math.min(24, Math.round(time.hours * 10) / 10)),
    hours: time.hours,
    released: episode.released_at ?? "",
    released_words: episode.released_at ? `Released ${clockNear(episode.released_at, about.now)}` : "",
  };
}

/** What must be known before going in; said for everybody, seen or not. */
function standingMarks(episode, seen, now) {
  const marks = [];
  const gate = episode.safe_to_see ?? { state: "not-known" };
  if (gate.state === "not-cleared") marks.push(fact("stop", "octagon", "Not cleared: ask the sergeant"));
  if (gate.state === "cleared" && !seen) marks.push(fact("done", "tick-circle", `Cleared ${[clockNear(gate.at, now), gate.by].filter(Boolean).join(", ")}`));
  if (gate.state === "not-known" && !seen) marks.push(fact("quiet", "empty", "Not known if cleared: ask"));
  if (episode.two_person) marks.push(fact("urgent", "two", "Two people go in"));
  if (episode.rest_until && episode.rest_until > now) marks.push(tag("quiet", "moon", `Resting until ${clock(episode.rest_until)}`));
  return marks;
}

/** What somebody must still do about this person, seen or not: the gravest first. */
function openMarks(alerts, conflicts, about) {
  const marks = [];
  const stops = alerts.filter((each) => each.kind === "stop").length;
  const urgent = alerts.filter((each) => each.kind === "urgent").length;
  if (stops) marks.push(tag("stop", "octagon", "Stop: stay with the person"));
  if (urgent) marks.push(tag("urgent", "triangle", `${urgent} urgent to settle`));
  if (conflicts.length) marks.push(tag("decide", "diamond", conflicts.some((each) => maySettle(each, { id: about.user_id, role: about.role })) ? "2 values: needs your decision" : "2 values: not yours to settle"));
  return marks;
}

/** What stands open about someone who was seen, three marks at most, so that a row stays readable. */
function seenNotes(mine, met, alerts, conflicts, about) {
  const marks = openMarks(alerts, conflicts, about);
  const words = [];
  const returned = mine.find((each) => each.state === "returned");
  const draft = mine.find((each) => each.state === "draft");
  const submitted = mine.find((each) => each.state === "submitted");
  const approved = mine.find((each) => each.state === "approved");
  if (returned) {
    const marked = Object.keys(returned.review?.marks ?? {}).length;
    marks.push(tag("decide", "flag", marked ? `Returned: ${marked} marked` : "Returned"));
    words.push(`by ${about.users[returned.review?.by] ?? "a supervisor"} ${clockNear(returned.review?.at, about.now)}`);
  }
  if (draft?.stopped?.at) {
    marks.push(tag("quiet", "square", "Stopped"));
    words.push(`${clockNear(draft.stopped.at, about.now)}, can be taken up again`);
  } else if (draft) {
    marks.push(tag("act", "half", "Assessment in progress"));
    words.push(draft.place ? `page ${draft.place.number} of ${draft.place.of}` : "");
  }
  if (submitted && !returned && !draft) {
    const waits = about.waiting.has(submitted.id);
    marks.push(waits ? tag("waiting", "arrow-up", "Waiting to send") : fact("quiet", "clipboard", "With a supervisor"));
  }
  if (approved && !returned && !draft && !submitted) marks.push(fact("done", "tick", "Approved"));
  if (mine.length === 0 && met[0]) {
    const declined = met[0].outcome === "declined";
    marks.push(declined ? tag("quiet", "barred", `Declined ${clockNear(met[0].at, about.now)}`) : tag("act", "tick", "Agreed to talk"));
    words.push(declined ? "offer again" : "no assessment yet");
  }
  return { marks: marks.slice(0, 3), words: words.slice(0, 1) };
}

const tag = (tone, shape, words) => ({ form: "tag", tone, shape, words });
const fact = (tone, shape, words) => ({ form: "fact", tone, shape, words });
const latestFirst = (a, b) => ((a.at ?? "") < (b.at ?? "") ? 1 : -1);

/** @param {any[]} rows @param {string} key @returns {Map<string, any[]>} */
export function groupBy(rows, key) {
  const groups = new Map();
  for (const each of rows) {
    if (!groups.has(each[key])) groups.set(each[key], []);
    groups.get(each[key]).push(each);
  }
  return groups;
}
