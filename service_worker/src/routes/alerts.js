// An alert is settled by "told: name, role, time" or "not needed: reason", and by nothing else.

import { alertsView } from "../present/alerts.js";
import { identity, shell } from "../present/shell.js";
import { instantFromClock, isoSeconds } from "../present/time.js";
import { typed } from "./edits.js";

/** Only our own pages may be gone back to. @param {string} path @param {string} otherwise */
const backTo = (path, otherwise) => (/^\/(assessments|episodes|work)[/A-Za-z0-9._-]*$/.test(path) ? path : otherwise);

async function drawAlert(ctx, alert, erred) {
  const assessment = await ctx.store.find("assessment", alert.body.assessment_id);
  const episode = assessment?.body.episode_id ? await ctx.store.find("custody_episode", assessment.body.episode_id) : null;
  const person = await ctx.store.find("person", episode?.body.person_id ?? assessment?.body.person_id ?? alert.body.person_id);
  const back = backTo(typed(ctx)("back"), `/assessments/${alert.body.assessment_id}`);
  return ctx.page("field/alerts/show.njk", {
    ...(await shell(ctx, { title: "Alert", strip: false, nav: false })),
    who: identity(person?.body, episode?.body, { link_href: back, link_text: "Back" }, ctx.now),
    alerts: alertsView([{ id: alert.id, ...alert.body }], { now: ctx.now, back, prompts: true, erred, aside: [alert.id] }),
    errors: erred?.errors ?? [],
  });
}

async function show(ctx) {
  const alert = await ctx.store.find("alert", ctx.params.id);
  return alert ? drawAlert(ctx, alert, null) : ctx.problem("page.not_found");
}

async function settle(ctx) {
  const alert = await ctx.store.find("alert", ctx.params.id);
  if (!alert) return ctx.problem("page.not_found");
  const read = typed(ctx);
  const back = backTo(read("back"), `/assessments/${alert.body.assessment_id}`);
  if (alert.body.state !== "open") return ctx.redirect(back);
  const how = read("how");
  const errors = [];
  if (how === "told") {
    const at = instantFromClock(read("time"), ctx.now);
    if (!read("name")) errors.push({ href: `#${alert.id}-name`, text: "Write the name of the person you told" });
    if (!read("role")) errors.push({ href: `#${alert.id}-role`, text: "Choose who they are" });
    if (!at) errors.push({ href: `#${alert.id}-time`, text: "Write the time as 13:21" });
    if (errors.length === 0) {
      const settled = { name: read("name"), role: read("role"), at, by: ctx.session.user.id };
      await ctx.store.edit("alert", alert.id, [["/settled", settled], ["/state", "told"]]);
      return ctx.redirect(back);
    }
  } else {
    if (!read("reason")) errors.push({ href: `#${alert.id}-reason`, text: "Write why nobody needs to be told" });
    if (errors.length === 0) {
      const settled = { reason: read("reason"), at: isoSeconds(ctx.now), by: ctx.session.user.id };
      await ctx.store.edit("alert", alert.id, [["/settled", settled], ["/state", "not-needed"]]);
      return ctx.redirect(back);
    }
  }
  return drawAlert(ctx, alert, { alert_id: alert.id, how: how === "told" ? "told" : "not-needed", errors, name: read("name"), role: read("role"), time: read("time"), reason: read("reason") });
}

/** "I am with the person": the banner leaves this page and comes back at the next one. */
async function setAside(ctx) {
  const alert = await ctx.store.find("alert", ctx.params.id);
  if (!alert) return ctx.problem("page.not_found");
  const back = backTo(typed(ctx)("back"), `/assessments/${alert.body.assessment_id}`);
  await ctx.store.meta.set("aside", { ...((await ctx.store.meta.get("aside")) ?? {}), [alert.id]: back });
  return ctx.redirect(back);
}

export const routes = [["GET", "/alerts/:id", show], ["POST", "/alerts/:id", settle], ["POST", "/alerts/:id/aside", setAside]];
