// Every page that the device draws. It binds by data attributes, and does only what HTML cannot.

import { bootHtmx } from "./page/boot.js";
import { watchChoices } from "./page/choices.js";
import { fetchKey } from "./page/keys.js";
import { watchLock } from "./page/lock.js";
import { watchSaving } from "./page/saving.js";
import { drawn, watchStatus, watchUpdates } from "./page/status.js";
import { watchUnits } from "./page/units.js";
import { wireUnlock } from "./page/unlock.js";
import { hear } from "./page/worker.js";
import { watchErrors } from "./page/wrong.js";

/** Asked once, after the first save: only then is there something that must never be cleared away. */
function keepStorage() {
  let asked = false;
  hear("status", ({ data }) => {
    if (asked || !data.saved) return;
    asked = true;
    navigator.storage?.persist?.().catch(() => false);
  });
}

function lockScreen() {
  const root = document.querySelector("[data-unlock]");
  if (root) wireUnlock(root, () => (location.pathname === "/lock" ? location.replace("/lock") : location.reload()));
  /** @type {HTMLElement|null} */ (document.querySelector("[data-unlock-passkey]:not([hidden])") ?? document.querySelector("[name=passphrase]"))?.focus();
  setInterval(() => {
    const words = new Date().toLocaleTimeString("en-GB", { timeZone: "Europe/London", hour: "2-digit", minute: "2-digit" });
    for (const clock of document.querySelectorAll("[data-clock] b")) clock.textContent = words;
  }, 5000);
  // Unlocked in another tab: this one follows.
  document.addEventListener("visibilitychange", async () => {
    if (document.visibilityState === "visible" && (await fetchKey())) location.reload();
  });
}

bootHtmx(drawn);
if (document.body.hasAttribute("data-locked")) {
  lockScreen();
} else {
  watchChoices();
  watchLock();
  watchSaving();
  watchErrors();
  watchStatus();
  watchUnits();
  watchUpdates();
  keepStorage();
  fetchKey();
}
