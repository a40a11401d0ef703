// The form engine by the words of the first form: what opens, what fires, what is never read as "no". The engine is bundled as the tablet
// gets it (the small R4 model), so that a model cut too far fails here.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, describe, it } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { fhirpathPlugin } from "../../../frontend/build/fhirpath.mjs";

const ROOT = path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "..", "..");
const { build } = createRequire(path.join(ROOT, "frontend", "package.json"))("esbuild");
const folder = mkdtempSync(path.join(tmpdir(), "formlogic-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const outfile = path.join(folder, "formlogic.mjs");
await build({
  entryPoints: [path.join(ROOT, "service_worker", "src", "formlogic", "index.js")], outfile, bundle: true, format: "esm", target: "es2020",
  define: { global: "globalThis" }, nodePaths: [path.join(ROOT, "frontend", "node_modules")], plugins: [fhirpathPlugin()], logLevel: "error",
});
const formlogic = await import(pathToFileURL(outfile).href);

const definition = (name) => JSON.parse(readFileSync(path.join(ROOT, "backend", "throughcare", "forms", "definitions", `${name}.json`), "utf8"));
const first = formlogic.load(definition("first-contact"));
const NOW = "2026-11-22T02:10:00Z";
const evaluate = (answers, conflicts = {}, form = first) => formlogic.evaluate(form, answers, { now: NOW, conflicts });
const alerts = (answers, conflicts) => evaluate(answers, conflicts).alerts.map((each) => each.id).sort();
const open = (answers, conflicts) => first.order.filter((item) => item.kind === "question" && !item.hidden && evaluate(answers, conflicts).enabled[item.link_id]).map((item) => item.link_id);
const many = (...codes) => Object.fromEntries(codes.map((code) => [code, true]));

const GATE = { basis: "voluntary", "gate-cleared": "cleared", "gate-age": "adult", "gate-presentation": many("able"), "gate-support": many("none") };
const TALK = { ...GATE, "take-part": "agrees" };
const SAFETY = { "harm-now": "no", "harm-before": "no", "health-now": many("none") };
const SHORTEST = {
  ...TALK, ...SAFETY, "contact-safe": many("call"), "opioid-use": "never", overdose: "never", injecting: "never", "alcohol-pattern": "none",
  substances: many("none"), treatment: "no", "housing-tonight": "settled", safeguarding: many("none"), "next-step": "information",
};
const ONLY_SAFETY = ["harm-now", "harm-before", "health-now", "safeguarding"];
const GATE_QUESTIONS = ["basis", "gate-cleared", "gate-age", "gate-presentation", "gate-support"];

describe("the first form", () => {
  it("has 25 questions on ten pages, and nothing that its linter minds", () => {
    assert.deepEqual(formlogic.findings(definition("first-contact")), []);
    assert.equal(first.order.filter((item) => item.number).length, 25);
    assert.deepEqual(formlogic.pages(first, evaluate({})).map((page) => page.id), ["gate", "talk", "safety", "reach", "opioids", "risk", "alcohol", "drugs", "treatment-tonight", "next"]);
    assert.deepEqual(formlogic.pages(first, evaluate({})).at(-1).questions, ["safeguarding", "next-step"]);
  });

  it("is complete with 19 answers on its shortest road and with 25 on its longest", () => {
    assert.equal(Object.keys(SHORTEST).length, 19);
    assert.equal(evaluate(SHORTEST).complete, true);
    const longest = {
      ...SHORTEST, "opioid-use": "current", "tolerance-loss": many("none"), "naloxone-kit": "has-kit", injecting: "current", "hep-c-test": "last-12-months",
      "alcohol-pattern": "daily", "alcohol-last": "under-6-hours", substances: many("heroin", "alcohol"), "main-substance": "heroin", "main-last-used": "today",
    };
    const whole = evaluate(longest);
    assert.equal(open(longest).length, 25);
    assert.deepEqual([whole.complete, whole.missing], [true, []]);
    delete longest["main-last-used"];
    assert.deepEqual(evaluate(longest).missing, ["main-last-used"]);
  });

  it("asks nothing after a refused clearance but the rest of the gate", () => {
    assert.deepEqual(open({ ...TALK, "gate-cleared": "not-cleared" }), GATE_QUESTIONS);
  });

  for (const [words, changed] of [
    ["under 18", { "gate-age": "under-18" }], ["not certain of age", { "gate-age": "not-certain" }],
    ["without the interpreter", { "gate-support": many("interpreter-needed") }], ["intoxicated", { "gate-presentation": many("intoxicated") }],
  ]) {
    it(`keeps only safety and safeguarding open: ${words}`, () => {
      assert.deepEqual(open({ ...TALK, ...changed }), [...GATE_QUESTIONS, ...ONLY_SAFETY]);
    });
  }

  it("keeps only safety and safeguarding open when the person cannot decide", () => {
    assert.deepEqual(open({ ...GATE, "take-part": "cannot-decide" }), [...GATE_QUESTIONS, "take-part", ...ONLY_SAFETY]);
  });

  it("does not go on while an adult is here and an interpreter is not", () => {
    assert.equal(evaluate({ ...GATE, "gate-support": many("adult-here", "interpreter-needed") }).calculated["may-go-on"], false);
    assert.equal(evaluate({ ...GATE, "gate-support": many("adult-here") }).calculated["may-go-on"], true);
  });

  it("explains itself by its basis", () => {
    const shown = (basis) => Object.entries(evaluate({ ...GATE, basis }).enabled).filter(([id, on]) => on && id.startsWith("explain")).map(([id]) => id);
    assert.deepEqual([shown("voluntary"), shown("court"), shown("required")], [["explain-voluntary"], ["explain-voluntary", "explain-court"], ["explain-required"]]);
    assert.deepEqual(evaluate({ ...GATE, basis: "required", "gate-age": "under-18" }).errors, [{ linkId: "gate-age", message: "A required assessment needs a person of 18 or over." }]);
  });
});

describe("alerts", () => {
  const table = [
    ["stop-harm", { ...GATE, "harm-now": "yes", "harm-before": "yes" }],
    ["harm-not-known", { ...GATE, "harm-now": "asked-declined" }],
    ["harm-not-known", { ...GATE, "harm-now": "asked-unknown" }],
    ["harm-not-known", { ...GATE, "harm-now": "not-asked" }],
    ["harm-history", { ...GATE, "harm-now": "no", "harm-before": "yes" }],
    ["health-now", { ...GATE, "health-now": many("fits-dts") }],
    ["missed-doses", { ...TALK, treatment: "prescribed-missed-3" }],
    ["bbv", { ...TALK, injecting: "previous", "hep-c-test": "asked-unknown" }],
    ["bbv", { ...TALK, injecting: "current" }],
    ["child-at-risk", { ...GATE, safeguarding: many("child") }],
    ["other-safeguarding", { ...GATE, safeguarding: many("exploitation") }],
    ["nowhere", { ...TALK, "housing-tonight": "nowhere" }],
    ["alcohol-daily", { ...TALK, "alcohol-pattern": "daily" }],
    ["alcohol-daily", { ...TALK, "alcohol-pattern": "daily", "alcohol-last": "under-6-hours" }],
    ["naloxone", { ...TALK, "opioid-use": "past", "tolerance-loss": many("prison"), "naloxone-kit": "has-kit" }],
    ["naloxone", { ...TALK, "opioid-use": "asked-declined" }],
    ["naloxone", { ...TALK, "opioid-use": "current", "naloxone-kit": "declined-kit" }],
  ];
  for (const [id, answers] of table) it(`${id} is raised alone by ${JSON.stringify(Object.fromEntries(Object.entries(answers).filter(([key]) => !(key in TALK))))}`, () => assert.deepEqual(alerts(answers), [id]));

  it("defer-unwell is raised by what is seen, and closes the talk", () => assert.deepEqual(alerts({ ...GATE, "gate-presentation": many("withdrawing") }), ["defer-unwell"]));
  it("a pregnancy with daily drinking is a priority", () => assert.deepEqual(alerts({ ...TALK, "health-now": many("pregnant"), "alcohol-pattern": "some-days" }), ["pregnant-priority"]));
  it("are silent on the empty form, on the quiet road and after a recent test", () => {
    assert.deepEqual([alerts({}), alerts(SHORTEST), alerts({ ...TALK, injecting: "current", "hep-c-test": "last-12-months" })], [[], [], []]);
  });
  it("do not read the answer of a closed question", () => assert.deepEqual(alerts({ ...GATE, "take-part": "does-not-agree", "housing-tonight": "nowhere" }), []));
  it("say what was ticked, and that it is not known where nobody said", () => {
    const said = (answers) => evaluate(answers).alerts[0].text;
    assert.match(said({ ...GATE, "health-now": many("leg", "wound") }), /now: a wound or a sore injecting site, a painful or swollen leg\. Never/);
    assert.match(said({ ...TALK, "alcohol-pattern": "daily" }), /last drink: not known\./);
    assert.match(said({ ...TALK, "alcohol-pattern": "daily", "alcohol-last": "6-24-hours" }), /last drink: 6 to 24 hours ago\./);
  });
  it("carry where they stand", () => assert.match(evaluate({ ...GATE, "harm-now": "yes" }).alerts[0].standing, /unverified/));
  it("give one yes or no each on the empty form", () => assert.deepEqual(evaluate({}).errors, []));
});

describe("two values", () => {
  it("raise the alert of either", () => {
    assert.deepEqual(alerts({ ...GATE, "harm-now": "no" }, { "harm-now": ["no", "yes"] }), ["stop-harm"]);
    assert.deepEqual(alerts({ ...GATE, "harm-now": "no" }, { "harm-now": ["yes", "asked-declined"] }), ["harm-not-known", "stop-harm"]);
  });
  it("stop the talk where either would, without throwing away what was said", () => {
    const unsettled = { "gate-support": [many("none"), many("interpreter-needed")] };
    const { calculated, closed_answers } = evaluate(SHORTEST, unsettled);
    assert.deepEqual([calculated["may-go-on"], closed_answers], [false, []]);
  });
  it("fire together when it takes both questions to fire", () => {
    const both = { "opioid-use": ["never", "current"], "naloxone-kit": ["has-kit", "wants-kit"] };
    assert.deepEqual(alerts({ ...TALK, "opioid-use": "never" }, both), ["naloxone"]);
  });
  it("stand in the rows and in the question", () => {
    const conflicts = { "harm-now": ["no", "asked-declined"] };
    const answers = { ...GATE, "harm-now": "no" };
    const row = formlogic.rows(first, answers, evaluate(answers, conflicts), { conflicts }).flatMap((page) => page.rows).find((each) => each.link_id === "harm-now");
    assert.deepEqual([row.state, row.values], ["two-values", ["No", "Declined to answer"]]);
    assert.deepEqual(formlogic.question(first, "harm-now", answers, evaluate(answers, conflicts), { conflicts }).two_values, ["No", "Declined to answer"]);
  });
  it("leave a score without a band", () => {
    const audit = formlogic.load(definition("audit"));
    const answers = Object.fromEntries([...Array(8).keys()].map((at) => [`audit-${at + 1}`, at < 2 ? audit.items.get(`audit-${at + 1}`).options[0].code : "never"]).concat([["audit-9", "no"], ["audit-10", "no"]]));
    const score = (conflicts) => evaluate(answers, conflicts, audit).scores[1];
    assert.deepEqual([score({}).total, score({}).band.code, score({}).two_values], [0, "lower", false]);
    assert.deepEqual([score({ "audit-4": ["never", "weekly"] }).band, score({ "audit-4": ["never", "weekly"] }).two_values], [null, true]);
  });
});

describe("scores", () => {
  const audit = formlogic.load(definition("audit"));
  const scored = (marks) => Object.fromEntries(marks.map((mark, at) => [`audit-${at + 1}`, audit.items.get(`audit-${at + 1}`).options.find((each) => each.score === mark).code]));
  for (const [total, band, marks] of [
    [7, "lower", [2, 2, 1, 0, 0, 0, 0, 0, 2, 0]], [8, "increasing", [2, 2, 2, 0, 0, 0, 0, 0, 2, 0]], [15, "increasing", [4, 3, 3, 1, 0, 0, 0, 0, 0, 4]],
    [16, "higher", [4, 3, 3, 1, 1, 0, 0, 0, 0, 4]], [19, "higher", [4, 4, 4, 1, 1, 0, 1, 0, 2, 2]], [20, "possible-dependence", [4, 4, 4, 1, 1, 1, 1, 0, 2, 2]],
  ]) {
    it(`AUDIT ${total} is ${band}`, () => {
      const [short, whole] = evaluate(scored(marks), {}, audit).scores;
      assert.deepEqual([whole.total, whole.band.code, short.total], [total, band, marks[0] + marks[1] + marks[2]]);
    });
  }
  it("are absent while one answer is missing or refused", () => {
    const answers = scored([4, 4, 4, 1, 1, 1, 1, 0, 2, 2]);
    const { "audit-5": _, ...missing } = answers;
    for (const each of [missing, { ...answers, "audit-5": "asked-declined" }]) {
      const whole = evaluate(each, {}, audit).scores[1];
      assert.deepEqual([whole.total, whole.band, whole.answered, whole.of], [null, null, 9, 10]);
    }
  });
});

describe("answers", () => {
  it("keep an exclusive option alone", () => {
    let answers = formlogic.setAnswer(first, {}, "health-now", "wound", true);
    answers = formlogic.setAnswer(first, answers, "health-now", "leg", true);
    assert.deepEqual(answers["health-now"], many("wound", "leg"));
    answers = formlogic.setAnswer(first, answers, "health-now", "none", true);
    assert.deepEqual(answers["health-now"], many("none"));
    answers = formlogic.setAnswer(first, answers, "health-now", "asked-declined", true);
    assert.deepEqual(answers["health-now"], many("asked-declined"));
    answers = formlogic.setAnswer(first, answers, "health-now", "pregnant", true);
    assert.deepEqual(answers["health-now"], many("pregnant"));
    assert.deepEqual(formlogic.setAnswer(first, answers, "health-now", "pregnant", false), {});
  });
  it("that are stopped become not asked wherever that is offered, and can then be handed in", () => {
    const stopped = formlogic.stopAnswers(first, TALK, evaluate(TALK));
    assert.deepEqual([stopped["harm-now"], stopped["health-now"], stopped["tolerance-loss"]], ["not-asked", many("not-asked"), undefined]);
    const after = { ...TALK, ...stopped };
    assert.deepEqual([evaluate(after).missing, alerts(after)], [[], ["harm-not-known"]]);
  });
  it("of closed questions are counted, and come back when the question opens again", () => {
    const closed = evaluate({ ...SHORTEST, "opioid-use": "never", "naloxone-kit": "has-kit" });
    assert.deepEqual(closed.closed_answers, ["naloxone-kit"]);
    assert.deepEqual(evaluate({ ...SHORTEST, "opioid-use": "current", "naloxone-kit": "has-kit" }).closed_answers, []);
  });
  it("go out as a FHIR response with the codings of the form, without what was closed", () => {
    const record = { id: "a", body: { form: first.form, state: "submitted", answers: { ...GATE, "gate-cleared": "not-cleared", "harm-now": "yes" }, submission: { number: 1, at: NOW } } };
    const response = formlogic.toQuestionnaireResponse(first, record);
    assert.equal(response.questionnaire, "https://throughcare.example/Questionnaire/first-contact|1.0.0");
    assert.equal(response.status, "completed");
    assert.deepEqual(response.item.flatMap((group) => group.item.map((each) => each.linkId)), [...GATE_QUESTIONS, "may-go-on", "any-substance"]);
    assert.deepEqual(response.item[0].item[0].answer, [{ valueCoding: { system: "https://throughcare.example/CodeSystem/first-contact", code: "voluntary", display: "Voluntary" } }]);
  });
});

describe("the linter", () => {
  const base = { resourceType: "Questionnaire", url: "https://x.example/q", version: "1" };
  const item = (linkId, more = {}) => ({ linkId, type: "string", text: linkId, ...more });
  const fhirpath = (name, expression) => ({ url: `http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-${name}`, valueExpression: { language: "text/fhirpath", expression } });
  const errors = (...items) => formlogic.findings({ ...base, item: items }).filter((each) => each.severity === "error").map((each) => `${each.code} ${each.linkId}`);
  const two = [{ question: "a", operator: "exists", answerBoolean: true }, { question: "a", operator: "=", answerString: "x" }];
  const cases = [
    ["passes a plain form", [item("a")], []],
    ["wants linkIds", [{ type: "string" }], ["missing-link-id "]],
    ["wants them once", [item("a"), item("a")], ["duplicate-link-id a"]],
    ["knows its types", [item("a", { type: "attachment" })], ["unsupported-type a"]],
    ["wants all or any", [item("a"), item("b", { enableWhen: two })], ["missing-enable-behavior b"]],
    ["takes conditions or an expression", [item("a"), item("b", { enableWhen: two.slice(0, 1), extension: [fhirpath("enableWhenExpression", "true")] })], ["enable-when-and-expression b"]],
    ["knows the variables", [item("a", { extension: [fhirpath("calculatedExpression", "%nobody + 1")] })], ["unknown-variable a"]],
    ["reads the expressions", [item("a", { extension: [fhirpath("calculatedExpression", "1 +")] })], ["expression-error a"]],
    ["refuses what needs a server", [item("a", { extension: [fhirpath("calculatedExpression", "%resource.item.answer.value.memberOf('x')")] })], ["unsupported-function a"]],
    ["refuses options elsewhere", [item("a", { type: "choice", answerValueSet: "http://x.example/vs" })], ["external-value-set a"]],
    ["finds circles", [item("a", { enableWhen: [{ question: "b", operator: "exists", answerBoolean: true }] }), item("b", { enableWhen: [{ question: "a", operator: "exists", answerBoolean: true }] })], ["cycle a"]],
    ["names STU3", [item("a", { option: [{ valueCoding: { code: "x" } }] })], ["wrong-fhir-version a"]],
    ["names R5", [item("a", { type: "coding" })], ["wrong-fhir-version a", "unsupported-type a"]],
  ];
  for (const [words, items, expected] of cases) it(words, () => assert.deepEqual(errors(...items), expected));

  it("takes anything at all", () => {
    for (const each of [null, 1, "x", [], {}, { resourceType: "Patient" }, { ...base, item: [null, 3] }, { ...base, item: "x" }, { ...base, item: [{ linkId: 3, extension: 4, enableWhen: {}, answerOption: "x", item: 5 }] }]) {
      assert.ok(formlogic.findings(each).some((found) => found.severity === "error"), JSON.stringify(each));
    }
  });
});

describe("rules that break", () => {
  const broken = (expression) => formlogic.load({
    resourceType: "Questionnaire", url: "https://x.example/q", version: "1",
    item: [
      { linkId: "a", type: "string" },
      { linkId: "sum", type: "integer", readOnly: true, extension: [{ url: "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-calculatedExpression", valueExpression: { language: "text/fhirpath", expression } }] },
    ],
  });
  it("give no value and an error, never 0", () => {
    const { calculated, errors } = evaluate({ a: "x" }, {}, broken("('x' | 'y').single().toInteger()"));
    assert.deepEqual([calculated, errors.map((each) => each.linkId)], [{}, ["sum"]]);
  });
  it("of an alert are told as an error, and see the form's variables", () => {
    const ours = "https://throughcare.example/StructureDefinition/alert";
    const alert = (id, expression) => ({ url: ours, extension: [{ url: "id", valueCode: id }, { url: "text", valueString: id }, { url: "expression", valueExpression: { language: "text/fhirpath", expression } }] });
    const form = formlogic.load({
      resourceType: "Questionnaire", url: "https://x.example/q", version: "1", item: [{ linkId: "a", type: "string" }],
      extension: [{ url: "http://hl7.org/fhir/StructureDefinition/variable", valueExpression: { name: "said", language: "text/fhirpath", expression: "%resource.item.answer.value" } }, alert("said-x", "%said = 'x'"), alert("no-boolean", "'x'")],
    });
    const { alerts: raised, errors } = evaluate({ a: "x" }, {}, form);
    assert.deepEqual([raised.map((each) => each.id), errors.map((each) => each.linkId)], [["said-x"], ["alert:no-boolean"]]);
  });
  it("read the time that they are given", () => {
    const { calculated } = evaluate({}, {}, broken("iif(today() = @2026-11-22, 1, 0)"));
    assert.deepEqual(calculated, { sum: 1 });
  });
});
