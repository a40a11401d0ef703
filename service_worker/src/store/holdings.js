// What the device really holds of each record, in a few bytes: its revision, with the hash made from the device's own copy,
// and its share in the suite's digest. Kept beside the lists, so that a sum opens no record.

import { canonical } from "./canonical.js";
import { sha256 } from "./vault.js";

/** @typedef {{id: string, rev: string, x: string, scopes: string[]}} Holding */

const MODULUS = 1n << 64n;

/** @param {any} record as stored @returns {Promise<Holding>} */
export async function holdingOf({ id, rev, body, scopes }) {
  const own = `${Number.parseInt(rev ?? "0", 10) || 0}-${(await sha256(canonical(body))).slice(0, 16)}`;
  return { id, rev: own, x: (await sha256(`${id} ${own}`)).slice(0, 16), scopes };
}

/** @param {Iterable<Holding>} holdings @param {string} scope @returns {{n: number, x: string}} */
export function digestOf(holdings, scope) {
  let n = 0;
  let sum = 0n;
  for (const each of holdings) {
    if (!each.scopes.includes(scope)) continue;
    n += 1;
    sum += BigInt(`0x${each.x}`);
  }
  return { n, x: (sum % MODULUS).toString(16).padStart(16, "0") };
}

/** @param {Iterable<Holding>} holdings @param {string} scope @param {string} after @param {number} most @returns {{have: [string, string][], until: string|null}} in order of id */
export function listed(holdings, scope, after, most) {
  const rows = [...holdings].filter((each) => each.id > after && each.scopes.includes(scope)).sort((a, b) => (a.id < b.id ? -1 : 1));
  const page = rows.slice(0, most);
  return { have: page.map(({ id, rev }) => [id, rev]), until: rows.length > most ? page[page.length - 1].id : null };
}
