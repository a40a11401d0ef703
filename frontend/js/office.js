// Every office page works without this. With it the number of marks is counted while someone types, a mark's box takes the focus when it
// opens, and a page that came back with errors or a confirmation starts there.

import htmx from "htmx.org";

function refuse() {
  throw new Error("Nothing is compiled from text here.");
}

htmx.registerExtension("throughcare", { init: (/** @type {any} */ api) => api.initSecurity(null, refuse, refuse) });
Object.assign(htmx.config, { extensions: "throughcare", history: false, transitions: false, indicatorClass: "tc-none", mode: "same-origin" });

document.addEventListener(
  "toggle",
  (event) => {
    const box = /** @type {HTMLDetailsElement} */ (event.target);
    if (box.matches("[data-mark]") && box.open) box.querySelector("textarea")?.focus();
  },
  true,
);

document.addEventListener("DOMContentLoaded", () => {
  /** @type {HTMLElement|null} */ (document.querySelector("#errors, #done"))?.focus();
});
