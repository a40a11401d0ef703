// What stands around the page and changes by itself: the sync words, the clock, a new version, the battery.

import { watchBattery } from "./battery.js";
import { ask, hear } from "./worker.js";

const PING = 60_000;
let waiting_to_draw = 0;

async function drawStrip() {
  waiting_to_draw = 0;
  const strip = document.getElementById("sync-strip");
  if (!strip || document.visibilityState === "hidden") return;
  const response = await fetch("/status", { headers: { "HX-Request": "true" } }).catch(() => null);
  if (!response?.ok) return;
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html").getElementById("sync-strip");
  if (fresh && strip.isConnected && fresh.innerHTML !== strip.innerHTML) strip.innerHTML = fresh.innerHTML;
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
    if (!(event.target instanceof Element) || !event.target.closest("[data-activate]")) return;
    asked = true;
    (await navigator.serviceWorker.getRegistration())?.waiting?.postMessage({ type: "activate" });
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
