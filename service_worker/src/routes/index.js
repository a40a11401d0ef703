// Every field route in one table. The router calls `register(route)` once; a route module exports `routes`, a list of
// [method, path, handler], and imports nothing of the router's, so that each handler can be tried with a plain object.

import { routes as alerts } from "./alerts.js";
import { routes as answers } from "./answers.js";
import { routes as assessments } from "./assessments.js";
import { routes as contacts } from "./contacts.js";
import { routes as decisions } from "./decisions.js";
import { routes as episodes } from "./episodes.js";
import { routes as finish } from "./finish.js";
import { routes as instances } from "./instances.js";
import { routes as languages } from "./languages.js";
import { routes as moves } from "./moves.js";
import { routes as people } from "./people.js";
import { routes as removals } from "./removals.js";
import { routes as suite } from "./suite.js";
import { routes as turned } from "./turned.js";
import { routes as work } from "./work.js";
import { whileTurned } from "./turned.js";

/** @typedef {[method: string, path: string, handler: (ctx: any) => Promise<any>]} Row */

/**
 * Enter the field routes into the router. While the tablet is turned round, only the person's own pages answer.
 * @param {(method: string, path: string, handler: Function) => void} route
 */
export function register(route) {
  for (const table of [suite, people, episodes, contacts, assessments, answers, instances, languages, finish, moves, removals, alerts, work, decisions]) {
    for (const [method, path, handler] of /** @type {Row[]} */ (table)) route(method, path, whileTurned(handler));
  }
  for (const [method, path, handler] of /** @type {Row[]} */ (turned)) route(method, path, handler);
}
