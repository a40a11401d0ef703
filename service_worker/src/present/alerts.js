// Alert cards and the lines of settled ones. Pure. The gravest first; a settled alert stays to be read.

import { clockNear, isoSeconds } from "./time.js";
import { TOLD_ROLES, wordsFor } from "./words.js";

const WEIGHT = { stop: 0, urgent: 1, prompt: 2 };
const KIND_WORDS = { stop: "Stop", urgent: "Urgent", prompt: "Prompt" };

/**
 * @param {any[]} alerts records flattened to {id, ...body}
 * @param {{now: string, back: string, aside?: string[], prompts?: boolean, erred?: any}} about `aside` lists stop banners set aside here
 * @returns {{open: any[], settled: any[], stop: any|null}}
 */
export function alertsView(alerts, about) {
  const open = alerts
    .filter((each) => each.state === "open" && (about.prompts || each.kind !== "prompt"))
    .sort((a, b) => WEIGHT[a.kind] - WEIGHT[b.kind] || (a.raised_at < b.raised_at ? -1 : 1))
    .map((each) => card(each, about));
  const stop = open.find((each) => each.kind === "stop" && !(about.aside ?? []).includes(each.id)) ?? null;
  return {
    open: open.filter((each) => each !== stop),
    settled: alerts.filter((each) => each.state !== "open").map((each) => settledLine(each, about.now)),
    stop,
  };
}

function card(alert, about) {
  const [text, more] = firstSentences((alert.text ?? "").replace(/\.\.(?=\s|$)/g, "."));
  const erred = about.erred?.alert_id === alert.id ? about.erred : null;
  return {
    id: alert.id,
    kind: alert.kind,
    shape: alert.kind === "stop" ? "octagon" : alert.kind === "urgent" ? "triangle-solid" : "triangle",
    kind_words: [KIND_WORDS[alert.kind], alert.due].filter(Boolean).join(" · "),
    text,
    more,
    standing: alert.standing ?? "",
    settle_url: `/alerts/${alert.id}`,
    aside_url: `/alerts/${alert.id}/aside`,
    back: about.back,
    told_open: erred?.how === "told",
    not_needed_open: erred?.how === "not-needed",
    errors: erred?.errors ?? [],
    typed_name: erred?.name ?? "",
    typed_time: erred?.time ?? clockNear(about.now, about.now),
    typed_reason: erred?.reason ?? "",
    roles: TOLD_ROLES.map(([code, words]) => ({ code, text: words, id: `${alert.id}-${code}`, checked: erred?.role === code })),
  };
}

/** The deed first and in bold, the caution after it. */
function firstSentences(text) {
  const cut = text.search(/[.!?] (?=[A-Z])/);
  return cut < 0 || text.startsWith("Stop.") ? [text, ""] : [text.slice(0, cut + 1), text.slice(cut + 2)];
}

function settledLine(alert, now) {
  const settled = alert.settled ?? {};
  if (alert.state === "told") {
    const who = [settled.name, wordsFor(TOLD_ROLES, settled.role).toLowerCase(), clockNear(settled.at, now)].filter(Boolean).join(", ");
    return { word: "Told", text: `${who}: ${shorten(alert.text)}` };
  }
  return { word: "Not needed", text: `${settled.reason ?? ""}: ${shorten(alert.text)}` };
}

function shorten(text) {
  const first = firstSentences(text ?? "")[0].replace(/\.$/, "");
  return first.length > 90 ? `${first.slice(0, 87)}…` : first;
}

/**
 * Alerts that fire now and have no record yet. Changing the answer back removes none: it is then settled with a reason.
 * @param {any[]} fired evaluation.alerts @param {Set<string>} known ids of the alerts that exist (their id in the form)
 * @param {{id: string, body: any}} assessment @param {string} owner_id @param {string|Date} now
 * @returns {any[]} bodies of the new alerts
 */
export function newAlerts(fired, known, assessment, owner_id, now) {
  return fired.filter((each) => !known.has(each.id)).map((each) => ({
    assessment_id: assessment.id,
    person_id: assessment.body.person_id,
    suite_id: assessment.body.suite_id,
    alert: each.id,
    kind: each.kind,
    text: each.text,
    due: each.due,
    raised_at: isoSeconds(now),
    owner_id,
    state: "open",
  }));
}
