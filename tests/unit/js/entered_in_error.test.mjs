// Added by mistake: a stay or a person leaves every list with a reason and comes back by one tap; what the service took away
// goes from the tablet, but never from under work that waits here.

import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { Tablet } from "./field_tablet.mjs";

/** @type {Tablet} */
let tablet;
let stay;
let person;

const sent = async () => {
  const ops = tablet.store.entries().map((each) => each.op.op);
  await tablet.store.synced.markSending(ops);
  await tablet.store.synced.storeResults(ops.map((op, at) => ({ op, state: "applied", rev: `1-${String(at).padStart(16, "0")}`, seq: at + 1, received_at: "2026-11-12T13:24:00Z", sha256: op })), { epoch: "e1", durable_seq: 0 });
};
const page = (records) => ({ epoch: "e1", durable_seq: 0, records, leaves: [], drop_scopes: [] });
const taken = (id, type) => ({ id, type, rev: "9-ffffffffffffffff", scopes: [], body: {}, deleted: true, open_conflicts: [] });
const listed = async (type) => (await tablet.store.list(type)).map((each) => each.id);
const remove = (address, fields = { reason: "twice" }) => tablet.post(`${address}/remove`, fields);

beforeEach(async () => {
  tablet = await Tablet.unlocked();
  person = await tablet.store.create("person", { given_name: "Sable", family_name: "Thornquill" });
  stay = await tablet.store.create("custody_episode", { person_id: person.id, suite_id: "hl", custody_number: "HL/9077", arrived_at: "2026-11-12T08:00:00Z" });
  await sent();
});

describe("a stay that was added by mistake", () => {
  it("leaves the lists with its reason, says so on its page, and comes back by one tap", async () => {
    await remove(`/episodes/${stay.id}`, { reason: "twice", words: "Same as HL/9070" });
    assert.deepEqual(await listed("custody_episode"), []);
    const { html } = await tablet.get(`/episodes/${stay.id}`);
    assert.match(html, /This stay was taken away[\s\S]*by you[\s\S]*It is there twice: Same as HL\/9070[\s\S]*Undo: bring it back/);
    await tablet.post(`/episodes/${stay.id}/remove/undo`, {});
    assert.deepEqual(await listed("custody_episode"), [stay.id]);
    assert.deepEqual(tablet.store.entries(), [], "nothing is left to send");
  });

  it("needs a reason of the list", async () => {
    for (const fields of [{}, { reason: "because" }]) assert.equal((await remove(`/episodes/${stay.id}`, fields)).to, `/episodes/${stay.id}/remove`);
    assert.deepEqual(await listed("custody_episode"), [stay.id]);
  });

  it("cannot be taken away while something is recorded in it, which is named", async () => {
    await tablet.store.create("contact", { person_id: person.id, episode_id: stay.id, suite_id: "hl", kind: "cell-sweep", outcome: "declined", at: "2026-11-12T13:00:00Z", worker_id: "nia" });
    const { html } = await tablet.get(`/episodes/${stay.id}/remove`);
    assert.match(html, /cannot be taken away while something is recorded in it[\s\S]*An offer: 13:00/);
    assert.doesNotMatch(html, /value="twice"/);
    await remove(`/episodes/${stay.id}`);
    assert.deepEqual(await listed("custody_episode"), [stay.id]);
  });

  it("takes the offers along that were withdrawn before", async () => {
    const offer = await tablet.store.create("contact", { person_id: person.id, episode_id: stay.id, suite_id: "hl", kind: "cell-sweep", outcome: "withdrawn", at: "2026-11-12T13:00:00Z", worker_id: "nia" });
    await remove(`/episodes/${stay.id}`);
    assert.deepEqual([await listed("contact"), await listed("custody_episode")], [[], []]);
    assert.deepEqual(tablet.store.entries().slice(-2).map((each) => each.op.record), [offer.id, stay.id], "first what is in it");
  });

  it("goes as an op of its own: a refusal takes no answer with it", async () => {
    await tablet.store.edit("custody_episode", stay.id, [["/cell", "M4"]]);
    await remove(`/episodes/${stay.id}`);
    assert.deepEqual(tablet.store.entries().map((each) => each.op.set.map(([pointer]) => pointer)), [["/cell"], ["/entered_in_error"]]);
  });

  it("once sent, is brought back by another op on top of it", async () => {
    await remove(`/episodes/${stay.id}`);
    const [removal] = tablet.store.entries();
    await tablet.store.synced.markSending([removal.op.op]);
    await tablet.post(`/episodes/${stay.id}/remove/undo`, {});
    const [, back] = tablet.store.entries();
    assert.deepEqual(back.op.base, { op: removal.op.op });
    assert.deepEqual(back.op.set[0].slice(0, 3), ["/entered_in_error", removal.op.set[0][2], null]);
  });
});

