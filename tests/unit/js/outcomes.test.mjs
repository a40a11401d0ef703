// Pure: what an answer does to what is held. What comes of it on a disk: store, synced and purge.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { bundle } from "./bundle.mjs";

const { applyResults, overlay } = await bundle({ "store/outcomes.js": "applyResults", "store/ops.js": "overlay" });

const EPOCH = "epoch-2";
const op = { op: "op-1", record: "r1", type: "contact", base: null, set: [], recovered: "1-aaaa", body: { cell: "M1" } };
const queued = new Map([["op-1", { op, state: "sending", tries: 2 }]]);
const held = (rev, body) => new Map([["r1", { id: "r1", type: "contact", rev, body, scopes: ["s1"], open_conflicts: [], epoch: EPOCH }]]);
const answered = (before) => applyResults(queued, before, [{ op: "op-1", state: "applied", rev: "1-aaaa" }], EPOCH);

it("the service's number is that of what it was given", () => {
  const { records, outbox } = answered(held("1-bbbb", { cell: "M1" }));
  assert.equal(records.get("r1").rev, "1-aaaa");
  assert.equal(outbox.size, 0);
});

it("an answer that comes after the record went on takes nothing back", () => {
  // The op waited at the service for the record that it belongs to; what it made was changed by others, and fetched, before its answer came.
  const { records, outbox } = answered(held("2-cccc", { cell: "M2" }));
  assert.equal(records.size, 0);
  assert.equal(outbox.size, 0);
});

describe("a record that came with an outcome and is in no suite that tablets carry", () => {
  const settled = { op: "op-2", record: "k1", type: "conflict", base: { rev: "1-aaaa" }, set: [["/resolution", null, { choice: "mine" }, ""]] };
  const here = (type, scopes) => new Map([["k1", { id: "k1", type, rev: "1-aaaa", body: {}, scopes, open_conflicts: [], epoch: EPOCH }]]);
  const after = (before, op) => {
    const record = { id: "k1", type: op.type, rev: "2-bbbb", body: {}, scopes: [], open_conflicts: [] };
    return applyResults(new Map([[op.op, { op, state: "sending", tries: 1 }]]), before, [{ op: op.op, state: "merged", rev: "2-bbbb", record }], EPOCH).records;
  };

  it("goes, as it went from the others", () => {
    assert.deepEqual([...after(here("conflict", ["s1"]), settled)], [["k1", undefined]]);
    assert.deepEqual([...after(here("person", ["s1"]), { ...settled, type: "person" })], [["k1", undefined]]);
    assert.equal(after(new Map(), settled).size, 0);
  });

  it("stays where it is a person who has no stay yet: whoever made them holds them", () => {
    const made = { ...settled, type: "person", base: null, body: {} };
    assert.equal(after(new Map(), made).get("k1").rev, "2-bbbb");
    assert.equal(after(here("person", []), { ...settled, type: "person" }).get("k1").rev, "2-bbbb");
  });
});

it("what a copied tablet sends again as its own hides nothing of what was recorded since", () => {
  const entry = (more) => ({ state: "sending", tries: 1, since: "", why: null, op: { record: "p1", type: "person", set: [], ...more } });
  const record = { id: "p1", type: "person", rev: "3-cccc", body: { given_name: "Sable", phone: "9" }, epoch: EPOCH };
  const edit = entry({ op: "op-2", base: { op: "op-1" }, set: [["/local_number", null, "7", ""]] });
  const create = entry({ op: "op-3", base: null, body: { given_name: "Corran" } });
  assert.deepEqual(overlay(record, [edit, create]).body, { given_name: "Corran", phone: "9", local_number: "7" });
});
