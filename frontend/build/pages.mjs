// The scripts of the pages: every file that lies directly in frontend/js becomes one of dist/static. What they share lies deeper.

import { readdir } from "node:fs/promises";
import path from "node:path";
import { build } from "esbuild";

export const TARGETS = ["chrome109", "safari15.4", "firefox115"];

/** @param {string} home frontend/ @param {string} out dist/static/ */
export async function buildPages(home, out) {
  const folder = path.join(home, "js");
  const entries = (await readdir(folder)).filter((name) => name.endsWith(".js")).sort();
  await build({
    entryPoints: entries.map((name) => path.join(folder, name)), outdir: out, bundle: true, minify: true, format: "iife", target: TARGETS,
    legalComments: "none", logLevel: "warning", nodePaths: [path.join(home, "node_modules")],
  });
}
