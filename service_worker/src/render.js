// Template and data to a Response. Every page that the device builds carries the same policy as the server's pages.

import nunjucks from "nunjucks/browser/nunjucks-slim.js";
import { policy, release } from "throughcare:release";
import templates from "throughcare:templates";

// The slim build resolves relative names with Node's `path`, which is not here.
const loader = {
  getSource(name) {
    const code = templates[name];
    if (!code) throw new Error(`There is no template ${name}.`);
    return { src: { type: "code", obj: code }, path: name };
  },
  isRelative: (name) => name.startsWith("./") || name.startsWith("../"),
  resolve(from, to) {
    const out = from.split("/").slice(0, -1);
    for (const part of to.split("/")) {
      if (part === "..") out.pop();
      else if (part !== ".") out.push(part);
    }
    return out.join("/");
  },
};

const environment = new nunjucks.Environment([loader], { autoescape: true });

export const HEADERS = {
  "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  ...(policy.headers ?? {}),
  "Cache-Control": "no-store",
  "X-Throughcare-Release": release,
};

/** @param {string} name @param {any} data @returns {string} */
export const render = (name, data) => environment.render(name, data);

/** @param {string} body @param {number} [status] @param {Record<string, string>} [more] @returns {Response} */
export function htmlResponse(body, status = 200, more = {}) {
  return new Response(body, { status, headers: { ...HEADERS, "Content-Type": "text/html; charset=utf-8", ...more } });
}

/** A file to save. @param {any} value @param {string} name @returns {Response} */
export function jsonResponse(value, name) {
  return new Response(JSON.stringify(value, null, 1), { headers: { ...HEADERS, "Content-Type": "application/json", "Content-Disposition": `attachment; filename="${name}"` } });
}

/** Where to go next. A page's own request follows HX-Location; a browser's follows 303. @param {string} path @param {boolean} isHtmx */
export function redirectResponse(path, isHtmx) {
  if (isHtmx) return htmlResponse("", 200, { "HX-Location": path });
  return new Response(null, { status: 303, headers: { ...HEADERS, Location: path } });
}
