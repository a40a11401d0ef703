// Pure: which key a record is sealed under. There is one key for each set of suites that some record here belongs to: a
// person of two suites has another than those of one. So whatever a suite's end makes unreadable is told by its key alone,
// and what another suite still holds is known without opening anything.

/** @typedef {{scopes: string[], leaving: boolean}} Place what a key stands for; `leaving`: its records go under another, then it goes too */

/** The vault's own key: for what belongs to no suite (yet), and for the queue. */
export const OWN = "";

const nameOf = (scopes) => JSON.stringify([...scopes].sort());

/** @param {Map<string, Place>} ring by key id @param {string[]} scopes @returns {string|undefined} the id of the key; undefined when there is none yet */
export function keyOf(ring, scopes) {
  if (scopes.length === 0) return OWN;
  const name = nameOf(scopes);
  return [...ring].find(([, place]) => !place.leaving && nameOf(place.scopes) === name)?.[0];
}

/**
 * What the end of some suites does to the keys: those of nothing else are destroyed, those that others share are left.
 * @template {Place} P @param {Map<string, P>} ring @param {string[]} ended @returns {{destroyed: string[], leaving: [string, P][]}}
 */
export function withoutScopes(ring, ended) {
  const touched = [...ring].filter(([, { scopes }]) => scopes.some((each) => ended.includes(each)));
  const left = touched.map(([id, place]) => /** @type {[string, P]} */ ([id, { ...place, scopes: place.scopes.filter((each) => !ended.includes(each)), leaving: true }]));
  return { destroyed: left.filter(([, { scopes }]) => scopes.length === 0).map(([id]) => id), leaving: left.filter(([, { scopes }]) => scopes.length > 0) };
}
