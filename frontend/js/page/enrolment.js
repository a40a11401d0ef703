// The steps of making this device known, without the page: each returns what the next one needs.

import { addVault, listVaults } from "../../../service_worker/src/store/doorway.js";
import { openDatabase } from "../../../service_worker/src/store/db.js";
import { createVault, newPrfSalt, openWithPassphrase } from "../../../service_worker/src/store/vault.js";
import { handOver } from "./keys.js";
import { createPasskey, useKnownPasskey } from "./passkey.js";
import { ask, hear } from "./worker.js";

/** What went wrong, in words for the person who holds the device. */
export class EnrolmentProblem extends Error {}

/** @param {string} path @param {any} body */
async function post(path, body) {
  const response = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json", Accept: "application/json" }, body: JSON.stringify(body) }).catch(() => null);
  const answer = await response?.json().catch(() => null);
  if (!response || !answer) throw new EnrolmentProblem("The service did not answer. Nothing was used up: check the signal and try again.");
  if (!response.ok) throw new EnrolmentProblem([answer.title, answer.happened, answer.do].filter(Boolean).join(". ").replace(/\.\./g, ".") || "The service refused. Ask your administrator for a new link.");
  return answer;
}

/** @param {string} code @returns {Promise<{user: {id: string, name: string, role: string}, public_key: any, demo: boolean}>} */
export const begin = (code) => post("/api/v1/enrolments/start", { code });

/**
 * A synced passkey that this worker made on another device may not be made here again: it is used instead.
 * @param {any} begun @param {() => void} again says that the passkey is asked for a second time @returns {Promise<{json: any, prf: {output: ArrayBuffer, credential_id: string, salt: Uint8Array<ArrayBuffer>}|null}>} prf null where
 * the passkey cannot open the vault: then the passphrase is the only way in
 */
export async function makePasskey(begun, again) {
  const salt = newPrfSalt();
  const { credential, credential_id, output } = await createPasskey(begun.public_key, salt).catch((error) => {
    if (error?.name !== "InvalidStateError") throw error;
    again();
    return useKnownPasskey(begun.public_key, salt);
  });
  // One passkey opens one vault of a device: the lock could not tell whose turn it is.
  const taken = (await listVaults()).some((each) => each.credential_id === credential_id);
  return { json: credential, prf: output && !taken ? { output, credential_id, salt } : null };
}

/**
 * The lock tries a passphrase on every vault of the device, so two workers may not share one.
 * @param {string} passphrase @returns {Promise<boolean>} whether it opens somebody's vault here already
 */
export async function passphraseTaken(passphrase) {
  for (const vault of await listVaults()) if (await openWithPassphrase(vault, passphrase)) return true;
  return false;
}

/**
 * Make the vault first: a link is used up only when there is somewhere to put what it gives.
 * @param {{code: string, device_name: string, passphrase: string, demo: boolean, passkey: {json: any, prf: any}|null}} chosen
 */
export async function finish({ code, device_name, passphrase, demo, passkey }) {
  const { vault, key } = await createVault({ passphrase, prf: passkey?.prf ?? null });
  const db = await openDatabase(vault.id, key);
  await db.write([["meta", "made", { by: crypto.randomUUID() }]]);
  const { user, device, token, suites } = await post("/api/v1/enrolments/finish", { code, device_name, credential: passkey?.json ?? null });
  await db.write([["meta", "session", { user, device, token, suites, demo }]]);
  await addVault(vault);
  db.close();
  if (!(await handOver(vault.id, key))) throw new EnrolmentProblem("This device is enrolled. Open Throughcare again and unlock it with your passphrase.");
}

/** The first fetch, told as it happens. @param {(told: {records: number, forms: number}) => void} progress @returns {Promise<boolean>} whether everything came */
export async function firstSync(progress) {
  hear("progress", ({ data }) => progress(data));
  const result = await ask({ type: "sync", better: true }, 300_000);
  return result?.state === "done";
}
