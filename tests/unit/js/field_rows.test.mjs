// Rows on the tablet's own pages: two values of a row and of a group decided as one, and a change of an answer in a row after handing in.

import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { NOW, Tablet, offer, v7 } from "./field_tablet.mjs";
import { ROWS } from "./rows_form.mjs";

const FORM = offer(ROWS);
const ID = "01990000-0000-7000-8000-000000000001";
const ROW = { drug: "Exemplarin", amount: "5", unit: "mg" };
const text = ({ html }) => html.replace(/<[^>]+>/g, " ").replace(/\s+/g, " ");

/** @type {any} */
let tablet;
beforeEach(async () => {
  tablet = await Tablet.unlocked();
  await tablet.startAssessment(FORM);
  await tablet.store.edit("assessment", tablet.id, [[`/answers/doses/${ID}`, ROW], [`/answers/doses/_order/${ID}`, 1], ["/answers/level", "low"], ["/answers/why", "calm"]]);
});

async function conflict(more) {
  const id = v7();
  const { person_id } = await tablet.assessment();
  const side = (by, value) => ({ by, device: by, at: NOW, received_at: NOW, ...(value ? { value } : {}) });
  const { theirs, mine, ...rest } = more;
  await tablet.store.create("conflict", { record_id: tablet.id, record_type: "assessment", suite_id: "hl", person_id, safety: false, state: "open", theirs: side("nia", theirs), mine: side("sam", mine), ...rest }, { id });
  return id;
}

describe("a row that somebody removed while somebody changed it", () => {
  it("says at each of its answers that two values stand, and is settled as one", async () => {
    const id = await conflict({ path: `/answers/doses/${ID}`, link_id: "doses", theirs: ROW });
    for (const address of [`/assessments/${tablet.id}/pages/page`, `/assessments/${tablet.id}/check`]) {
      const page = await tablet.get(address);
      assert.match(text(page), /2 values.*“Exemplarin” and “No answer”/, address);
      assert.match(page.html, new RegExp(`/decisions/${id}`), address);
    }
    const page = text(await tablet.get(`/decisions/${id}`));
    for (const words of ["Medicines", "A: Medicine: Exemplarin; Amount: 5; Unit: mg", "B: Removed"]) assert.ok(page.includes(words), words);
    assert.doesNotMatch(page, /Neither/);
    await tablet.post(`/decisions/${id}`, { choice: "mine", reason: "He never took it" });
    assert.deepEqual((await tablet.store.get("conflict", id)).body.resolution.choice, "mine");
  });
});

describe("a group that is decided as one", () => {
  it("tells both of its sides whole, and is the two values of the questions that differ", async () => {
    const id = await conflict({ path: "/answers/verdict", link_id: "verdict", theirs: { level: "low", why: "calm" }, mine: { level: "high", why: "calm" } });
    const page = text(await tablet.get(`/decisions/${id}`));
    for (const words of ["Risk", "A: Level: low; Reason: calm", "B: Level: high; Reason: calm", "Neither: I will ask again"]) assert.ok(page.includes(words), words);
    const drawn = text(await tablet.get(`/assessments/${tablet.id}/check`));
    assert.match(drawn, /“low” and “high”/);
    assert.doesNotMatch(drawn, /“calm” and/);
  });
});

describe("an answer in a row after handing in", () => {
  it("is changed by a proposal that names the row", async () => {
    await tablet.store.edit("assessment", tablet.id, [["/state", "submitted"], ["/submission", { number: 1, at: NOW, by: "nia" }]]);
    const address = `/assessments/${tablet.id}/amend/${encodeURIComponent(`doses/${ID}/amount`)}`;
    assert.ok((await tablet.get(`/assessments/${tablet.id}/amend`)).html.includes(address));
    assert.match(text(await tablet.get(address)), /Amount/);
    await tablet.post(address, { value: "10", reason: "Told on the way out" });
    const [{ changes }] = await tablet.store.list("amendment");
    assert.deepEqual(changes, { [`doses/${ID}/amount`]: { from: "5", to: "10" } });
    assert.ok((await tablet.get(`/assessments/${tablet.id}/amend/${encodeURIComponent(`doses/${ID}`)}`)).to, "a whole row is no question");
  });
});

describe("a question in a row with two values", () => {
  it("is told with the group it stands in", async () => {
    const id = await conflict({ path: `/answers/doses/${ID}/drug`, link_id: "drug", theirs: "Exemplarin", mine: "Sampletan" });
    assert.ok(text(await tablet.get(`/decisions/${id}`)).includes("Medicines: Medicine"));
  });
});
