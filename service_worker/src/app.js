// One request of a field page, from arrival to answer.

import { isoSeconds } from "./present/time.js";
import { formsOf, sessionOf } from "./device.js";
import { codeOf, createContext, problemResponse } from "./context.js";
import { createRouter } from "./router.js";
import { register } from "./routes/index.js";
import { whileTurned } from "./routes/turned.js";
import { routes as device } from "./routes/device.js";
import { lockPage, routes as lock } from "./routes/lock.js";
import { htmlResponse } from "./render.js";
import { takeTurn } from "./turns.js";

const { route, match } = createRouter();
register(route);
for (const [method, path, handler] of device) route(method, path, whileTurned(handler));
for (const [method, path, handler] of lock) route(method, path, handler, { locked: true });

/**
 * @param {Request} request
 * @param {{opened: () => Promise<any>, lock: (path?: string) => Promise<void>, facts: () => Promise<any>, sync_now: () => Promise<any>}} world
 * @returns {Promise<Response>}
 */
export async function respond(request, world) {
  const turn = takeTurn(!reads(request));
  try {
    return await answer(request, world, turn);
  } catch (error) {
    const code = codeOf(error);
    // The name of the error and nothing of its content: that could be somebody's.
    if (code === "device.failed") console.error(`device.failed ${new URL(request.url).pathname.split("/")[1]} ${/** @type {any} */ (error)?.name} ${stackOf(error)}`);
    return problemResponse(request, code);
  } finally {
    turn.leave();
  }
}

const reads = (request) => request.method === "GET" || request.method === "HEAD";

const stackOf = (error) => String(error?.stack ?? "").split("\n").slice(1, 4).map((line) => line.trim().replace(/\(?https?:\/\/[^/]+/, "")).join(" ");

async function answer(request, world, turn) {
  const path = new URL(request.url).pathname;
  const own = request.headers.get("HX-Request") === "true";
  // A page of another site can send a form, but not this header.
  if (!reads(request) && !own && path !== "/lock") return problemResponse(request, "device.not_from_here");
  const found = match(request.method === "HEAD" ? "GET" : request.method, path);
  // A script that has just been started asks the pages for the key while it waits for its turn. The lock waits for nobody.
  const [had] = await Promise.all([world.opened(), found?.locked ? null : turn.come]);
  const open = had && (await world.opened());
  if (!open && !found?.locked) return closed(own);
  if (!found) return problemResponse(request, "page.not_found");
  const now = isoSeconds(Date.now());
  const inside = open ? { store: open.store, session: await sessionOf(open), forms: formsOf(open.store) } : { store: null, session: null, forms: null };
  const ctx = await createContext(request, found.params, { ...inside, now, lock: world.lock });
  // Who goes out to the network leaves the line: a page must not wait for the service.
  const sync_now = () => {
    turn.leave();
    return world.sync_now();
  };
  return found.handler({ ...ctx, device_facts: world.facts, sync_now });
}

/** Without a key: a page's own request is told to unlock and come again; a person gets the lock, or how to begin. */
async function closed(own) {
  if (own) return htmlResponse("", 423, { "HX-Reswap": "none" });
  return lockPage(423);
}
