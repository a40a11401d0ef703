// A statement of a conflict in finished text: who, where, recorded when, received when, on which tablet. Pure.

import { gateView } from "./episode.js";
import { dayAndClock, plainDate } from "./time.js";

/**
 * Two values stand until a named person has chosen, on this tablet too: a choice counts before the server has it.
 * @param {any} conflict a body or an index row
 */
export const stands = (conflict) => conflict.state === "open" && !conflict.resolution;

/**
 * Whether this person may settle it: someone whose answer it is, or a supervisor; about safety a supervisor only.
 * @param {any} conflict @param {{id: string, role?: string}} user
 */
export function maySettle(conflict, user) {
  if (!stands(conflict)) return false;
  if (user.role === "supervisor") return true;
  return !conflict.safety && [conflict.theirs?.by, conflict.mine?.by].includes(user.id);
}

/** @param {string} label @param {any} side {value, by, device, at, received_at, suite_id} @param {string} value @param {any} about */
export function statementView(label, side, value, about) {
  const mine = Boolean(side?.device) && side.device === about.device?.id;
  const facts = [
    { name: "Said to", text: about.users[side?.by] ?? "A colleague" },
    { name: "Recorded", text: dayAndClock(side?.at) || "time not known" },
    { name: "Received", text: dayAndClock(side?.received_at) || "not yet" },
    { name: "On", text: mine ? "This tablet" : "Another device" },
  ];
  return { label, value, mine, facts };
}

/** A field's value in words, outside a form. @param {any} value @param {string} now */
export function fieldValue(value, now) {
  if (value === null || value === undefined) return "No answer";
  if (value.state) return gateView(value, now).mark.words;
  if (typeof value === "boolean") return value ? "Yes" : "No";
  if (typeof value === "object") return JSON.stringify(value);
  return /^\d{4}-\d\d-\d\dT.*Z$/.test(value) ? dayAndClock(value) : plainDate(value) || String(value);
}
