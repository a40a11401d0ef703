// htmx as this policy wants it: nothing compiled from text, no copies of pages, and a request that meets the lock waits for the
// unlock and goes again, itself, with everything that was typed.

import htmx from "htmx.org";
import { unlockDialog } from "./unlock.js";

/** @param {RequestInfo} action @param {any} request @returns {Promise<Response>} */
async function fetchWhenOpen(action, request) {
  const ours = { ...request, headers: { "HX-Request": "true", ...request.headers } };
  for (;;) {
    const response = await fetch(action, ours);
    if (response.status !== 423) return response;
    await unlockDialog();
  }
}

function refuse() {
  throw new Error("Nothing is compiled from text here.");
}

/** After a new page: its heading has the focus, so that a reader starts at the top. After a fragment the finger stays where it was. */
function moveFocus() {
  const place = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const errors = document.getElementById("errors");
  const target = /** @type {HTMLElement|null} */ (errors ?? (place || document.querySelector("main h1")));
  if (!target) return;
  if (!target.hasAttribute("tabindex") && !target.matches("a, button, input, select, textarea")) target.tabIndex = -1;
  target.focus({ preventScroll: !place && !errors });
  if (place) place.scrollIntoView({ block: "start" });
}

/** @param {() => void} drawn after each swap */
export function bootHtmx(drawn) {
  htmx.registerExtension("throughcare", { init: (api) => api.initSecurity(null, refuse, refuse) });
  Object.assign(htmx.config, { extensions: "throughcare", defaultTimeout: 0, transitions: false, indicatorClass: "tc-none", mode: "same-origin" });
  history.replaceState({ ...(history.state ?? {}), htmx: true }, "");
  document.addEventListener("htmx:config:request", (event) => {
    /** @type {any} */ (event).detail.ctx.fetch = fetchWhenOpen;
  });
  document.addEventListener("htmx:before:response", (event) => {
    const { ctx } = /** @type {any} */ (event).detail;
    ctx.whole_page = ctx.target === document.body || ctx.target === "body";
  });
  document.addEventListener("htmx:after:swap", (event) => {
    const { ctx } = /** @type {any} */ (event).detail;
    if (ctx.target === document.body && ctx.hx?.retarget === undefined) {
      // What follows a form would else begin as far down as the form was read; going back finds its place again by itself.
      if (!ctx.request.headers["HX-History-Restore-Request"]) scrollTo(0, 0);
      moveFocus();
    }
    drawn();
  });
}
