// A tablet without a screen: the shipped store, queue and sync over an IndexedDB in memory, driven line by line.
// device.mjs SOURCE FRONTEND ORIGIN; a command is one line of JSON on stdin, its answer one line on stdout.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const [source, frontend, given_origin] = process.argv.slice(2);
let origin = given_origin;
const require = createRequire(path.join(frontend, "package.json"));
require("fake-indexeddb/auto");

const WANTED = {
  "store/store.js": "Store", "store/db.js": "openDatabase", "store/vault.js": "createVault", "sync/schedule.js": "scheduler",
  "routes/ids.js": "newId", "present/shell.js": "statusWords, notThrough", "routes/device.js": "sentence",
};
// What the build puts in its place: the catalogue of problems. Templates are not drawn here.
const problems = JSON.parse(readFileSync(path.join(frontend, "..", "backend", "throughcare", "problems.json"), "utf8"));
const release = {
  name: "release",
  setup(build) {
    build.onResolve({ filter: /^throughcare:/ }, ({ path: name }) => ({ path: name, namespace: "release" }));
    build.onLoad({ filter: /.*/, namespace: "release" }, () => ({ contents: `export const problems = ${JSON.stringify(problems)}, policy = "", release = "test"; export default {};`, loader: "js" }));
  },
};
const folder = mkdtempSync(path.join(tmpdir(), "device-"));
writeFileSync(path.join(folder, "entry.js"), Object.entries(WANTED).map(([file, name]) => `export { ${name} } from "${source}/${file}";`).join("\n"));
await require("esbuild").build({ entryPoints: [path.join(folder, "entry.js")], outfile: path.join(folder, "out.mjs"), bundle: true, format: "esm", target: "es2022", platform: "browser", nodePaths: [path.join(frontend, "node_modules")], plugins: [release], logLevel: "error" });
const { Store, openDatabase, createVault, scheduler, newId, statusWords, notThrough, sentence } = await import(pathToFileURL(path.join(folder, "out.mjs")).href);
rmSync(folder, { recursive: true });

const now = () => `${new Date().toISOString().slice(0, 19)}Z`;
const { vault, key } = await createVault({ passphrase: "three small words", iterations: 1000 });
const store = await Store.load(await openDatabase(vault.id, key), { now, newId });
let session = null;
let planned = null;
// Nothing goes by itself here: the test says when, so that no test waits for a clock.
const sync = scheduler({ current: () => ({ store, session }), fetch: (where, options) => fetch(origin + where, options), now, told: () => {}, later: (_work, ms) => { planned = ms; }, stalled: 1500 });

const commands = {
  enrolled: (given) => { session = given; },
  person: ({ given_name }) => store.create("person", { given_name }, { id: newId() }),
  async rename({ id, given_name }) { await store.edit("person", id, [["/given_name", given_name]]); },
  moved: ({ to }) => { origin = to; },
  run: () => sync.run(),
  async read({ id }) { return store.get("person", id); },
  async state() {
    const outbox = await store.outbox();
    const [last_sent, last_sync, no_signal_since, refusal, aside] = await Promise.all(["last_sent", "last_sync", "no_signal_since", "sync_refused", "aside"].map((name) => store.meta.get(name)));
    const known = { outbox, last_sent: last_sent ?? null, no_signal_since: no_signal_since ?? null, refused: refusal?.status ?? 0, aside: notThrough(outbox, aside).length, to_decide: 0, returned: 0 };
    const waiting = outbox.filter((each) => each.state !== "rejected").length;
    return {
      outbox: outbox.map(({ op, record_id, state, why }) => ({ op, record_id, state, why })), words: statusWords(known, now()).spoken,
      planned, stuck: notThrough(outbox, aside).map(({ record_id, why }) => ({ record_id, why })),
      sentence: sentence({ waiting, stuck: notThrough(outbox, aside).length, no_signal_since: known.no_signal_since, refused: refusal, last_sync: last_sync ?? null }, now()),
    };
  },
};

console.log(JSON.stringify({ ready: true }));
for await (const line of createInterface({ input: process.stdin })) {
  const { command, ...given } = JSON.parse(line);
  try {
    console.log(JSON.stringify({ answer: (await commands[command](given)) ?? null }));
  } catch (error) {
    console.log(JSON.stringify({ failed: String(error?.stack ?? error) }));
  }
}
process.exit(0);
