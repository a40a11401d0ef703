// Between the finger and the store's own answer nothing on a page of questions says "Saved", and nothing typed is left behind:
// text is sent after a pause (its form's own trigger), and at once when somebody moves on before that.

import { hear } from "./worker.js";

const SLOW = 400;
/** Forms with typed text that was not sent yet. @type {Set<HTMLFormElement>} */
const typed = new Set();
/** Requests of htmx that wait, whose answer has not come, or is being drawn. @type {Set<any>} */
const under_way = new Set();
/** Those of them whose answer is here: what it says of the saving stands. @type {WeakSet<any>} */
const answered = new WeakSet();
let slow = 0;

/** @param {EventTarget|null} target @returns {HTMLFormElement|null} */
const formOf = (target) => (target instanceof Element ? target.closest("#questions form[hx-post]") : null);

/** A list is an answer once it is chosen from or left: an arrow key in a closed one only passes its options. @param {EventTarget|null} target */
export const isList = (target) => target instanceof HTMLSelectElement && target.name === "value";

/** @param {string} words */
function say(words) {
  document.getElementById("saved")?.replaceChildren(words);
}

const pending = () => typed.size > 0 || [...under_way].some((ctx) => !answered.has(ctx));

/** Take the word back at once; say that it takes long only when it does. */
function unsay() {
  say("");
  clearTimeout(slow);
  slow = window.setTimeout(() => {
    slow = 0;
    if (pending()) say("Saving");
  }, SLOW);
}

/** Send typed text in the ordinary way, now. @param {EventTarget|null} target where the finger is */
function sendTyped(target) {
  for (const form of typed) if (form.isConnected && form !== formOf(target)) form.requestSubmit();
}

/**
 * Send typed text although this page is going: not through htmx, which needs the page.
 * @returns {Promise<unknown>} when the device has answered, or could not
 */
export function flushTyped() {
  const sent = [...typed].filter((form) => form.isConnected).map((form) => fetch(form.action, {
    method: "POST", keepalive: true, headers: { "HX-Request": "true" }, body: new URLSearchParams(/** @type {any} */ (new FormData(form))),
  }).catch(() => null));
  typed.clear();
  return Promise.all(sent);
}

export function watchSaving() {
  // What lies here is about to be cleared away by order of the service.
  hear("flush", async ({ ports }) => {
    await flushTyped();
    ports[0]?.postMessage(true);
  });
  document.addEventListener("input", ({ target }) => {
    const form = formOf(target);
    if (!form) return;
    if (target instanceof HTMLTextAreaElement || isList(target) || (target instanceof HTMLInputElement && !["radio", "checkbox"].includes(target.type))) typed.add(form);
    unsay();
  }, { capture: true });
  document.addEventListener("focusout", ({ relatedTarget }) => sendTyped(relatedTarget), { capture: true });
  // Not every browser moves the focus when a link or a button is tapped.
  document.addEventListener("pointerdown", ({ target }) => sendTyped(target), { capture: true });
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && flushTyped());
  addEventListener("pagehide", flushTyped);
  // The browser asks before it leaves an answer that the device has not taken; for the moment that a save takes it does not.
  addEventListener("beforeunload", (event) => {
    if (under_way.size && slow === 0) event.preventDefault();
  });

  document.addEventListener("htmx:config:request", (event) => {
    const { ctx } = /** @type {any} */ (event).detail;
    const form = formOf(ctx.sourceElement);
    if (!form) return;
    // The box that was tapped, and not only how the boxes stand: the page may be one answer behind the store.
    const box = ctx.sourceEvent?.target;
    if (box instanceof HTMLInputElement && box.type === "checkbox") {
      ctx.request.body.set("tapped", box.value);
      ctx.request.body.set("checked", String(box.checked));
    }
    typed.delete(form);
    under_way.add(ctx);
    unsay();
  });
  document.addEventListener("htmx:before:response", (event) => {
    const { ctx } = /** @type {any} */ (event).detail;
    if (!under_way.has(ctx)) return;
    // The answer to an earlier tap must not draw a question over a later one, and a later one finds the question drawn anew.
    const later = [...under_way].some((each) => each !== ctx && each.target?.id === ctx.target?.id);
    if (later) ctx.swap = "none";
    else if (ctx.target?.id && !ctx.target.isConnected) ctx.target = document.getElementById(ctx.target.id);
  });
  // Drawing it takes a moment in which the clock of "Saving" may run out, and nobody would take that word back.
  document.addEventListener("htmx:after:request", (event) => answered.add(/** @type {any} */ (event).detail.ctx));
  document.addEventListener("htmx:finally:request", (event) => {
    const { ctx } = /** @type {any} */ (event).detail;
    if (!under_way.delete(ctx)) return;
    if (ctx.status !== "swapped" || ctx.response?.status >= 400) say("Not saved");
    else if (pending()) unsay();
  });
  document.addEventListener("htmx:after:swap", (event) => {
    const { ctx } = /** @type {any} */ (event).detail;
    if (ctx.target !== document.body) return;
    under_way.clear();
    typed.clear();
  });
}
