// What is said on a tablet that the service has cleared. It names nobody.

import { dayAndClock } from "./time.js";

/** @param {{cleared: {at: string, proof: string|null}}[]} found @returns {string[]} whole sentences, for each vault that was cleared */
export const clearedWords = (found) => found.map(({ cleared }) => {
  const told = cleared.proof ? " The service has not heard yet that this is done; it is told when there is signal." : "";
  return `This tablet was cleared by your service on ${dayAndClock(cleared.at)}. What had been recorded on it was sent first.${told}`;
});

/** @param {string|null|undefined} asked when the service asked for it @param {number} only_here changes of which there is no other copy @returns {string} empty when it did not ask */
export function waitsToClear(asked, only_here) {
  if (!asked) return "";
  const why = only_here ? `It waits, because ${only_here === 1 ? "1 change is" : `${only_here} changes are`} nowhere else: see below.` : "It does so with the next sync.";
  return `Your service has asked this tablet to clear itself (${dayAndClock(asked)}). ${why}`;
}
