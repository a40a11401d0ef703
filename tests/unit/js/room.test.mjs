// How much a tablet holds, in words: early, and in time.

import assert from "node:assert/strict";
import { it } from "node:test";
import { isFull, roomWords } from "../../../service_worker/src/present/room.js";

const room = (more) => ({ records: 812, usage: 20e6, quota: 2e9, persisted: true, ...more });

it("says how much is here, and nothing more while all is well", () => {
  assert.deepEqual(roomWords(room({})), { good: true, words: "Storage kept, 2.0 GB free, 812 records", more: "" });
});

it("warns from 5,000 records on, and not before", () => {
  assert.equal(roomWords(room({ records: 4999 })).more, "");
  assert.match(roomWords(room({ records: 5000 })).more, /grow slow/);
});

it("is full at 20,000 records, at 250 MB, or at half of what the browser gives", () => {
  for (const more of [{ records: 20_000 }, { usage: 250e6 }, { usage: 60e6, quota: 120e6 }]) {
    assert.equal(isFull(room(more)), true, JSON.stringify(more));
    assert.match(roomWords(room(more)).more, /no room for a further suite. What you record is saved as before/);
  }
  for (const more of [{ records: 19_999 }, { usage: 249e6 }, { usage: 59e6, quota: 120e6 }, { quota: 0, usage: 0 }]) assert.equal(isFull(room(more)), false, JSON.stringify(more));
});
