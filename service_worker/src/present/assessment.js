// The task list, the pages, the check of answers and the scores of an assessment, in finished text. Pure.

import { stands } from "./decisions.js";
import { elementId } from "./question.js";
import { clockNear, dayAndClock } from "./time.js";
import { ABANDON_REASONS, BASES, STATES, STOP_REASONS, counted, wordsFor } from "./words.js";

const MARKS = {
  completed: { form: "fact", tone: "done", shape: "tick", words: "Completed" },
  here: { form: "tag", tone: "act", shape: "half", words: "You are here" },
  looked: { form: "tag", tone: "waiting", shape: "half", words: "Looked at, not finished" },
  "in-progress": { form: "tag", tone: "act", shape: "half", words: "In progress" },
  "not-reached": { form: "tag", tone: "quiet", shape: "empty", words: "Not reached" },
  closed: { form: "fact", tone: "quiet", shape: "barred", words: "Not needed" },
};

/**
 * @param {any} assessment the record @param {any[]} pages formlogic.pages() @param {any} evaluation @param {any} place {page_id, link_id, looked}
 * @param {{title: string, now: string, two_values: Set<string>, numbers: {[link_id: string]: string}}} about
 */
export function taskListView(assessment, pages, evaluation, place, about) {
  const { body, id } = assessment;
  const here = place?.page_id ?? pages.find((each) => each.status !== "completed")?.id ?? "";
  const rows = pages.map((page) => ({
    number: String(page.number),
    title: page.title,
    href: `/assessments/${id}/pages/${page.id}`,
    count: page.enabled ? `${page.answered} of ${page.enabled}` : "",
    here: page.id === here && page.status !== "completed",
    mark: MARKS[markOf(page, here, place)],
    two_values: page.questions.some((each) => about.two_values.has(each)),
  }));
  const answered = pages.reduce((sum, page) => sum + page.answered, 0);
  const enabled = pages.reduce((sum, page) => sum + page.enabled, 0);
  const next = nextQuestion(pages, evaluation, place);
  return {
    rows,
    reached: `${answered} of ${enabled} answered so far`,
    history: historyWords(body, about.now),
    carry_on: next ? {
      href: `/assessments/${id}/pages/${next.page.id}#${elementId(next.link_id)}`,
      words: `${answered > 1 ? "Carry on" : "Start"} at question ${about.numbers[next.link_id] ?? ""}`.trim(),
      title: next.page.title,
    } : null,
  };
}

function markOf(page, here, place) {
  if (page.enabled === 0) return "closed";
  if (page.status === "completed") return "completed";
  if (page.id === here) return "here";
  if (place?.looked?.[page.id]) return "looked";
  return page.status === "in-progress" ? "in-progress" : "not-reached";
}

/** The very question: where the finger was, if it is still open, otherwise the first one that is missing. */
function nextQuestion(pages, evaluation, place) {
  const missing = new Set(evaluation.missing ?? []);
  const at = pages.find((page) => page.id === place?.page_id && page.questions.includes(place?.link_id));
  if (at && evaluation.enabled[place.link_id] && missing.size > 0) {
    const rest = at.questions.slice(at.questions.indexOf(place.link_id));
    return { page: at, link_id: rest.find((each) => missing.has(each)) ?? place.link_id };
  }
  for (const page of pages) {
    const link_id = page.questions.find((each) => missing.has(each));
    if (link_id) return { page, link_id };
  }
  return null;
}

/** @param {any} body @param {string} now @returns {string} "Required · started Thu 12 Nov 12:52, stopped 13:02 (called to …)" */
export function historyWords(body, now) {
  const words = [`${wordsFor(BASES, body.basis)} · started ${dayAndClock(body.started_at)}`];
  if (body.taken_over) words.push(`taken over ${clockNear(body.taken_over.at, now)}`);
  if (body.stopped) words.push(`${body.state === "abandoned" ? "abandoned" : "stopped"} ${clockNear(body.stopped.at, now)} (${endWords(body.stopped.reason).toLowerCase()})`);
  if (body.submission) words.push(`handed in ${clockNear(body.submission.at, now)} as revision ${body.submission.number}`);
  return words.join(", ");
}

