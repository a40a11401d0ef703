// What public forms use beyond the service's own: repeating groups, open choices, moments and quantities, item variables, options that depend on
// answers, first values, languages. Each is asked for in the words of forms.md, 3.1 and 3.2.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { bundle } from "./bundle.mjs";

const { addInstance, evaluate, findings, forget, loadChecked, pages, pointerTo, question, readResponse, removeInstance, rows, setAnswer, start, toQuestionnaireResponse, worked } = await bundle({
  "formlogic/index.js": "addInstance, evaluate, findings, forget, loadChecked, pages, pointerTo, question, readResponse, removeInstance, rows, setAnswer, start, toQuestionnaireResponse, worked",
});
const SDC = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-";
const HL7 = "http://hl7.org/fhir/StructureDefinition/";
const NOW = { now: "2026-11-22T02:10:00Z", conflicts: {} };
const fhirpath = (name, expression, more = {}) => ({ url: `${SDC}${name}`, valueExpression: { language: "text/fhirpath", expression, ...more } });
const variable = (name, expression) => ({ url: `${HL7}variable`, valueExpression: { name, language: "text/fhirpath", expression } });
const form = (item, more = {}) => loadChecked({ resourceType: "Questionnaire", url: "https://x.example/q", version: "1", item, ...more });
const coded = (...codes) => codes.map((code) => ({ valueCoding: { system: "https://x.example/s", code, display: code.toUpperCase() } }));
const value = (link_id) => `%resource.repeat(item).where(linkId='${link_id}').answer.value`;
const record = (answers) => ({ id: "r", body: { form: "https://x.example/q|1", state: "draft", answers } });
const there_and_back = (made, answers) => readResponse(made, toQuestionnaireResponse(made, record(answers), NOW));

describe("a repeating group", () => {
  const made = form([
    { linkId: "any", type: "boolean" },
    {
      linkId: "drug", type: "group", repeats: true, text: "Drug", extension: [{ url: `${HL7}questionnaire-maxOccurs`, valueInteger: 2 }, variable("doses", "%context.item.where(linkId='dose').answer.value")],
      item: [
        { linkId: "name", type: "string", required: true },
        { linkId: "dose", type: "integer", enableWhen: [{ question: "name", operator: "exists", answerBoolean: true }] },
        { linkId: "twice", type: "integer", readOnly: true, extension: [fhirpath("calculatedExpression", "%doses * 2")] },
        { linkId: "a/b", type: "group", repeats: true, item: [{ linkId: "day", type: "date" }] },
      ],
    },
    { linkId: "sum", type: "integer", readOnly: true, extension: [fhirpath("calculatedExpression", `${value("dose")}.sum()`)] },
    { linkId: "heroin", type: "display", text: "!", enableWhen: [{ question: "name", operator: "=", answerString: "heroin" }] },
  ]);
  const one = addInstance(made, {}, "drug", "u1");
  const two = addInstance(made, one, "drug", "u2");
  const filled = [["drug/u1/name", "heroin"], ["drug/u1/dose", 3], ["drug/u2/name", "crack"], ["drug/u2/dose", 4]].reduce((answers, [address, each]) => setAnswer(made, answers, address, each), two);

  it("holds a map from instance to its answers, and their order", () => {
    assert.deepEqual(two, { drug: { u1: {}, u2: {}, _order: { u1: 1, u2: 2 } } });
    assert.deepEqual(filled.drug.u1, { name: "heroin", dose: 3 });
    assert.equal(pointerTo(made, "drug/u1/a~1b/v/day"), "/answers/drug/u1/a~1b/v/day");
  });
  it("opens, calculates and misses answers in each instance by itself", () => {
    const { enabled, calculated, missing, instances } = evaluate(made, two, NOW);
    assert.deepEqual([enabled["drug/u1/dose"], missing, instances.drug, calculated], [false, ["drug/u1/name", "drug/u2/name"], ["u1", "u2"], {}]);
    const first = evaluate(made, setAnswer(made, two, "drug/u1/name", "heroin"), NOW).enabled;
    assert.deepEqual([first["drug/u1/dose"], first["drug/u2/dose"]], [true, false]);
    const after = evaluate(made, filled, NOW);
    assert.deepEqual(after.calculated, { "drug/u1/twice": 6, "drug/u2/twice": 8, sum: 7 });
    assert.equal(after.enabled.heroin, true);
    assert.equal(evaluate(made, setAnswer(made, filled, "drug/u1/name", "spice"), NOW).enabled.heroin, false);
  });
  it("says when there are too many, and forgets one that is taken away", () => {
    const three = addInstance(made, filled, "drug", "u3");
    assert.deepEqual(evaluate(made, three, NOW).errors.map((each) => each.linkId), ["drug"]);
    const without = removeInstance(made, filled, "drug", "u1");
    assert.deepEqual([evaluate(made, without, NOW).calculated.sum, rows(made, without, evaluate(made, without, NOW)).flatMap((page) => page.rows).filter((each) => each.answer).map((each) => each.link_id)], [4, ["drug/u2/name", "drug/u2/dose", "drug/u2/twice", "sum"]]);
    assert.deepEqual(removeInstance(made, removeInstance(made, two, "drug", "u1"), "drug", "u2"), {});
  });
  it("merges what two tablets add at once, because nothing in it is a list", () => {
    const left = addInstance(made, two, "drug", "u3");
    const right = addInstance(made, two, "drug", "u4");
    const both = { drug: { ...left.drug, ...right.drug, _order: { ...left.drug._order, ...right.drug._order } } };
    assert.deepEqual(evaluate(made, both, NOW).instances.drug, ["u1", "u2", "u3", "u4"]);
  });
  it("stands on its page with what is in it, and nests", () => {
    const nested = addInstance(made, filled, "drug/u1/a~1b", "v");
    const evaluation = evaluate(made, setAnswer(made, nested, "drug/u1/a~1b/v/day", "2026-11-01"), NOW);
    assert.deepEqual(evaluation.instances, { drug: ["u1", "u2"], "drug/u1/a~1b": ["v"], "drug/u2/a~1b": [] });
    const all = pages(made, evaluation).flatMap((page) => page.questions);
    assert.deepEqual(all.slice(1, 7), ["drug", "drug/u1/name", "drug/u1/dose", "drug/u1/twice", "drug/u1/a~1b", "drug/u1/a~1b/v/day"]);
    assert.deepEqual([question(made, "drug", nested, evaluation).control, question(made, "drug", nested, evaluation).instances], ["repeat", ["u1", "u2"]]);
  });
  it("comes back from FHIR with the same instances, an empty one included", () => {
    const more = addInstance(made, filled, "drug", "u3");
    assert.deepEqual(there_and_back(made, more), { answers: more, unread: [] });
  });
});

