// A person in a suite: the clock, the safe-to-see gate, contacts, assessments, release.

import { stands } from "../present/decisions.js";
import { identity, isMine, shell } from "../present/shell.js";
import { contactRow, gateView } from "../present/episode.js";
import { endWords, stateMark } from "../present/assessment.js";
import { moveHistory } from "../present/moves.js";
import { clockNear, dayAndClock, held, isoSeconds } from "../present/time.js";
import { BASES, ROUTES, formTitle, wordsFor } from "../present/words.js";
import { typed } from "./edits.js";
import { movedNotice } from "./moved.js";
import { goneView } from "./removals.js";

/** @param {any} ctx @param {string} id @returns {Promise<any>} the episode with its person, or null */
export async function loadEpisode(ctx, id) {
  const record = await ctx.store.find("custody_episode", id);
  if (!record) return null;
  const person = await ctx.store.find("person", record.body.person_id);
  return { id, record, body: record.body, person: person?.body ?? {} };
}

async function show(ctx) {
  const gone = await goneView(ctx, "custody_episode");
  if (gone) return gone;
  const episode = await loadEpisode(ctx, ctx.params.id);
  if (!episode) return ctx.problem("page.not_found");
  const { body } = episode;
  const users = ctx.session.users ?? {};
  const [contacts, assessments, alerts, outbox, forms, people_conflicts] = await Promise.all([
    ctx.store.list("contact"), ctx.store.list("assessment"), ctx.store.list("alert"), ctx.store.outbox(), ctx.forms.list(), ctx.store.list("conflict"),
  ]);
  const waiting = new Set(outbox.map((each) => each.record_id));
  const mine = assessments.filter((row) => row.episode_id === episode.id).sort((a, b) => Number(a.state === "abandoned") - Number(b.state === "abandoned") || ((a.started_at ?? "") < (b.started_at ?? "") ? 1 : -1));
  const rows = mine.map((row) => ({
    href: `/assessments/${row.id}`,
    title: formTitle(forms, row.form),
    words: `${wordsFor(BASES, row.basis)} · started ${clockNear(row.started_at, ctx.now)}${isMine(row, ctx.session.user.id) ? "" : ` by ${users[row.author_id] ?? "a colleague"}`}${row.state === "abandoned" && row.stopped ? `, abandoned ${clockNear(row.stopped.at, ctx.now)}: ${endWords(row.stopped.reason).toLowerCase()}` : ""}`,
    mark: stateMark(row, waiting.has(row.id)),
    urgent: alerts.filter((each) => each.assessment_id === row.id && each.state === "open" && each.kind !== "prompt").length,
    two: people_conflicts.some((each) => each.record_id === row.id && stands(each)),
  }));
  const time = held(body.arrived_at ?? body.arrested_at, body.released_at ?? ctx.now);
  return ctx.page("field/episodes/show.njk", {
    ...(await shell(ctx, { title: "Person in the suite", here: "suite", nav: Boolean(body.released_at) })),
    who: identity(episode.person, body, { link_href: `/people/${body.person_id}`, link_text: "Person" }, ctx.now),
    id: episode.id,
    moved: await movedNotice(ctx, body, `/episodes/${episode.id}/move/undo`),
    moves: moveHistory(assessments.map((row) => ({ ...row, title: formTitle(forms, row.form), href: `/assessments/${row.id}` })), { episode_id: episode.id }, ctx.now),
    held: time.text,
    held_long: time.hours >= 18,
    level: String(Math.min(24, Math.round(time.hours * 10) / 10)),
    arrived: dayAndClock(body.arrived_at),
    route: wordsFor(ROUTES, body.route),
    offence: body.offence_category ?? "",
    two_person: Boolean(body.two_person),
    resting: body.rest_until && body.rest_until > ctx.now ? clockNear(body.rest_until, ctx.now) : "",
    gate: gateView(body.safe_to_see, ctx.now),
    released: body.released_at ? dayAndClock(body.released_at) : "",
    contacts: contacts.filter((row) => row.episode_id === episode.id).sort((a, b) => ((a.at ?? "") < (b.at ?? "") ? 1 : -1)).map((row) => contactRow(row, users, ctx.now, ctx.session.user.id)),
    assessments: rows,
    unsent: waiting.has(episode.id),
    two_values: people_conflicts.filter((each) => stands(each) && (each.record_id === episode.id || each.record_id === body.person_id)).map((each) => `/decisions/${each.id}`),
  });
}

/** The gate is one statement, kept whole: who said it and when go with it. */
async function recordGate(ctx) {
  const read = typed(ctx);
  const episode = await loadEpisode(ctx, ctx.params.id);
  if (!episode) return ctx.problem("page.not_found");
  const state = read("gate");
  if (!["cleared", "not-cleared", "not-known"].includes(state)) return ctx.redirect(`/episodes/${episode.id}`);
  const gate = { state, by: read("gate_by") || null, at: isoSeconds(ctx.now) };
  await ctx.store.edit("custody_episode", episode.id, [["/safe_to_see", gate.by ? gate : { state, at: gate.at }]]);
  return ctx.redirect(`/episodes/${episode.id}`);
}

async function release(ctx) {
  const episode = await loadEpisode(ctx, ctx.params.id);
  if (!episode) return ctx.problem("page.not_found");
  const undo = ctx.form.get("undo") === "yes";
  await ctx.store.edit("custody_episode", episode.id, [["/released_at", undo ? null : isoSeconds(ctx.now)]]);
  return ctx.redirect(`/episodes/${episode.id}`);
}

export const routes = [["GET", "/episodes/:id", show], ["POST", "/episodes/:id/gate", recordGate], ["POST", "/episodes/:id/release", release]];
