// Every office page works without this. With it the number of marks is counted while someone types, a mark's box takes the focus when it
// opens, and a page that came back with errors or a confirmation starts there. The preview of a form asks the service at every answer.

import htmx from "htmx.org";

function refuse() {
  throw new Error("Nothing is compiled from text here.");
}

htmx.registerExtension("throughcare", { init: (/** @type {any} */ api) => api.initSecurity(null, refuse, refuse) });
Object.assign(htmx.config, { extensions: "throughcare", history: false, transitions: false, indicatorClass: "tc-none", mode: "same-origin" });

// A preview's answers travel with each request. One that had to wait for another takes what that one made of them.
document.addEventListener("htmx:before:request", (event) => {
  const { body } = /** @type {any} */ (event).detail.ctx.request;
  const answers = /** @type {HTMLInputElement|null} */ (document.querySelector("#preview-answers"));
  if (answers && body?.has?.(answers.name)) body.set(answers.name, answers.value);
});

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
