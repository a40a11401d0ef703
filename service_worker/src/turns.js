// Requests take their turns. A page that is asked for while an answer is still on its way to the disk would be drawn from before the
// answer, and somebody would type it again or believe it lost; and of two answers to one question the later one must stand.

/** Settled when all that was asked to be written so far is written, or has failed. @type {Promise<void>} */
let written = Promise.resolve();

/**
 * A place in the line, from the moment in which a request arrives.
 * @param {boolean} writes what writes goes one by one; what only reads waits for the writing before it, and for no reading
 * @returns {{come: Promise<void>, leave: () => void}} wait for `come`; `leave` lets those behind go on, and may be called twice
 */
export function takeTurn(writes) {
  const come = written;
  let leave = () => {};
  if (writes) {
    const left = new Promise((resolve) => (leave = () => resolve(undefined)));
    written = come.then(() => left);
  }
  return { come, leave };
}
