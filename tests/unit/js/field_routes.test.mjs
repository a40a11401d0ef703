// The road through the field screens: the real routes, the real forms, the real store (its database in memory) and the
// real templates. What a worker would notice is what is asserted.

import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { FIRST, NOW, Tablet, v7 } from "./field_tablet.mjs";

/** @type {Tablet} */
let tablet;
beforeEach(async () => {
  tablet = await Tablet.unlocked();
});

describe("a person", () => {
  it("is added with their stay and stands first among those not seen", async () => {
    const episode = await tablet.addPerson();
    const suite = await tablet.get("/");
    assert.equal(suite.data.not_seen[0].href, episode);
    assert.match(suite.html, /Tobin Sedge/);
  });

  it("who looks like one already here is offered before a second record is made, and nothing is saved yet", async () => {
    await tablet.addPerson();
    const again = await tablet.post("/people", { given_name: "Tobin", family_name: "Sedge", custody_number: "HL/9", route: "cell-sweep" });
    assert.match(again.html, /Is it one of these\?/);
    assert.equal((await tablet.store.list("person")).length, 1);
  });

  it("keeps what was typed when something is missing", async () => {
    const again = await tablet.post("/people", { given_name: "Marla", cell: "11" });
    assert.match(again.html, /value="Marla"/);
    assert.match(again.html, /Type the custody number/);
  });

  it("has no name in any title", async () => {
    const episode = await tablet.addPerson();
    for (const address of ["/", episode, `${episode}/contact`]) assert.doesNotMatch((await tablet.get(address)).html.match(/<title>(.*?)<\/title>/)[1], /Tobin|Sedge/);
  });

  it("is not seen again when the offer was recorded by mistake: it stays to be read as withdrawn, by nobody else's hand", async () => {
    const episode = await tablet.addPerson();
    await tablet.post(`${episode}/contact`, { outcome: "declined", reason: "not-now" });
    const [{ id }] = await tablet.store.list("contact");
    tablet.session.user = { id: "sam", name: "Sam Brackley", role: "custody_worker" };
    assert.doesNotMatch((await tablet.get(episode)).html, /this offer/);
    assert.equal((await tablet.post(`/contacts/${id}/undo`, {})).problem, "record.not_permitted");
    tablet.session.user = { id: "nia", name: "Nia Farrow", role: "custody_worker" };
    assert.match((await tablet.get(episode)).html, /Undo<span class="tc-visually-hidden"> this offer/);
    assert.equal((await tablet.post(`/contacts/${id}/undo`, {})).to, episode);
    assert.match((await tablet.get(episode)).html, /Withdrawn: recorded by mistake/);
    assert.equal((await tablet.get("/")).data.not_seen.length, 1);
  });

  it("declines with a reason in one deed, and is then seen", async () => {
    const episode = await tablet.addPerson();
    await tablet.post(`${episode}/contact`, { outcome: "declined", reason: "not-now", harm_reduction: "yes" });
    const { data } = await tablet.get("/");
    assert.equal(data.not_seen.length, 0);
    assert.equal((await tablet.store.list("contact"))[0].harm_reduction_offered, true);
  });
});