describe("an open choice", () => {
  const made = form([
    { linkId: "one", type: "open-choice", answerOption: coded("a", "b"), extension: [{ url: `${SDC}openLabel`, valueString: "Something else" }] },
    { linkId: "many", type: "open-choice", repeats: true, answerOption: [...coded("a", "b"), { ...coded("none")[0], extension: [{ url: `${HL7}questionnaire-optionExclusive`, valueBoolean: true }] }] },
    { linkId: "c", type: "display", text: "c", enableWhen: [{ question: "one", operator: "=", answerString: "a" }] },
  ]);
  it("takes other words, which are never taken for the option that is spelt so", () => {
    const answers = setAnswer(made, {}, "one", { other: "a" });
    assert.deepEqual(answers, { one: { _other: "a" } });
    assert.deepEqual(toQuestionnaireResponse(made, record(answers), NOW).item[0].answer, [{ valueString: "a" }]);
    assert.deepEqual(there_and_back(made, answers).answers, answers);
    assert.equal(evaluate(made, answers, NOW).enabled.c, true);
    const drawn = question(made, "one", answers, evaluate(made, answers, NOW));
    assert.deepEqual([drawn.open_label, drawn.other, drawn.options.map((each) => each.checked)], ["Something else", "a", [false, false]]);
  });
  it("keeps other words beside codes, and clears them for the option that stands alone", () => {
    let answers = setAnswer(made, setAnswer(made, {}, "many", "b"), "many", { other: "x" });
    assert.deepEqual(answers, { many: { b: true, _other: "x" } });
    answers = setAnswer(made, answers, "many", "none");
    assert.deepEqual(answers, { many: { none: true } });
    assert.deepEqual(setAnswer(made, answers, "many", { other: "y" }), { many: { _other: "y" } });
  });
});

