// A client of the sync protocol by somebody who has docs/sync-protocol.md and the table of records, and nothing else of the
// project. Plain Node, no package. client.mjs ORIGIN < {"one": credentials, "two": credentials}: two workers of one suite.
// Prints what it found, as one line of JSON; ends with an error at the first thing that is not as the protocol says.

import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";

const origin = process.argv[2];
const sha256 = (text) => createHash("sha256").update(text, "utf8").digest();
const now = () => `${new Date().toISOString().slice(0, 19)}Z`;

/** RFC 8785. JavaScript's own JSON.stringify writes numbers and texts as it asks. */
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  return `{${Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(",")}}`;
}

/** A UUIDv7. */
function newId() {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(Date.now(), 0, 6);
  bytes[6] = (bytes[6] & 0x0f) | 0x70;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** {n, x} of these records, from their own bodies. */
function digest(records) {
  let sum = 0n;
  for (const { id, rev, body } of records) {
    const own = `${rev.split("-")[0]}-${sha256(canonical(body)).toString("hex").slice(0, 16)}`;
    sum += sha256(`${id} ${own}`).readBigUInt64BE(0);
  }
  return { n: records.length, x: (sum % 2n ** 64n).toString(16).padStart(16, "0") };
}

class Client {
  constructor({ user, device, token }) {
    Object.assign(this, { user, device, token, epoch: null, cursor: null, reference: null, last_op: null, records: new Map() });
  }

  /** The status, and the JSON as it came and as it reads. */
  async post(name, body, packed = false) {
    const text = JSON.stringify({ proto: 1, epoch: this.epoch, schema: 1, ...body });
    const headers = { Authorization: `Bearer ${this.token}`, "Content-Type": "application/json", ...(packed ? { "Content-Encoding": "gzip" } : {}) };
    const answer = await fetch(`${origin}/sync/v1/${name}`, { method: "POST", headers, body: packed ? gzipSync(text) : text });
    const raw = await answer.text();
    return { status: answer.status, raw, body: JSON.parse(raw) };
  }

  async push(ops, packed = false) {
    const answer = await this.post("push", { device: this.device.id, now: now(), waiting: ops.length, last_op: this.last_op, ops }, packed);
    assert.equal(answer.status, 200, answer.raw);
    assert.deepEqual(answer.body.results.map((each) => each.op), ops.map((each) => each.op), "an outcome for each op, in order");
    this.epoch ??= answer.body.epoch;
    for (const [index, { state, sha256: told }] of answer.body.results.entries()) {
      if (state !== "rejected") assert.equal(told, sha256(canonical(ops[index])).toString("hex"), "the receipt is of what was sent");
      if (state !== "rejected") this.last_op = ops[index].op;
    }
    return answer;
  }

  /** Fetches until there is no more, and holds the whole against the service's digest. Returns how many pages it took. */
  async pull(limits) {
    for (let pages = 1; ; pages += 1) {
      const { status, raw, body } = await this.post("pull", { cursor: this.cursor, reference: this.reference?.hash ?? null, last_op: this.last_op, ...limits });
      assert.equal(status, 200, raw);
      this.epoch = body.epoch;
      this.reference = body.reference ?? this.reference;
      for (const record of body.records) {
        if (record.deleted) this.records.delete(record.id);
        else this.records.set(record.id, record);
      }
      for (const { id, scope } of body.leaves) this.leave(id, [scope]);
      for (const id of [...this.records.keys()]) this.leave(id, body.drop_scopes);
      this.cursor = body.cursor;
      if (body.more) continue;
      for (const [scope, told] of Object.entries(body.digest)) assert.deepEqual(digest(this.of(scope)), told, "the same as the service says");
      return pages;
    }
  }

  leave(id, scopes) {
    const record = this.records.get(id);
    if (!record?.scopes.some((each) => scopes.includes(each))) return;
    const left = record.scopes.filter((each) => !scopes.includes(each));
    if (left.length) this.records.set(id, { ...record, scopes: left });
    else this.records.delete(id);
  }

  of(scope) {
    return [...this.records.values()].filter((each) => each.scopes.includes(scope)).sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** What differs in a suite, by ranges of ids. */
  async compare(scope, step = 50) {
    const found = { records: [], leaves: [], unseen: [] };
    const mine = this.of(scope);
    for (let at = 0, after = ""; ; at += step) {
      const part = mine.slice(at, at + step);
      const until = at + step < mine.length ? part.at(-1).id : null;
      for (;;) {
        const { status, raw, body } = await this.post("compare", { scope, after, until, have: part.map(({ id }) => [id, this.records.get(id).rev]) });
        assert.equal(status, 200, raw);
        for (const name of ["records", "leaves", "unseen"]) found[name].push(...body[name]);
        for (const record of body.records) this.records.set(record.id, record);
        if (!body.more) break;
      }
      for (const { id, scope: left } of found.leaves) this.leave(id, [left]);
      if (until === null) return found;
      after = until;
    }
  }
}

const create = (type, body) => ({ op: newId(), record: newId(), type, base: null, body, at: now() });
const edit = (type, record, base, ...set) => ({ op: newId(), record, type, base, set: set.map((each) => [...each, now()]), at: now() });

let input = "";
for await (const part of process.stdin) input += part;
const given = JSON.parse(input);
const one = new Client(given.one);
const two = new Client(given.two);
const suite = given.one.suites.find((each) => given.two.suites.some(({ id }) => id === each.id)).id;

// The forms are in the reference block of the first page; what they ask is in their definitions.
await one.pull();
const questions = (items) => items.flatMap((each) => [each, ...questions(each.item ?? [])]);
const codesOf = (item) => (item.answerOption ?? []).flatMap((each) => each.valueCoding?.code ?? []);
const form = one.reference.forms.find((each) => each.status === "active");
const question = questions(form.definition.item).find((each) => each.type === "choice" && !each.repeats && codesOf(each).length > 1);
const [before, after] = codesOf(question);
const pointer = `/answers/${question.linkId.replaceAll("~", "~0").replaceAll("/", "~1")}`;

// A person, a stay, an assessment, and two edits that build on each other before any of it was sent.
const person = create("person", { given_name: "Ottoline", family_name: "Invented", date_of_birth: "1990-01-31" });
const stay = create("custody_episode", { person_id: person.record, suite_id: suite, cell: "M4", arrived_at: now() });
const work = create("assessment", { person_id: person.record, episode_id: stay.record, suite_id: suite, form: form.form, basis: "voluntary", author_id: one.user.id, started_at: now(), state: "draft", answers: {} });
const first = edit("assessment", work.record, { op: work.op }, [pointer, null, before]);
const second = edit("assessment", work.record, { op: first.op }, [pointer, before, after]);
const ops = [person, stay, work, first, second];
const sent = await one.push(ops, true);
assert.deepEqual(sent.body.results.map((each) => each.state), ops.map(() => "applied"), sent.raw);

// The answer got lost: the same again has the same outcome, byte for byte. Other content under the same id has none.
const results = ({ raw }) => raw.slice(raw.indexOf('"results"'));
assert.equal(results(await one.push(ops)), results(sent));
const forged = (await one.push([{ ...person, body: { given_name: "Somebody else" } }])).body.results[0];
assert.deepEqual([forged.state, forged.why], ["rejected", "op.mismatch"]);

// The colleague fetches page by page.
const pages = await two.pull({ max_records: 10, max_bytes: 20_000 });
assert.equal(two.records.get(work.record).body.answers[question.linkId], after);

// Both say something else about the same thing, from the same revision.
const seen = two.records.get(person.record).rev;
await two.push([edit("person", person.record, { rev: seen }, ["/phone", null, "01"])]);
const differs = (await one.push([edit("person", person.record, { rev: seen }, ["/phone", null, "02"], ["/language", null, "cy"])])).body.results[0];
assert.equal(differs.state, "conflict");
await one.pull();
const [conflict] = differs.conflicts.map((id) => one.records.get(id));
const held = one.records.get(person.record);
assert.deepEqual([held.body.phone, held.body.language, held.open_conflicts[0].values], ["01", "cy", ["01", "02"]]);
assert.deepEqual([conflict.body.path, conflict.body.theirs.value, conflict.body.mine.value], ["/phone", "01", "02"]);

// One of the two settles it, with a reason.
const settle = { ...edit("conflict", conflict.id, { rev: conflict.rev }, ["/resolution", null, { choice: "mine", value: "02", reason: "Read it from the card" }]), resolves: [conflict.id], reason: "Read it from the card" };
const settled = (await one.push([settle])).body.results[0];
assert.equal(settled.state, "applied", JSON.stringify(settled));
await Promise.all([one.pull(), two.pull()]);
for (const client of [one, two]) {
  const { body, open_conflicts } = client.records.get(person.record);
  assert.deepEqual([body.phone, open_conflicts], ["02", []]);
}

// Something went wrong on the colleague's disk: comparing names exactly that.
const rev = two.records.get(person.record).rev;
const lost = two.records.get(stay.record);
const invented = { id: newId(), type: "person", rev: "1-0000000000000000", scopes: [suite], body: {} };
two.records.delete(stay.record);
two.records.set(person.record, { ...two.records.get(person.record), rev: "1-0000000000000000" });
two.records.set(invented.id, invented);
const found = await two.compare(suite);
assert.deepEqual(found.records.map((each) => [each.id, each.rev]).sort(), [[person.record, rev], [stay.record, lost.rev]].sort());
assert.deepEqual([found.leaves, found.unseen.sort()], [[{ id: invented.id, scope: suite }], [invented.id, person.record].sort()]);
assert.deepEqual(await two.compare(suite), { records: [], leaves: [], unseen: [] });
await two.pull();

console.log(JSON.stringify({ pages, records: two.records.size, person: person.record, assessment: work.record, rev: two.records.get(work.record).rev, ops: ops.length }));
