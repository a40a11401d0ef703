// This tablet: one true sentence, what waits, what needs a decision, what the server holds, and whether the device is fit.

import { problemWords } from "../problem.js";
import { clockNear, dayAndClock } from "../present/time.js";
import { counted, fullName } from "../present/words.js";
import { notThrough, shell } from "../present/shell.js";
import { countSealed } from "../store/db.js";
import { listVaults } from "../store/doorway.js";

const NOUNS = { person: "Person", custody_episode: "Stay in custody", contact: "Contact", assessment: "Assessment", alert: "Alert", amendment: "Change asked for", conflict: "Decision between 2 values" };
const PLACES = { person: "/people/", custody_episode: "/episodes/", assessment: "/assessments/", alert: "/alerts/", conflict: "/decisions/" };
const THEMES = [["", "As the device"], ["light", "Light"], ["dim", "Dim"]];

async function show(ctx) {
  const [outbox, last_sync, last_sent, no_signal_since, refused, aside, page, facts] = await Promise.all([
    ctx.store.outbox(), ctx.store.meta.get("last_sync"), ctx.store.meta.get("last_sent"), ctx.store.meta.get("no_signal_since"),
    ctx.store.meta.get("sync_refused"), ctx.store.meta.get("aside"), shell(ctx, { title: "This tablet", here: "device" }), ctx.device_facts(),
  ]);
  const waiting = outbox.filter((each) => each.state === "waiting" || each.state === "sending");
  const stuck = notThrough(outbox, aside);
  const decide = outbox.filter((each) => each.state === "rejected" || each.state === "held");
  return ctx.page("field/device/show.njk", {
    ...page,
    sentence: sentence({ waiting: waiting.length, stuck: stuck.length, no_signal_since, refused, last_sync }, ctx.now),
    stuck: await Promise.all(stuck.map(async (each) => ({ ...waitingRow(each, await nameOf(ctx, each), ctx.now), why: stuckWords(each) }))),
    waiting: await Promise.all(waiting.filter(({ op }) => !stuck.some((each) => each.op === op)).map(async (each) => waitingRow(each, await nameOf(ctx, each), ctx.now))),
    decide: decide.map((each) => ({ op: each.op, title: `${NOUNS[each.type] ?? each.type}: ${problemWords(each.why ?? "record.not_here").title}`, more: decisionWords(each), href: hrefOf(each) })),
    holds: {
      good: Boolean(last_sync) && waiting.length === 0,
      first: last_sync ? `Everything ${waiting.length ? "except what waits above" : "you recorded"}, as at ${dayAndClock(last_sync)}` : "Nothing was fetched yet",
      more: last_sent ? `Last sent ${dayAndClock(last_sent)}` : "Nothing was sent from this device yet",
    },
    storage: await storageWords(),
    others: await othersWords(outbox.length),
    device_name: ctx.session.device?.name ?? "This device",
    release: facts.release,
    new_version: facts.waiting_worker,
    themes: THEMES.map(([code, text]) => ({ code, text, current: code === page.theme })),
  });
}

/** @param {any} known @param {string} now */
export function sentence({ waiting, stuck = 0, no_signal_since, refused, last_sync }, now) {
  const changes = counted(waiting, "change is", "changes are");
  const stays = stuck ? "The others go by themselves when there is signal; you need not stay on this page." : "They go by themselves when there is signal; you need not stay on this page.";
  const see = stuck ? `${counted(stuck, "of them does", "of them do")} not get through: see below. ` : "";
  if (refused) {
    const words = problemWords(refused.code || "server.busy");
    const first = waiting ? `${changes} saved on this device, and the service does not take them now.` : "The service does not answer this device now.";
    return { tone: "urgent", shape: "triangle", first, more: `${words.title} (${clockNear(refused.at, now)}). Nothing is lost: the queue stays. ${words.do}` };
  }
  if (stuck && stuck === waiting) return { tone: "urgent", shape: "triangle", first: `${changes} saved on this device and ${stuck === 1 ? "does" : "do"} not get through.`, more: "See below. Everything else has been sent." };
  if (waiting) return { tone: "waiting", shape: "tablet-tick", first: `${changes} saved on this device and waiting to send.`, more: no_signal_since ? `${see}No signal since ${clockNear(no_signal_since, now)}. ${stays}` : `${see}${stays}` };
  if (!last_sync) return { tone: "waiting", shape: "tablet-tick", first: "This device has not fetched its records yet.", more: "It does so by itself when there is signal." };
  return { tone: "done", shape: "tick-circle", first: "Everything on this device has been sent.", more: no_signal_since ? `No signal since ${clockNear(no_signal_since, now)}: what others recorded since then is not here yet.` : `Last looked ${clockNear(last_sync, now)}.` };
}

const hrefOf = (each) => (PLACES[each.type] ? `${PLACES[each.type]}${each.record_id}` : "/device");

function decisionWords(each) {
  const words = problemWords(each.why ?? "record.not_here");
  const held = each.state === "held" ? "The server keeps it, and a person looks at it. " : "";
  return `${held}${words.happened} What you wrote is kept word for word; nothing else is held up.`;
}

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
  return { title: `${NOUNS[each.type] ?? each.type}, ${did}`, more: [name, count].filter(Boolean).join(" · "), at: clockNear(each.since, now), words: `Waiting, ${age}`, href: hrefOf(each) };
}

/** @type {StorageEstimate} */
const NO_ESTIMATE = {};

async function storageWords() {
  const [persisted, estimate] = await Promise.all([navigator.storage?.persisted?.() ?? false, navigator.storage?.estimate?.() ?? NO_ESTIMATE]).catch(() => /** @type {const} */ ([false, NO_ESTIMATE]));
  const free = Math.max(0, (estimate.quota ?? 0) - (estimate.usage ?? 0));
  const room = free >= 1e9 ? `${(free / 1e9).toFixed(1)} GB free` : `${Math.round(free / 1e6)} MB free`;
  return { good: Boolean(persisted) && free > 50e6, words: `${persisted ? "Storage kept" : "The browser may clear this storage when the device is full"}, ${room}` };
}

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
  ["POST", "/device/theme", theme], ["POST", "/device/sync", syncNow],
];