describe("an assessment", () => {
  it("on the required basis is not started before the worker says that the police imposed it", async () => {
    const episode = await tablet.addPerson();
    const refused = await tablet.post("/assessments", { episode_id: episode.split("/")[2], questionnaire: FIRST, basis: "required", identity: "yes" });
    assert.match(refused.html, /imposed by the police/);
    assert.equal((await tablet.store.list("assessment")).length, 0);
  });

  it("preselects nothing but the basis, which is only shown", async () => {
    const { html } = await tablet.get(await tablet.startAssessment());
    assert.doesNotMatch(html, / checked/);
    assert.match(html, /tc-question__fixed">Voluntary/);
  });

  it("calls an answer saved when it can be read back", async () => {
    await tablet.startAssessment();
    const { html } = await tablet.answer("gate-cleared", "cleared");
    assert.match(html, /Saved 13:24/);
    assert.equal((await tablet.assessment()).answers["gate-cleared"], "cleared");
  });

  it("never lets the basis be changed", async () => {
    await tablet.startAssessment();
    assert.equal((await tablet.answer("basis", "court")).problem, "record.fixed_field");
  });

  it("lets an exclusive answer clear the others, and be cleared by them", async () => {
    await tablet.startAssessment();
    await tablet.cleared();
    await tablet.answer("health-now", "leg", "wound");
    await tablet.answer("health-now", "leg", "wound", "none");
    assert.deepEqual((await tablet.assessment()).answers["health-now"], { none: true });
    await tablet.answer("health-now", "none", "leg");
    assert.deepEqual((await tablet.assessment()).answers["health-now"], { leg: true });
  });

  it("lands on the very question when it is opened again", async () => {
    await tablet.startAssessment();
    await tablet.cleared();
    await tablet.answer("harm-now", "no");
    const { data } = await tablet.get(`/assessments/${tablet.id}`);
    assert.match(data.carry_on.href, /pages\/safety#q-harm-before$/);
  });

  it("says how many answers an answer has closed, and drops them when the page is left", async () => {
    await tablet.startAssessment();
    await tablet.cleared();
    await tablet.answer("opioid-use", "current");
    await tablet.answer("naloxone-kit", "has-kit");
    const { html } = await tablet.answer("opioid-use", "never");
    assert.match(html, /1 later answer will go/);
    assert.equal((await tablet.assessment()).answers["naloxone-kit"], "has-kit");
    await tablet.post(`/assessments/${tablet.id}/pages/opioids`);
    assert.equal((await tablet.assessment()).answers["naloxone-kit"], undefined);
  });

  it("stops with a reason: what was not reached is “not asked”, and one tap takes it up again", async () => {
    await tablet.startAssessment();
    await tablet.cleared();
    await tablet.post(`/assessments/${tablet.id}/stop`, { reason: "called" });
    const stopped = await tablet.assessment();
    assert.equal(stopped.stopped.reason, "called");
    assert.equal(stopped.answers["harm-now"], "not-asked");
    assert.equal(stopped.state, "draft");
    await tablet.post(`/assessments/${tablet.id}/resume`);
    assert.equal((await tablet.assessment()).stopped, undefined);
    assert.equal((await tablet.assessment()).answers["gate-cleared"], "cleared");
  });

  it("taken over by a colleague says by whom, and not before they do", async () => {
    await tablet.startAssessment();
    tablet.session.user = { id: "sam", name: "Sam Brackley", role: "custody_worker" };
    assert.equal((await tablet.answer("gate-cleared", "cleared")).problem, "assessment.not_author");
    await tablet.post(`/assessments/${tablet.id}/resume`);
    assert.equal((await tablet.assessment()).taken_over.by, "sam");
    assert.match((await tablet.answer("gate-cleared", "cleared")).html, /Saved/);
  });
});

describe("an alert", () => {
  it("covers the page at once, and is there before anything is handed in", async () => {
    await tablet.startAssessment();
    await tablet.cleared();
    const { html } = await tablet.answer("harm-now", "yes");
    assert.match(html, /data-stop/);
    assert.equal((await tablet.store.list("alert"))[0].alert, "stop-harm");
  });

  it("goes away with “I am with the person” and comes back at the next page", async () => {
    await tablet.startAssessment();
    await tablet.cleared();
    await tablet.answer("harm-now", "yes");
    const [{ id }] = await tablet.store.list("alert");
    await tablet.post(`/alerts/${id}/aside`, { back: `/assessments/${tablet.id}/pages/safety` });
    assert.doesNotMatch((await tablet.get(`/assessments/${tablet.id}/pages/safety`)).html, /data-stop/);
    assert.match((await tablet.get(`/assessments/${tablet.id}/pages/opioids`)).html, /data-stop/);
  });

  it("stays when the answer is changed back, and is not settled without a name", async () => {
    await tablet.startAssessment();
    await tablet.cleared();
    await tablet.answer("harm-now", "yes");
    await tablet.answer("harm-now", "no");
    const [{ id, state }] = await tablet.store.list("alert");
    assert.equal(state, "open");
    assert.match((await tablet.post(`/alerts/${id}`, { how: "told", role: "sergeant", time: "13:21" })).html, /Write the name/);
    await tablet.post(`/alerts/${id}`, { how: "told", name: "Sgt Amory", role: "sergeant", time: "13:21" });
    const { body } = await tablet.store.get("alert", id);
    assert.deepEqual([body.state, body.settled.name, body.settled.at], ["told", "Sgt Amory", "2026-11-12T13:21:00Z"]);
  });

  it("leads back only to our own pages", async () => {
    await tablet.startAssessment();
    await tablet.cleared();
    await tablet.answer("harm-now", "yes");
    const [{ id }] = await tablet.store.list("alert");
    const { to } = await tablet.post(`/alerts/${id}`, { how: "not-needed", reason: "Said in error", back: "//elsewhere.example/x" });
    assert.equal(to, `/assessments/${tablet.id}`);
  });
});

describe("the view turned towards the person", () => {
  beforeEach(async () => {
    await tablet.startAssessment();
    await tablet.cleared();
    await tablet.post(`/assessments/${tablet.id}/turned/safety`);
  });

  it("draws no name, navigation, alert or worker's question", async () => {
    const { html } = await tablet.post(`/assessments/${tablet.id}/turned/safety/answers`, { link_id: "harm-now", value: "yes" });
    assert.doesNotMatch(html, /Stop\.|sergeant/);
    const page = (await tablet.get(`/assessments/${tablet.id}/turned/safety`)).html;
    assert.doesNotMatch(page, /Sedge|tc-nav|tc-header|sergeant|not-asked/);
  });

  it("is left by no address", async () => {
    for (const address of ["/", "/work", `/assessments/${tablet.id}`]) assert.equal((await tablet.get(address)).to, `/assessments/${tablet.id}/turned/safety`);
  });

  it("takes no answer to a worker's question", async () => {
    assert.equal((await tablet.post(`/assessments/${tablet.id}/turned/next/answers`, { link_id: "safeguarding", value: "child" })).problem, "page.not_found");
  });

  it("ends in a lock", async () => assert.equal((await tablet.post(`/assessments/${tablet.id}/turned/safety/give-back`)).locked, true));
});

describe("handing in", () => {
  beforeEach(async () => {
    await tablet.startAssessment();
    await tablet.cleared();
  });

  it("says what is open and refuses nothing but the handing in", async () => {
    const { html } = await tablet.get(`/assessments/${tablet.id}/check`);
    assert.match(html, /questions have no answer yet/);
    assert.equal((await tablet.post(`/assessments/${tablet.id}/submit`, { confirmed: "yes" })).data.errors.length, 1);
    assert.equal((await tablet.assessment()).state, "draft");
  });

  it("asks whose answers these are, then waits to be sent", async () => {
    await tablet.post(`/assessments/${tablet.id}/stop`, { reason: "asked" });
    assert.match((await tablet.post(`/assessments/${tablet.id}/submit`, {})).html, /Confirm that these answers/);
    const { to } = await tablet.post(`/assessments/${tablet.id}/submit`, { confirmed: "yes" });
    assert.match((await tablet.get(to)).html, /Waiting to send/);
    const { state, submission, confirmed_identity_at } = await tablet.assessment();
    assert.deepEqual([state, submission.number, confirmed_identity_at], ["submitted", 1, NOW]);
    assert.match(submission.offset, /^[+]0[01]:00$/);
  });

  it("closes the answers: what comes later is a proposed change with its reason", async () => {
    await tablet.post(`/assessments/${tablet.id}/stop`, { reason: "asked" });
    await tablet.post(`/assessments/${tablet.id}/submit`, { confirmed: "yes" });
    assert.equal((await tablet.answer("gate-age", "under-18")).problem, "assessment.wrong_state");
    assert.match((await tablet.post(`/assessments/${tablet.id}/amend/gate-age`, { value: "not-certain" })).html, /Say why it changes/);
    await tablet.post(`/assessments/${tablet.id}/amend/gate-age`, { value: "not-certain", reason: "Told us 17" });
    const [{ changes, state }] = await tablet.store.list("amendment");
    assert.deepEqual([changes, state], [{ "gate-age": { from: "adult", to: "not-certain" } }, "proposed"]);
    assert.equal((await tablet.assessment()).answers["gate-age"], "adult");
  });

  it("opens returned work at its first marked question in the form's order, and hands in the next revision", async () => {
    await tablet.post(`/assessments/${tablet.id}/stop`, { reason: "asked" });
    await tablet.post(`/assessments/${tablet.id}/submit`, { confirmed: "yes" });
    await tablet.store.edit("assessment", tablet.id, [["/state", "returned"], ["/review", { number: 1, outcome: "returned", by: "sam", at: NOW, marks: { "harm-now": "Please ask", "gate-age": "Sure?" }, answers: { "harm-now": "not-asked" } }]]);
    // Changed on this tablet before the return was ever opened here: what was handed in still stands beside it.
    await tablet.answer("harm-now", "yes");
    assert.equal((await tablet.get(`/assessments/${tablet.id}?marked=first`)).to, `/assessments/${tablet.id}/marked/gate-age`);
    const page = await tablet.get(`/assessments/${tablet.id}/marked/harm-now`);
    assert.match(page.html, /Please ask/);
    assert.match(page.html, /Your answer in revision 1: <b>Not asked<\/b>/);
    await tablet.answer("harm-now", "no");
    await tablet.post(`/assessments/${tablet.id}/replies`, { link_id: "harm-now", reply: "Asked again." });
    assert.match((await tablet.get(`/assessments/${tablet.id}/marked/harm-now`)).html, /Your answer in revision 1: <b>Not asked<\/b>/);
    await tablet.post(`/assessments/${tablet.id}/submit`, { confirmed: "yes" });
    assert.equal((await tablet.assessment()).submission.number, 2);
  });
});

describe("two values", () => {
  const conflict = (more) => ({ record_id: tablet.id, record_type: "assessment", suite_id: "hl", path: "/answers/gate-age", link_id: "gate-age", safety: true, theirs: { value: "adult", by: "sam", at: NOW }, mine: { value: "not-certain", by: "nia", at: NOW }, state: "open", ...more });

  beforeEach(async () => {
    await tablet.startAssessment();
    await tablet.cleared();
  });

  it("are said on the page, in the list, when checking and among my work", async () => {
    await tablet.store.create("conflict", conflict(), { id: v7() });
    for (const address of [`/assessments/${tablet.id}/pages/gate`, `/assessments/${tablet.id}`, `/assessments/${tablet.id}/check`, "/work", "/"]) {
      assert.match((await tablet.get(address)).html, /2 values/, address);
    }
  });

  it("of a safety answer are shown and not settled by a worker", async () => {
    const id = v7();
    await tablet.store.create("conflict", conflict(), { id });
    assert.match((await tablet.get(`/decisions/${id}`)).html, /A supervisor must settle this/);
    assert.equal((await tablet.post(`/decisions/${id}`, { choice: "mine", reason: "x" })).problem, "conflict.safety");
  });

  it("of another answer are settled by a choice with a reason", async () => {
    const id = v7();
    await tablet.store.create("conflict", conflict({ safety: false }), { id });
    assert.match((await tablet.post(`/decisions/${id}`, { choice: "mine" })).html, /Write your reason/);
    await tablet.post(`/decisions/${id}`, { choice: "mine", reason: "Asked again" });
    assert.equal((await tablet.store.get("conflict", id)).body.resolution.reason, "Asked again");
    assert.doesNotMatch((await tablet.get(`/assessments/${tablet.id}/pages/gate`)).html, /2 values/);
  });

  it("that were settled in another tab are not settled again, and what was written is still there to read", async () => {
    const id = v7();
    await tablet.store.create("conflict", conflict({ safety: false }), { id });
    const first = { choice: "mine", reason: "Asked again" };
    assert.equal((await tablet.post(`/decisions/${id}`, first)).to, "/work");
    assert.equal((await tablet.post(`/decisions/${id}`, first)).to, "/work", "two taps are one choice");
    const { html } = await tablet.post(`/decisions/${id}`, { choice: "theirs", reason: "Sam was there" });
    assert.match(html, /<title>Settled/);
    assert.match(html, /settled before you chose.*Sam was there/);
    assert.match(html, /Statement B was chosen: [^<]+<.*“Asked again”<.*Nia Farrow · /s);
    assert.equal((await tablet.store.get("conflict", id)).body.resolution.choice, "mine");
  });

  it("of one box are told with its question while both stand, and by themselves when somebody may have gone on since", async () => {
    const id = v7();
    const sides = { path: "/answers/gate-presentation/resting", link_id: "gate-presentation", safety: false, theirs: { by: "sam", at: NOW }, mine: { value: true, by: "nia", at: NOW } };
    await tablet.store.edit("assessment", tablet.id, [["/answers/gate-presentation/distressed", true]]);
    await tablet.store.create("conflict", conflict(sides), { id });
    const said = async () => [...(await tablet.get(`/decisions/${id}`)).html.matchAll(/statement__value">([^<]*)</g)].map((each) => each[1]);
    assert.ok((await said()).every((each) => /istressed/.test(each)));
    await tablet.post(`/decisions/${id}`, { choice: "mine", reason: "Asleep at once" });
    const [one, other] = await said();
    assert.equal(one, "No answer");
    assert.match(other, /^[^,]*[Rr]est[^,]*$/);
  });

  it("of a field have the words of that field's screen", async () => {
    const cleared = { state: "cleared", by: "Sergeant Okafor", at: NOW };
    for (const [path, theirs, mine, words] of [["/safe_to_see", cleared, { state: "not-known" }, /Cleared[^<]* Sergeant Okafor<.*Not known if cleared/s], ["/two_person", true, null, /Yes<.*No answer</s], ["/rest_until", NOW, "2026-11-23", /12 Nov 13:24<.*23 Nov 2026</s]]) {
      const id = v7();
      const stay = (await tablet.assessment()).episode_id;
      await tablet.store.create("conflict", conflict({ record_id: stay, record_type: "custody_episode", path, link_id: null, safety: false, theirs: { value: theirs, by: "sam", at: NOW }, mine: { value: mine, by: "nia", at: NOW } }), { id });
      assert.match((await tablet.get(`/decisions/${id}`)).html, words);
    }
  });

  it("that changed while somebody read them are read again before one of them is chosen", async () => {
    const id = v7();
    const comes = (rev, value) => tablet.store.synced.storePage({ records: [{ id, type: "conflict", rev, scopes: ["hl"], body: conflict({ safety: false, theirs: { value, by: "sam", at: NOW } }) }], leaves: [], drop_scopes: [] }, {});
    const read = async (page) => /name="rev" value="([^"]*)"/.exec(page.html)?.[1];
    await comes("1-a", "adult");
    const choice = { choice: "theirs", reason: "Sam asked", rev: await read(await tablet.get(`/decisions/${id}`)) };
    await comes("2-b", "child");
    const drawn = await tablet.post(`/decisions/${id}`, choice);
    assert.equal((await tablet.store.get("conflict", id)).body.resolution, undefined, "a value that nobody has read was chosen");
    assert.match(drawn.html, /changed while you read/);
    await tablet.post(`/decisions/${id}`, { ...choice, rev: await read(drawn) });
    assert.equal((await tablet.store.get("conflict", id)).body.resolution.value, "child");
  });
});
