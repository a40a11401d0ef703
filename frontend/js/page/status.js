// What stands around the page and changes by itself: the sync words, the clock, a new version, the battery.

import htmx from "htmx.org";
import { watchBattery } from "./battery.js";
import { ask, hear } from "./worker.js";

const PING = 60_000;
let waiting_to_draw = 0;
/** What was drawn last. @type {WeakMap<Element, string>} */
const last = new WeakMap();

/** @param {string} path @returns {Promise<Document|null>} */
async function asked(path) {
  const response = await fetch(path, { headers: { "HX-Request": "true" } }).catch(() => null);
  return response?.ok ? new DOMParser().parseFromString(await response.text(), "text/html") : null;
}

/** @param {Element} part @param {Element|null|undefined} fresh the same part, as it is now */
function redraw(part, fresh) {
  // What htmx marked in it since is no change.
  if (!fresh || !part.isConnected || fresh.innerHTML === (last.get(part) ?? part.innerHTML)) return;
  last.set(part, fresh.innerHTML);
  part.className = fresh.className;
  part.innerHTML = fresh.innerHTML;
  htmx.process(part);
}

/** The strip, and what else on the page says how sync stands; not under somebody's finger, who would lose their place. */
async function drawStrip() {
  waiting_to_draw = 0;
  if (document.visibilityState === "hidden") return;
  const strip = document.getElementById("sync-strip");
  if (strip) redraw(strip, (await asked("/status"))?.getElementById("sync-strip"));
  const live = [...document.querySelectorAll("[data-live]")].filter((part) => !part.contains(document.activeElement));
  if (!live.length) return;
  const fresh = await asked(location.pathname);
  for (const part of live) if (!part.contains(document.activeElement)) redraw(part, fresh?.getElementById(part.id));
}

function tick() {
  const words = new Date().toLocaleTimeString("en-GB", { timeZone: "Europe/London", hour: "2-digit", minute: "2-digit" });
  for (const clock of document.querySelectorAll("[data-clock] b")) if (clock.textContent !== words) clock.textContent = words;
}

/** @param {boolean} better whether there is a reason to think that it may work now */
const sync = (better) => ask({ type: "sync", better }, 120_000);

export function drawn() {
  tick();
  watchBattery();
  offerUpdate();
}

export function watchStatus() {
  hear("status", () => {
    // Many changes at once are one drawing.
    if (waiting_to_draw === 0) waiting_to_draw = window.setTimeout(drawStrip, 150);
  });
  setInterval(tick, 5000);
  setInterval(() => document.visibilityState === "visible" && sync(false), PING);
  addEventListener("online", () => sync(true));
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && sync(false));
  sync(false);
  drawn();
}

/** A new version is offered between screens, never over something that is being filled in. */
async function offerUpdate() {
  const registration = await navigator.serviceWorker.getRegistration();
  const busy = document.querySelector("main form textarea, main form input:not([type=hidden])") || /^\/assessments\//.test(location.pathname);
  document.querySelector(".tc-update")?.remove();
  if (!registration?.waiting || busy) return;
  const bar = document.createElement("div");
  bar.className = "tc-update";
  bar.setAttribute("role", "status");
  bar.innerHTML = '<span>A new version is ready. Everything you recorded is saved.</span><button class="tc-button tc-button--outline" type="button" data-activate>Restart now</button>';
  document.querySelector("main")?.before(bar);
}

export function watchUpdates() {
  let asked = false;
  document.addEventListener("click", async (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-activate]") : null;
    if (!button || asked) return;
    asked = true;
    button.textContent = "Restarting: finishing what is under way";
    button.setAttribute("aria-disabled", "true");
    const registration = await navigator.serviceWorker.getRegistration();
    registration?.active?.postMessage({ type: "retire" });
    registration?.waiting?.postMessage({ type: "activate" });
  });
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    if (asked) location.reload();
  });
  navigator.serviceWorker.getRegistration().then((registration) => {
    registration?.addEventListener("updatefound", () => {
      registration.installing?.addEventListener("statechange", offerUpdate);
    });
    if (document.visibilityState === "visible") registration?.update().catch(() => {});
  });
}
