// Method and path to a handler, and what a handler gets. The worker is the server of these pages, not a cache of one.

import { StoreFull } from "./store/db.js";
import { NotHere } from "./store/store.js";
import { Problem, problemWords } from "./problem.js";
import { htmlResponse, redirectResponse, render } from "./render.js";

/** @typedef {{method: string, parts: string[], handler: Function, locked: boolean}} Route */

export function createRouter() {
  /** @type {Route[]} */
  const routes = [];

  /** @param {string} method @param {string} path @param {Function} handler @param {{locked?: boolean}} [options] locked: answers without a key too */
  function route(method, path, handler, { locked = false } = {}) {
    routes.push({ method, parts: path.split("/"), handler, locked });
  }

  /**
   * Words before parameters: /people/find is not a person.
   * @param {string} method @param {string} path @returns {(Route & {params: Record<string, string>, words: number})|null}
   */
  function match(method, path) {
    const parts = path.length > 1 ? path.replace(/\/$/, "").split("/") : ["", ""];
    /** @type {(Route & {params: Record<string, string>, words: number})|null} */
    let best = null;
    for (const each of routes) {
      if (each.method !== method || each.parts.length !== parts.length) continue;
      /** @type {Record<string, string>} */
      const params = {};
      let words = 0;
      const fits = each.parts.every((part, index) => {
        if (part.startsWith(":")) {
          params[part.slice(1)] = decoded(parts[index]);
          return parts[index] !== "";
        }
        words += 1;
        return part === parts[index];
      });
      if (fits && (!best || words > best.words)) best = { ...each, params, words };
    }
    return best;
  }

  return { route, match };
}

function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/**
 * @param {Request} request @param {Record<string, string>} params
 * @param {{store: any, session: any, forms: any, now: string, lock?: (path: string) => Promise<void>}} world
 */
export async function createContext(request, params, { store, session, forms, now, lock }) {
  const url = new URL(request.url);
  const isHtmx = request.headers.get("HX-Request") === "true";
  const form = request.method === "POST" ? await request.formData().catch(() => new FormData()) : new FormData();
  return {
    params, query: url.searchParams, path: url.pathname, form, isHtmx, now, session, store, forms,
    page: (name, data, status = data?.errors?.length ? 422 : 200) => htmlResponse(render(name, data), status),
    fragment: (name, data, status = 200) => htmlResponse(render(name, data), status),
    redirect: (path) => redirectResponse(path, isHtmx),
    problem: (code, details) => problemResponse(request, code, details),
    lock: async (path) => {
      await lock?.(path);
      // A whole new document, so that nothing of this one stays behind.
      return isHtmx ? htmlResponse("", 200, { "HX-Redirect": "/lock" }) : redirectResponse("/lock", false);
    },
  };
}

/** A refusal is a page; within a page it is a card in the place for it, and what was typed stays. */
export function problemResponse(request, code, details) {
  const problem = problemWords(code, details);
  const data = { problem, title: problem.title, theme: "", strip: false, nav: false, suites: [], suite_name: "", list_as_at: "" };
  if (request.headers.get("HX-Request") === "true") {
    return htmlResponse(render("field/device/problem.njk", data), problem.status, { "HX-Retarget": "#tc-problem", "HX-Reswap": "innerHTML show:top", "HX-Push-Url": "false" });
  }
  return htmlResponse(render("field/lock/problem.njk", data), problem.status);
}

/** @param {unknown} error @returns {string} the code of what went wrong */
export function codeOf(error) {
  if (error instanceof Problem) return error.code;
  if (error instanceof StoreFull) return "device.storage_full";
  if (error instanceof NotHere) return "record.not_here";
  return "device.failed";
}
