// A form that means harm, on the tablet's side: V8 has no switch that stops a rule, so the engine counts. What is refused, is refused before it runs.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { bundle } from "./bundle.mjs";

const { evaluate, findings, load, loadChecked, question, readResponse, rows, setAnswer } = await bundle({ "formlogic/index.js": "evaluate, findings, load, loadChecked, question, readResponse, rows, setAnswer" });
const SDC = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-";
const HL7 = "http://hl7.org/fhir/StructureDefinition/";
const fhirpath = (name, expression) => ({ url: `${SDC}${name}`, valueExpression: { language: "text/fhirpath", expression } });
const form = (...item) => ({ resourceType: "Questionnaire", url: "https://x.example/q", version: "1", item });
const calculated = (expression) => form({ linkId: "a", type: "string" }, { linkId: "b", type: "string", readOnly: true, extension: [fhirpath("calculatedExpression", expression)] });
const codes = (definition) => findings(definition).filter((each) => each.severity === "error").map((each) => each.code);
const NOW = { now: "2026-11-22T02:10:00Z" };

describe("a rule that never ends", () => {
  const forty = Array.from({ length: 40 }, (_, at) => at + 1).join(" | ");
  for (const [words, expression] of [
    ["loops within loops", `(${forty}).select((${forty}).select((${forty}).select((${forty}).select((${forty}).count())))).empty().toString()`],
    ["a text that doubles", "('x' | 'y').repeat($this & $this).count().toString()"],
    ["a list that doubles", `(${forty}).aggregate($total.combine($total), (1 | 2)).count().toString()`],
    ["a recursion without a floor", "'x'.repeat($this & 'x').count().toString()"],
    ["a count without an end", "1.repeat($this + 1).count().toString()"],
  ]) {
    it(`is stopped, gives no value and says so: ${words}`, () => {
      const { calculated: worked, errors, enabled } = evaluate(load(calculated(expression)), { a: "x" }, NOW);
      assert.deepEqual([worked, errors.map((each) => each.linkId), enabled], [{}, ["b"], { a: true, b: true }]);
      assert.match(errors[0].message, /could not be worked out/i);
    });
  }
});

describe("a pattern that never ends", () => {
  const answer = (pattern) => form({ linkId: "a", type: "string", extension: [{ url: `${HL7}regex`, valueString: pattern }] });
  for (const pattern of ["(a+)+$", "(a*)*b", "(a|a)*b", "(a|ab)*c", "(.*a){12}", "([a-z]+)*1", "(x+x+)+y", "(a)\\1+", ".*.*.*.*=", "a{1,9}".repeat(90)]) {
    it(`is refused before it is run: ${pattern.slice(0, 20)}`, () => {
      assert.deepEqual(codes(answer(pattern)), ["unsafe-regex"]);
      assert.deepEqual(codes(calculated(`'x'.matches('${pattern.replace(/\\/g, "\\\\")}').toString()`)), ["unsafe-regex"]);
    });
  }
  it("is refused where it is put together from answers", () => assert.deepEqual(codes(calculated("'x'.matches(%resource.item.answer.value.first()).toString()")), ["unsafe-regex"]));
  it("is not taken for one that ends", () => {
    for (const pattern of ["[0-9]{10,13}", "[a-zA-Z\\- ]*", "(\\+44|0)[0-9 ]{9,12}", "([A-Z]{1,2}[0-9][A-Z0-9]?) ?([0-9][A-Z]{2})", "^[^@ ]+@[^@ ]+\\.[a-z]{2,}$", "(foo|bar)+", "\\d{3}-\\d{4}"]) assert.deepEqual(codes(answer(pattern)), [], pattern);
  });
  it("meets no long answer", () => {
    const { errors } = evaluate(load(answer("[a-z]*")), { a: "a".repeat(5000) }, NOW);
    assert.deepEqual(errors, [{ linkId: "a", message: "Use 200 characters or fewer." }]);
  });
});

