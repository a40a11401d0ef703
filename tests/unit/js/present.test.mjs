// The field screens' words: what a tired person reads must be true, in order, and never say more than the records do.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { alertsView, newAlerts } from "../../../service_worker/src/present/alerts.js";
import { openWords, scoresView, taskListView } from "../../../service_worker/src/present/assessment.js";
import { maySettle, stands, statementView } from "../../../service_worker/src/present/decisions.js";
import { findLikely, personRows } from "../../../service_worker/src/present/people.js";
import { questionView } from "../../../service_worker/src/present/question.js";
import { refusedWords, saidIn } from "../../../service_worker/src/present/refused.js";
import { statusWords } from "../../../service_worker/src/present/shell.js";
import { suiteView } from "../../../service_worker/src/present/suite.js";
import { answerEdits } from "../../../service_worker/src/routes/edits.js";
import { born, clockNear, dateFromBoxes, dayAndClock, dayLong, held, instantFromClock, withOffset } from "../../../service_worker/src/present/time.js";
import { workView } from "../../../service_worker/src/present/work.js";

const NOW = "2026-11-12T13:24:00Z";
const ago = (hours) => new Date(Date.parse(NOW) - hours * 3600000).toISOString().replace(".000Z", "Z");

describe("times", () => {
  it("are 24-hour with the weekday, on the service's clock in winter and in summer", () => {
    assert.equal(dayAndClock("2026-11-12T13:24:00Z"), "Thu 12 Nov 13:24");
    assert.equal(dayAndClock("2026-09-03T13:24:00Z"), "Thu 3 Sep 14:24");
    assert.equal(dayLong("2026-11-12T13:24:00Z"), "Thursday 12 November");
  });

  it("of another day always carry their day, so that a bare clock is today's", () => {
    assert.equal(clockNear("2026-11-12T02:10:00Z", NOW), "02:10");
    assert.equal(clockNear("2026-11-11T23:59:00Z", NOW), "Wed 11 Nov 23:59");
  });

  it("give an age that has not turned before the birthday", () => {
    assert.equal(born("1987-08-14", NOW), "14 Aug 1987 (39)");
    assert.equal(born("1987-11-13", NOW), "13 Nov 1987 (38)");
    assert.equal(born(undefined, NOW), "Date of birth not known");
  });

  it("say how long somebody is held, and never less than nothing", () => {
    assert.equal(held(ago(20 + 5 / 60), NOW).text, "20 h 05");
    assert.equal(held("2026-11-12T14:00:00Z", NOW).text, "0 h 00");
  });

  it("refuse a date that no calendar has", () => {
    assert.equal(dateFromBoxes("14", "8", "1987"), "1987-08-14");
    assert.equal(dateFromBoxes("31", "2", "1987"), null);
    assert.equal(dateFromBoxes("١", "2", "1987"), null);
  });

  it("read a typed clock as today's, or as yesterday's when it has not come yet", () => {
    assert.equal(instantFromClock("1321", NOW), "2026-11-12T13:21:00Z");
    assert.equal(instantFromClock("23:50", NOW), "2026-11-11T23:50:00Z");
    assert.equal(instantFromClock("25:00", NOW), null);
  });
});

describe("what forms take for now", () => {
  it("is the service's own clock, an hour ahead of UTC in summer, whatever day that makes it", () => {
    assert.equal(withOffset("2026-06-30T23:30:05Z"), "2026-07-01T00:30:05+01:00");
    assert.equal(withOffset("2026-11-22T02:10:00Z"), "2026-11-22T02:10:00+00:00");
    // The hour that comes twice: first in summer time, then in winter time.
    assert.deepEqual(["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"].map(withOffset), ["2026-10-25T01:30:00+01:00", "2026-10-25T01:30:00+00:00"]);
  });
});

