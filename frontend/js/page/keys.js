// This page's copy of the key, in memory only and not exportable. The worker is stopped by the browser whenever it likes;
// then it asks the pages.

import { ask, hear } from "./worker.js";

/** @type {{vault_id: string, key: CryptoKey}|null} */
let held = null;
/** Whose page this is: it is never shown to, or sent on for, anybody else. @type {string|null} */
let vault_of_page = null;

hear("key?", (event) => event.ports[0]?.postMessage(held));
hear("key", ({ data }) => take(data));

/** @param {{vault_id: string, key: CryptoKey}} given */
function take({ vault_id, key }) {
  if (!isOurs(vault_id)) return;
  held = { vault_id, key };
  vault_of_page = vault_id;
}

export const forget = () => {
  held = null;
};

/** @param {string} vault_id @returns {boolean} */
export const isOurs = (vault_id) => vault_of_page === null || vault_of_page === vault_id;

/** Ask the worker for the key, at the start of a page that it has drawn, should it not have come with the page. */
export async function fetchKey() {
  const given = await ask({ type: "key" });
  if (!given?.key) return false;
  held = given;
  vault_of_page = given.vault_id;
  return true;
}

/** Hand a key that was just opened to the worker. @param {string} vault_id @param {CryptoKey} key @returns {Promise<boolean>} */
export async function handOver(vault_id, key) {
  const reply = await ask({ type: "unlock", vault_id, key });
  if (!reply?.ok) return false;
  if (isOurs(vault_id)) held = { vault_id, key };
  return true;
}
