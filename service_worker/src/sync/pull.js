// Fetches what changed, page by page. The records of a page and the cursor after it are stored together or not at all.

import { exchange } from "./exchange.js";

/**
 * @param {any} store @param {any} session @param {{fetch: typeof fetch, now: () => string, progress?: (told: any) => void}} world
 * @returns {Promise<{received: number}>}
 */
export async function pull(store, session, world) {
  let received = 0;
  for (;;) {
    const reference = await store.meta.get("reference");
    const page = await exchange(world.fetch, "/sync/v1/pull", session.token, {
      proto: 1, epoch: (await store.meta.get("epoch")) ?? null, schema: 1, cursor: (await store.meta.get("cursor")) ?? null, reference: reference?.hash ?? null, max_records: 500,
    }, (each) => Array.isArray(each.records) && typeof each.cursor === "string");
    const whole = { ...page, leaves: page.leaves ?? [], drop_scopes: page.drop_scopes ?? [] };
    const meta = { cursor: page.cursor, epoch: page.epoch, ...(page.reference ? { reference: page.reference } : {}), ...(page.more ? {} : { last_sync: world.now() }) };
    await store.storePage(whole, meta);
    received += page.records.length;
    world.progress?.({ records: received, forms: (page.reference ?? reference)?.forms?.length ?? 0, more: Boolean(page.more) });
    if (!page.more) return { received };
  }
}