describe("the suite list", () => {
  const people = [{ id: "p1", given_name: "Tobin", family_name: "Sedge", date_of_birth: "1987-08-14" }, { id: "p2", given_name: "Asa" }, { id: "p3", given_name: "Wren" }];
  const episode = (id, person_id, hours, extra = {}) => ({ id, person_id, suite_id: "s", arrived_at: ago(hours), route: "cell-sweep", ...extra });
  const nothing = { contacts: [], assessments: [], alerts: [], conflicts: [] };
  const about = { now: NOW, user_id: "u", users: { j: "Jo Maddern" }, waiting: new Set() };

  it("puts whoever has not been seen first, and among them the longest held", () => {
    const view = suiteView({ ...nothing, people, episodes: [episode("e1", "p1", 2), episode("e2", "p2", 9), episode("e3", "p3", 20)], contacts: [{ episode_id: "e3", outcome: "declined", at: ago(1) }] }, about);
    assert.deepEqual(view.not_seen.map((row) => row.href), ["/episodes/e2", "/episodes/e1"]);
    assert.deepEqual(view.seen.map((row) => row.href), ["/episodes/e3"]);
    assert.equal(view.count, "3 people here");
  });

  it("does not count somebody who was not approached as seen", () => {
    const view = suiteView({ ...nothing, people, episodes: [episode("e1", "p1", 2)], contacts: [{ episode_id: "e1", outcome: "not-approached", at: ago(1) }] }, about);
    assert.equal(view.not_seen.length, 1);
  });

  it("says what must be known before going in, also about somebody who was seen", () => {
    const gone_in = episode("e1", "p1", 2, { safe_to_see: { state: "not-cleared" }, two_person: true });
    const view = suiteView({ ...nothing, people, episodes: [gone_in], contacts: [{ episode_id: "e1", outcome: "accepted", at: ago(1) }] }, about);
    const words = view.seen[0].notes.map((mark) => mark.words);
    assert.ok(words.includes("Not cleared: ask the sergeant") && words.includes("Two people go in"));
  });

  it("keeps people who were released out of the list", () => {
    const view = suiteView({ ...nothing, people, episodes: [episode("e1", "p1", 30, { released_at: ago(1) })] }, about);
    assert.equal(view.count, "Nobody here");
    assert.equal(view.released.length, 1);
  });

  it("names who returned work and how much is marked", () => {
    const returned = { id: "a", episode_id: "e1", state: "returned", review: { marks: { x: "?", y: "?" }, by: "j", at: ago(2) } };
    const row = suiteView({ ...nothing, people, episodes: [episode("e1", "p1", 2)], assessments: [returned] }, about).seen[0];
    assert.ok(row.notes.some((mark) => mark.words === "Returned: 2 marked"));
    assert.deepEqual(row.words, ["by Jo Maddern 11:24"]);
  });

  it("calls handed-in work waiting until the server has it", () => {
    const handed_in = { id: "a", episode_id: "e1", state: "submitted" };
    const rows = { ...nothing, people, episodes: [episode("e1", "p1", 2)], assessments: [handed_in] };
    assert.ok(suiteView(rows, { ...about, waiting: new Set(["a"]) }).seen[0].notes.some((mark) => mark.words === "Waiting to send"));
    assert.ok(suiteView(rows, about).seen[0].notes.some((mark) => mark.words === "With a supervisor"));
  });
});

describe("the sync words", () => {
  const known = { outbox: [], last_sent: ago(0.5), no_signal_since: null, refused: 0, to_decide: 0, returned: 0 };
  const words = (more) => statusWords({ ...known, ...more }, NOW).words.map((word) => word.text);

  it("never say sent while something waits", () => {
    assert.deepEqual(words({ outbox: [{ state: "waiting" }, { state: "sending" }] }), ["Saved on this device", "Waiting to send (2)"]);
  });

  it("say when everything was sent, and nothing of sending where nothing was", () => {
    assert.deepEqual(words({}), ["Sent 12:54"]);
    assert.deepEqual(words({ last_sent: null }), ["Nothing waiting to send"]);
  });

  it("tell a tablet that is refused from a server that is busy", () => {
    assert.ok(words({ refused: 403 }).includes("The server refuses this tablet"));
    assert.ok(words({ refused: 503 }).includes("The server does not take changes now"));
  });

  it("ask for a decision about a refused change and about two values alike", () => {
    assert.ok(words({ outbox: [{ state: "rejected" }], to_decide: 1 }).includes("Needs your decision (2)"));
  });
});

describe("finding a person", () => {
  const people = [
    { id: "1", given_name: "Steven", family_name: "O’Neill", date_of_birth: "1990-02-01" },
    { id: "2", given_name: "Zoë", family_name: "Brown", also_known_as: "Bo" },
    { id: "3", given_name: "Ada", family_name: "Quill" },
  ];
  const episodes = [{ id: "e", person_id: "3", suite_id: "s", custody_number: "HL/2291", arrived_at: ago(3) }];
  const find = (asked) => findLikely(people, episodes, { name: "", date_of_birth: "", custody_number: "", ...asked }).map((each) => each.person.id);

  it("meets a name as it was heard, without accents or apostrophes", () => {
    assert.deepEqual(find({ name: "oneill" }), ["1"]);
    assert.deepEqual(find({ name: "zoe" }), ["2"]);
    assert.deepEqual(find({ name: "Stevan" }), ["1"]);
    assert.deepEqual(find({ name: "bo" }), ["2"]);
  });

  it("meets a custody number however it was typed, before any name", () => {
    assert.deepEqual(find({ name: "zoe", custody_number: "hl 2291" }), ["3", "2"]);
  });

  it("meets nobody when nothing fits", () => assert.deepEqual(find({ name: "Xavier" }), []));

  it("leads to the stay that is open now", () => {
    const row = personRows(findLikely(people, episodes, { name: "ada", date_of_birth: "", custody_number: "" }), NOW, [{ id: "s", name: "Harbour Lane" }])[0];
    assert.equal(row.href, "/episodes/e");
    assert.equal(row.stays, "Harbour Lane, HL/2291, held 3 h 00");
  });
});

