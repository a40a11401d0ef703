// Recorded on the wrong person: what the worker sees and what waits to be sent, on a tablet without signal.

import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { NOW, Tablet, v7 } from "./field_tablet.mjs";

/** @type {Tablet} */
let tablet;
let wrong;
let right;
const idIn = (address) => address.split("/")[2];

beforeEach(async () => {
  tablet = await Tablet.unlocked();
  await tablet.startAssessment();
  wrong = `/episodes/${(await tablet.assessment()).episode_id}`;
  right = await tablet.addPerson({ given_name: "Marla", family_name: "Quince", dob_day: "2", dob_month: "3", dob_year: "1998", custody_number: "HL/2296", cell: "11" });
});

const moveAssessment = (more = {}) => tablet.post(`/assessments/${tablet.id}/move`, { deed: "move", target: idIn(right), reason: "wrong-row", ...more });

describe("an assessment recorded on the wrong person", () => {
  it("offers the other people in the suite with name, date of birth and custody number, and never the one it is on", async () => {
    const { html, data } = await tablet.get(`/assessments/${tablet.id}/move`);
    assert.deepEqual(data.targets.map((each) => each.text), ["Marla Quince · 2 Mar 1998 (28) · HL/2296 · cell 11"]);
    assert.doesNotMatch(html.match(/<title>(.*?)<\/title>/)[1], /Sedge|Quince/);
  });

  it("finds one of many by part of a name", async () => {
    for (let each = 0; each < 20; each += 1) await tablet.addPerson({ given_name: `Nobody${each}`, family_name: "Elsewhere", dob_day: "", dob_month: "", dob_year: "", custody_number: `HL/90${each}`, reviewed: "new" });
    const { data } = await tablet.post(`/assessments/${tablet.id}/move`, { deed: "search", name: "quin", reason: "alike" });
    assert.deepEqual(data.targets.map((each) => each.code), [idIn(right)]);
    assert.ok(data.reasons.find((each) => each.code === "alike").checked, "what was chosen is kept");
  });

  it("is not moved without whose it is and why", async () => {
    assert.match((await tablet.post(`/assessments/${tablet.id}/move`, { deed: "move" })).html, /Choose whose it is[\s\S]*Say how it came/);
    assert.match((await moveAssessment({ reason: "other" })).html, /Say in your words/);
    assert.equal(`/episodes/${(await tablet.assessment()).episode_id}`, wrong);
  });

  it("has the right person in its identity bar at once, with every answer, and both histories tell it", async () => {
    await tablet.cleared();
    const before = (await tablet.assessment()).answers;
    assert.equal((await moveAssessment()).to, `/assessments/${tablet.id}`);
    const body = await tablet.assessment();
    const marla = (await tablet.store.get("custody_episode", idIn(right))).body.person_id;
    assert.deepEqual([body.person_id, body.answers], [marla, before]);
    const { html, data } = await tablet.get(`/assessments/${tablet.id}`);
    assert.equal(data.who.name, "Marla Quince");
    assert.match(html, /Moved here 13:24 by Nia Farrow[\s\S]*Picked the wrong person from the list/);
    const tobin = (await tablet.store.get("custody_episode", idIn(wrong))).body.person_id;
    for (const address of [wrong, `/people/${tobin}`]) assert.match((await tablet.get(address)).html, /Moved to another person 13:24: Picked the wrong person/, address);
    for (const address of [right, `/people/${marla}`]) assert.match((await tablet.get(address)).html, /Moved here from another person 13:24/, address);
    assert.doesNotMatch((await tablet.get(`/people/${tobin}`)).html, /Quince/, "one history does not name the other person");
  });

  it("takes its alerts along: they are settled under the right name", async () => {
    await tablet.cleared();
    await tablet.answer("harm-now", "yes");
    const [alert] = await tablet.store.list("alert");
    await moveAssessment();
    const { html } = await tablet.get(`/alerts/${alert.id}`);
    assert.match(html, /Marla Quince/);
    assert.doesNotMatch(html, /Tobin/);
    assert.match((await tablet.get("/")).data.seen.find((each) => each.href === right).notes.map((each) => each.words).join(), /Stop|urgent/);
  });

  it("can be undone, and both moves stay", async () => {
    await moveAssessment();
    assert.match((await tablet.get(`/assessments/${tablet.id}`)).html, /Undo: move it back/);
    await tablet.post(`/assessments/${tablet.id}/move/undo`, {});
    const body = await tablet.assessment();
    assert.equal(`/episodes/${body.episode_id}`, wrong);
    assert.equal(Object.keys(body.moves).length, 2);
  });

  it("leads back, and is undone, only where the tablet still holds what it was recorded on first", async () => {
    await moveAssessment();
    assert.match((await tablet.get(`/assessments/${tablet.id}`)).html, /Where it was recorded first/);
    const elsewhere = v7();
    const [id] = Object.keys((await tablet.assessment()).moves);
    await tablet.store.edit("assessment", tablet.id, [[`/moves/${id}/from_episode`, elsewhere]]);
    const { html } = await tablet.get(`/assessments/${tablet.id}`);
    assert.match(html, /It was recorded on another person first/);
    assert.doesNotMatch(html, /Where it was recorded first|Undo: move it back/);
  });

  it("of a colleague is not moved, and neither is one that was moved meanwhile", async () => {
    const before = await tablet.assessment();
    tablet.session.user = { id: "sam", name: "Sam Brackley", role: "custody_worker" };
    assert.equal((await moveAssessment()).problem, "assessment.not_author");
    assert.deepEqual(await tablet.assessment(), before);
  });

  it("says that a page handed in before the move still names the other person", async () => {
    await tablet.cleared();
    await tablet.post(`/assessments/${tablet.id}/stop`, { reason: "asked" });
    await tablet.post(`/assessments/${tablet.id}/submit`, { confirmed: "yes" });
    await moveAssessment();
    assert.match((await tablet.get(`/assessments/${tablet.id}`)).html, /Revision 1 was handed in before that and still names the other person/);
  });

  it("goes alone, between what was answered before and after it: a move that is refused takes no answer with it", async () => {
    await tablet.answer("gate-age", "adult");
    await moveAssessment();
    await tablet.answer("gate-age", "not-certain");
    const ops = tablet.store.entries().filter((each) => each.op.record === tablet.id).map((each) => each.op);
    assert.equal(ops.length, 3);
    assert.deepEqual(ops.map((op) => op.set.some(([pointer]) => pointer.startsWith("/answers/"))), [true, false, true]);
    assert.deepEqual([ops[1].base, ops[2].base], [{ op: ops[0].op }, { op: ops[1].op }]);
  });

  it("waits as one change that names where it was, where it goes, who and why", async () => {
    await tablet.store.synced.markSending(tablet.store.entries().map((each) => each.op.op));
    await moveAssessment({ words: "Same cell number" });
    const { op } = tablet.store.entries().at(-1);
    const [[person], [move, seen, said], [stay]] = op.set;
    assert.deepEqual([person, stay, move.split("/")[1], seen], ["/person_id", "/episode_id", "moves", null]);
    assert.deepEqual({ from: said.from_episode, to: said.to_episode, reason: said.reason, by: said.by, at: said.at }, { from: idIn(wrong), to: idIn(right), reason: "Picked the wrong person from the list: Same cell number", by: "nia", at: NOW });
  });
});