describe("kinds of answers", () => {
  const unit = (code) => ({ url: `${HL7}questionnaire-unitOption`, valueCoding: { system: "http://unitsofmeasure.org", code, display: `${code}s` } });
  const made = form([
    { linkId: "at", type: "dateTime" }, { linkId: "time", type: "time" }, { linkId: "dose", type: "quantity", extension: [unit("mg"), unit("g"), { url: `${HL7}minValue`, valueDecimal: 0 }] }, { linkId: "names", type: "string", repeats: true },
    { linkId: "number", type: "decimal", extension: [{ url: `${HL7}maxDecimalPlaces`, valueInteger: 1 }] },
    { linkId: "late", type: "display", text: "late", enableWhen: [{ question: "at", operator: ">", answerDateTime: "2026-11-22T00:00:00Z" }] },
    { linkId: "much", type: "display", text: "much", enableWhen: [{ question: "dose", operator: ">=", answerQuantity: { value: 10, code: "mg" } }] },
  ]);
  const answers = { at: "2026-11-22T01:30:00+01:00", time: "09:30", dose: "12.5 mg", names: { i: "A", j: "B", _order: { i: 2, j: 1 } } };
  it("go out as FHIR has them, and come back", () => {
    const out = toQuestionnaireResponse(made, record(answers), NOW).item.map((each) => each.answer);
    assert.deepEqual(out, [
      [{ valueDateTime: "2026-11-22T01:30:00+01:00" }], [{ valueTime: "09:30:00" }],
      [{ valueQuantity: { value: 12.5, unit: "mgs", system: "http://unitsofmeasure.org", code: "mg" } }], [{ valueString: "B" }, { valueString: "A" }],
    ]);
    assert.deepEqual(there_and_back(made, { at: answers.at, dose: answers.dose }).answers, { at: answers.at, dose: answers.dose });
  });
  it("compare as moments and as numbers of one unit", () => {
    const { enabled } = evaluate(made, answers, NOW);
    assert.deepEqual([enabled.late, enabled.much], [true, true]);
    assert.deepEqual([evaluate(made, { at: "2026-11-22T00:30:00+01:00" }, NOW).enabled.late, evaluate(made, { dose: "12.5 g" }, NOW).enabled.much], [false, false]);
  });
  it("are refused where they are none", () => {
    const wrong = { at: "2026-02-30T10:00:00Z", time: "25:00", dose: "5 kg", number: "1.25" };
    assert.deepEqual(evaluate(made, wrong, NOW).errors.map((each) => each.linkId), ["at", "time", "dose", "number"]);
    assert.deepEqual(evaluate(made, { dose: "-1 mg" }, NOW).errors.map((each) => each.message), ["Enter 0 or more."]);
  });
  it("are told in words", () => {
    const said = Object.fromEntries(rows(made, answers, evaluate(made, answers, NOW))[0].rows.map((each) => [each.link_id, each.answer]));
    assert.deepEqual([said.at, said.dose, said.names], ["22 November 2026 at 01:30", "12.5 mgs", "B, A"]);
  });
});

describe("options that depend on answers", () => {
  const made = form([
    { linkId: "used", type: "choice", repeats: true, answerOption: coded("heroin", "crack", "spice") },
    { linkId: "main", type: "choice", extension: [fhirpath("answerExpression", value("used"))] },
    { linkId: "how", type: "choice", answerOption: coded("smoke", "inject"), extension: [{ url: `${SDC}answerOptionsToggleExpression`, extension: [{ url: "option", valueCoding: coded("inject")[0].valueCoding }, { url: "expression", valueExpression: { language: "text/fhirpath", expression: `${value("used")}.where(code='heroin').exists()` } }] }] },
  ]);
  const offered = (answers, link_id) => question(made, link_id, answers, evaluate(made, answers, NOW)).options.map((each) => each.text);
  it("are those that were answered before", () => {
    const answers = { used: { crack: true, heroin: true }, main: "crack" };
    assert.deepEqual(offered(answers, "main"), ["HEROIN", "CRACK"]);
    assert.deepEqual(offered({}, "main"), []);
    assert.deepEqual(toQuestionnaireResponse(made, record(answers), NOW).item[1].answer, [{ valueCoding: { system: "https://x.example/s", code: "crack", display: "CRACK" } }]);
    assert.equal(rows(made, answers, evaluate(made, answers, NOW))[0].rows[1].answer, "CRACK");
  });
  it("come and go with their expression", () => {
    assert.deepEqual([offered({ used: { heroin: true } }, "how"), offered({ used: { crack: true } }, "how")], [["SMOKE", "INJECT"], ["SMOKE"]]);
  });
});

