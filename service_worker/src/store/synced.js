// What sync does to the store. Each of these is one transaction, and none of them drops an op that was not answered.

import { isOfACopy, sendAsOwn } from "./anew.js";
import { digestOf, holdingOf, listed } from "./holdings.js";
import { dayOf, isOld, keptOf, pruned, putBack } from "./kept.js";
import { same } from "./ops.js";
import { applyComparison, applyEnd, applyPage, applyResults, isGivenOver, isLeftOver, markSending } from "./outcomes.js";
import { tidy } from "./purge.js";
import { TAKEN_AWAY, remembered } from "./removals.js";
import { OWN } from "./ring.js";

/** @typedef {import("./core.js").Write} Write */
/** @typedef {{epoch: string, durable_seq?: number, server_now?: string}} Told what every answer of the service says */

/** So many records are opened and read through at each sync, in turn: a store of any size is looked at again and again, and no sync is long. */
export const LOOKED_AT = 250;
const REMEMBERED = 2000;
/** The small value that repeats what a record held: what was taken out of it last, so that it can be put back. */
const REPEATED = "removed";

export class Synced {
  #core;
  /** The record up to which the store was looked at. */
  #looked = "";

  /** @param {import("./core.js").Core} core */
  constructor(core) {
    this.#core = core;
  }

  /** From here on these ops never change again, and the disk knows. @param {string[]} ops */
  markSending(ops) {
    const core = this.#core;
    return core.alone(async () => {
      const outbox = markSending(core.outbox, ops);
      await core.commit(ops.map((op) => ["outbox", op, outbox.get(op)]), { outbox });
      return ops.map((op) => outbox.get(op)?.op).filter(Boolean);
    });
  }

  /** @param {any[]} results @param {Told} [told] absent when the service did not say it */
  storeResults(results, told) {
    const core = this.#core;
    return core.alone(async () => {
      const epoch = told?.epoch ?? core.meta.get("epoch");
      const before = await core.records(results.flatMap((each) => core.outbox.get(each.op)?.op.record ?? []));
      const { outbox: settled, records, touched, ops, answered } = applyResults(core.outbox, before, results, epoch);
      const copied = answered.filter(([{ own }, result]) => isOfACopy(result) && !own);
      const outbox = copied.reduce((queue, [, result]) => sendAsOwn(queue, core.outbox, result.op, core.newId), settled);
      const moved = [...new Set([...settled.keys(), ...outbox.keys()])].filter((op) => settled.get(op) !== outbox.get(op));
      const kept = answered.filter(([, result]) => result.state !== "rejected" && !isGivenOver(result) && epoch);
      const given_over = answered.filter(([, result]) => isGivenOver(result)).length;
      const last = kept.map(([, result]) => ({ op: result.op, seq: result.seq ?? 0 })).reduce((a, b) => (b.seq >= a.seq ? b : a), core.meta.get("last_op") ?? { op: "", seq: 0 });
      const writes = /** @type {Write[]} */ ([
        ...new Map([...ops, ...moved].map((op) => [op, ["outbox", op, outbox.get(op)]])).values(), ...kept.map(([entry, result]) => ["kept", entry.op.op, { op: entry.op, kept: keptOf(entry, result, epoch) }]),
        ...(kept.length ? [["meta", "last_op", last]] : []), ...(epoch ? [["meta", "epoch", epoch]] : []), ...(ops.length ? [["meta", "in_step", undefined]] : []),
        ...(given_over ? [["meta", "given_over", { count: given_over + (core.meta.get("given_over")?.count ?? 0), at: told?.server_now ?? core.now() }]] : []),
        ...(copied.length ? [["meta", "copied", { count: copied.length + (core.meta.get("copied")?.count ?? 0), at: told?.server_now ?? core.now() }]] : []),
        ...(told ? await this.#prune(told) : []),
      ]);
      await core.commit(writes, { outbox, touched, records, known: before });
      return { settled: answered.length };
    });
  }

  /** @param {any} page a pull's answer @param {Record<string, any>} meta small values of the same transaction */
  async storePage(page, meta) {
    const core = this.#core;
    const ended = this.#endedBy(page);
    // What goes is told by its key: nothing may still lie under another.
    if (ended.length) await tidy(core);
    await core.alone(async () => {
      const end = applyEnd(core.outbox, core.index, core.db.destroyedBy(ended), ended);
      const before = await core.records([...page.records.map((each) => each.id), ...page.leaves.map((each) => each.id)]);
      for (const [id, record] of before) before.set(id, end.gone.has(id) ? undefined : record && { ...record, scopes: record.scopes.filter((each) => !ended.includes(each)) });
      const { outbox, records, touched, ops } = applyPage(end.outbox, before, page);
      const gone = new Map([...end.gone].filter(([id]) => !records.has(id)));
      // What lies under the vault's own key is deleted now; the rest is unreadable from now on, and tidied away.
      for (const id of gone.keys()) if (core.index.homeOf(id) === OWN) records.set(id, undefined);
      const lost = new Set([...gone.keys(), ...end.ops.flatMap((op) => core.outbox.get(op)?.op.record ?? [])]);
      const writes = /** @type {Write[]} */ ([
        ...[...end.ops, ...ops].map((op) => ["outbox", op, outbox.get(op)]), ...Object.entries(meta).map(([name, value]) => ["meta", name, value]),
        ...this.#takenAway(page, before), ...(touched.size || gone.size ? [["meta", "in_step", undefined]] : []), ...(ended.length ? [["meta", REPEATED, undefined], ["meta", TAKEN_AWAY, undefined]] : []), ...(await this.#prune(page, lost)),
      ]);
      await core.commit(writes, { outbox, touched: new Map([...gone, ...touched]), records, known: before, ended, gone });
    });
    if (ended.length) await tidy(core);
    return { received: page.records.length };
  }

  /**
   * The suites that are granted no longer. A service that was set back, or whose outcome came late, does not know what it would have to take away: its sums name all that is granted.
   * @param {any} page @returns {string[]}
   */
  #endedBy({ drop_scopes, digest }) {
    const held = this.#core.held.all().flatMap(({ scopes }) => scopes);
    return [...new Set([...drop_scopes, ...(digest ? held.filter((scope) => !(scope in digest)) : [])])];
  }

