// Opening a vault, on the lock screen or in the dialog over a page. A passphrase is tried against each vault: the screen names nobody.

import { listVaults } from "../../../service_worker/src/store/doorway.js";
import { openWithPassphrase, openWithPrf } from "../../../service_worker/src/store/vault.js";
import { handOver, isOurs } from "./keys.js";
import { askPasskey, canPasskey } from "./passkey.js";

/** @param {Element} root holds [data-unlock] @param {(vault_id: string) => void} opened */
export function wireUnlock(root, opened) {
  const told = /** @type {HTMLElement} */ (root.querySelector("[data-unlock-told]"));
  const form = /** @type {HTMLFormElement} */ (root.querySelector("[data-unlock-form]"));
  const passkey = /** @type {HTMLButtonElement|null} */ (root.querySelector("[data-unlock-passkey]"));
  const show = root.querySelector("[data-unlock-show]");
  const input = /** @type {HTMLInputElement} */ (form.elements.namedItem("passphrase"));
  if (passkey && !canPasskey()) passkey.hidden = true;

  /** @param {() => Promise<{vault_id: string, key: CryptoKey}|null>} open @param {string} otherwise */
  async function attempt(open, otherwise) {
    told.textContent = "";
    try {
      const found = await open();
      if (!found) told.textContent = otherwise;
      else if (await handOver(found.vault_id, found.key)) opened(found.vault_id);
      else told.textContent = "This device could not open its store. Everything is kept. Close Throughcare, open it again and try once more.";
    } catch {
      told.textContent = otherwise;
    }
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    event.stopPropagation();
    const passphrase = input.value;
    told.textContent = "";
    attempt(async () => {
      for (const vault of await listVaults()) {
        const key = await openWithPassphrase(vault, passphrase);
        if (key) return { vault_id: vault.id, key };
      }
      return null;
    }, "That passphrase opens nothing on this device. Nothing was changed. Look at the letters with Show, and try again.").then(() => {
      input.value = "";
    });
  });

  passkey?.addEventListener("click", () => attempt(async () => {
    const vaults = (await listVaults()).filter((each) => each.prf_wrap);
    const answer = await askPasskey(vaults);
    const vault = vaults.find((each) => each.credential_id === answer?.credential_id);
    const key = vault && answer && (await openWithPrf(vault, answer.output));
    return vault && key ? { vault_id: vault.id, key } : null;
  }, "The passkey did not open it. Nothing was changed. Use your passphrase instead."));

  show?.addEventListener("click", () => {
    const shown = input.type === "text";
    input.type = shown ? "password" : "text";
    show.textContent = shown ? "Show" : "Hide";
    show.setAttribute("aria-pressed", String(!shown));
  });
}

/** @type {Promise<void>|null} */
let asking = null;

/**
 * Cover the page and ask to unlock. What was typed stays beneath. If somebody else unlocks, this page is not theirs: it goes.
 * @returns {Promise<void>} when this page's own worker has unlocked
 */
export function unlockDialog() {
  asking ??= new Promise((resolve) => {
    const dialog = document.createElement("dialog");
    dialog.className = "tc-dialog";
    dialog.setAttribute("aria-labelledby", "unlock-heading");
    dialog.innerHTML = DIALOG;
    document.documentElement.append(dialog);
    const title = document.title;
    document.title = "Locked – Throughcare";
    dialog.addEventListener("cancel", (event) => event.preventDefault());
    dialog.showModal();
    wireUnlock(dialog, (vault_id) => {
      if (!isOurs(vault_id)) {
        document.body.replaceChildren();
        location.replace("/");
        return;
      }
      document.title = title;
      dialog.close();
      dialog.remove();
      asking = null;
      resolve();
    });
  });
  return asking;
}

const DIALOG = `<h2 id="unlock-heading">This device is locked</h2><p>What you typed is kept beneath. It goes on by itself when you unlock.</p>
<div class="tc-unlock" data-unlock><p class="tc-unlock__told" role="alert" data-unlock-told></p>
<button class="tc-unlock__passkey" type="button" data-unlock-passkey>Unlock with passkey</button>
<form class="tc-unlock__form" method="dialog" data-unlock-form><label class="tc-unlock__label" for="dialog-passphrase">Passphrase</label>
<div class="tc-unlock__box"><input class="tc-unlock__input" type="password" id="dialog-passphrase" name="passphrase" autocomplete="current-password" autocapitalize="none" spellcheck="false" required>
<button class="tc-unlock__show" type="button" data-unlock-show aria-pressed="false">Show</button></div>
<button class="tc-unlock__button" type="submit">Unlock</button></form></div>`;