describe("alerts", () => {
  const alert = (id, kind, extra = {}) => ({ id, kind, alert: id, due: "now", text: "Tell healthcare now: unwell. Never advise to stop.", raised_at: ago(1), state: "open", ...extra });

  it("cover the page with a stop until it is set aside on that page", () => {
    assert.equal(alertsView([alert("s", "stop")], { now: NOW, back: "/x" }).stop.id, "s");
    const aside = alertsView([alert("s", "stop")], { now: NOW, back: "/x", aside: ["s"] });
    assert.equal(aside.stop, null);
    assert.equal(aside.open[0].id, "s");
  });

  it("show the gravest first and keep prompts for the last page", () => {
    const all = [alert("p", "prompt"), alert("u", "urgent"), alert("s", "stop")];
    assert.deepEqual(alertsView(all, { now: NOW, back: "/", aside: ["s"] }).open.map((each) => each.id), ["s", "u"]);
    assert.deepEqual(alertsView(all, { now: NOW, back: "/", aside: ["s"], prompts: true }).open.map((each) => each.id), ["s", "u", "p"]);
  });

  it("say who was told, what they are and when", () => {
    const told = alert("u", "urgent", { state: "told", settled: { name: "Sgt Amory", role: "sergeant", at: ago(0.05) } });
    assert.equal(alertsView([told], { now: NOW, back: "/" }).settled[0].text, "Sgt Amory, custody sergeant, 13:21: Tell healthcare now: unwell");
  });

  it("are made once, and answering back makes none go away", () => {
    const fired = [{ id: "stop-harm", kind: "stop", text: "Stop.", due: "now" }];
    const assessment = { id: "a", body: { person_id: "p", suite_id: "s" } };
    assert.equal(newAlerts(fired, new Set(), assessment, "u", NOW).length, 1);
    assert.equal(newAlerts(fired, new Set(["stop-harm"]), assessment, "u", NOW).length, 0);
    assert.equal(alertsView([alert("s", "stop")], { now: NOW, back: "/" }).stop.id, "s");
  });
});

describe("an assessment", () => {
  const pages = [
    { id: "one", title: "One", number: 1, of: 2, questions: ["a", "b"], answered: 2, enabled: 2, status: "completed" },
    { id: "two", title: "Two", number: 2, of: 2, questions: ["c", "d"], answered: 0, enabled: 2, status: "not-reached" },
  ];
  const evaluation = { enabled: { a: true, b: true, c: true, d: true }, missing: ["c", "d"] };
  const record = { id: "x", body: { basis: "required", started_at: ago(1), state: "draft" } };
  const about = { title: "First contact", now: NOW, two_values: new Set(["d"]), numbers: { c: "3", d: "4" } };

  it("is carried on at the very question", () => {
    const view = taskListView(record, pages, evaluation, { page_id: "two", link_id: "d", looked: {} }, about);
    assert.equal(view.carry_on.href, "/assessments/x/pages/two#q-d");
    assert.equal(view.carry_on.words, "Carry on at question 4");
  });

  it("marks a page that was looked at and left, and one with two values", () => {
    const view = taskListView(record, pages, evaluation, { page_id: "one", link_id: null, looked: { one: true, two: true } }, about);
    assert.equal(view.rows[1].mark.words, "Looked at, not finished");
    assert.equal(view.rows[1].two_values, true);
  });

  it("shows no total and no band while a part is missing", () => {
    const half = scoresView([{ title: "AUDIT", total: null, max: 40, band: { label: "Low" }, answered: 9, of: 10 }])[0];
    assert.equal(half.words, "Not complete: 9 of 10 answered");
    assert.equal(scoresView([{ title: "AUDIT", total: 0, max: 40, band: { label: "Lower risk" } }])[0].words, "0 of 40: Lower risk");
  });

  it("says all that is open before it is handed in", () => {
    assert.deepEqual(openWords(evaluation, [{ state: "open" }, { state: "told" }], [{ state: "open" }]), [
      "2 questions have no answer yet", "1 alert is not settled", "1 answer has 2 values",
    ]);
  });
});

