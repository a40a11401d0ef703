// The notice on work that was moved here. It leads back only to what is on this tablet.

import { movedView, movesOf } from "../present/moves.js";

/** @param {any} ctx @param {any} body an assessment's or a stay's @param {string} undo_url empty for someone who may not move it */
export async function movedNotice(ctx, body, undo_url) {
  const view = movedView(body, { now: ctx.now, user_id: ctx.session.user.id, users: ctx.session.users ?? {}, undo_url });
  if (!view) return null;
  const [last] = movesOf(body);
  const here = last.from_episode ? await ctx.store.find("custody_episode", last.from_episode) : await ctx.store.find("person", last.from_person);
  return here ? view : { ...view, from_href: "", undo_url: "" };
}
