// Pure: what an answer does to what is held. What comes of it on a disk: store, synced and purge.

import assert from "node:assert/strict";
import { it } from "node:test";
import { bundle } from "./bundle.mjs";

const { applyResults } = await bundle({ "store/outcomes.js": "applyResults" });

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
