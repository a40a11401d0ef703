// Which forms are offered, and what is made of what was typed.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { bundle } from "./bundle.mjs";

const { offeredForms, typedValue } = await bundle({ "present/forms.js": "offeredForms", "routes/typed.js": "typedValue" });
const units = await import("../../../frontend/js/page/units.js");
const form = (name, version, more = {}) => ({ form: `https://x.example/Questionnaire/${name}|${version}`, title: name, status: "active", ...more });
const names = (forms, today = "2026-11-22") => offeredForms(forms, today).map((each) => each.form.split("/").pop());

describe("the forms that are offered", () => {
  it("are the newest version of each, in the order in which they are met", () => {
    assert.deepEqual(names([form("zebra", "1.0.0"), form("audit", "1.9.0"), form("audit", "1.10.0"), form("first-contact", "1.0.0"), form("alpha", "2.0.0")]), ["first-contact|1.0.0", "audit|1.10.0", "alpha|2.0.0", "zebra|1.0.0"]);
  });
  it("are in force: a version of tomorrow leaves today's, a retired one the one before", () => {
    const forms = [form("audit", "1.0.0"), form("audit", "1.1.0", { from: "2026-12-01" }), form("sds", "1.0.0"), form("sds", "2.0.0", { status: "retired" })];
    assert.deepEqual(names(forms), ["audit|1.0.0", "sds|1.0.0"]);
    assert.deepEqual(names(forms, "2026-12-01"), ["audit|1.1.0", "sds|1.0.0"]);
  });
});

describe("what was typed", () => {
  const typed = (control, fields) => {
    const data = new FormData();
    for (const [name, value] of Object.entries(typeof fields === "string" ? { value: fields } : fields)) data.append(name, value);
    const { value, error } = typedValue({ control }, data);
    return error ? "refused" : value;
  };
  const date = (value_day, value_month, value_year) => typed("date", { value_day, value_month, value_year });

  it("is a whole number, or is not kept", () => assert.deepEqual(["7", " 12 ", "-1", "", "2.5", "12x", "1e3", "1234567890123456"].map((each) => typed("integer", each)), [7, 12, -1, null, "refused", "refused", "refused", "refused"]));
  it("is a decimal in its own digits, with a point or a comma", () => assert.deepEqual(["2.50", "2,5", "7", "", ".5", "2.5.1", "1e3"].map((each) => typed("decimal", each)), ["2.50", "2.5", "7", null, "refused", "refused", "refused"]));
  it("is a real day, whole, or is not kept", () => {
    assert.deepEqual([date("7", "3", "2026"), date("29", "02", "2024"), date("", "", "")], ["2026-03-07", "2024-02-29", null]);
    assert.deepEqual([date("30", "2", "2026"), date("7", "", "2026"), date("7", "3", "26"), date("7", "13", "2026"), date("x", "3", "2026"), date("0", "3", "2026")], Array(6).fill("refused"));
  });
  it("is text without the space around it", () => assert.deepEqual([typed("text", "  Dr Amis "), typed("textarea", "   ")], ["Dr Amis", null]));
});

describe("the calculator of units", () => {
  it("agrees with the published examples", () => {
    const of = (ml, abv) => units.inDigits(units.unitsOf(ml, abv));
    assert.deepEqual([of(568, 3.6), of(750, 12), of(25, 40), of(3000, 7.5)], ["2", "9", "1", "22.5"]);
  });
  it("takes no drink that is not two numbers", () => assert.deepEqual(["500", "4,5", "", "-3", "0", "4.5 %"].map(units.numberIn), [500, 4.5, Number.NaN, Number.NaN, Number.NaN, Number.NaN]));
});