describe("a stay recorded on the wrong person", () => {
  it("moves with everything in it to a person who is made in the same deed", async () => {
    await tablet.cleared();
    await tablet.post(`${wrong}/move`, { deed: "move", target: "new", given_name: "Xanthe", family_name: "Sedge", dob_day: "1", dob_month: "5", dob_year: "1990", reason: "other-details" });
    const { html, data } = await tablet.get(wrong);
    assert.equal(data.who.name, "Xanthe Sedge");
    assert.match(html, /They gave another person’s details/);
    assert.equal((await tablet.get(`/assessments/${tablet.id}`)).data.who.name, "Xanthe Sedge");
    assert.match((await tablet.get("/work")).html, /Xanthe Sedge/);
    assert.match((await tablet.get("/")).html, /Xanthe Sedge/);
    const types = tablet.store.entries().map((each) => each.op.type);
    assert.ok(types.includes("person"));
  });

  it("is offered whoever has a like name first, keeps what was typed, and asks for a name of somebody new", async () => {
    await tablet.store.create("person", { given_name: "Tobias", family_name: "Sedge", date_of_birth: "1999-01-01" }, { id: v7() });
    assert.match((await tablet.get(`${wrong}/move`)).html, /Tobias Sedge/);
    assert.match((await tablet.post(`${wrong}/move`, { deed: "move", target: "new", reason: "alike", dob_day: "7" })).html, /Type the name of the new person[\s\S]*value="7"/);
  });
});
