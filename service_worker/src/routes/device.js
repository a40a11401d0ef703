// This tablet: one true sentence, what waits, what needs a decision, what the server holds, and whether the device is fit.

import { problemWords } from "../problem.js";
import { jsonResponse } from "../render.js";
import { waitsToClear } from "../present/cleared.js";
import { refusedWords, saidIn } from "../present/refused.js";
import { roomWords } from "../present/room.js";
import { clockNear, dayAndClock } from "../present/time.js";
import { counted, fullName } from "../present/words.js";
import { notThrough, shell } from "../present/shell.js";
import { countSealed } from "../store/db.js";
import { NOT_KEPT } from "../store/outcomes.js";
import { listVaults } from "../store/doorway.js";

const NOUNS = { person: "Person", custody_episode: "Stay in custody", contact: "Contact", assessment: "Assessment", alert: "Alert", amendment: "Change asked for", conflict: "Decision between 2 values" };
const PLACES = { person: "/people/", custody_episode: "/episodes/", assessment: "/assessments/", alert: "/alerts/", conflict: "/decisions/" };
/** Refusals that may be none tomorrow: the service failed at it, or the suite was not the worker's then. */
const AGAIN = new Set(["op.failed", "op.mismatch", "record.out_of_scope"]);
const THEMES = [["", "As the device"], ["light", "Light"], ["dim", "Dim"]];

async function show(ctx) {
  const [outbox, last_sync, last_sent, no_signal_since, refused, aside, in_step, out_of_step, tries, given_over, copied, foreign, clear_asked, receipts, page, facts] = await Promise.all([
    ctx.store.outbox(), ...["last_sync", "last_sent", "no_signal_since", "sync_refused", "aside", "in_step", "out_of_step", "tries", "given_over", "copied", "foreign", "clear_asked"].map((name) => ctx.store.meta.get(name)),
    ctx.store.synced.receipts(), shell(ctx, { title: "This tablet", here: "device" }), ctx.device_facts(),
  ]);
  const waiting = outbox.filter((each) => each.state === "waiting" || each.state === "sending");
  const stuck = notThrough(outbox, aside);
  const decide = outbox.filter((each) => each.state === "rejected" || each.state === "held");
  return ctx.page("field/device/show.njk", {
    ...page,
    clearing: waitsToClear(clear_asked, ctx.store.unsent().length),
    sentence: sentence({ waiting: waiting.length, stuck: stuck.length, decide: decide.length, no_signal_since, foreign, refused, last_sync, in_step, out_of_step }, ctx.now),
    stuck: await Promise.all(stuck.map(async (each) => ({ ...waitingRow(each, await nameOf(ctx, each), ctx.now), why: stuckWords(each) }))),
    waiting: await Promise.all(waiting.filter(({ op }) => !stuck.some((each) => each.op === op)).map(async (each) => waitingRow(each, await nameOf(ctx, each), ctx.now))),
    decide: await Promise.all(decide.map(async (each) => decideRow(each, await nameOf(ctx, each), ctx.store.entries().find(({ op }) => op.op === each.op)?.op, ctx.now))),
    holds: holdsWords({ outbox, waiting: waiting.length, last_sync, last_sent, in_step, out_of_step, receipts: receipts.length }),
    tries: (tries ?? []).map(({ at, code }) => ({ at: clockNear(at, ctx.now), words: code ? problemWords(code).title : "No answer came" })).reverse(),
    receipts: receipts.length,
    given_over: givenOverWords(given_over),
    copied: copiedWords(copied),
    storage: roomWords(await roomOf(ctx.store)),
    others: await othersWords(outbox.length),
    device_name: ctx.session.device?.name ?? "This device",
    release: facts.release,
    new_version: facts.waiting_worker,
    themes: THEMES.map(([code, text]) => ({ code, text, current: code === page.theme })),
  });
}

