// ALL cryptography of the device. A vault is one worker's data on one device, sealed under one random key. The key is
// wrapped twice, by a passphrase and by a passkey's PRF output, and never leaves this file in a form that can be exported.

/** @typedef {Uint8Array<ArrayBuffer>} Bytes */
/** @typedef {{iv: Bytes, data: ArrayBuffer}} Sealed */
/** @typedef {{id: string, schema: number, salt: Bytes, iterations: number, passphrase_wrap: Sealed, credential_id: string|null, prf_salt: Bytes, prf_wrap: Sealed|null}} Vault */

export const SCHEMA = 1;
const ITERATIONS = 600_000;
const BLOCK = 256;
/** Bytes. Forms and pieces of lists are larger. A record is not: to compress it took a third of a first fetch and of each save, for some 500 bytes less on the disk. */
const COMPRESS_FROM = 16384;
const AES = "AES-GCM";
const text = new TextEncoder();

/** @param {number} length @returns {Bytes} */
const random = (length) => crypto.getRandomValues(new Uint8Array(length));

/** What a wrap is bound to, so that no wrap of one vault opens as another's or as the other kind. */
const wrapContext = (id, kind) => text.encode(`throughcare/wrap/1/${id}/${kind}`);

async function passphraseKey(passphrase, salt, iterations) {
  const base = await crypto.subtle.importKey("raw", text.encode(passphrase.normalize("NFKC").trim()), "PBKDF2", false, ["deriveKey"]);
  return crypto.subtle.deriveKey({ name: "PBKDF2", hash: "SHA-256", salt, iterations }, base, { name: AES, length: 256 }, false, ["wrapKey", "unwrapKey"]);
}

async function prfKey(output, salt) {
  const base = await crypto.subtle.importKey("raw", output, "HKDF", false, ["deriveKey"]);
  return crypto.subtle.deriveKey({ name: "HKDF", hash: "SHA-256", salt, info: text.encode("throughcare/vault/1") }, base, { name: AES, length: 256 }, false, ["wrapKey", "unwrapKey"]);
}

async function wrap(key, by, id, kind) {
  const iv = random(12);
  return { iv, data: await crypto.subtle.wrapKey("raw", key, by, { name: AES, iv, additionalData: wrapContext(id, kind) }) };
}

async function unwrap(sealed, by, id, kind) {
  return crypto.subtle.unwrapKey("raw", sealed.data, by, { name: AES, iv: sealed.iv, additionalData: wrapContext(id, kind) }, { name: AES, length: 256 }, false, ["encrypt", "decrypt"]);
}

/** @returns {Bytes} what the passkey's PRF is asked with; it is made before the vault, because the passkey is */
export const newPrfSalt = () => random(32);

/**
 * Make a vault. The data key can be exported only inside this function, while it is wrapped.
 * @param {{passphrase: string, prf?: {output: ArrayBuffer, credential_id: string, salt: Bytes}|null, credential_id?: string|null, iterations?: number}} ways
 * @returns {Promise<{vault: Vault, key: CryptoKey}>} the clear record for the doorway, and the key to work with
 */
export async function createVault({ passphrase, prf = null, iterations = ITERATIONS }) {
  const id = crypto.randomUUID();
  const salt = random(32);
  const key = await crypto.subtle.generateKey({ name: AES, length: 256 }, true, ["encrypt", "decrypt"]);
  const passphrase_wrap = await wrap(key, await passphraseKey(passphrase, salt, iterations), id, "passphrase");
  const prf_salt = prf?.salt ?? newPrfSalt();
  const prf_wrap = prf ? await wrap(key, await prfKey(prf.output, salt), id, "prf") : null;
  const vault = { id, schema: SCHEMA, salt, iterations, passphrase_wrap, credential_id: prf?.credential_id ?? null, prf_salt, prf_wrap };
  return { vault, key: /** @type {CryptoKey} */ (await openWithPassphrase(vault, passphrase)) };
}

/** @param {Vault} vault @param {string} passphrase @returns {Promise<CryptoKey|null>} null when it is not this vault's passphrase */
export async function openWithPassphrase(vault, passphrase) {
  const by = await passphraseKey(passphrase, vault.salt, vault.iterations);
  return unwrap(vault.passphrase_wrap, by, vault.id, "passphrase").catch(() => null);
}

