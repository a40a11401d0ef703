// Edits of repeating groups: instance by instance, so that two tablets that each add one merge without asking anybody.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { bundle } from "./bundle.mjs";

const { answerEdits, withValue, instantOn } = await bundle({ "routes/edits.js": "answerEdits", "store/ops.js": "withValue", "present/time.js": "instantOn" });
const applied = (before, edits) => edits.reduce((body, [pointer, value]) => withValue(body, pointer, value), { answers: before }).answers ?? {};
const one = { "u-1": { name: "Wren", taken: { am: true } }, _order: { "u-1": 1 } };

describe("the edits of a repeating group", () => {
  it("add an instance as a place of its own, and touch no other", () => {
    assert.deepEqual(answerEdits({ group: one }, { group: { ...one, "u-2": {}, _order: { "u-1": 1, "u-2": 2 } } }), [["/answers/group/_order/u-2", 2]]);
    assert.deepEqual(answerEdits({}, { group: { "u-1": {}, _order: { "u-1": 1 } } }), [["/answers/group/_order/u-1", 1]]);
  });
  it("change one answer of one instance", () => {
    const after = { group: { ...one, "u-1": { name: "Wrenna", taken: { am: true, pm: true } } } };
    assert.deepEqual(answerEdits({ group: one }, after), [["/answers/group/u-1/name", "Wrenna"], ["/answers/group/u-1/taken/pm", true]]);
    assert.deepEqual(applied({ group: one }, answerEdits({ group: one }, after)), after);
  });
  it("take an instance away with its place", () => {
    const two = { "u-1": one["u-1"], "u-2": { name: "Rook" }, _order: { "u-1": 1, "u-2": 2 } };
    assert.deepEqual(answerEdits({ group: two }, { group: one }), [["/answers/group/u-2", null], ["/answers/group/_order/u-2", null]]);
    assert.deepEqual(applied({ group: two }, answerEdits({ group: two }, { group: one })), { group: one });
    assert.deepEqual(answerEdits({ group: one }, {}), [["/answers/group", null]]);
  });
  it("of two tablets that each add one keep both", () => {
    const mine = answerEdits({}, { group: { a: { name: "A" }, _order: { a: 1 } } });
    const theirs = answerEdits({}, { group: { b: { name: "B" }, _order: { b: 1 } } });
    assert.deepEqual(applied({}, [...mine, ...theirs]), { group: { a: { name: "A" }, b: { name: "B" }, _order: { a: 1, b: 1 } } });
  });
  it("leave other words of an open choice to stand beside its codes", () => {
    assert.deepEqual(answerEdits({ many: { a: true } }, { many: { a: true, _other: "Violet" } }), [["/answers/many/_other", "Violet"]]);
    assert.deepEqual(answerEdits({ many: { a: true, _other: "Violet" } }, { many: { a: true } }), [["/answers/many/_other", null]]);
  });
});

describe("a moment that was typed", () => {
  it("is one of the service's own clock, in summer and in winter", () => {
    assert.deepEqual([instantOn("2026-07-22", "14:05"), instantOn("2026-11-22", "14:05")], ["2026-07-22T13:05:00Z", "2026-11-22T14:05:00Z"]);
  });
  it("that the clock never showed is none", () => assert.equal(instantOn("2026-03-29", "01:30"), null));
});