  /** Whose page is still open is told why it is not here any more. @param {any} page @param {Map<string, any>} before @returns {Write[]} */
  #takenAway(page, before) {
    const gone = page.records.filter((each) => each.deleted && before.get(each.id));
    return gone.length ? [remembered(this.#core, gone.map((each) => [each.id, { type: each.type }]))] : [];
  }

  /** The service was set back: everything it had answered waits again, and everything is fetched again. @param {string} epoch */
  newEpoch(epoch) {
    const core = this.#core;
    return core.alone(async () => {
      const before = core.meta.get("epoch");
      const read = await Promise.all([...core.kept].map(async ([op, kept]) => [(await core.db.get("kept", op))?.op, kept]));
      const texts = /** @type {[any, import("./kept.js").Kept][]} */ (read.filter(([op]) => op));
      const outbox = putBack(core.outbox, texts, epoch);
      const writes = /** @type {Write[]} */ ([
        ...[...outbox].filter(([op, entry]) => entry !== core.outbox.get(op)).map(([op, entry]) => ["outbox", op, entry]), ...[...core.kept.keys()].map((op) => ["kept", op, undefined]),
        ["meta", "epoch", epoch], ["meta", "first_epoch", core.meta.get("first_epoch") ?? before],
        ...["cursor", "last_op", "in_step", "recovered"].map((name) => ["meta", name, undefined]),
      ]);
      const touched = new Map([...outbox.values()].filter(({ again }) => again === epoch).map(({ op }) => [op.record, op.type]));
      await core.commit(writes, { outbox, touched });
      return { put_back: texts.length };
    });
  }

  /**
   * What the device really holds of these suites, after a look at what is on the disk.
   * @param {string[]} scopes @returns {Promise<Record<string, {n: number, x: string}>>}
   */
  reckon(scopes) {
    const core = this.#core;
    return core.alone(async () => {
      await this.#look();
      return Object.fromEntries(scopes.map((scope) => [scope, digestOf(core.held.all(), scope)]));
    });
  }

  /** @param {string} scope @param {string} after @param {number} most @returns {{have: [string, string][], until: string|null}} */
  list(scope, after, most) {
    return listed(this.#core.held.all(), scope, after, most);
  }

  /**
   * What the service lacks is queued as a whole before the device lets go of its own.
   * @param {{epoch: string, records: any[], leaves: {id: string, scope: string}[], unseen: string[]}} answer
   */
  storeComparison(answer) {
    const core = this.#core;
    return core.alone(async () => {
      const before = await core.records([...answer.records.map((each) => each.id), ...answer.leaves.map((each) => each.id), ...answer.unseen]);
      const recovered = new Set(core.meta.get("recovered"));
      const outbox = new Map(core.outbox);
      const writes = /** @type {Write[]} */ ([]);
      for (const id of answer.unseen) {
        const record = before.get(id);
        if (!record) continue;
        const { rev } = await holdingOf(record);
        if (recovered.has(`${id} ${rev}`)) continue;
        recovered.add(`${id} ${rev}`);
        const op = { op: core.newId(), record: id, type: record.type, base: null, set: [], recovered: rev, body: record.body, at: core.now() };
        outbox.set(op.op, { op, state: "waiting", tries: 0, since: op.at, why: null });
        writes.push(["outbox", op.op, outbox.get(op.op)], ["meta", "recovered", [...recovered].slice(-REMEMBERED)]);
      }
      const { records, touched } = applyComparison(before, answer);
      await core.commit(writes, { outbox, touched, records, known: before });
    });
  }

  /** How the comparison with the service came out. @param {{at: string, in_step: boolean}} outcome the service's time */
  note({ at, in_step }) {
    const core = this.#core;
    return core.alone(async () => {
      const out = core.meta.get("out_of_step");
      if (in_step) return core.commit([["meta", "in_step", { at }], ...(out ? [/** @type {Write} */ (["meta", "out_of_step", undefined])] : [])], {});
      return core.commit([["meta", "in_step", undefined], ["meta", "out_of_step", out ?? { since: at }]], {});
    });
  }

  /** @returns {Promise<import("./kept.js").Receipt[]>} what the service has confirmed, oldest first; it names nobody */
  async receipts() {
    const core = this.#core;
    const older = await Promise.all([...core.days].sort().map((day) => core.db.get("kept", day)));
    return [...older.flatMap((each) => each?.receipts ?? []), ...[...core.kept.values()].map((each) => each.receipt)].sort((a, b) => (a.seq ?? 0) - (b.seq ?? 0));
  }

  /** @param {Told} told @param {Set<string>} [lost] records whose suites have ended: of what was sent of them, the receipt stays @returns {Promise<Write[]>} */
  async #prune(told, lost = new Set()) {
    const core = this.#core;
    const { durable, expired } = pruned(core.kept, told, lost);
    const days = new Map();
    for (const { receipt } of durable) {
      const day = dayOf(receipt);
      if (!days.has(day)) days.set(day, (core.days.has(day) && (await core.db.get("kept", day))?.receipts) || []);
      days.get(day).push(receipt);
    }
    const old = [...core.days].filter((day) => isOld(`${day.slice(-10)}T23:59:59Z`, told.server_now));
    return [
      ...[...durable, ...expired].map((each) => /** @type {Write} */ (["kept", each.receipt.op, undefined])),
      ...[...days].map(([day, receipts]) => /** @type {Write} */ (["kept", day, { receipts }])), ...old.map((day) => /** @type {Write} */ (["kept", day, undefined])),
    ];
  }

  /**
   * Look at what is really on the disk: which records are there, and of some, in turn, whether they are what was written.
   * What was taken away or changed behind our back is then reckoned as it is, and so differs from the service's. What the
   * service took away under work that has since been put back as it was goes.
   */
  async #look() {
    const core = this.#core;
    const known = new Map(core.held.types().flatMap((type) => core.held.rows(type).map(({ id }) => [id, type])));
    const keys = (await core.db.keys("records")).sort();
    const there = new Set(keys);
    const first = keys.findIndex((id) => id > this.#looked);
    const turn = first < 0 ? keys.slice(0, LOOKED_AT) : keys.slice(first, first + LOOKED_AT);
    this.#looked = turn.at(-1) ?? "";
    const gone = [...known.keys()].filter((id) => !there.has(id));
    await this.#repair(new Map(gone.map((id) => [id, undefined])), known);
    const strange = [...new Set([...keys.filter((each) => !known.has(each)), ...turn])];
    for (let start = 0; start < strange.length; start += LOOKED_AT) {
      const records = new Map();
      for (const id of strange.slice(start, start + LOOKED_AT)) {
        const found = await this.#readable(id);
        const record = isLeftOver(core.outbox, found) ? undefined : found;
        const row = core.held.find(known.get(id) ?? record?.type, id);
        if (!record || !row || !same(await holdingOf(record), row)) records.set(id, record);
        if (record) known.set(id, record.type);
      }
      await this.#repair(records, known);
    }
  }

  /** @param {Map<string, any>} records as they really are @param {Map<string, string>} types */
  async #repair(records, types) {
    if (!records.size) return;
    const touched = new Map([...records.keys()].flatMap((id) => (types.has(id) ? [[id, /** @type {string} */ (types.get(id))]] : [])));
    await this.#core.commit([], { touched, records });
  }

  /** @param {string} id @returns {Promise<any>} undefined when its bytes no longer open */
  async #readable(id) {
    try {
      return await this.#core.record(id);
    } catch (error) {
      if (/** @type {any} */ (error)?.name === "OperationError") return undefined;
      throw error;
    }
  }
}