/** @param {Vault} vault @param {ArrayBuffer} output of the passkey's PRF @returns {Promise<CryptoKey|null>} */
export async function openWithPrf(vault, output) {
  if (!vault.prf_wrap) return null;
  return unwrap(vault.prf_wrap, await prfKey(output, vault.salt), vault.id, "prf").catch(() => null);
}

/**
 * Seal a value for one place. The place is authenticated, so that a sealed value moved elsewhere no longer opens.
 * @param {CryptoKey} key @param {string} place vault, store and key in one string @param {any} value anything JSON holds
 * @returns {Promise<Sealed>}
 */
export async function seal(key, place, value) {
  const iv = random(12);
  const plain = await packed(text.encode(JSON.stringify(value)));
  return { iv, data: await crypto.subtle.encrypt({ name: AES, iv, additionalData: text.encode(place) }, key, plain) };
}

/** @param {CryptoKey} key @param {string} place @param {Sealed} sealed @returns {Promise<any>} throws when key, place or bytes are not the same */
export async function open(key, place, sealed) {
  const plain = await crypto.subtle.decrypt({ name: AES, iv: sealed.iv, additionalData: text.encode(place) }, key, sealed.data);
  return JSON.parse(new TextDecoder().decode(await unpacked(new Uint8Array(plain))));
}

/** @param {string} words @returns {Promise<string>} SHA-256 of their UTF-8, in hexadecimal */
export async function sha256(words) {
  return [...new Uint8Array(await crypto.subtle.digest("SHA-256", text.encode(words)))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * A key under which only some suites' records are sealed, and how it is stored: wrapped under the vault's key. Destroying that
 * one small value makes everything under it unreadable. The raw bytes exist only in here.
 * @param {CryptoKey} by the vault's key @param {string} place @returns {Promise<{key: CryptoKey, wrapped: Sealed}>}
 */
export async function newScopeKey(by, place) {
  const raw = random(32);
  const iv = random(12);
  const made = { key: await scopeKey(raw), wrapped: { iv, data: await crypto.subtle.encrypt({ name: AES, iv, additionalData: text.encode(place) }, by, raw) } };
  raw.fill(0);
  return made;
}

/** @param {CryptoKey} by the vault's key @param {string} place @param {Sealed} wrapped @returns {Promise<CryptoKey>} */
export async function openScopeKey(by, place, { iv, data }) {
  return scopeKey(new Uint8Array(await crypto.subtle.decrypt({ name: AES, iv, additionalData: text.encode(place) }, by, data)));
}

/** @param {Bytes} raw @returns {Promise<CryptoKey>} */
const scopeKey = (raw) => crypto.subtle.importKey("raw", raw, AES, false, ["encrypt", "decrypt"]);

/** Compressed where that pays, and padded to whole blocks, because a length tells too. @param {Bytes} bytes @returns {Promise<Bytes>} */
async function packed(bytes) {
  const compress = bytes.length >= COMPRESS_FROM;
  const content = compress ? await through(bytes, new CompressionStream("deflate-raw")) : bytes;
  const out = new Uint8Array(Math.ceil((content.length + 5) / BLOCK) * BLOCK);
  out[0] = compress ? 1 : 0;
  new DataView(out.buffer).setUint32(1, content.length);
  out.set(content, 5);
  return out;
}

/** @param {Bytes} bytes @returns {Promise<Bytes>} */
async function unpacked(bytes) {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(1);
  const content = bytes.subarray(5, 5 + length);
  return bytes[0] === 1 ? through(content, new DecompressionStream("deflate-raw")) : content;
}

/** @param {Bytes} bytes @param {any} stream @returns {Promise<Bytes>} */
async function through(bytes, stream) {
  const out = new Response(stream.readable).arrayBuffer();
  // Written by hand: the stream of a Blob would cost each value a round through the browser's own process.
  const writer = stream.writable.getWriter();
  await Promise.all([writer.write(bytes), writer.close(), out]);
  return new Uint8Array(await out);
}