describe("first values", () => {
  const made = form([
    { linkId: "a", type: "string", initial: [{ valueString: "x" }] },
    { linkId: "b", type: "choice", answerOption: [coded("p")[0], { ...coded("q")[0], initialSelected: true }] },
    { linkId: "born", type: "date", extension: [fhirpath("initialExpression", "%patient.birthDate")] },
    { linkId: "sum", type: "integer", initial: [{ valueInteger: 4 }], extension: [fhirpath("calculatedExpression", "2 + 3")] },
    { linkId: "fetched", type: "string", extension: [fhirpath("initialExpression", "%client.name")] },
  ], { extension: [{ url: `${SDC}launchContext`, extension: [{ url: "name", valueCoding: { code: "client" } }] }] });
  it("are all there where a question repeats", () => {
    const { answers } = start(form([{ linkId: "names", type: "string", repeats: true, initial: [{ valueString: "John" }, { valueString: "James" }] }]));
    assert.deepEqual(answers.names, { "value-1": "John", "value-2": "James", _order: { "value-1": 1, "value-2": 2 } });
  });

  it("stand once in a new response, and never beside a calculation", () => {
    const begun = start(made, { ...NOW, person: { date_of_birth: "1990-02-03" } });
    assert.deepEqual(begun.answers, { a: "x", b: "q", born: "1990-02-03" });
    assert.deepEqual(begun.errors.map((each) => each.linkId), ["fetched"]);
    assert.deepEqual(evaluate(made, {}, NOW).calculated, { sum: 5 });
  });
  it("give way to what a person wrote instead of a calculation, which is marked", () => {
    const drawn = question(made, "sum", { sum: 7 }, evaluate(made, { sum: 7 }, NOW));
    assert.deepEqual([drawn.value, drawn.edited, drawn.read_only], [7, true, false]);
    assert.deepEqual(there_and_back(made, {}).answers, {});
    assert.deepEqual(there_and_back(made, { sum: 5 }).answers, { sum: 5 });
  });
});

describe("languages", () => {
  const said = (key, content) => ({ [key]: { extension: [{ url: `${HL7}translation`, extension: [{ url: "lang", valueCode: "cy" }, { url: "content", valueString: content }] }] } });
  const made = form([{ linkId: "a", type: "choice", text: "Yes?", ...said("_text", "Ie?"), answerOption: [{ valueCoding: { code: "y", display: "Yes", ...said("_display", "Ie") } }] }, { linkId: "b", type: "string", text: "Why?" }], { language: "en" });
  it("are shown where they are written, and the form's own with a mark where they are not", () => {
    const context = { ...NOW, language: "cy-GB" };
    const evaluation = evaluate(made, { a: "y" }, context);
    const [a, b] = ["a", "b"].map((each) => question(made, each, { a: "y" }, evaluation, context));
    assert.deepEqual([made.languages, a.text, a.fallback, a.options[0].text, b.text, b.fallback], [["cy"], "Ie?", "", "Ie", "Why?", "question"]);
    assert.equal(rows(made, { a: "y" }, evaluation, context)[0].rows[0].answer, "Ie");
    assert.deepEqual([question(made, "b", {}, evaluation).fallback, question(made, "a", {}, evaluation).text], ["", "Yes?"]);
  });
});

