// Flask's start page, seen only while no worker controls the page: it installs the worker, says how far it is, and steps aside.
//   [data-start-told]   where the progress stands            [data-demo-user="id"]  a button that enrols this device in the demo
//   [data-start-empty]  what to know where nobody's records are here

import { listVaults } from "../../service_worker/src/store/doorway.js";
import { demoButtons } from "./page/demo.js";
import { canWork, register } from "./page/register.js";

async function start() {
  const told = document.querySelector("[data-start-told]");
  const tell = (words) => {
    if (told) told.textContent = words;
  };
  demoButtons(tell);
  if (!canWork()) return tell("This browser cannot keep sealed records. Use a current Chromium, Safari or Firefox, over HTTPS or on localhost.");
  await register(tell);
  const begun = (await listVaults()).length > 0;
  /** @type {HTMLElement|null} */ (document.querySelector("[data-start-empty]"))?.toggleAttribute("hidden", begun);
  if (!begun && location.pathname === "/") return;
  // Once: a page that stays uncontrolled after a reload would reload for ever.
  if (history.state?.reloaded) return tell("The program is on this device. Close this tab and open Throughcare again.");
  history.replaceState({ reloaded: true }, "");
  location.reload();
}

start().catch(() => {
  const told = document.querySelector("[data-start-told]");
  if (told) told.textContent = "The program could not be fetched. Check the signal and load this page again. Nothing on this device was changed.";
});
