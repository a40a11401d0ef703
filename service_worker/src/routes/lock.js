// The lock. It names nobody: whoever unlocks opens their own vault, and nobody's work is ended, cleared or read.

import { clearedWords } from "../present/cleared.js";
import { clock, isoSeconds } from "../present/time.js";
import { counted } from "../present/words.js";
import { htmlResponse, render } from "../render.js";
import { countSealed } from "../store/db.js";
import { listCleared, listVaults } from "../store/doorway.js";
import { setupPage } from "./setup.js";

const DAY = new Intl.DateTimeFormat("en-GB", { timeZone: "Europe/London", weekday: "long", day: "numeric", month: "long" });

/** Where there is nothing to unlock: how to begin. @param {number} [status] 423 where another page was asked for */
export async function lockPage(status = 200) {
  const vaults = await listVaults();
  if (vaults.length === 0) return setupPage();
  const now = isoSeconds(Date.now());
  const waiting = (await Promise.all(vaults.map((each) => countSealed(each.id).catch(() => 0)))).reduce((sum, each) => sum + each, 0);
  const body = render("field/lock/show.njk", {
    title: "Locked",
    clock: clock(now),
    day: DAY.format(new Date(now)),
    cleared: clearedWords(await listCleared()),
    passkey: vaults.some((each) => each.prf_wrap),
    waiting: waiting ? `${counted(waiting, "change is", "changes are")} sealed on this device and waiting to send.` : "Nothing on this device waits to be sent.",
  });
  return htmlResponse(body, status);
}

/** Once unlocked there is no lock to see: on to where the worker was. */
async function show(ctx) {
  if (!ctx.session) return lockPage();
  const resume = await ctx.store.meta.get("resume");
  if (resume) await ctx.store.meta.set("resume", null);
  return ctx.redirect(/^\/(?!\/)(?!lock)/.test(resume ?? "") ? resume : "/");
}

async function lock(ctx) {
  return ctx.lock(null);
}

/** @type {[string, string, Function][]} */
export const routes = [["GET", "/lock", show], ["POST", "/lock", lock]];
