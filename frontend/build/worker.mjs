// The tablet's own server: one classic script, because a service worker may not import anything later. Its templates, the
// policy of every page, the catalogue of problems and the list of files to keep are baked in.

import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { build } from "esbuild";
import { fhirpathPlugin } from "./fhirpath.mjs";
import { TARGETS } from "./pages.mjs";
import { templateModule } from "./templates.mjs";

const PLACE_OF_RELEASE = "RELEASE-IS-WRITTEN-HERE";

/**
 * @param {string} home frontend/ @param {string} outfile @param {{url: string, integrity: string}[]} precache
 * @returns {Promise<string>} the release: the first 12 hex digits of the hash of everything in it
 */
export async function buildWorker(home, outfile, precache) {
  const root = path.join(home, "..");
  const read = async (name) => JSON.parse(await readFile(path.join(root, name), "utf8"));
  const policy = existsSync(path.join(home, "policy.json")) ? await read("frontend/policy.json") : {};
  const baked = {
    "throughcare:templates": await templateModule(home),
    "throughcare:release": [
      `export const release = ${JSON.stringify(PLACE_OF_RELEASE)};`,
      `export const precache = ${JSON.stringify(precache)};`,
      `export const policy = ${JSON.stringify(policy)};`,
      `export const problems = ${JSON.stringify(await read("backend/throughcare/problems.json"))};`,
    ].join("\n"),
  };
  const built = await build({
    entryPoints: [path.join(root, "service_worker", "sw.js")], bundle: true, minify: true, format: "iife", target: TARGETS, write: false,
    legalComments: "none", logLevel: "warning", nodePaths: [path.join(home, "node_modules")], define: { global: "globalThis" },
    plugins: [fhirpathPlugin(), bakedPlugin(baked)],
  });
  const script = built.outputFiles[0].text;
  const release = createHash("sha256").update(script).digest("hex").slice(0, 12);
  await writeFile(outfile, script.replaceAll(PLACE_OF_RELEASE, release));
  return release;
}

/** @param {Record<string, string>} modules @returns {import("esbuild").Plugin} */
function bakedPlugin(modules) {
  return {
    name: "baked",
    setup(build) {
      build.onResolve({ filter: /^throughcare:/ }, ({ path: name }) => ({ path: name, namespace: "baked" }));
      build.onLoad({ filter: /.*/, namespace: "baked" }, ({ path: name }) => ({ contents: modules[name], loader: "js" }));
    },
  };
}
