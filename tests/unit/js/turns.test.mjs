// The line in which requests of the field pages wait: reading after the writing before it, writing after writing, the network for nobody.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { takeTurn } from "../../../service_worker/src/turns.js";

const tick = () => new Promise((done) => setTimeout(done));

/** Takes a turn, and notes when it came. */
function asked(name, writes, came) {
  const turn = takeTurn(writes);
  turn.come.then(() => came.push(name));
  return turn;
}

describe("the line of requests", () => {
  it("lets a page wait for the answers before it, in whatever order they end, and one answer for the other", async () => {
    const came = [];
    const first = asked("first answer", true, came);
    const second = asked("second answer", true, came);
    asked("page", false, came);
    await tick();
    assert.deepEqual(came, ["first answer"]);
    second.leave();
    await tick();
    assert.deepEqual(came, ["first answer"]);
    first.leave();
    await tick();
    assert.deepEqual(came, ["first answer", "second answer", "page"]);
  });

  it("lets pages go side by side, and what comes after them wait for none of them", async () => {
    const came = [];
    for (const name of ["page", "other page"]) asked(name, false, came);
    asked("answer", true, came).leave();
    asked("third page", false, came);
    await tick();
    assert.deepEqual(came, ["page", "other page", "answer", "third page"]);
  });

  it("goes on behind one who left early, and leaving twice lets nobody by", async () => {
    const came = [];
    const sync = asked("sync", true, came);
    sync.leave();
    const answer = asked("answer", true, came);
    asked("page", false, came);
    sync.leave();
    await tick();
    assert.deepEqual(came, ["sync", "answer"]);
    answer.leave();
    await tick();
    assert.deepEqual(came, ["sync", "answer", "page"]);
  });
});
