// Bundles modules of the device for a test, as the build does: their packages lie in frontend/node_modules.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { after } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { fhirpathPlugin } from "../../../frontend/build/fhirpath.mjs";

export const ROOT = path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "..", "..");
const require = createRequire(path.join(ROOT, "frontend", "package.json"));

/** What the build puts in: the catalogue of problems, and no templates. */
const released = {
  name: "released",
  setup(build) {
    const problems = readFileSync(path.join(ROOT, "backend", "throughcare", "problems.json"), "utf8");
    build.onResolve({ filter: /^throughcare:/ }, ({ path: name }) => ({ path: name, namespace: "released" }));
    build.onLoad({ filter: /release$/, namespace: "released" }, () => ({ contents: `export const problems = ${problems}; export const [release, policy, precache] = ["test", "", []];` }));
    build.onLoad({ filter: /templates$/, namespace: "released" }, () => ({ contents: "export default {};" }));
  },
};

/** @param {Record<string, string>} exports module below service_worker/src -> what to take of it @returns {Promise<any>} */
export async function bundle(exports) {
  const folder = mkdtempSync(path.join(tmpdir(), "device-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const source = path.join(ROOT, "service_worker", "src").split(path.sep).join("/");
  writeFileSync(path.join(folder, "entry.js"), Object.entries(exports).map(([file, names]) => `export { ${names} } from "${source}/${file}";`).join("\n"));
  const outfile = path.join(folder, "out.mjs");
  await require("esbuild").build({ entryPoints: [path.join(folder, "entry.js")], outfile, bundle: true, format: "esm", target: "es2022", platform: "browser", define: { global: "globalThis" }, plugins: [fhirpathPlugin(), released], nodePaths: [path.join(ROOT, "frontend", "node_modules")], logLevel: "error" });
  return import(pathToFileURL(outfile).href);
}

/** An IndexedDB in memory, with the browser's semantics. */
export function useFakeIndexedDB() {
  require("fake-indexeddb/auto");
}
