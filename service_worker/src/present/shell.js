// What stands around every field page: suite, list's own time, clock, sync words, navigation. Routes of the lock, the
// device page and the set-up use it too. Every word is read from the store, so that it is true when it is shown.

import { maySettle } from "./decisions.js";
import { born, clock, clockNear, day } from "./time.js";
import { counted, fullName } from "./words.js";

/**
 * @param {any} ctx what the router gives a handler
 * @param {{title: string, here?: "suite"|"work"|"device"|"", strip?: boolean, nav?: boolean}} page `title` never holds a name
 * @returns {Promise<any>} data for field/layout.njk
 */
export async function shell(ctx, { title, here = "", strip = true, nav = true }) {
  const [outbox, last_sync, last_sent, theme, signal, refusal, aside, foreign] = await Promise.all([
    ctx.store.outbox(), ctx.store.meta.get("last_sync"), ctx.store.meta.get("last_sent"), ctx.store.meta.get("theme"),
    ctx.store.meta.get("no_signal_since"), ctx.store.meta.get("sync_refused"), ctx.store.meta.get("aside"), ctx.store.meta.get("foreign"),
  ]);
  const suites = ctx.session.suites ?? [];
  const suite = suites.find((each) => each.id === ctx.session.suite_id) ?? suites[0];
  const assessments = await ctx.store.list("assessment");
  const conflicts = await ctx.store.list("conflict");
  const returned = assessments.filter((each) => each.state === "returned" && isMine(each, ctx.session.user.id));
  const to_decide = conflicts.filter((each) => maySettle(each, ctx.session.user));
  const to_do = returned.length + to_decide.length;
  return {
    title,
    theme: theme ?? "",
    invented: Boolean(ctx.session.demo),
    idle_minutes: ctx.session.idle_minutes ?? 0,
    strip,
    nav,
    suite_name: suite?.name ?? "No suite",
    list_as_at: last_sync ? `list as at ${clockNear(last_sync, ctx.now)}` : "list not fetched yet",
    suites: suites.map((each) => ({ id: each.id, name: each.name, current: each.id === suite?.id })),
    clock: clock(ctx.now),
    day: day(ctx.now),
    status: statusWords({ outbox, last_sent, no_signal_since: signal, foreign, refused: refusal?.status ?? 0, aside: notThrough(outbox, aside).length, to_decide: to_decide.length, returned: returned.length }, ctx.now),
    navigation: [
      { href: "/", icon: "list", text: "Suite", current: here === "suite" },
      { href: "/work", icon: "clipboard", text: to_do ? `My work (${to_do})` : "My work", current: here === "work" },
      { href: "/device", icon: "tablet", text: "This tablet", current: here === "device" },
    ],
  };
}

/** @param {any} assessment @param {string} user_id @returns {boolean} its author's, or a colleague's who took it over */
export function isMine(assessment, user_id) {
  return (assessment.taken_over?.by ?? assessment.author_id) === user_id;
}

/** Changes that wait because they, of all, do not get through (sync/step.js). @param {any[]} outbox @param {any} aside @returns {any[]} */
export const notThrough = (outbox, aside) => outbox.filter((each) => isWaiting(each) && aside?.[each.op]).map((each) => ({ ...each, why: aside[each.op].why }));

/** @param {any} each */
const isWaiting = ({ state }) => state === "waiting" || state === "sending";

/**
 * The strip's words. A change that is on this device and not on the server is "waiting", whatever the signal.
 * @param {{outbox: any[], last_sent: string|null, no_signal_since: string|null, foreign?: boolean, refused: number, aside?: number, to_decide: number, returned: number}} known
 * @param {string} now @returns {{words: any[], spoken: string}}
 */
export function statusWords({ outbox, last_sent, no_signal_since, foreign = false, refused, aside = 0, to_decide, returned }, now) {
  const waiting = outbox.filter(isWaiting).length;
  const not_taken = outbox.filter((each) => each.state === "rejected").length;
  const words = [];
  if (waiting) {
    words.push({ tone: "done", shape: "tablet-tick", text: "Saved on this device" });
    words.push({ tone: "waiting", shape: "arrow-up", text: `Waiting to send (${waiting})` });
  } else if (last_sent) {
    words.push({ tone: "done", shape: "tick", text: `Sent ${clockNear(last_sent, now)}` });
  } else {
    words.push({ tone: "quiet", shape: "tablet-tick", text: "Nothing waiting to send" });
  }
  if (aside) words.push({ tone: "urgent", shape: "triangle", text: `Does not get through (${aside})` });
  if (returned) words.push({ tone: "decide", shape: "flag", text: `Returned (${returned})` });
  if (to_decide + not_taken) words.push({ tone: "decide", shape: "diamond", text: `Needs your decision (${to_decide + not_taken})` });
  if (refused === 401 || refused === 403) words.push({ tone: "stop", shape: "octagon", text: "The server refuses this tablet" });
  else if (refused) words.push({ tone: "quiet", shape: "no-signal", text: "The server does not take changes now" });
  if (foreign) words.push({ tone: "urgent", shape: "no-signal", text: "This network does not reach the service" });
  else if (no_signal_since) words.push({ tone: "quiet", shape: "no-signal", text: `No signal since ${clockNear(no_signal_since, now)}` });
  return { words, spoken: words.map((each) => each.text).join(", ") || counted(0, "change", "changes") };
}

/**
 * The identity bar of an episode.
 * @param {any} person @param {any} episode @param {any} extra {basis?, link_href?, link_text?} @param {string} now
 */
export function identity(person, episode, extra, now) {
  const place = [episode?.cell ? `Cell ${episode.cell}` : "", extra.basis ?? ""].filter(Boolean).join(" · ");
  return {
    name: fullName(person),
    born: born(person?.date_of_birth, now),
    number: episode?.custody_number ?? "",
    place,
    link_href: extra.link_href ?? "",
    link_text: extra.link_text ?? "",
  };
}
