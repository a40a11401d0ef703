// The gate and the contacts of an episode in words. Pure.

import { clockNear } from "./time.js";
import { DECLINED_REASONS, NOT_APPROACHED_REASONS, ROUTES, wordsFor } from "./words.js";

const GATE = {
  cleared: ["done", "tick-circle", "Cleared"],
  "not-cleared": ["stop", "octagon", "Not cleared: ask the sergeant"],
  "not-known": ["urgent", "triangle", "Not known if cleared: ask the sergeant"],
};

/** @param {any} gate `safe_to_see` @param {string} now */
export function gateView(gate, now) {
  const state = gate?.state ?? "not-known";
  const [tone, shape, words] = GATE[state] ?? GATE["not-known"];
  const said = [clockNear(gate?.at, now), gate?.by].filter(Boolean).join(", ");
  return {
    mark: { form: "fact", tone, shape, words: state === "cleared" && said ? `${words} ${said}` : words },
    said: state === "cleared" ? "" : said,
    options: [["cleared", "Yes, cleared"], ["not-cleared", "No, not cleared"], ["not-known", "Not known"]].map(([code, text]) => ({ code, text, id: `gate-${code}`, checked: state === code && Boolean(gate) })),
    by: gate?.by ?? "",
  };
}

/** @param {any} contact @param {{[id: string]: string}} users @param {string} now @param {string} user_id who may undo what they recorded */
export function contactRow(contact, users, now, user_id) {
  const marks = {
    accepted: { form: "fact", tone: "done", shape: "tick", words: "Agreed to talk" },
    declined: { form: "fact", tone: "quiet", shape: "barred", words: "Declined" },
    "not-approached": { form: "fact", tone: "quiet", shape: "empty", words: "Not approached" },
    withdrawn: { form: "fact", tone: "quiet", shape: "undo", words: "Withdrawn: recorded by mistake" },
  };
  return {
    mark: marks[contact.outcome] ?? marks["not-approached"],
    when: clockNear(contact.at, now),
    by: users[contact.worker_id] ?? "",
    undo_url: contact.outcome !== "withdrawn" && contact.worker_id === user_id ? `/contacts/${contact.id}/undo` : "",
    words: [wordsFor([...DECLINED_REASONS, ...NOT_APPROACHED_REASONS], contact.reason), contact.harm_reduction_offered ? "harm reduction offered" : "", wordsFor(ROUTES, contact.kind)].filter(Boolean).join(" · "),
  };
}
