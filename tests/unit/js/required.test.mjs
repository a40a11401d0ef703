// A required assessment on the tablet: begun only on its own basis, and not handed in before the person knows about the follow-up.

import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { FIRST, Tablet } from "./field_tablet.mjs";

const REQUIRED = FIRST.replace("first-contact", "required-assessment");

describe("a required assessment", () => {
  /** @type {Tablet} */
  let tablet;
  let episode_id = "";
  const begin = (fields) => tablet.post("/assessments", { episode_id, questionnaire: REQUIRED, identity: "yes", ...fields });
  const stayed = async () => {
    tablet.id = (await begin({ basis: "required", imposed: "yes" })).to.split("/")[2];
    for (const [link_id, value] of [["imposed-by", "PC 123"], ["age-checked", "adult"], ["tested-for", "both"], ["disputed", "no"], ["which", "initial"], ["attended", "remained"], ["dependence", "neither"], ["may-benefit", "no"], ["notices-made", "none"]]) await tablet.answer(link_id, value);
    await tablet.post(`/assessments/${tablet.id}/answers`, { link_id: "imposed-on", value_day: "10", value_month: "11", value_year: "2026" });
  };

  beforeEach(async () => {
    tablet = await Tablet.unlocked();
    episode_id = (await tablet.addPerson()).split("/")[2];
  });

  it("is not begun on another basis", async () => {
    assert.match((await begin({ basis: "voluntary" })).html, /This form is for a required assessment/);
    assert.equal((await tablet.store.list("assessment")).length, 0);
  });

  it("is not handed in before the decision about the follow-up, and leads to it", async () => {
    await stayed();
    await tablet.answer("follow-up", "not-needed");
    await tablet.answer("told-not-needed", "no");
    const { html, data } = await tablet.get(`/assessments/${tablet.id}/check`);
    assert.equal(data.can_submit, false);
    assert.match(html, /href="[^"]*pages\/before-it-ends#q-follow-up"[^>]*>[^<]*The initial assessment is not complete/);
    assert.equal((await tablet.post(`/assessments/${tablet.id}/submit`, { confirmed: "yes" })).data.errors.length, 1);
    assert.equal((await tablet.assessment()).state, "draft");

    await tablet.answer("told-not-needed", "yes");
    assert.match((await tablet.post(`/assessments/${tablet.id}/submit`, { confirmed: "yes" })).to, /sent$/);
    assert.equal((await tablet.assessment()).state, "submitted");
  });

  it("tells the worker to tell the police, at once, when the person left", async () => {
    await stayed();
    await tablet.answer("attended", "left-early");
    assert.deepEqual((await tablet.store.list("alert")).map((each) => each.alert), ["tell-police"]);
  });

  it("holds a stopped question as “not asked” in the companion of what is typed", async () => {
    tablet.id = (await begin({ basis: "required", imposed: "yes" })).to.split("/")[2];
    await tablet.post(`/assessments/${tablet.id}/stop`, { reason: "called" });
    const { answers } = await tablet.assessment();
    assert.deepEqual([answers["imposed-by-no-answer"], answers["imposed-on-no-answer"], answers["imposed-by"]], ["not-asked", "not-asked", undefined]);
  });
});