describe("a stay that was taken away here and has gone since", () => {
  beforeEach(async () => {
    await remove(`/episodes/${stay.id}`);
    await sent();
    await tablet.store.synced.storePage(page([taken(stay.id, "custody_episode")]), {});
  });

  it("still says who took it away and why, and comes back by one tap", async () => {
    assert.equal(await tablet.store.find("custody_episode", stay.id), undefined);
    assert.match((await tablet.get(`/episodes/${stay.id}`)).html, /by you, as added by mistake[\s\S]*It is there twice[\s\S]*Undo: bring it back/);
    for (let tap = 0; tap < 2; tap += 1) await tablet.post(`/episodes/${stay.id}/remove/undo`, {});
    const ops = tablet.store.entries().map(({ op }) => op);
    assert.deepEqual(ops.map((op) => [op.record, op.type, op.base, op.set[0].slice(0, 3)]), [[stay.id, "custody_episode", { op: tablet.store.removal(stay.id).op }, ["/entered_in_error", tablet.store.removal(stay.id).mark, null]]]);
    assert.match((await tablet.get(`/episodes/${stay.id}`)).html, /It comes back with the next sync/);
  });

  it("is there again when the service sends it", async () => {
    await tablet.post(`/episodes/${stay.id}/remove/undo`, {});
    await sent();
    await tablet.store.synced.storePage(page([{ ...taken(stay.id, "custody_episode"), deleted: false, scopes: ["hl"], body: { person_id: person.id, suite_id: "hl", custody_number: "HL/9077" } }]), {});
    assert.deepEqual(await listed("custody_episode"), [stay.id]);
    assert.match((await tablet.get(`/episodes/${stay.id}`)).html, /Is this the right person/);
  });
});

describe("a person who was added by mistake", () => {
  it("is taken away after their stay", async () => {
    assert.match((await tablet.get(`/people/${person.id}/remove`)).html, /cannot be taken away while they have a stay/);
    await remove(`/episodes/${stay.id}`);
    assert.match((await tablet.get(`/episodes/${stay.id}`)).html, /Was the person added by mistake too/);
    await remove(`/people/${person.id}`);
    assert.deepEqual(await listed("person"), []);
    assert.match((await tablet.get(`/people/${person.id}`)).html, /This person was taken away/);
  });
});

describe("what the service took away", () => {
  it("goes from this tablet, which says so to whoever still asks for it", async () => {
    await tablet.store.synced.storePage(page([taken(stay.id, "custody_episode")]), {});
    assert.equal(await tablet.store.find("custody_episode", stay.id), undefined);
    assert.deepEqual(await listed("custody_episode"), []);
    assert.deepEqual([stay.id, person.id].map((id) => tablet.store.removal(id)), [{ type: "custody_episode" }, undefined]);
  });

  it("stays in sight while work on it, or under it, waits here, and goes when the service has answered that", async () => {
    await tablet.store.edit("custody_episode", stay.id, [["/cell", "M4"]]);
    await tablet.store.create("contact", { person_id: person.id, episode_id: stay.id, suite_id: "hl", kind: "cell-sweep", outcome: "declined" });
    await tablet.store.synced.storePage(page([taken(stay.id, "custody_episode"), taken(person.id, "person")]), {});
    assert.equal((await tablet.store.get("custody_episode", stay.id)).body.cell, "M4");
    assert.equal((await tablet.store.synced.list("hl", "", 100)).have.length, 0, "the service does not count it, so this tablet does not");
    assert.equal((await tablet.store.get("person", person.id)).body.given_name, "Sable");
    const [edit] = tablet.store.entries();
    const answer = { op: edit.op.op, state: "merged", rev: "9-ffffffffffffffff", seq: 9, received_at: "2026-11-12T13:24:00Z", sha256: "x", record: taken(stay.id, "custody_episode") };
    await tablet.store.synced.storeResults([answer], { epoch: "e1", durable_seq: 0 });
    assert.equal(await tablet.store.find("custody_episode", stay.id), undefined);
  });

  it("goes with the next sync where the work that it stayed for was put back as it was", async () => {
    await tablet.store.edit("custody_episode", stay.id, [["/cell", "M4"]]);
    await tablet.store.synced.storePage(page([taken(stay.id, "custody_episode")]), {});
    await tablet.store.synced.reckon(["hl"]);
    assert.equal((await tablet.store.get("custody_episode", stay.id)).body.cell, "M4");
    await tablet.store.edit("custody_episode", stay.id, [["/cell", null]]);
    await tablet.store.synced.reckon(["hl"]);
    assert.equal(await tablet.store.find("custody_episode", stay.id), undefined);
    assert.deepEqual(await listed("custody_episode"), []);
  });
});

describe("a removal that somebody else had gone on with", () => {
  it("is told as two statements, of which one is chosen", async () => {
    const conflict = await tablet.store.create("conflict", {
      record_id: stay.id, record_type: "custody_episode", suite_id: "hl", person_id: person.id, path: "/entered_in_error", state: "open", safety: false,
      theirs: { by: "sam", received_at: "2026-11-12T12:00:00Z" }, mine: { value: { reason: "It is there twice", by: "nia" }, by: "nia", received_at: "2026-11-12T12:10:00Z" },
    });
    const { html } = await tablet.get(`/decisions/${conflict.id}`);
    assert.match(html, /Added by mistake, or still needed\?[\s\S]*It stays: somebody went on with it[\s\S]*Take it away: It is there twice/);
    assert.doesNotMatch(html, /Neither/);
  });
});