describe("a question", () => {
  const base = { link_id: "harm.now", text: "?", control: "radio", many: false, value: null, options: [{ code: "yes", text: "Yes", checked: false }, { code: "no", text: "No", checked: false }], absent_options: [{ code: "asked-declined", text: "Declined to answer" }, { code: "not-asked", text: "Not asked" }] };
  const about = { assessment_id: "x", page_id: "p", enabled: true, save_url: "/s", now: NOW };

  it("preselects nothing and has an id that a selector can read", () => {
    const view = questionView(base, about);
    assert.ok(view.options.every((option) => !option.checked));
    assert.equal(view.id, "q-harm_2enow");
    assert.notEqual(questionView({ ...base, link_id: "harm-now" }, about).id, view.id);
  });

  it("offers no “not asked” to the person it is shown to", () => {
    assert.deepEqual(questionView(base, { ...about, turned: true }).absent_options.map((option) => option.code), ["asked-declined"]);
  });
});

describe("decisions", () => {
  it("stand until a choice with its reason is recorded, on this tablet too", () => {
    assert.equal(stands({ state: "open" }), true);
    assert.equal(stands({ state: "open", resolution: { choice: "mine" } }), false);
  });

  it("keep recorded and received apart", () => {
    const view = statementView("Statement A", { by: "s", device: "d2", at: ago(11), received_at: ago(4) }, "Nowhere", { users: { s: "Sam Brackley" }, device: { id: "d1" } });
    assert.deepEqual(view.facts.map((fact) => fact.text), ["Sam Brackley", "Thu 12 Nov 02:24", "Thu 12 Nov 09:24", "Another device"]);
  });
});

describe("my work", () => {
  it("opens returned work at its first marked question and quotes the comment", () => {
    const assessments = [{ id: "a", state: "returned", person_id: "p", form: "f/audit|1", basis: "voluntary", submission: { number: 2, at: ago(20) }, review: { marks: { q: "Please ask again" }, by: "j", at: ago(2) } }];
    const view = workView({ assessments, people: [{ id: "p", given_name: "Ivo" }], episodes: [], conflicts: [], alerts: [], forms: [], outbox: [], places: {} }, { now: NOW, users: { j: "Jo Maddern" }, user_id: "u" });
    const row = view.rows.returned[0];
    assert.equal(row.href, "/assessments/a?marked=first");
    assert.equal(row.quote, "Please ask again");
    assert.equal(row.provenance, "Jo Maddern, 11:24 · you handed it in Wed 11 Nov 17:24");
    assert.equal(view.tabs[0].words, "Returned (1)");
  });
});

describe("a conflict", () => {
  it("is settled by those who wrote it, and about safety by a supervisor only", () => {
    const conflict = { state: "open", safety: false, theirs: { by: "a" }, mine: { by: "b" } };
    assert.equal(maySettle(conflict, { id: "a" }), true);
    assert.equal(maySettle(conflict, { id: "c" }), false);
    assert.equal(maySettle({ ...conflict, safety: true }, { id: "a" }), false);
    assert.equal(maySettle({ ...conflict, safety: true }, { id: "c", role: "supervisor" }), true);
  });
});

describe("the edits of an answer", () => {
  it("touch only the boxes that changed, so that two tablets merge without asking", () => {
    assert.deepEqual(answerEdits({ s: { heroin: true, crack: true } }, { s: { crack: true, spice: true } }), [["/answers/s/heroin", null], ["/answers/s/spice", true]]);
  });

  it("replace a single choice and remove one that is gone", () => {
    assert.deepEqual(answerEdits({ a: "yes", b: "no" }, { a: "asked-declined" }), [["/answers/a", "asked-declined"], ["/answers/b", null]]);
  });

  it("name a question whose id holds a slash as the pointer standard says", () => {
    assert.deepEqual(answerEdits({}, { "x/y~z": "yes" }), [["/answers/x~1y~0z", "yes"]]);
  });
});

describe("a change that was refused", () => {
  it("is never called kept where only this tablet has it, and its words can be read", () => {
    const happened = "One change may be 256 KB.";
    assert.match(refusedWords(happened, false, false), /kept word for word/);
    assert.match(refusedWords(happened, true, false), /The server keeps it/);
    assert.doesNotMatch(refusedWords(happened, false, true), /kept|keeps/);
    const op = { record: "01a2", body: { note: "Long", person_id: "01a207e5-2181-758e-972c-ba59e772f941", at: "2026-11-12T13:24:00Z" }, set: [["/answers/a", "old", { b: { c: "new" }, d: 3 }]] };
    assert.deepEqual(saidIn(op), ["Long", "new"]);
  });
});
