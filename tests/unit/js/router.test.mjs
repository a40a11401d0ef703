// The worker's router: which handler answers, and with which parameters.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createRouter } from "../../../service_worker/src/router.js";

function router() {
  const made = createRouter();
  made.route("GET", "/people/:id", "a person");
  made.route("GET", "/people/find", "find");
  made.route("POST", "/people/find", "found");
  made.route("GET", "/assessments/:id/pages/:page", "a page");
  made.route("GET", "/", "the suite");
  made.route("GET", "/lock", "the lock", { locked: true });
  return made;
}

describe("the router", () => {
  const { match } = router();

  it("takes a word before a parameter, whichever was entered first", () => {
    assert.equal(match("GET", "/people/find")?.handler, "find");
    assert.equal(match("GET", "/people/0192")?.handler, "a person");
  });

  it("keeps methods apart", () => {
    assert.equal(match("POST", "/people/find")?.handler, "found");
    assert.equal(match("POST", "/people/0192"), null);
  });

  it("hands over every parameter, decoded", () => {
    assert.deepEqual(match("GET", "/assessments/0192/pages/treatment%2Dtonight")?.params, { id: "0192", page: "treatment-tonight" });
    assert.deepEqual(match("GET", "/people/%E0%A4%A")?.params, { id: "%E0%A4%A" });
  });

  it("answers the root, and forgives a closing slash", () => {
    assert.equal(match("GET", "/")?.handler, "the suite");
    assert.equal(match("GET", "/people/find/")?.handler, "find");
  });

  it("has no answer for what is longer, shorter or empty", () => {
    for (const path of ["/people", "/people/", "/people/0192/more", "/assessments//pages/risk"]) assert.equal(match("GET", path), null, path);
  });

  it("says which pages answer without a key", () => {
    assert.equal(match("GET", "/lock")?.locked, true);
    assert.equal(match("GET", "/people/find")?.locked, false);
  });
});
