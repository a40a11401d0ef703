// An offer and what came of it. A refusal with its reason takes two taps: the outcome opens its reasons, a reason is the deed.

import { identity, shell } from "../present/shell.js";
import { isoSeconds } from "../present/time.js";
import { DECLINED_REASONS, NOT_APPROACHED_REASONS } from "../present/words.js";
import { typed } from "./edits.js";
import { newId } from "./ids.js";
import { loadEpisode } from "./episodes.js";

const OUTCOMES = new Set(["accepted", "declined", "not-approached"]);

async function offer(ctx) {
  const episode = await loadEpisode(ctx, ctx.params.id);
  if (!episode) return ctx.problem("page.not_found");
  return ctx.page("field/episodes/contact.njk", {
    ...(await shell(ctx, { title: "Offer", here: "suite" })),
    who: identity(episode.person, episode.body, { link_href: `/episodes/${episode.id}`, link_text: "Back" }, ctx.now),
    id: episode.id,
    declined: DECLINED_REASONS.map(([code, text]) => ({ code, text })),
    not_approached: NOT_APPROACHED_REASONS.map(([code, text]) => ({ code, text })),
  });
}

async function record(ctx) {
  const read = typed(ctx);
  const episode = await loadEpisode(ctx, ctx.params.id);
  if (!episode) return ctx.problem("page.not_found");
  const outcome = read("outcome");
  if (!OUTCOMES.has(outcome)) return ctx.redirect(`/episodes/${episode.id}/contact`);
  const contact = {
    person_id: episode.body.person_id, episode_id: episode.id, suite_id: episode.body.suite_id, kind: episode.body.route ?? "cell-sweep",
    outcome, harm_reduction_offered: read("harm_reduction") === "yes", at: isoSeconds(ctx.now), worker_id: ctx.session.user.id,
  };
  if (read("reason")) contact.reason = read("reason");
  await ctx.store.create("contact", contact, { id: newId() });
  return ctx.redirect(outcome === "accepted" ? `/assessments/new?episode=${episode.id}` : `/episodes/${episode.id}`);
}

/** Recorded by mistake: it stays to be read as withdrawn, and counts as nothing. */
async function undo(ctx) {
  const contact = await ctx.store.find("contact", ctx.params.id);
  if (!contact) return ctx.problem("page.not_found");
  if (contact.body.worker_id !== ctx.session.user.id) return ctx.problem("record.not_permitted");
  await ctx.store.edit("contact", contact.id, [["/outcome", "withdrawn"]]);
  return ctx.redirect(`/episodes/${contact.body.episode_id}`);
}

export const routes = [["GET", "/episodes/:id/contact", offer], ["POST", "/episodes/:id/contact", record], ["POST", "/contacts/:id/undo", undo]];