describe("names that programs keep for themselves", () => {
  const NAMES = ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "_order", "_other"];
  it("are no linkIds and no codes", () => {
    for (const name of NAMES) {
      assert.deepEqual(codes(form({ linkId: name, type: "string" })), ["reserved-name"], name);
      assert.deepEqual(codes(form({ linkId: "a", type: "choice", answerOption: [{ valueCoding: { code: name } }] })), ["reserved-name"], name);
    }
  });
  it("in answers, in responses and in the form's own keys change no other object", () => {
    const made = loadChecked(form({ linkId: "g", type: "group", repeats: true, item: [{ linkId: "a", type: "string" }] }, { linkId: "m", type: "choice", repeats: true, answerOption: [{ valueCoding: { code: "x" } }] }));
    const answers = JSON.parse('{"__proto__": {"polluted": true}, "g": {"__proto__": {"polluted": true}, "constructor": {"prototype": {"polluted": true}}, "i": {"a": "1"}}, "m": {"__proto__": true, "x": true}}');
    const evaluation = evaluate(made, answers, NOW);
    rows(made, answers, evaluation);
    setAnswer(made, answers, "m", "__proto__", true);
    readResponse(made, JSON.parse('{"item": [{"linkId": "__proto__", "answer": [{"valueString": "x"}]}, {"linkId": "g", "id": "__proto__", "item": [{"linkId": "a", "answer": [{"valueString": "x"}]}]}]}'));
    findings(JSON.parse('{"resourceType": "Questionnaire", "__proto__": {"polluted": true}, "item": [{"linkId": "a", "type": "string", "__proto__": {"polluted": true}, "constructor": 1}]}'));
    assert.equal({}.polluted, undefined);
    assert.equal(Object.prototype.polluted, undefined);
  });
});

describe("a form that is too much", () => {
  it("of items, of depth or of words is refused by its place", () => {
    assert.deepEqual(codes(form(...Array.from({ length: 6000 }, (_, at) => ({ linkId: `a${at}`, type: "string" })))), ["too-many-items"]);
    let deep = { linkId: "leaf", type: "string" };
    for (let at = 0; at < 60; at += 1) deep = { linkId: `g${at}`, type: "group", item: [deep] };
    assert.deepEqual(codes(form(deep)), ["too-deep"]);
    assert.deepEqual(codes(form({ linkId: "a", type: "string", text: "x".repeat(50_000_000) })), ["text-too-long"]);
  });
  it("in its chain of conditions is still read, and its circle found", () => {
    const chain = Array.from({ length: 3000 }, (_, at) => ({ linkId: `a${at}`, type: "string", enableWhen: [{ question: `a${(at + 1) % 3000}`, operator: "exists", answerBoolean: true }] }));
    assert.deepEqual(codes(form(...chain)), ["cycle"]);
  });
});

describe("script in every text", () => {
  const SCRIPT = "<script>alert(1)</script>";
  it("comes out as the letters that it is, for the template to write as letters", () => {
    const definition = form({ linkId: "a", type: "choice", text: SCRIPT, prefix: SCRIPT, _text: { extension: [{ url: `${HL7}rendering-xhtml`, valueString: `<div>${SCRIPT}</div>` }] }, answerOption: [{ valueCoding: { code: "x", display: SCRIPT } }], item: [{ linkId: "h", type: "display", text: SCRIPT, extension: [{ url: `${HL7}questionnaire-itemControl`, valueCodeableConcept: { coding: [{ code: "help" }] } }] }] });
    assert.deepEqual(findings(definition).map((each) => each.code), ["plain-text-only"]);
    const made = load(definition);
    const drawn = question(made, "a", {}, evaluate(made, {}, NOW));
    assert.deepEqual([drawn.text, drawn.help, drawn.options[0].text], [SCRIPT, SCRIPT, SCRIPT]);
    assert.doesNotMatch(JSON.stringify(drawn), /<div>/);
  });
});
