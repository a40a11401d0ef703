// What a handler gets, and what a refusal looks like.

import { StoreBusy, StoreFull, StoreGone, StoreNewer } from "./store/db.js";
import { NotHere } from "./store/store.js";
import { Problem, problemWords } from "./problem.js";
import { htmlResponse, redirectResponse, render } from "./render.js";

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
    problem: (code, details) => problemResponse(request, code === "page.not_found" && store?.removal(params.id) ? "record.taken_away" : code, details),
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
  if (error instanceof StoreBusy) return "device.store_busy";
  if (error instanceof StoreGone) return "device.store_gone";
  if (error instanceof StoreNewer) return "device.store_newer";
  if (error instanceof NotHere) return "record.not_here";
  return "device.failed";
}
