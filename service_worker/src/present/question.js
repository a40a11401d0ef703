// One question, ready to be drawn: `formlogic.question()` plus addresses, ids and a layout. Pure.

import { clock, clockNear, wallDate } from "./time.js";

/**
 * @param {any} question what formlogic.question() says
 * @param {{assessment_id: string, page_id: string, enabled: boolean, save_url: string, conflict?: any, review?: any,
 *   earlier?: string, now: string, turned?: boolean, waiting?: boolean, error?: string,
 *   max_length?: number|null, calculator?: string}} about
 */
export function questionView(question, about) {
  const id = elementId(question.link_id);
  const options = (question.options ?? []).map((each, index, all) => ({
    ...each,
    id: `${id}-${each.code}`,
    whole: all.length > 2 && index === all.length - 1 && all.length % 2 === 1,
    quiet: false,
  }));
  const absent = (question.absent_options ?? [])
    .filter((each) => !about.turned || each.code !== "not-asked")
    .map((each) => ({ ...each, id: `${id}-${each.code}`, quiet: true }));
  const two = question.two_values ?? null;
  const typed = question.value === null || question.value === undefined || typeof question.value === "object" ? "" : String(question.value);
  return {
    ...question,
    id,
    options,
    absent_options: absent,
    enabled: about.enabled,
    page_id: about.page_id,
    save_url: about.save_url,
    layout: options.length === 2 && options.every((each) => each.text.length < 22) ? "pair" : "grid",
    hint: question.hint || (question.many && !question.read_only ? "tick all that apply" : ""),
    is_choice: ["radio", "check-box", "boolean"].includes(question.control) && !isSelect(question),
    is_select: isSelect(question),
    is_display: question.control === "display",
    is_text: question.control === "textarea",
    is_date: question.control === "date" || question.control === "date-time",
    with_time: question.control === "date-time",
    time: question.control === "date-time" && typed ? clock(typed) : "",
    // A keyboard of digits, but a field of text: a field of numbers swallows what it does not like and scrolls values away.
    input_mode: { integer: "numeric", decimal: "decimal", quantity: "decimal", time: "numeric" }[question.control] ?? "text",
    is_number: ["integer", "decimal", "quantity", "time"].includes(question.control),
    // A quantity is "12.5 mg": its number stands in the field, its unit beside it.
    typed: question.control === "quantity" ? typed.split(" ")[0] : typed,
    units: (question.units ?? []).map((each) => ({ ...each, chosen: each.code === typed.split(" ").slice(1).join(" ") })),
    date: dateParts(question.control === "date-time" && typed ? wallDate(typed) : typed),
    error: about.error ?? "",
    // What describes the field, for a reader: in the order in which it stands on the page.
    described_by: [question.hint && `${id}__hint`, question.help && `${id}__help`, question.unit && `${id}__unit`, about.max_length && `${id}__count`, `${id}__error`].filter(Boolean).join(" "),
    // The legend holds the hint already: of a group only its help and what is wrong are told besides its name.
    group_described_by: [question.help && `${id}__help`, `${id}__error`].filter(Boolean).join(" "),
    max_length: about.max_length ?? null,
    count: about.max_length ? `Up to ${about.max_length} characters` : "",
    calculator: about.calculator ?? "",
    two_values: two,
    two_href: about.conflict ? `/decisions/${about.conflict.id}` : "",
    fixed: question.read_only ? fixedWords(question) : "",
    marked: about.review?.marks?.[question.link_id] ?? "",
    earlier: about.earlier ?? "",
    reply_url: about.review ? `/assessments/${about.assessment_id}/replies` : "",
    reply: about.review?.reply ?? "",
  };
}

/** @param {string} value "2026-03-27" @returns {{day: string, month: string, year: string}} as somebody would type it */
function dateParts(value) {
  const [year, month, day] = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(value) ? value.split("-") : ["", "", ""];
  return { day: day.replace(/^0/, ""), month: month.replace(/^0/, ""), year };
}

/** A question that is only shown: the basis, and what the form works out. */
function fixedWords(question) {
  const chosen = (question.options ?? []).filter((each) => each.checked).map((each) => each.text).join(", ");
  if (typeof question.value === "boolean") return question.value ? "Yes" : "No";
  return chosen || (question.value === null || question.value === undefined ? "Not known yet" : [question.value, question.unit].filter((each) => each !== "" && each !== null && each !== undefined).join(" "));
}

/** A list that opens, where the form asks for one and one answer is wanted; what is ticked stays rows. */
const isSelect = (question) => Boolean(question.drop_down) && question.control === "radio";

/** linkIds may hold dots and other signs that a selector would read: each becomes its number, so that "1.1" and "1-1" stay two questions. */
export function elementId(link_id) {
  return `q-${link_id.replace(/[^A-Za-z0-9-]/g, (sign) => `_${sign.charCodeAt(0).toString(16)}`)}`;
}

/** @param {any} review @param {{[id: string]: string}} users @param {string} now */
export function reviewView(review, users, now) {
  if (!review) return null;
  return {
    by: users[review.by] ?? "A supervisor",
    first: (users[review.by] ?? "the supervisor").split(" ")[0],
    when: clockNear(review.at, now),
    comment: review.comment ?? "",
  };
}
