// A form in more than one language: asked in the one that is chosen, what is not translated says so, and the answers stay the same.

import assert from "node:assert/strict";
import { beforeEach, it } from "node:test";
import { Tablet, offer } from "./field_tablet.mjs";

const TRANSLATION = "http://hl7.org/fhir/StructureDefinition/translation";
const said = (words) => ({ extension: [{ url: TRANSLATION, extension: [{ url: "lang", valueCode: "cy" }, { url: "content", valueString: words }] }] });
const answer = (code, display, cy) => ({ valueCoding: { system: "https://throughcare.example/codes", code, display, _display: said(cy) } });
const FORM = offer({
  resourceType: "Questionnaire", url: "https://throughcare.example/Questionnaire/two-languages", version: "1.0.0", name: "TwoLanguages", title: "Two languages", status: "active", language: "en",
  item: [{
    linkId: "page", text: "How it is", _text: said("Sut mae hi"), type: "group",
    item: [
      { linkId: "well", text: "Are you well?", _text: said("Ydych chi'n iawn?"), type: "choice", answerOption: [answer("yes", "Yes", "Ydw"), answer("no", "No", "Nac ydw")] },
      { linkId: "more", text: "Anything else?", type: "text" },
      { linkId: "read", text: "Nothing is decided by this.", type: "display" },
      {
        linkId: "now", text: "Since when?", _text: said("Ers pryd?"), type: "choice",
        answerOption: [answer("today", "Today", "Heddiw"), { valueCoding: { system: "https://throughcare.example/codes", code: "before", display: "Before" } }],
      },
    ],
  }],
});

/** @type {any} */
let tablet;
let address = "";
beforeEach(async () => {
  tablet = await Tablet.unlocked();
  await tablet.startAssessment(FORM);
  address = `/assessments/${tablet.id}/pages/page`;
});

it("offers the languages by their own names, and asks in the form's own until one is chosen", async () => {
  const { html } = await tablet.get(address);
  assert.match(html, /value="" lang="en" aria-pressed="true">English</);
  assert.match(html, /value="cy" lang="cy" aria-pressed="false">Cymraeg</);
  assert.match(html, /Are you well\?/);
  assert.doesNotMatch(html, /Not translated/);
});

it("asks in the chosen language, says which words are not translated, and keeps the answer's code", async () => {
  await tablet.post(`${address}/language`, { language: "cy" });
  const { html } = await tablet.get(address);
  assert.match(html, /lang="cy">Ydych chi&#39;n iawn\?/);
  assert.match(html, /<h1[^>]*>Sut mae hi</);
  assert.match(html, /Nac ydw/);
  assert.match(html, /Anything else\?<\/span><\/span><span class="tc-question__hint">Not translated/);
  await tablet.post(`/assessments/${tablet.id}/answers`, { link_id: "well", value: "no" });
  assert.equal((await tablet.assessment()).answers.well, "no");
  const check = await tablet.get(`/assessments/${tablet.id}/check`);
  assert.match(check.html, /Are you well\?/, "what is checked reads in the form's own language");
});

it("says so where only an answer or a text to read is not translated, and names the language of each", async () => {
  await tablet.post(`${address}/language`, { language: "cy" });
  const { html } = await tablet.get(address);
  assert.match(html, /lang="cy">Ers pryd\?<\/span><\/span><span class="tc-question__hint">Some answers are not translated/);
  assert.match(html, /<span lang="cy">Heddiw<\/span>/);
  assert.match(html, /<span lang="en">Before<\/span>/);
  assert.match(html, /lang="en">Nothing is decided by this\.<\/p><span class="tc-question__hint">Not translated/);
  assert.equal(html.match(/not translated|Not translated/g).length, 3);
});

it("goes back, and takes no language that the form does not have", async () => {
  await tablet.post(`${address}/language`, { language: "cy" });
  await tablet.post(`${address}/language`, { language: "xx" });
  assert.match((await tablet.get(address)).html, /Are you well\?/);
});

it("lets the person choose while the tablet is turned round", async () => {
  await tablet.post(`/assessments/${tablet.id}/turned/page`);
  await tablet.post(`/assessments/${tablet.id}/turned/page/language`, { language: "cy" });
  const { html } = await tablet.get(`/assessments/${tablet.id}/turned/page`);
  assert.match(html, /Ydych chi&#39;n iawn/);
  assert.match(html, /aria-pressed="true">Cymraeg/);
});
