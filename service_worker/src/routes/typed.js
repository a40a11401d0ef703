// What was typed or tapped for one question, as the record keeps it. What cannot be read is not kept, and said; what can be
// read but lies outside the question's limits is kept, because it was said, and the engine names it.

import { instantOn } from "../present/time.js";

/** @typedef {{value: any, error: string}} Typed */

/**
 * @param {any} question what formlogic.question() says @param {FormData} form
 * @returns {Typed} `value` is null where there is none
 */
export function typedValue(question, form) {
  if (question.control === "date") return dateFrom(form);
  if (question.control === "date-time") return momentFrom(form);
  const text = String(form.getAll("value").map(String).find((each) => each !== "") ?? "").trim();
  if (text === "") return { value: null, error: "" };
  if (question.control === "boolean") return { value: text === "true", error: "" };
  if (question.control === "integer") return /^-?[0-9]{1,15}$/.test(text) ? { value: Number(text), error: "" } : unread("Enter a whole number, in digits.");
  if (question.control === "decimal") return decimalFrom(text);
  if (question.control === "time") return timeFrom(text);
  if (question.control === "quantity") return quantityFrom(text, String(form.get("unit") ?? ""));
  return { value: text, error: "" };
}

const unread = (error) => ({ value: null, error: `${error} Nothing is kept until then.` });

/** A decimal is kept as its digits, so that no device rounds it. A comma is how many people write the point. */
function decimalFrom(text) {
  const digits = text.replace(",", ".");
  return /^-?[0-9]{1,12}(\.[0-9]{1,6})?$/.test(digits) ? { value: digits, error: "" } : unread("Enter a number, such as 2 or 2.5.");
}

/** Number and unit are one answer. */
function quantityFrom(text, unit) {
  const { value, error } = decimalFrom(text);
  return error ? { value, error } : { value: `${value} ${unit}`.trim(), error: "" };
}

/** "1430", "14:30" and "9.05" are times of the day. @param {string} text @returns {Typed} */
function timeFrom(text) {
  const match = /^([0-9]{1,2})[:. ]?([0-9]{2})$/.exec(text);
  if (!match || Number(match[1]) > 23 || Number(match[2]) > 59) return unread("Enter a time of the 24-hour clock, such as 14:30.");
  return { value: `${match[1].padStart(2, "0")}:${match[2]}`, error: "" };
}

function momentFrom(form) {
  const date = dateFrom(form);
  const typed = String(form.get("value_time") ?? "").trim();
  if (date.error || (date.value === null && typed === "")) return date;
  if (date.value === null || typed === "") return unread("Enter the day and the time.");
  const time = timeFrom(typed);
  if (time.value === null) return time;
  const value = instantOn(date.value, time.value);
  return value ? { value, error: "" } : unread("The clock never showed that time: it was put forward.");
}

/** Three boxes: all empty is no answer; not all of them is not one yet. */
function dateFrom(form) {
  const [day, month, year] = ["day", "month", "year"].map((part) => String(form.get(`value_${part}`) ?? "").trim());
  if (day === "" && month === "" && year === "") return { value: null, error: "" };
  if (day === "" || month === "" || year.length < 4) return unread("Enter day, month and year, the year with four digits.");
  if (![day, month, year].every((each) => /^[0-9]{1,4}$/.test(each))) return unread("Enter the date in digits.");
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  const value = `${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`;
  return date.toISOString().slice(0, 10) === value ? { value, error: "" } : unread("There is no such day.");
}
