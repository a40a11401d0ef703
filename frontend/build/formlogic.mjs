// Builds the form engine for the server: one IIFE that sets globalThis.formlogic = {call(name, jsonText) -> jsonText}, run in quickjs.
// It is the very source that the service worker bundles; only the string-to-string door is added. The preview of a form is a second
// one, with the tablet's own presenters in it: what they draw never changes the engine whose hash stands beside every result.

import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { fhirpathPlugin } from "./fhirpath.mjs";

const HERE = path.dirname(fileURLToPath(import.meta.url));
const SOURCE = path.join(HERE, "..", "..", "service_worker", "src");
const ENTRY = path.join(SOURCE, "formlogic", "call.js");
export const PREVIEW = path.join(SOURCE, "preview", "index.js");

/** @param {string} outfile where dist/formlogic.js goes @param {string} [entry] @returns {Promise<void>} */
export async function buildFormlogic(outfile, entry = ENTRY) {
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    minify: true,
    format: "iife",
    target: "es2020",
    // fhirpath.js names `global`; neither a service worker nor quickjs has it.
    define: { global: "globalThis" },
    // The source lies outside frontend/, its packages inside.
    nodePaths: [path.join(HERE, "..", "node_modules")],
    legalComments: "none",
    plugins: [fhirpathPlugin()],
    logLevel: "warning",
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildFormlogic(process.argv[2] ?? path.join(HERE, "..", "dist", "formlogic.js"));
