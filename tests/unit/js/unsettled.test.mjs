// Two values in rows and in groups that are decided as one: what it is about, what a person reads, and what the rules make of either side.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { bundle } from "./bundle.mjs";
import { ROWS } from "./rows_form.mjs";

const { load, evaluate, rows, question, subjectOf, sideOf, sideWords, twoValues } = await bundle({ "formlogic/index.js": "load, evaluate, rows, question, subjectOf, sideOf, sideWords, twoValues" });

const form = load(ROWS);
const row = { drug: "Exemplarin", amount: "5", unit: "mg", allergy: "yes", takes: { t: { when: "noon" }, _order: { t: 1 } } };
const answers = { doses: { r: row, _order: { r: 1 } }, level: "low", why: "calm" };
const lines = (given, conflicts) => Object.fromEntries(rows(form, given, evaluate(form, given, { conflicts }), { conflicts }).flatMap((page) => page.rows).map((each) => [each.link_id, each]));

describe("what a conflict is about", () => {
  it("is read from its path, at any depth", () => {
    const about = (path) => subjectOf(form, path);
    assert.deepEqual(["/answers/used/heroin", "/answers/used", "/answers/verdict", "/answers/doses/r", "/answers/names/n"].map(about), ["used", "used", "verdict", "doses/r", "names/n"]);
    assert.deepEqual(["/answers/doses/r/dose", "/answers/doses/r/allergy", "/answers/doses/r/takes/t", "/answers/doses/r/takes/t/when"].map(about), ["doses/r/dose", "doses/r/allergy", "doses/r/takes/t", "doses/r/takes/t/when"]);
  });
  it("of one box of many is told with the whole question on either side", () => {
    const conflict = { path: "/answers/used/heroin", theirs: {}, mine: { value: true } };
    assert.deepEqual(sideOf(form, conflict, "theirs", { used: { crack: true, heroin: true } }), { address: "used", value: { crack: true } });
    assert.deepEqual(sideOf(form, conflict, "mine", { used: { crack: true } }), { address: "used", value: { crack: true, heroin: true } });
  });
});

describe("a side in words", () => {
  it("is the row's answers, with the rows in it, or that it was removed", () => {
    assert.equal(sideWords(form, "doses/r", row), "Medicine: Exemplarin; Amount: 5; Unit: mg; Allergic: Yes; Taken: (When: noon)");
    assert.equal(sideWords(form, "doses/r", null), "Removed");
  });
  it("is the answers of a group that is decided as one, and a value of a question that repeats", () => {
    assert.equal(sideWords(form, "doses/r/dose", { amount: "5", unit: "mg" }), "Amount: 5; Unit: mg");
    assert.equal(sideWords(form, "verdict", undefined), "No answer");
    assert.equal(sideWords(form, "names/n", "Wren"), "Wren");
  });
});

describe("while a row is removed by one and changed by another", () => {
  const conflicts = { "doses/r": [row, null] };
  it("every question in it says so, and those of rows in it", () => {
    const drawn = lines(answers, conflicts);
    assert.deepEqual(drawn["doses/r/drug"].values, ["Exemplarin", "No answer"]);
    assert.deepEqual(drawn["doses/r/takes/t/when"].values, ["noon", "No answer"]);
    assert.deepEqual([drawn["doses/r/drug"].state, drawn.level.state], ["two-values", "answered"]);
    assert.deepEqual(question(form, "doses/r/drug", answers, evaluate(form, answers, { conflicts }), { conflicts }).two_values, ["Exemplarin", "No answer"]);
  });
  it("an alert fires if it fires with the row or without it, whichever stands", () => {
    assert.deepEqual(evaluate(form, answers, { conflicts }).alerts.map((each) => each.id), ["allergic"]);
    assert.deepEqual(evaluate(form, { level: "low" }, { conflicts }).alerts.map((each) => each.id), ["allergic"]);
    assert.deepEqual(evaluate(form, { level: "low" }, {}).alerts, []);
  });
});

describe("while a group that is decided as one has two values", () => {
  it("only the questions that differ say so", () => {
    const conflicts = { verdict: [{ level: "low", why: "calm" }, { level: "high", why: "calm" }] };
    const drawn = lines(answers, conflicts);
    assert.deepEqual([drawn.level.values, drawn.level.state, drawn.why.state], [["low", "high"], "two-values", "answered"]);
    assert.deepEqual(twoValues(form, answers, { "doses/r/dose": [{ amount: "5" }, { unit: "ml" }] }), { "doses/r/amount": ["5", null], "doses/r/unit": [null, "ml"] });
  });
  it("a value of a question that repeats is told with the others", () => {
    const given = { names: { n: "Wren", m: "Rook", _order: { n: 1, m: 2 } } };
    assert.deepEqual(lines(given, { "names/n": ["Wren", "Finch"] }).names.values, ["Wren, Rook", "Finch, Rook"]);
    assert.deepEqual(lines(given, { "names/n": ["Wren", null] }).names.values, ["Wren, Rook", "Rook"]);
  });
});