/** Why it ended, stopped or abandoned. @param {string} reason @returns {string} */
export const endWords = (reason) => wordsFor([...STOP_REASONS, ...ABANDON_REASONS], reason);

/** @param {any} body @returns {any} the state as a mark */
export function stateMark(body, waiting) {
  if (body.state === "submitted" && waiting) return { form: "tag", tone: "waiting", shape: "arrow-up", words: "Waiting to send" };
  if (body.state === "draft" && body.stopped) return { form: "tag", tone: "quiet", shape: "square", words: "Stopped" };
  const shapes = { draft: ["tag", "act", "half"], submitted: ["fact", "quiet", "clipboard"], returned: ["tag", "decide", "flag"], approved: ["fact", "done", "tick-circle"], abandoned: ["fact", "quiet", "barred"] };
  const [form, tone, shape] = shapes[body.state] ?? shapes.draft;
  return { form, tone, shape, words: wordsFor(STATES, body.state) };
}

/** @param {any[]} pages @param {string} here @returns {string[]} one word per segment of the progress bar */
export function segments(pages, here) {
  return pages.map((page) => (page.id === here ? "here" : page.enabled === 0 ? "completed" : page.status));
}

/**
 * Check answers: display rows with Change links, and "2 values" where two stand.
 * @param {string} id @param {any[]} groups formlogic.rows() @param {{[link_id: string]: any}} conflict_of @param {boolean} editable
 */
export function checkView(id, groups, conflict_of, editable) {
  return groups.filter((group) => group.rows.length > 0).map((group) => ({
    title: group.page_title,
    rows: group.rows.map((row) => ({
      number: row.number ?? "",
      question: row.question,
      answer: row.state === "empty" ? "No answer yet" : row.answer,
      answers: row.answers ?? [],
      empty: row.state === "empty",
      absent: Boolean(row.absent),
      two: row.state === "two-values" ? row.values : null,
      two_href: conflict_of[row.link_id] ? `/decisions/${conflict_of[row.link_id].id}` : "",
      href: editable && row.link_id !== "basis" ? `/assessments/${id}/pages/${group.page_id}#${elementId(row.link_id)}` : "",
      amend_href: `/assessments/${id}/amend/${encodeURIComponent(row.link_id)}`,
      link_id: row.link_id,
    })),
  }));
}

/**
 * Scores and bands. A total is shown only when every part of it is answered: half a score reads like a whole one.
 * @param {any[]} scores evaluation.scores
 */
export function scoresView(scores) {
  return (scores ?? []).map((score) => {
    const whole = score.total !== null && score.total !== undefined;
    const band = whole && score.band ? `: ${score.band.label}` : "";
    return {
      title: score.title,
      words: whole ? `${score.total} of ${score.max}${band}` : `Not complete: ${score.answered} of ${score.of} answered`,
      note: whole ? score.note ?? "" : "",
      two: Boolean(score.two_values),
    };
  });
}

/** Rule 6: what an answer has closed stays until the page is left, and the page says how much will go. @param {{evaluation: any}} a */
export function closingWords(a) {
  const count = (a.evaluation.closed_answers ?? []).length;
  return count ? `${counted(count, "later answer", "later answers")} will go when you leave this page, because ${count === 1 ? "its question is" : "their questions are"} closed now. Change the answer back to keep ${count === 1 ? "it" : "them"}.` : "";
}

/** What is still open before handing in. @param {any} evaluation @param {any[]} alerts @param {any[]} conflicts @returns {string[]} */
export function openWords(evaluation, alerts, conflicts) {
  const words = [];
  const missing = (evaluation.missing ?? []).length;
  const open = alerts.filter((each) => each.state === "open");
  const two = conflicts.filter(stands).length;
  if (missing) words.push(counted(missing, "question has no answer yet", "questions have no answer yet"));
  if (open.length) words.push(counted(open.length, "alert is not settled", "alerts are not settled"));
  if (two) words.push(counted(two, "answer has 2 values", "answers have 2 values"));
  return words;
}
