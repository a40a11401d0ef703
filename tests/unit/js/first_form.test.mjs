// What first-form.md, section 8 asks of the definition itself; docs/first-form-tests.md says which line each test answers.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, it } from "node:test";
import { ROOT, bundle } from "./bundle.mjs";

const { evaluate, load, pages, run, solve, stopAnswers } = await bundle({
  "formlogic/index.js": "evaluate, load, pages, stopAnswers", "formlogic/rules.js": "run", "formlogic/solve.js": "solve",
});
const form = load(JSON.parse(readFileSync(path.join(ROOT, "backend", "throughcare", "forms", "definitions", "first-contact.json"), "utf8")));
const NOW = "2026-11-22T02:10:00Z";
const many = (...codes) => Object.fromEntries(codes.map((code) => [code, true]));
const GATE = { basis: "voluntary", "gate-cleared": "cleared", "gate-age": "adult", "gate-presentation": many("able"), "gate-support": many("none"), "take-part": "agrees" };

describe("the first form", () => {
  it("gives exactly one boolean for every alert and both calculations on the empty response", () => {
    const { scope } = solve(form, {}, { now: NOW });
    const expressions = [...form.alerts.map((each) => [each.id, each.expression]), ...form.order.filter((each) => each.calculated).map((each) => [each.link_id, each.calculated])];
    assert.equal(expressions.length, 15);
    for (const [name, expression] of expressions) assert.deepEqual(run(expression, scope), { values: [false], error: null }, name);
  });

  it("stopped on page 3 becomes not asked, raises what that raises, can be handed in, and keeps every answer", () => {
    const before = { ...GATE, "harm-now": "no", "harm-before": "yes" };
    const third = pages(form, evaluate(form, before, { now: NOW }))[2];
    assert.deepEqual([third.id, third.answered, third.enabled], ["safety", 2, 3]);
    const stopped = stopAnswers(form, before, evaluate(form, before, { now: NOW }));
    assert.ok(Object.values(stopped).every((each) => each === "not-asked" || each["not-asked"] === true));
    assert.deepEqual(Object.keys(stopped).filter((each) => each in before), [], "no answer is touched");
    const after = evaluate(form, { ...before, ...stopped }, { now: NOW });
    assert.deepEqual([after.missing, after.complete], [[], true]);
    assert.deepEqual(after.alerts.map((each) => each.id), ["harm-history"], "“not asked” about naloxone, tests or drinking is no answer, and raises nothing by itself");
    for (const each of ["health-now", "contact-safe", "opioid-use", "substances", "safeguarding", "next-step"]) assert.ok(each in stopped, each);
  });

  it("is read aloud, each question once, and tapped, in less than three minutes", () => {
    // 150 words a minute is slow speech; a second for each tap. Both are assumptions, written down so that they can be argued with.
    const read_aloud = form.order.filter((item) => item.number && !item.worker_only).map((item) => item.text);
    const words = read_aloud.join(" ").split(/\s+/).length;
    const taps = 60;
    const seconds = (words / 150) * 60 + taps;
    assert.ok(seconds < 180, `${words} words and ${taps} taps take ${Math.round(seconds)} s`);
  });

  it("asks everything as a choice, requires each answer, and preselects nothing", () => {
    const asked = form.order.filter((item) => item.number);
    assert.deepEqual(asked.filter((item) => item.type !== "choice" || !item.required || item.raw.initial), []);
    const without = asked.filter((item) => !item.options.some((each) => each.absent)).map((item) => item.link_id);
    assert.deepEqual(without, ["basis", "gate-cleared", "gate-age", "gate-presentation", "gate-support", "take-part"]);
    for (const item of asked.filter((each) => !without.includes(each.link_id))) assert.deepEqual(item.options.slice(-3).map((each) => each.code), ["asked-declined", "asked-unknown", "not-asked"], item.link_id);
  });
});
