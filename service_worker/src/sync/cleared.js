// After this tablet has cleared itself: what lay there is deleted, and the service is told, at whichever start has signal.

import { deleteDatabase } from "../store/db.js";
import { clearVault, listCleared } from "../store/doorway.js";
import { Refused, Unreachable, exchange } from "./exchange.js";

const looksRight = (answer) => typeof answer.cleared_at === "string";

/** Go on with what a crash or a lack of signal has left. @param {typeof fetch} fetcher @returns {Promise<void>} */
export async function finishClearing(fetcher) {
  for (const { id, cleared } of await listCleared()) {
    if (!cleared.proof) continue;
    await deleteDatabase(id);
    try {
      await exchange(fetcher, "/sync/v1/cleared", cleared.proof, { proto: 1, device: cleared.device }, looksRight);
    } catch (error) {
      if (error instanceof Refused || error instanceof Unreachable) continue;
      throw error;
    }
    await clearVault(id, { ...cleared, proof: null });
  }
}
