// The vault: two ways in, nothing out. Real WebCrypto; fewer rounds of PBKDF2, because the rounds are not what is tested.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createVault, open, openWithPassphrase, openWithPrf, seal } from "../../../service_worker/src/store/vault.js";

const PASSPHRASE = "three small words";
const prf = (fill) => ({ output: new Uint8Array(32).fill(fill).buffer, credential_id: "Y3JlZA", salt: new Uint8Array(32).fill(9) });
const make = (more = {}) => createVault({ passphrase: PASSPHRASE, iterations: 1000, ...more });

describe("the vault", () => {
  it("opens by the passphrase and by the passkey to the very same key", async () => {
    const { vault } = await make({ prf: prf(1) });
    const sealed = await seal(await openWithPassphrase(vault, PASSPHRASE), "v/meta/a", { answer: "yes" });
    assert.deepEqual(await open(await openWithPrf(vault, prf(1).output), "v/meta/a", sealed), { answer: "yes" });
  });

  it("does not open by a wrong passphrase or another passkey's output", async () => {
    const { vault } = await make({ prf: prf(1) });
    assert.equal(await openWithPassphrase(vault, "three small word"), null);
    assert.equal(await openWithPrf(vault, prf(2).output), null);
  });

  it("has the passphrase as its only way in where the passkey gave no output", async () => {
    const { vault } = await make();
    assert.equal(await openWithPrf(vault, prf(1).output), null);
    assert.ok(await openWithPassphrase(vault, PASSPHRASE));
  });

  it("gives a key that cannot be exported, whichever way it was opened", async () => {
    const { vault, key } = await make({ prf: prf(1) });
    for (const each of [key, await openWithPassphrase(vault, PASSPHRASE), await openWithPrf(vault, prf(1).output)]) {
      assert.equal(each.extractable, false);
      await assert.rejects(crypto.subtle.exportKey("raw", each));
    }
  });

  it("refuses the wrap of another vault, even under the same passphrase", async () => {
    const [one, two] = [await make(), await make()];
    assert.equal(await openWithPassphrase({ ...one.vault, passphrase_wrap: two.vault.passphrase_wrap, salt: two.vault.salt }, PASSPHRASE), null);
  });

  it("refuses a sealed value that was moved to another place", async () => {
    const { key } = await make();
    const sealed = await seal(key, "v/records/one", { given_name: "Tobin" });
    await assert.rejects(open(key, "v/records/two", sealed));
  });

  it("refuses a sealed value in which one bit was turned", async () => {
    const { key } = await make();
    const sealed = await seal(key, "v/records/one", { given_name: "Tobin" });
    new Uint8Array(sealed.data)[20] ^= 1;
    await assert.rejects(open(key, "v/records/one", sealed));
  });

  it("keeps long and short values alike, and tells lengths only in whole blocks", async () => {
    const { key } = await make();
    for (const value of [null, "ü", "x".repeat(5000), "x".repeat(50_000), { list: Array.from({ length: 400 }, (_, index) => `row ${index}`) }]) {
      const sealed = await seal(key, "p", value);
      assert.equal((sealed.data.byteLength - 16) % 256, 0);
      assert.deepEqual(await open(key, "p", sealed), value);
    }
    assert.ok((await seal(key, "p", "x".repeat(50_000))).data.byteLength < 2000, "what is long is compressed");
    assert.equal((await seal(key, "p", "a")).data.byteLength, (await seal(key, "p", "a".repeat(150))).data.byteLength);
  });

  it("never seals twice to the same bytes", async () => {
    const { key } = await make();
    const [one, two] = [await seal(key, "p", "same"), await seal(key, "p", "same")];
    assert.notDeepEqual(Buffer.from(one.data), Buffer.from(two.data));
  });
});