/** @param {any} known @param {string} now */
export function sentence({ waiting, stuck = 0, decide = 0, no_signal_since, foreign = false, refused, last_sync, in_step = null, out_of_step = null }, now) {
  const changes = counted(waiting, "change is", "changes are");
  const stays = stuck ? "The others go by themselves when there is signal; you need not stay on this page." : "They go by themselves when there is signal; you need not stay on this page.";
  const see = stuck ? `${counted(stuck, "of them does", "of them do")} not get through: see below. ` : "";
  if (refused) {
    const words = problemWords(refused.code || "server.busy");
    const first = waiting ? `${changes} saved on this device, and the service does not take them now.` : "The service does not answer this device now.";
    return { tone: "urgent", shape: "triangle", first, more: `${words.title} (${clockNear(refused.at, now)}). Nothing is lost: the queue stays. ${refused.until > now ? `It asks for a pause until ${clockNear(refused.until, now)}, and this device goes on by itself then.` : words.do}` };
  }
  if (waiting && foreign) return { tone: "urgent", shape: "no-signal", first: `${changes} saved on this device and waiting to send.`, more: notOurs(no_signal_since, now) };
  if (stuck && stuck === waiting) return { tone: "urgent", shape: "triangle", first: `${changes} saved on this device and ${stuck === 1 ? "does" : "do"} not get through.`, more: "See below. Everything else has been sent." };
  if (waiting) return { tone: "waiting", shape: "tablet-tick", first: `${changes} saved on this device and waiting to send.`, more: no_signal_since ? `${see}No signal since ${clockNear(no_signal_since, now)}. ${stays}` : `${see}${stays}` };
  if (!last_sync) return { tone: "waiting", shape: "tablet-tick", first: "This device has not fetched its records yet.", more: "It does so by itself when there is signal." };
  if (out_of_step) return { tone: "urgent", shape: "triangle", first: "This tablet and the service do not hold the same.", more: `So it is since ${clockNear(out_of_step.since, now)}. Nothing that you saved is lost, and you can go on working. They are compared again with every sync; if this stays, tell your administrator.` };
  if (decide) return { tone: "waiting", shape: "tablet-tick", first: `${counted(decide, "change needs", "changes need")} you: see below.`, more: "Everything else on this device has been sent." };
  const silent = foreign ? notOurs(no_signal_since, now) : no_signal_since ? `No signal since ${clockNear(no_signal_since, now)}: what others recorded since then is not here yet.` : "";
  if (in_step) return { tone: "done", shape: "tick-circle", first: `Everything on this tablet is with the service, as of ${clockNear(in_step.at, now)}.`, more: silent || "What is here was compared with what the service holds." };
  return { tone: "done", shape: "tick-circle", first: "Everything on this device has been sent.", more: silent || `Last looked ${clockNear(last_sync, now)}.` };
}

/** @param {string|null} since @param {string} now */
function notOurs(since, now) {
  const words = problemWords("network.not_ours");
  return `${words.title}${since ? ` (since ${clockNear(since, now)})` : ""}. ${words.happened} ${words.safe} ${words.do}`;
}

/** "With the service" is said only when nothing waits, nothing was refused, and both sides reckoned the same. @param {any} known */
function holdsWords({ outbox, waiting, last_sync, last_sent, in_step, out_of_step, receipts }) {
  const good = Boolean(in_step) && !out_of_step && outbox.length === 0;
  const except = waiting ? "except what waits above" : outbox.length ? "except what needs you above" : "you recorded";
  const first = good ? `Everything on this tablet, as of ${dayAndClock(in_step.at)}` : last_sync ? `Everything ${except}, as at ${dayAndClock(last_sync)}` : "Nothing was fetched yet";
  const confirmed = receipts ? ` ${counted(receipts, "change has its receipt", "changes have their receipts")}.` : "";
  const sent = last_sent ? `Last sent ${dayAndClock(last_sent)}.` : "Nothing was sent from this device yet.";
  return { good, first: out_of_step ? `Not the same as this tablet, since ${dayAndClock(out_of_step.since)}` : first, more: `${sent}${confirmed}` };
}

const hrefOf = (each) => (PLACES[each.type] ? `${PLACES[each.type]}${each.record_id}` : "/device");

/** Refused and not kept by the service: there is no other copy. @param {any} each */
const isOnlyHere = (each) => each.state === "rejected" && NOT_KEPT.has(each.why ?? "");

/** @param {any} each */
function stuckWords(each) {
  const words = problemWords(each.why);
  return `${words.happened} ${words.safe} ${words.do}`;
}

/** Whose record it is, so that a row can be told from its neighbours. @param {any} ctx @param {any} each */
async function nameOf(ctx, each) {
  const record = await ctx.store.find(each.type, each.record_id);
  const assessment = record?.body.assessment_id ? await ctx.store.find("assessment", record.body.assessment_id) : record;
  const stay = assessment?.body.episode_id ? await ctx.store.find("custody_episode", assessment.body.episode_id) : undefined;
  const person = each.type === "person" ? record : await ctx.store.find("person", stay?.body.person_id ?? record?.body.person_id ?? "");
  return person ? fullName(person.body) : "";
}

