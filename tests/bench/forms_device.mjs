// The device's half of `run.py bench forms`: the engine as the tablet bundles it, in Node. Reads [{name, definition, answers, changes}] from its
// standard input, writes [{name, answer: [ms], naive: [ms], runs, rules}], the calibration, and the part of one core that it was given. One answer changes each time.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { fhirpathPlugin } from "../../frontend/build/fhirpath.mjs";

const ROOT = path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "..");
const { build } = createRequire(path.join(ROOT, "frontend", "package.json"))("esbuild");
const built = await build({
  entryPoints: [path.join(ROOT, "service_worker", "src", "formlogic", "index.js")], write: false, bundle: true, minify: true, format: "esm", target: "es2022",
  define: { global: "globalThis" }, nodePaths: [path.join(ROOT, "frontend", "node_modules")], plugins: [fhirpathPlugin()], logLevel: "error",
});
const { evaluate, forget, load, worked } = await import(`data:text/javascript;base64,${Buffer.from(built.outputFiles[0].contents).toString("base64")}`);
const CONTEXT = { now: "2026-11-22T02:10:00Z", conflicts: {} };
const ROUNDS = 40;
const NAIVE_ROUNDS = 7;

/** A fixed amount of arithmetic: what the machine gives one thread at this moment. */
function calibrate() {
  const start = performance.now();
  let x = 0;
  for (let at = 0; at < 20_000_000; at += 1) x = (x * 31 + at) | 0;
  return performance.now() - start + (x === 1 ? 1 : 0);
}

function measure({ name, definition, answers, changes }) {
  const form = load(definition);
  const expressions = form.order.filter((item) => item.calculated || item.enable_expression).length + form.alerts.length + form.scores.length + form.constraints.length;
  evaluate(form, { ...answers }, CONTEXT);
  const answer = [];
  const runs = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const [link_id, values] = changes[round % changes.length];
    const next = { ...answers, [link_id]: values[Math.floor(round / changes.length) % values.length] };
    const before = worked.runs;
    const start = performance.now();
    evaluate(form, next, CONTEXT);
    answer.push(performance.now() - start);
    runs.push(worked.runs - before);
  }
  const naive = [];
  for (let round = 0; round < NAIVE_ROUNDS; round += 1) {
    forget();
    const start = performance.now();
    evaluate(form, { ...answers }, CONTEXT);
    naive.push(performance.now() - start);
  }
  return { name, items: form.order.length, expressions, answer, naive, runs: Math.max(...runs) };
}

const cpu = process.cpuUsage();
const started = performance.now();
const before = [calibrate(), calibrate(), calibrate()];
const measured = JSON.parse(readFileSync(0, "utf8")).map(measure);
const calibration = [...before, calibrate(), calibrate(), calibrate()];
const used = process.cpuUsage(cpu);
process.stdout.write(JSON.stringify({ calibration, measured, share: (used.user + used.system) / 1000 / (performance.now() - started) }));