describe("an answer", () => {
  const sums = Array.from({ length: 30 }, (_, at) => ({ linkId: `sum${at}`, type: "integer", readOnly: true, extension: [fhirpath("calculatedExpression", `${value(`n${at}`)} + 1`)] }));
  const chain = { linkId: "chain", type: "integer", readOnly: true, extension: [fhirpath("calculatedExpression", `${value("sum3")} + %root`)] };
  const made = form([...sums, ...sums.map((_, at) => ({ linkId: `n${at}`, type: "integer" })), chain], { extension: [variable("root", `iif(${value("n7")}.exists(), 100, 0)`)] });
  const answers = Object.fromEntries(sums.map((_, at) => [`n${at}`, at]));
  const runsFor = (next) => {
    const before = worked.runs;
    const evaluation = evaluate(made, next, NOW);
    return [worked.runs - before, evaluation];
  };
  it("runs the rules that read it, directly and through others and variables, and no other", () => {
    runsFor(answers);
    const [runs, evaluation] = runsFor({ ...answers, n3: 50 });
    assert.deepEqual([evaluation.calculated.sum3, evaluation.calculated.chain], [51, 151]);
    // sum3; then chain with its variable; sum3 is read by nothing else.
    assert.ok(runs <= 4, `${runs} runs`);
    assert.ok(runsFor({ ...answers, n12: 1 })[0] <= 2);
    const [of_variable, changed] = runsFor(Object.fromEntries(Object.entries(answers).filter(([key]) => key !== "n7")));
    assert.equal(changed.calculated.chain, 4);
    // sum7; chain and its variable, once before sum3 is known and once after.
    assert.ok(of_variable <= 5, `${of_variable} runs`);
  });
  it("gives what a full evaluation gives, whatever was asked before", () => {
    const [, incremental] = runsFor({ ...answers, n3: 9, n7: 8 });
    forget();
    assert.deepEqual(runsFor({ ...answers, n3: 9, n7: 8 })[1], incremental);
  });
  it("of another version of the form is not mistaken for this one's", () => {
    const scored = (mark) => form([{ linkId: "a", type: "choice", answerOption: [{ valueCoding: { code: "y", extension: [{ url: `${HL7}ordinalValue`, valueDecimal: mark }] } }] }, { linkId: "t", type: "decimal", readOnly: true, extension: [fhirpath("calculatedExpression", "%resource.item.where(linkId='a').answer.ordinal()")] }]);
    assert.deepEqual([1, 2].map((mark) => evaluate(scored(mark), { a: "y" }, NOW).calculated.t), ["1", "2"]);
  });
});

describe("a rule that names its items one by one", () => {
  const total = (text) => ({ linkId: "t", type: "integer", readOnly: true, extension: [fhirpath("calculatedExpression", text)] });
  const asked = (text) => evaluate(form([{ linkId: "a", type: "integer" }, { linkId: "b c", type: "integer" }, { linkId: "d", type: "integer" }, total(text)]), { a: 1, "b c": 2, d: 4 }, NOW);

  it("gets those items and no other, in every way of writing it", () => {
    for (const [names, sum] of [["linkId='a' or linkId='b c'", 3], ["linkId = 'd'  or\n linkId='a' or linkId='no'", 5], ["linkId='no' or linkId='nor'", undefined], ["linkId='a' or linkId='d' and 1=2", 1]]) {
      assert.equal(asked(`%resource.item.where(${names}).answer.value.sum()`).calculated.t, sum);
    }
  });

  it("is not written with the engine's own function, which is no part of FHIRPath", () => {
    const { calculated, errors } = asked("%resource.item.where(linkId.linkIdIsOneOf('a')).answer.value.sum()");
    assert.deepEqual([calculated.t, errors.map((each) => each.linkId)], [undefined, ["t"]]);
    assert.deepEqual(asked("%resource.item.where(linkId='a' or linkId='d').where(linkId.linkIdIsOneOf('a')).answer.value.sum()").calculated.t, undefined);
  });
});

describe("a rule that fails", () => {
  const failing = "('x' | 'y').single()";
  const made = form([
    { linkId: "a", type: "string" },
    { linkId: "hidden", type: "string", extension: [fhirpath("enableWhenExpression", `${failing} = 'x'`)] },
    { linkId: "total", type: "integer", readOnly: true, extension: [fhirpath("calculatedExpression", "%bad + 1")] },
    { linkId: "options", type: "choice", answerOption: coded("p"), extension: [{ url: `${SDC}answerOptionsToggleExpression`, extension: [{ url: "option", valueCoding: coded("p")[0].valueCoding }, { url: "expression", valueExpression: { language: "text/fhirpath", expression: failing } }] }] },
    { linkId: "after", type: "string", enableWhen: [{ question: "total", operator: "=", answerInteger: 1 }] },
  ], { extension: [variable("bad", `${failing}.toInteger()`)] });
  it("gives no value, hides nothing, and is told; so does a variable that fails", () => {
    const { calculated, enabled, errors, options } = evaluate(made, { a: "x" }, NOW);
    assert.deepEqual([calculated, enabled.hidden, enabled.after, options.options.map((each) => each.code)], [{}, true, false, ["p"]]);
    assert.deepEqual(errors.map((each) => each.linkId).sort(), ["hidden", "options", "total"]);
    assert.ok(errors.every((each) => /could not be worked out/i.test(each.message)));
  });
});

