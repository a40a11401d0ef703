// Abandoning an assessment on the tablet: with its reason, nothing lost, undone by one tap, and told truthfully in every list.

import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { Tablet } from "./field_tablet.mjs";

/** @type {Tablet} */
let tablet;
let episode;

beforeEach(async () => {
  tablet = await Tablet.unlocked();
  await tablet.startAssessment();
  episode = `/episodes/${(await tablet.assessment()).episode_id}`;
});

const abandon = (reason = "by-mistake") => tablet.post(`/assessments/${tablet.id}/abandon`, { reason });

describe("an abandoned assessment", () => {
  it("needs a reason of the list", async () => {
    assert.equal((await abandon("")).problem, "assessment.no_reason");
    assert.equal((await abandon("because")).to, `/assessments/${tablet.id}/abandon`);
    assert.equal((await tablet.assessment()).state, "draft");
  });

  it("keeps every answer, says when and why, and is taken up again by one tap", async () => {
    await tablet.cleared();
    const { answers } = await tablet.assessment();
    await abandon();
    const { html } = await tablet.get(`/assessments/${tablet.id}`);
    assert.match(html, /Abandoned 13:24: started by mistake\.[\s\S]*Nothing was deleted[\s\S]*Undo: take it up again/);
    assert.doesNotMatch(html, /Change something/);
    await tablet.post(`/assessments/${tablet.id}/abandon/undo`, {});
    const body = await tablet.assessment();
    assert.deepEqual([body.state, body.stopped, body.answers], ["draft", undefined, answers]);
  });

  it("that was undone before it was ever sent leaves no trace to send", async () => {
    await tablet.store.synced.markSending(tablet.store.entries().map((each) => each.op.op));
    const before = tablet.store.entries().length;
    await abandon();
    await tablet.post(`/assessments/${tablet.id}/abandon/undo`, {});
    assert.equal(tablet.store.entries().length, before);
  });

  it("stands as abandoned in the stay and among my work, and nowhere as in progress", async () => {
    assert.doesNotMatch((await tablet.get("/work")).html, /Abandoned \(/);
    await abandon("twice");
    for (const address of [episode, "/work?tab=abandoned"]) assert.match((await tablet.get(address)).html, /abandoned 13:24: there is another one for the same stay/, address);
    const work = await tablet.get("/work");
    assert.match(work.html, /Abandoned \(1\)/);
    assert.match(work.html, /In progress \(0\)/);
    assert.match((await tablet.get("/")).data.not_seen[0].words.join(), /an assessment was abandoned/);
  });

  it("does not hide its alerts: they stand in the list until they are settled", async () => {
    await tablet.cleared();
    await tablet.answer("harm-now", "yes");
    await abandon();
    const [row] = (await tablet.get("/")).data.not_seen;
    assert.match(row.notes.map((each) => each.words).join(), /Stop|urgent/);
  });

  it("is offered for a draft of mine alone", async () => {
    assert.match((await tablet.get(`/assessments/${tablet.id}`)).html, /Abandon this assessment/);
    tablet.session.user = { id: "sam", name: "Sam Brackley", role: "custody_worker" };
    assert.doesNotMatch((await tablet.get(`/assessments/${tablet.id}`)).html, /Abandon this assessment/);
    assert.equal((await abandon()).problem, "assessment.not_author");
  });
});
