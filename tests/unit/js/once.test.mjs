// SDS on the tablet: once for each named drug in a stay.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FIRST, Tablet } from "./field_tablet.mjs";

const SDS = FIRST.replace("first-contact", "sds");

describe("a scale for one named drug", () => {
  it("is handed in once for each drug of a stay, and says so where it would be a second time", async () => {
    const tablet = await Tablet.unlocked();
    const stay = (await tablet.addPerson()).split("/")[2];
    const begun = async (episode_id, drug) => {
      tablet.id = (await tablet.post("/assessments", { episode_id, questionnaire: SDS, identity: "yes", basis: "voluntary" })).to.split("/")[2];
      await tablet.answer("drug", drug);
      await tablet.post(`/assessments/${tablet.id}/stop`, { reason: "asked" });
    };
    const handIn = () => tablet.post(`/assessments/${tablet.id}/submit`, { confirmed: "yes" });
    await begun(stay, "heroin");
    assert.match((await handIn()).to, /sent$/);

    await begun(stay, "heroin");
    const check = await tablet.get(`/assessments/${tablet.id}/check`);
    assert.equal(check.data.can_submit, false);
    assert.match(check.html, /href="[^"]*#q-drug"[^>]*>Heroin: this was handed in for this stay already/);
    assert.equal((await handIn()).data.errors.length, 1);
    assert.equal((await tablet.assessment()).state, "draft");
    await tablet.answer("drug", "cannabis");
    assert.match((await handIn()).to, /sent$/);
    // "Other" may be two substances, and another stay has its own; one that was not handed in stands in nobody's way.
    const elsewhere = (await tablet.addPerson({ given_name: "Oriel", family_name: "Marsh", dob_year: "1979", custody_number: "HL/2292" })).split("/")[2];
    for (const [episode_id, drug] of [[stay, "other"], [stay, "other"], [elsewhere, "heroin"]]) {
      await begun(episode_id, "heroin");
      await begun(episode_id, drug);
      assert.match((await handIn()).to, /sent$/, drug);
    }
  });
});
