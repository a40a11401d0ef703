// A number, a date or a text cannot hold "declined": its companion does. And a score knows which questions its instrument
// itself leaves out.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { bundle } from "./bundle.mjs";

const formlogic = await bundle({ "formlogic/index.js": "evaluate, findings, load, pages, question, rows, setAnswer, stopAnswers, toQuestionnaireResponse" });
const ABSENT = "http://terminology.hl7.org/CodeSystem/data-absent-reason";
const OURS = "https://throughcare.example/StructureDefinition/";
const absent = ["asked-declined", "asked-unknown", "not-asked"].map((code) => ({ valueCoding: { system: ABSENT, code, display: code } }));
const fhirpath = (expression) => ({ language: "text/fhirpath", expression });
const form = formlogic.load({
  resourceType: "Questionnaire", url: "https://x.example/q", version: "1",
  item: [{ linkId: "page", type: "group", text: "Page", item: [
    { linkId: "uses", type: "choice", text: "Do you?", required: true, answerOption: [{ valueCoding: { code: "yes" } }, { valueCoding: { code: "no" } }, ...absent] },
    { linkId: "days", type: "integer", text: "On how many days?", required: true, enableBehavior: "all", enableWhen: [{ question: "uses", operator: "=", answerCoding: { code: "yes" } }, { question: "days-no-answer", operator: "exists", answerBoolean: false }] },
    { linkId: "days-no-answer", type: "choice", text: "On how many days?", enableWhen: [{ question: "uses", operator: "=", answerCoding: { code: "yes" } }], answerOption: absent },
    { linkId: "last", type: "string", text: "Last?" },
  ] }],
});
const evaluate = (answers) => formlogic.evaluate(form, answers, {});
const counted = (answers) => formlogic.pages(form, evaluate(answers)).map((page) => `${page.answered} of ${page.enabled}`).join();

describe("a question with a companion", () => {
  it("has one number, and is missing until it has a value or a reason", () => {
    assert.deepEqual(form.order.filter((item) => item.number).map((item) => `${item.number} ${item.link_id}`), ["1 uses", "2 days", "2 days-no-answer", "3 last"]);
    assert.deepEqual(evaluate({ uses: "yes" }).missing, ["days"]);
    assert.deepEqual([evaluate({ uses: "yes", days: 0 }).missing, evaluate({ uses: "yes", "days-no-answer": "asked-declined" }).missing], [[], []]);
  });

  it("counts once, whichever of the two holds the answer", () => {
    assert.deepEqual([counted({}), counted({ uses: "yes" }), counted({ uses: "yes", days: 3 }), counted({ uses: "yes", "days-no-answer": "not-asked" })], ["0 of 2", "1 of 3", "2 of 3", "2 of 3"]);
  });

  it("is one row, with the reason where there is no value", () => {
    const rows = (answers) => formlogic.rows(form, answers, evaluate(answers)).flatMap((page) => page.rows).map((row) => `${row.number} ${row.question} ${row.answer || row.state}`);
    assert.deepEqual(rows({ uses: "yes" }), ["1 Do you? yes", "2 On how many days? empty", "3 Last? empty"]);
    assert.deepEqual(rows({ uses: "yes", "days-no-answer": "asked-declined" }), ["1 Do you? yes", "2 On how many days? asked-declined", "3 Last? empty"]);
  });

  it("is drawn with the ways of having no answer, and stays in view when one of them is chosen", () => {
    const drawn = (answers) => formlogic.question(form, "days", answers, evaluate(answers));
    const declined = drawn({ uses: "yes", "days-no-answer": "asked-declined" });
    assert.deepEqual([declined.shown, declined.absent_link_id, declined.absent_options.map((each) => each.checked)], [true, "days-no-answer", [true, false, false]]);
    assert.deepEqual([drawn({ uses: "no" }).shown, drawn({ uses: "yes" }).shown], [false, true]);
  });

  it("never holds a value and a reason together", () => {
    const declined = formlogic.setAnswer(form, { uses: "yes", days: 3 }, "days-no-answer", "asked-declined");
    assert.deepEqual(declined, { uses: "yes", "days-no-answer": "asked-declined" });
    assert.deepEqual(formlogic.setAnswer(form, declined, "days", 4), { uses: "yes", days: 4 });
  });

  it("that was not reached is “not asked” after a stop", () => {
    assert.deepEqual(formlogic.stopAnswers(form, { uses: "yes" }, evaluate({ uses: "yes" })), { "days-no-answer": "not-asked" });
  });

  it("goes out as the form has it", () => {
    const record = { id: "a", body: { form: form.form, state: "draft", answers: { uses: "yes", "days-no-answer": "asked-declined" } } };
    assert.deepEqual(formlogic.toQuestionnaireResponse(form, record).item[0].item.map((each) => each.linkId), ["uses", "days-no-answer"]);
  });
});

describe("a score with a skip rule", () => {
  const choice = (linkId, more = {}) => ({ linkId, type: "choice", text: linkId, required: true, answerOption: [0, 1, 2].map((mark) => ({ extension: [{ url: "http://hl7.org/fhir/StructureDefinition/ordinalValue", valueDecimal: mark }], valueCoding: { code: `m${mark}` } })), ...more });
  const drinks = { enableWhen: [{ question: "a", operator: "!=", answerCoding: { code: "m0" } }] };
  const scored = (when) => formlogic.load({
    resourceType: "Questionnaire", url: "https://x.example/q", version: "1", item: [choice("a"), choice("b", drinks), choice("c")],
    extension: [{ url: `${OURS}score`, extension: [
      { url: "id", valueCode: "s" }, { url: "max", valueInteger: 6 }, ...["a", "b", "c"].map((each) => ({ url: "item", valueString: each })),
      { url: "band", extension: [{ url: "min", valueInteger: 0 }, { url: "max", valueInteger: 6 }, { url: "code", valueCode: "any" }, { url: "label", valueString: "Any" }] },
      { url: "skip", extension: [{ url: "when", valueExpression: fhirpath(when) }, { url: "item", valueString: "b" }] },
    ] }],
  });
  const score = (answers, when = "%resource.repeat(item).where(linkId='a').answer.value.code.where($this='m0').exists()") => {
    const { total, band, answered } = formlogic.evaluate(scored(when), answers, {}).scores[0];
    return [total, band?.code ?? null, answered];
  };

  it("counts what it leaves out as 0, and only that", () => {
    assert.deepEqual(score({ a: "m0", c: "m2" }), [2, "any", 3]);
    assert.deepEqual(score({ a: "m1", c: "m2" }), [null, null, 2]);
    assert.deepEqual(score({ a: "m1", b: "m2", c: "m2" }), [5, "any", 3]);
    assert.deepEqual(score({ a: "m0" }), [null, null, 2]);
  });

  it("leaves nothing out where the rule cannot be worked out", () => {
    assert.deepEqual(score({ a: "m0", c: "m2" }, "('x' | 'y').single().empty()"), [null, null, 2]);
  });
});
