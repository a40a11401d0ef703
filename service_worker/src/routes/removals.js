// Added by mistake: a stay or a person under which nothing is recorded is taken away with a reason, and comes back with one tap.
// It stays on the service under its mark; docs/sync-protocol.md, "Entered in error".

import { identity, shell } from "../present/shell.js";
import { clockNear, dayAndClock, isoSeconds } from "../present/time.js";
import { REMOVAL_REASONS, formTitle, wordsFor } from "../present/words.js";
import { MARK } from "../store/ops.js";
import { typed } from "./edits.js";

/** @param {any} ctx @param {"custody_episode"|"person"} type @returns {Promise<any>} what may be taken away, with what is recorded under it; null when it is not here */
async function load(ctx, type) {
  const record = await ctx.store.find(type, ctx.params.id);
  if (!record) return null;
  const whole = type === "custody_episode";
  const person_id = whole ? record.body.person_id : record.id;
  const person = whole ? await ctx.store.find("person", person_id) : record;
  const stays = (await ctx.store.list("custody_episode")).filter((row) => row.person_id === person_id && row.id !== record.id);
  const episode = whole ? record.body : stays[0];
  return { type, whole, id: record.id, body: record.body, mark: record.body[MARK], person: person?.body ?? {}, person_id, stays, episode, address: whole ? `/episodes/${record.id}` : `/people/${record.id}` };
}

const inStay = async (ctx, type, id) => (await ctx.store.list(type)).filter((row) => row.episode_id === id);

/** @param {any} ctx @param {any} work @returns {Promise<{href: string, words: string}[]>} what stands in the way */
async function under(ctx, work) {
  if (!work.whole) return work.stays.map((row) => ({ href: `/episodes/${row.id}`, words: `Stay: arrived ${dayAndClock(row.arrived_at) || "at an unknown time"}` }));
  const [assessments, contacts, forms] = await Promise.all([inStay(ctx, "assessment", work.id), inStay(ctx, "contact", work.id), ctx.forms.list()]);
  return [
    ...assessments.map((row) => ({ href: `/assessments/${row.id}`, words: `${formTitle(forms, row.form)}: started ${clockNear(row.started_at, ctx.now)}` })),
    ...contacts.filter((row) => row.outcome !== "withdrawn").map((row) => ({ href: work.address, words: `An offer: ${clockNear(row.at, ctx.now)}` })),
  ];
}

const who = (ctx, work) => identity(work.person, work.episode, { link_href: work.address, link_text: "Back" }, ctx.now);

const ask = (type) => async (ctx) => {
  const work = await load(ctx, type);
  if (!work) return ctx.problem("page.not_found");
  if (work.mark) return ctx.redirect(work.address);
  const reasons = REMOVAL_REASONS.map(([code, text]) => ({ code, text }));
  return ctx.page("field/removals/show.njk", { ...(await shell(ctx, { title: "Added by mistake", here: "", nav: false })), who: who(ctx, work), address: work.address, whole: work.whole, under: await under(ctx, work), reasons });
};

const remove = (type) => async (ctx) => {
  const work = await load(ctx, type);
  if (!work) return ctx.problem("page.not_found");
  const read = typed(ctx);
  const known = REMOVAL_REASONS.some(([code]) => code === read("reason"));
  if (work.mark || !known || (await under(ctx, work)).length) return ctx.redirect(work.mark ? work.address : `${work.address}/remove`);
  const reason = [wordsFor(REMOVAL_REASONS, read("reason")), read("words")].filter(Boolean).join(": ");
  const mark = { reason, by: ctx.session.user.id, at: isoSeconds(ctx.now) };
  // Offers that were withdrawn before go with their stay.
  const offers = work.whole ? await inStay(ctx, "contact", work.id) : [];
  await ctx.store.transaction([...offers.map((row) => ({ edit: "contact", id: row.id, set: [[`/${MARK}`, mark]] })), { edit: type, id: work.id, set: [[`/${MARK}`, mark]] }]);
  return ctx.redirect(work.address);
};

const undo = (type) => async (ctx) => {
  const work = await load(ctx, type);
  if (work?.mark) await ctx.store.edit(type, work.id, [[`/${MARK}`, null]]);
  else if (!work) await ctx.store.bringBack(ctx.params.id);
  return ctx.redirect(`/${type === "person" ? "people" : "episodes"}/${ctx.params.id}`);
};

/** The page of what was taken away, in place of its own; null for what stands, and for what a colleague took away. @param {any} ctx @param {"custody_episode"|"person"} type */
export async function goneView(ctx, type) {
  const { id } = ctx.params;
  const work = await load(ctx, type);
  const mark = work ? work.mark : ctx.store.removal(id)?.mark;
  if (!mark) return null;
  const by = mark.by === ctx.session.user.id ? "you" : (ctx.session.users?.[mark.by] ?? "a colleague");
  const whole = type === "custody_episode";
  const alone = whole && work?.stays.length === 0 && (await ctx.store.find("person", work.person_id)) && !work.person[MARK];
  const returning = !work && (await ctx.store.outbox()).some((each) => each.record_id === id);
  return ctx.page("field/removals/gone.njk", {
    ...(await shell(ctx, { title: "Taken away", here: "suite" })),
    who: work ? who(ctx, work) : null, address: `/${whole ? "episodes" : "people"}/${id}`, whole, returning, words: `Taken away ${clockNear(mark.at, ctx.now)} by ${by}, as added by mistake.`, reason: mark.reason,
    person_href: alone ? `/people/${work.person_id}/remove` : "",
  });
}

export const routes = [["episodes", "custody_episode"], ["people", "person"]].flatMap(([place, kind]) => {
  const type = /** @type {"custody_episode"|"person"} */ (kind);
  return [["GET", `/${place}/:id/remove`, ask(type)], ["POST", `/${place}/:id/remove`, remove(type)], ["POST", `/${place}/:id/remove/undo`, undo(type)]];
});
