// My work: returned, in progress, with a supervisor, approved; what needs a decision stands above all of them.

import { isMine, shell } from "../present/shell.js";
import { workView } from "../present/work.js";

const TABS = ["returned", "in-progress", "with-supervisor", "approved", "abandoned"];

async function show(ctx) {
  const [assessments, people, episodes, conflicts, alerts, outbox, forms, places] = await Promise.all([
    ctx.store.list("assessment"), ctx.store.list("person"), ctx.store.list("custody_episode"), ctx.store.list("conflict"),
    ctx.store.list("alert"), ctx.store.outbox(), ctx.forms.list(), ctx.store.meta.get("place"),
  ]);
  const mine = assessments.filter((row) => isMine(row, ctx.session.user.id));
  const view = workView({ assessments: mine, people, episodes, conflicts, alerts, forms, outbox, places: places ?? {} }, { now: ctx.now, users: ctx.session.users ?? {}, user_id: ctx.session.user.id, role: ctx.session.user.role });
  const asked = ctx.query.get("tab") ?? "";
  const first = view.tabs.find((each) => each.count > 0)?.key ?? "in-progress";
  const here = TABS.includes(asked) ? asked : first;
  return ctx.page("field/mine/index.njk", {
    ...(await shell(ctx, { title: "My work", here: "work" })),
    ...view,
    tabs: view.tabs.map((each) => ({ ...each, current: each.key === here })),
    rows: view.rows[here] ?? [],
    here,
    empty: { returned: "Nothing is returned to you.", "in-progress": "Nothing is in progress.", "with-supervisor": "Nothing waits for a supervisor.", approved: "Nothing was approved yet.", abandoned: "Nothing was abandoned." }[here],
  });
}

export const routes = [["GET", "/work", show]];
