// What is left to do after a suite was taken away, or by a program newer than what is stored: in steps of which any may be the
// last before the power goes. There is no journal: what lies under a key that is gone, or under one that is not its own, is
// what remains to be done.

/** How much of it is one transaction: a save waits for no more than that. Ranges of neighbours, and records. */
const DELETED = 1000;
const SEALED_ANEW = 200;

/** @param {import("./core.js").Core} core @param {() => boolean} [still] whether to go on */
export async function tidy(core, still = () => true) {
  while (still() && (await core.alone(() => step(core))));
}

/** Seal anew what wants another key, then delete what nobody can read any more. @param {any} core @returns {Promise<boolean>} whether there may be more */
async function step(core) {
  const misplaced = await core.db.misplaced(SEALED_ANEW);
  if (misplaced.length === 0) return core.db.sweep(DELETED);
  await core.commit([], { touched: new Map(misplaced.map(([id, { type }]) => [id, type])), records: new Map(misplaced) });
  return true;
}