describe("circles and doubles", () => {
  const codes = (item, more = {}) => findings({ resourceType: "Questionnaire", url: "https://x.example/q", version: "1", item, ...more }).filter((each) => each.severity === "error").map((each) => each.code);
  it("are found through calculations, variables and groups", () => {
    const waits = (linkId, expression) => ({ linkId, type: "integer", readOnly: true, extension: [fhirpath("calculatedExpression", expression)] });
    assert.deepEqual(codes([waits("a", value("b")), waits("b", value("a"))]), ["cycle"]);
    assert.deepEqual(codes([waits("a", "%v + 1")], { extension: [variable("v", value("a"))] }), ["cycle"]);
    assert.deepEqual(codes([{ linkId: "g", type: "group", enableWhen: [{ question: "b", operator: "exists", answerBoolean: true }], item: [{ linkId: "b", type: "string" }] }]), ["cycle"]);
    assert.deepEqual(codes([{ linkId: "g", type: "group", item: [{ linkId: "b", type: "integer" }, waits("c", "%resource.item.where(linkId='g').item.where(linkId='b').answer.value + 1")] }]), []);
  });
  it("are found among variables and names", () => {
    assert.deepEqual(codes([{ linkId: "a", type: "string" }], { extension: [variable("v", "1"), variable("v", "2")] }), ["duplicate-variable"]);
    assert.deepEqual(codes([{ linkId: "a", type: "string" }], { extension: [variable("v", "%later"), variable("later", "2")] }), ["unknown-variable"]);
  });
});

