// What stands in clear on the device: for each vault its random id, salt, credential id, wraps and schema number, nothing
// else. It names nobody.

import { openDB } from "idb";

const NAME = "throughcare";

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

/** @returns {Promise<import("./vault.js").Vault[]>} */
export const listVaults = () => within((db) => db.getAll("vaults"));

/** @param {import("./vault.js").Vault} vault */
export const addVault = (vault) => within(async (db) => {
  const tx = db.transaction("vaults", "readwrite", { durability: "strict" });
  await tx.store.put(vault);
  await tx.done;
});
