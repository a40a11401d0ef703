// What lies in a vault's database as it is, and which of the keys left there opens it: what somebody with the worker's key
// and the raw store could read.

import assert from "node:assert/strict";

export const STORES = ["records", "meta", "outbox", "kept", "keys"];

/** @param {string} name of the database @returns {Promise<Record<string, Map<string, any>>>} store -> key -> what lies there */
export function rawOf(name) {
  return new Promise((done, failed) => {
    const request = indexedDB.open(name);
    request.onerror = failed;
    request.onsuccess = () => {
      const db = request.result;
      const there = STORES.filter((each) => db.objectStoreNames.contains(each));
      const found = Object.fromEntries(there.map((each) => [each, new Map()]));
      const tx = db.transaction(there);
      for (const each of there) {
        tx.objectStore(each).openCursor().onsuccess = ({ target }) => {
          if (!target.result) return;
          found[each].set(target.result.key, target.result.value);
          target.result.continue();
        };
      }
      tx.oncomplete = () => {
        db.close();
        done(found);
      };
    };
  });
}

/** @param {any} vault functions of vault.js @param {string} id @param {CryptoKey} key @param {Map<string, any>} wrapped @returns {Promise<CryptoKey[]>} the vault's key and every key that lies wrapped under it */
export async function keysLeft({ openScopeKey }, id, key, wrapped) {
  return [key, ...(await Promise.all([...wrapped].map(([name, row]) => openScopeKey(key, `${id}/keys/${name}`, row.wrapped))))];
}

/** No key opens any of these. @param {any} vault @param {string} id @param {CryptoKey[]} keys @param {[store: string, key: string, sealed: any][]} blobs */
export async function assertUnreadable({ open }, id, keys, blobs) {
  for (const [store, name, sealed] of blobs) {
    for (const key of keys) await assert.rejects(open(key, `${id}/${store}/${name}`, sealed), `${store}/${name} opens still`);
  }
}