describe("what is refused names its row", () => {
  const errors = (item, more = {}) => findings({ resourceType: "Questionnaire", url: "https://x.example/q", version: "1", item: [{ linkId: "a", type: "string", ...item }], ...more }).filter((each) => each.severity === "error").map((each) => `${each.code} ${each.row}`);
  const control = (code) => ({ url: `${HL7}questionnaire-itemControl`, valueCodeableConcept: { coding: [{ code }] } });
  const VALUE_SET = "3.3 external answerValueSet";
  const NETWORK = "3.3 x-fhir-query, CQL, terminology server, memberOf(), resolve()";
  for (const [words, item, more, expected] of [
    ["a query that an answer waits for", { readOnly: true, extension: [fhirpath("calculatedExpression", "%q.count().toString()")] }, { extension: [{ url: `${HL7}variable`, valueExpression: { name: "q", language: "application/x-fhir-query", expression: "Patient?x" } }] }, [`needs-a-server ${NETWORK}`]],
    ["CQL", { readOnly: true, extension: [fhirpath("calculatedExpression", "x", { language: "text/cql" })] }, {}, [`unsupported-language ${NETWORK}`]],
    ["memberOf()", { readOnly: true, extension: [fhirpath("calculatedExpression", "%resource.item.answer.value.memberOf('x').toString()")] }, {}, [`unsupported-function ${NETWORK}`]],
    ["options elsewhere", { type: "choice", answerValueSet: "http://x.example/vs" }, {}, [`external-value-set ${VALUE_SET}`]],
    ["options elsewhere, searched", { type: "open-choice", answerValueSet: "http://x.example/vs", extension: [control("autocomplete")] }, {}, ["external-value-set 3.3 autocomplete"]],
    ["a reference", { type: "reference" }, {}, ["unsupported-type 3.3 reference, attachment, url types"]],
    ["modular forms", {}, { extension: [{ url: `${SDC}assembledFrom`, valueCanonical: "http://x.example/q" }] }, ["unsupported-extension 3.3 modular forms, adaptive forms"]],
    ["adaptive forms", {}, { extension: [{ url: `${SDC}questionnaireAdaptive`, valueBoolean: true }] }, ["unsupported-extension 3.3 modular forms, adaptive forms"]],
    ["a modifier", { modifierExtension: [{ url: "https://x.example/not", valueBoolean: true }] }, {}, ["modifier-extension 3.3 modifierExtension, unknown extension that can change meaning"]],
    ["a rule under another address", { extension: [{ url: "https://x.example/calculatedExpression", valueString: "1" }] }, {}, ["unsupported-extension 3.3 modifierExtension, unknown extension that can change meaning"]],
    ["STU3", { type: "choice", option: [{ valueString: "x" }], answerOption: [{ valueString: "x" }] }, {}, ["wrong-fhir-version 3.3 R5 shapes and STU3"]],
    ["R5", { answerConstraint: "optionsOnly" }, {}, ["wrong-fhir-version 3.3 R5 shapes and STU3"]],
    ["a shortened dialect", { itemControl: "slider" }, {}, ["flattened-dialect 3.3 flattened dialects"]],
  ]) {
    it(words, () => assert.deepEqual(errors(item, more), expected));
  }
  it("and nothing that public forms hold is left out in silence", () => {
    const calculated = (type) => ({ linkId: type, type, text: "x", extension: [fhirpath("calculatedExpression", "1 + 1")], ...(type === "group" ? { item: [{ linkId: "in", type: "boolean" }] } : {}) });
    const told = (item, more = {}) => findings({ resourceType: "Questionnaire", url: "https://x.example/q", version: "1", item, ...more }).map((each) => `${each.severity} ${each.code} ${each.feature.split("/").pop()}`);
    assert.deepEqual(told([calculated("group"), calculated("display")]), ["warning no-answer-to-hold-it calculatedExpression", "warning no-answer-to-hold-it calculatedExpression"]);
    assert.deepEqual(told([{ linkId: "a", type: "choice", answerOption: [{ ...coded("x")[0], extension: [{ url: `${HL7}questionnaire-optionPrefix`, valueString: "A." }] }] }]), ["notice ignored-extension questionnaire-optionPrefix"]);
    assert.deepEqual(told([{ linkId: "a", type: "string", extension: [{ url: `${HL7}questionnaire-supportLink`, valueUri: "https://x.example" }] }]), ["notice ignored-extension questionnaire-supportLink"]);
    for (const item of [{ type: "string", initial: [{ valueCoding: { code: "active" } }] }, { type: "choice", answerOption: coded("x"), initial: [{ valueCoding: { code: "y" } }] }, { type: "integer", initial: [{ valueInteger: 1 }, { valueInteger: 2 }] }]) {
      assert.deepEqual(told([{ linkId: "a", ...item }]), ["warning initial-not-set initial"]);
    }
    for (const item of [{ type: "decimal", initial: [{ valueInteger: 1 }] }, { type: "choice", answerOption: coded("x"), initial: [{ valueCoding: { code: "x" } }] }, { type: "string", repeats: true, initial: [{ valueString: "a" }, { valueString: "b" }] }]) assert.deepEqual(told([{ linkId: "a", ...item }]), []);
    assert.deepEqual(told([{ linkId: "a", type: "string" }], { extension: [fhirpath("enableWhenExpression", "false")] }), ["error unsupported-extension sdc-questionnaire-enableWhenExpression"]);
  });
  it("and what is shown plainer is told as a warning, what is left out as a notice", () => {
    const told = findings({ resourceType: "Questionnaire", url: "https://x.example/q", version: "1", extension: [{ url: `${SDC}targetStructureMap`, valueCanonical: "http://x.example/m" }], item: [{ linkId: "a", type: "group", extension: [control("gtable")], item: [{ linkId: "b", type: "choice", answerOption: coded("x"), extension: [control("autocomplete")] }] }] });
    assert.deepEqual(told.map((each) => [each.severity, each.code, each.row]), [
      ["notice", "ignored-extension", "3.3 StructureMap, template, observation and definition extraction"],
      ["warning", "unsupported-item-control", "3.3 gtable, table, grid, tab-container, matrix"],
      ["warning", "unsupported-item-control", "3.3 autocomplete"],
    ]);
  });
});

describe("the device's clock", () => {
  it("says the day that it is where the tablet is", () => {
    const made = form([{ linkId: "today", type: "date", readOnly: true, extension: [fhirpath("calculatedExpression", "today()")] }]);
    const day = (now) => evaluate(made, {}, { now }).calculated.today;
    assert.deepEqual([day("2026-06-30T23:30:00Z"), day("2026-07-01T00:30:00+01:00"), day("2026-06-30T18:30:00-05:00")], ["2026-06-30", "2026-07-01", "2026-06-30"]);
  });
});
