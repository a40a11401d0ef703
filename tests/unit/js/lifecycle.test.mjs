// The life of an assessment, told by the same vectors that the server is tested with.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, it } from "node:test";
import { may } from "../../../service_worker/src/lifecycle.js";
import { ROOT } from "./bundle.mjs";

const { cases } = JSON.parse(readFileSync(path.join(ROOT, "tests", "vectors", "lifecycle.json"), "utf8"));

describe("the life of an assessment", () => {
  it("has vectors", () => assert.ok(cases.length > 30));
  for (const { name, verb, assessment, actor, details, editors, expect } of cases) {
    it(name, () => assert.deepEqual(may(verb, assessment, actor, details, editors ?? []), expect));
  }
});
