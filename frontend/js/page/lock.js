// Locking: at once by Conceal, and by itself when nobody touches the device. The cover comes first, the rest after it.

import { forget } from "./keys.js";
import { flushTyped } from "./saving.js";
import { unlockDialog } from "./unlock.js";
import { ask, hear } from "./worker.js";

const IDLE_MINUTES = 5;
const WARNING = 60_000;
const HEARD_EVERY = 5_000;
const channel = typeof BroadcastChannel === "function" ? new BroadcastChannel("throughcare") : null;
let last = Date.now();
let told = 0;
let leaving = false;

function cover() {
  const sheet = document.createElement("div");
  sheet.className = "tc-cover";
  document.documentElement.append(sheet);
  document.title = "Locked – Throughcare";
  return sheet;
}

/** Nothing of the page is left for the back button, or for the browser's own copy of it. */
function leave() {
  if (leaving) return;
  leaving = true;
  cover();
  forget();
  document.body.replaceChildren();
}

const here = () => location.pathname + location.search;

export async function lockNow() {
  const flushed = flushTyped();
  leave();
  await flushed;
  await ask({ type: "lock", path: here(), hard: true }, 3000);
  location.replace("/lock");
}

/** Typed into this page and not saved by it yet. */
const unsaved = () => Array.from(document.querySelectorAll("input, textarea")).some((each) => {
  const field = /** @type {HTMLInputElement} */ (each);
  return ["text", "textarea", "search", "tel"].includes(field.type) && field.value !== field.defaultValue;
});

/** @param {boolean} hard */
function onLocked(hard) {
  if (leaving || document.body.hasAttribute("data-locked")) return;
  forget();
  hideWarning();
  if (!hard && unsaved()) return void unlockDialog().then(touch);
  leave();
  location.replace("/lock");
}

function touch() {
  last = Date.now();
  hideWarning();
  if (last - told < HEARD_EVERY) return;
  told = last;
  channel?.postMessage("touched");
}

function hideWarning() {
  document.querySelector(".tc-warning")?.remove();
}

function warn() {
  if (document.querySelector(".tc-warning")) return;
  const bar = document.createElement("div");
  bar.className = "tc-warning";
  bar.setAttribute("role", "alert");
  bar.innerHTML = '<span>This device locks in one minute. What you typed is kept.</span><button class="tc-button" type="button">Stay unlocked</button>';
  bar.querySelector("button")?.addEventListener("click", touch);
  document.body.append(bar);
}

function look() {
  if (leaving || document.querySelector(".tc-dialog")) return;
  const quiet = Date.now() - last;
  // The service's setting, as this device last heard it; a page drawn before it was heard has none.
  const idle = (Number(document.body.dataset.idleMinutes) || IDLE_MINUTES) * 60_000;
  if (quiet >= idle) ask({ type: "lock", path: here(), hard: false }, 3000);
  else if (quiet >= idle - WARNING) warn();
}

export function watchLock() {
  hear("locked", (event) => onLocked(Boolean(event.data.hard)));
  if (channel) channel.onmessage = ({ data }) => {
    if (data !== "touched") return;
    last = Date.now();
    hideWarning();
  };
  for (const type of ["pointerdown", "keydown", "input"]) addEventListener(type, touch, { capture: true, passive: true });
  document.addEventListener("submit", (event) => {
    if (!(event.target instanceof Element) || !event.target.matches("[data-conceal]")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    lockNow();
  }, { capture: true });
  setInterval(look, 1000);
  document.addEventListener("visibilitychange", look);
  // The browser may bring a page back as it was, without asking anybody.
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
}
