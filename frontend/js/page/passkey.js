// The passkey as a key: its PRF output opens the vault, offline. Nobody verifies an assertion here; without the output nothing opens.

import { fromBase64url, toBase64url } from "./base64url.js";

const TIMEOUT = 60_000;

export const canPasskey = () => typeof PublicKeyCredential === "function" && Boolean(navigator.credentials?.create);

/** @param {any} credential @returns {ArrayBuffer|null} */
const outputOf = (credential) => credential?.getClientExtensionResults?.().prf?.results?.first ?? null;

/**
 * @param {any} options PublicKeyCredentialCreationOptionsJSON from the service @param {Uint8Array<ArrayBuffer>} salt
 * @returns {Promise<{credential: any, credential_id: string, output: ArrayBuffer|null}>} output null where this authenticator has no PRF
 */
export async function createPasskey(options, salt) {
  const publicKey = {
    ...options,
    challenge: fromBase64url(options.challenge),
    user: { ...options.user, id: fromBase64url(options.user.id) },
    excludeCredentials: (options.excludeCredentials ?? []).map((each) => ({ ...each, id: fromBase64url(each.id) })),
    extensions: { ...(options.extensions ?? {}), prf: { eval: { first: salt } } },
    timeout: TIMEOUT,
  };
  const credential = /** @type {any} */ (await navigator.credentials.create({ publicKey }));
  if (!credential) throw new Error("No passkey was made.");
  const enabled = credential.getClientExtensionResults?.().prf?.enabled;
  // Many authenticators give the output only when they are asked a second time.
  const output = outputOf(credential) ?? (enabled === false ? null : await askPasskey([{ credential_id: credential.id, prf_salt: salt }]).then((each) => each?.output ?? null, () => null));
  return { credential: registration(credential), credential_id: credential.id, output };
}

/**
 * The service's user has a passkey here already, synced from another device: it is used instead of made, and opens this device's vault too.
 * @param {any} options PublicKeyCredentialCreationOptionsJSON whose challenge nobody has signed yet @param {Uint8Array<ArrayBuffer>} salt
 * @returns {Promise<{credential: any, credential_id: string, output: ArrayBuffer|null}>}
 */
export async function useKnownPasskey(options, salt) {
  const credential = /** @type {any} */ (await navigator.credentials.get({
    publicKey: {
      challenge: fromBase64url(options.challenge),
      rpId: options.rp.id,
      allowCredentials: options.excludeCredentials.map((each) => ({ ...each, id: fromBase64url(each.id) })),
      userVerification: "required",
      timeout: TIMEOUT,
      extensions: /** @type {any} */ ({ prf: { eval: { first: salt } } }),
    },
  }));
  return { credential: assertion(credential), credential_id: credential.id, output: outputOf(credential) };
}

/**
 * @param {{credential_id: string|null, prf_salt: Uint8Array<ArrayBuffer>}[]} vaults that a passkey can open
 * @returns {Promise<{credential_id: string, output: ArrayBuffer}|null>}
 */
export async function askPasskey(vaults) {
  const known = vaults.filter((each) => each.credential_id);
  const credential = /** @type {any} */ (await navigator.credentials.get({
    publicKey: {
      challenge: crypto.getRandomValues(new Uint8Array(32)),
      allowCredentials: known.map((each) => ({ type: "public-key", id: fromBase64url(/** @type {string} */ (each.credential_id)) })),
      userVerification: "required",
      timeout: TIMEOUT,
      extensions: /** @type {any} */ ({ prf: { evalByCredential: Object.fromEntries(known.map((each) => [each.credential_id, { first: each.prf_salt }])) } }),
    },
  }));
  const output = outputOf(credential);
  return output ? { credential_id: credential.id, output } : null;
}

/** RegistrationResponseJSON, without the PRF output: it never leaves the device. @param {any} credential */
function registration(credential) {
  const { response } = credential;
  return {
    id: credential.id, rawId: toBase64url(credential.rawId), type: credential.type, authenticatorAttachment: credential.authenticatorAttachment ?? undefined, clientExtensionResults: {},
    response: { clientDataJSON: toBase64url(response.clientDataJSON), attestationObject: toBase64url(response.attestationObject), transports: response.getTransports?.() ?? [] },
  };
}

/** AuthenticationResponseJSON, without the PRF output. @param {any} credential */
export function assertion(credential) {
  const { response } = credential;
  return {
    id: credential.id, rawId: toBase64url(credential.rawId), type: credential.type, clientExtensionResults: {},
    response: {
      clientDataJSON: toBase64url(response.clientDataJSON), authenticatorData: toBase64url(response.authenticatorData),
      signature: toBase64url(response.signature), userHandle: response.userHandle ? toBase64url(response.userHandle) : null,
    },
  };
}
