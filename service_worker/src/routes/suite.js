// My suite: who is here, who has not been seen, how long, as at when. Changing the suite is one deed.

import { groupBy, suiteView } from "../present/suite.js";
import { shell } from "../present/shell.js";

async function show(ctx) {
  const { suite_id } = ctx.session;
  const here = (row) => row.suite_id === suite_id;
  const [episodes, people, contacts, assessments, alerts, conflicts, outbox, places] = await Promise.all([
    ctx.store.list("custody_episode"), ctx.store.list("person"), ctx.store.list("contact"), ctx.store.list("assessment"),
    ctx.store.list("alert"), ctx.store.list("conflict"), ctx.store.outbox(), ctx.store.meta.get("place"),
  ]);
  const placed = assessments.map((row) => ({ ...row, place: places?.[row.id] }));
  const view = suiteView(
    { episodes: episodes.filter(here), people, contacts, assessments: placed, alerts, conflicts },
    { now: ctx.now, user_id: ctx.session.user.id, role: ctx.session.user.role, users: ctx.session.users ?? {}, waiting: new Set(outbox.map((each) => each.record_id)) },
  );
  const show_released = ctx.query.get("released") === "shown";
  return ctx.page("field/suite/show.njk", { ...(await shell(ctx, { title: "Suite", here: "suite" })), ...view, show_released, empty: view.not_seen.length + view.seen.length === 0 });
}

async function choose(ctx) {
  const assessments = groupBy((await ctx.store.list("custody_episode")).filter((row) => !row.released_at), "suite_id");
  const page = await shell(ctx, { title: "Change suite", here: "suite" });
  const suites = page.suites.map((each) => ({ ...each, count: `${(assessments.get(each.id) ?? []).length} here` }));
  return ctx.page("field/suite/choose.njk", { ...page, suites });
}

/** Drafts keep their own suite: only what the list shows changes. */
async function change(ctx) {
  const wanted = ctx.form.get("suite_id");
  if (!(ctx.session.suites ?? []).some((each) => each.id === wanted)) return ctx.problem("record.out_of_scope");
  await ctx.store.meta.set("suite_id", wanted);
  ctx.session.suite_id = wanted;
  return ctx.redirect("/");
}

export const routes = [["GET", "/", show], ["GET", "/suite", choose], ["POST", "/suite", change]];