/** @param {any} each @param {string} name @param {string} now */
function waitingRow(each, name, now) {
  const { create, answers, changes, submits } = each.summary;
  const did = submits ? "handed in" : create ? "new" : "changed";
  const minutes = Math.max(0, Math.floor((Date.parse(now) - Date.parse(each.since)) / 60000));
  const age = minutes < 60 ? `${minutes} min` : minutes < 48 * 60 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 1440)} days`;
  const count = answers ? counted(answers, "answer", "answers") : changes && !create ? counted(changes, "change", "changes") : "";
  const tried = each.tries > 1 ? `tried ${each.tries} times` : "";
  return { title: `${NOUNS[each.type] ?? each.type}, ${did}`, more: [name, count, tried].filter(Boolean).join(" · "), at: clockNear(each.since, now), words: `Waiting, ${age}`, href: hrefOf(each) };
}

/** What was refused or is held: whose it is, why, what is safe, and what can be done about it. @param {any} each @param {string} name @param {any} op @param {string} now */
export function decideRow(each, name, op, now) {
  const { title, happened } = problemWords(each.why ?? "record.not_here");
  return {
    op: each.op, title: `${NOUNS[each.type] ?? each.type}: ${title}`, who: [name, `${each.recovered ? "put back after a restore," : "recorded"} ${clockNear(each.since, now)}`].filter(Boolean).join(" · "),
    more: refusedWords(happened, each.state === "held", isOnlyHere(each)), href: hrefOf(each), again: AGAIN.has(each.why), says: isOnlyHere(each) ? saidIn(op) : null,
  };
}

/** @type {StorageEstimate} */
const NO_ESTIMATE = {};

/** @param {any} store @returns {Promise<import("../present/room.js").Room>} */
async function roomOf(store) {
  const [persisted, estimate] = await Promise.all([navigator.storage?.persisted?.() ?? false, navigator.storage?.estimate?.() ?? NO_ESTIMATE]).catch(() => /** @type {const} */ ([false, NO_ESTIMATE]));
  return { records: store.size(), usage: estimate.usage ?? 0, quota: estimate.quota ?? 0, persisted: Boolean(persisted) };
}

/** What came too late, of a suite that was taken away: it is no longer here, and somebody has it. @param {{count: number, at: string}|undefined} given_over */
const givenOverWords = (given_over) => (given_over ? `${counted(given_over.count, "change", "changes")} of a suite that you no longer work in: its supervisors have ${given_over.count === 1 ? "it" : "them"} (${dayAndClock(given_over.at)})` : "");

/** Changes whose numbers the service had from elsewhere already. Nothing is lost by it, but two tablets that are one device cannot be told apart. @param {{count: number, at: string}|undefined} copied */
const copiedWords = (copied) => (copied ? `This tablet may be a copy of another one, or was set back to an earlier day: the service already had ${counted(copied.count, "change", "changes")} under the same number (${dayAndClock(copied.at)}). Yours ${copied.count === 1 ? "was" : "were"} sent under a new one, so nothing is lost. Tell your administrator, so that this tablet is enrolled anew` : "");

/** What other workers left here, counted without reading it. @param {number} own */
async function othersWords(own) {
  const vaults = await listVaults();
  const all = (await Promise.all(vaults.map((each) => countSealed(each.id).catch(() => 0)))).reduce((sum, each) => sum + each, 0);
  const theirs = all - own;
  return theirs > 0 ? `Another worker’s sealed work: ${counted(theirs, "change", "changes")}, sent when they unlock; nobody can read them here` : "";
}

async function status(ctx) {
  return ctx.fragment("field/device/status.njk", await shell(ctx, { title: "This tablet" }));
}

/** What `run.py cli receipts check` reads: which changes the service has confirmed. No answer and no name is in it. */
async function receipts(ctx) {
  const found = await ctx.store.synced.receipts();
  const epoch = (await ctx.store.meta.get("epoch")) ?? null;
  return jsonResponse({ device: ctx.session.device?.id ?? null, epoch, receipts: found }, `receipts-${ctx.now.slice(0, 10)}.json`);
}

async function tryAgain(ctx) {
  await ctx.store.tryAgain(String(ctx.form.get("op") ?? ""));
  await ctx.sync_now?.();
  return ctx.redirect("/device");
}

async function putAway(ctx) {
  await ctx.store.putAway(String(ctx.form.get("op") ?? ""));
  return ctx.redirect("/device");
}

async function theme(ctx) {
  const wanted = String(ctx.form.get("theme") ?? "");
  if (THEMES.some(([code]) => code === wanted)) await ctx.store.meta.set("theme", wanted || null);
  return ctx.redirect("/device");
}

async function syncNow(ctx) {
  await ctx.sync_now?.();
  return ctx.redirect("/device");
}

/** @type {[string, string, Function][]} */
export const routes = [
  ["GET", "/device", show], ["GET", "/status", status], ["POST", "/device/put-away", putAway],
  ["GET", "/device/receipts", receipts], ["POST", "/device/try-again", tryAgain], ["POST", "/device/theme", theme], ["POST", "/device/sync", syncNow],
];
