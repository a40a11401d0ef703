// What stands in clear on the device: for each vault its random id, salt, credential id, wraps and schema number, nothing
// else. It names nobody. Where a vault was cleared, what is told of that stands in place of its wraps: no key to it is left.

import { openDB } from "idb";

const NAME = "throughcare";

/** @typedef {{at: string, device: string, proof: string|null}} Cleared when, by the service's clock; the device's id, and what it says with that it is cleared, until the service has heard of it */

async function doorway() {
  return openDB(NAME, 1, { upgrade: (db) => void db.createObjectStore("vaults", { keyPath: "id" }) });
}

async function within(work) {
  const db = await doorway();
  try {
    return await work(db);
  } finally {
    db.close();
  }
}

/** @returns {Promise<import("./vault.js").Vault[]>} those that somebody can open */
export const listVaults = () => within(async (db) => (await db.getAll("vaults")).filter(({ cleared }) => !cleared));

/** @returns {Promise<{id: string, cleared: Cleared}[]>} */
export const listCleared = () => within(async (db) => (await db.getAll("vaults")).filter(({ cleared }) => cleared));

/** Whoever is set up anew has read what became of the one before. @param {import("./vault.js").Vault} vault */
export const addVault = (vault) => within(async (db) => {
  const tx = db.transaction("vaults", "readwrite", { durability: "strict" });
  for (const { id, cleared } of await tx.store.getAll()) if (cleared && !cleared.proof) await tx.store.delete(id);
  await tx.store.put(vault);
  await tx.done;
});

/** Destroy the wraps of a vault's key: one value takes the place of another, so that no crash leaves half of it. @param {string} id @param {Cleared} cleared */
export const clearVault = (id, cleared) => within(async (db) => {
  const tx = db.transaction("vaults", "readwrite", { durability: "strict" });
  await tx.store.put({ id, cleared });
  await tx.done;
});
