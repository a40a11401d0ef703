// One style sheet for the field and one for the office, from the same tokens.

import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { transform } from "esbuild";

const SHEETS = { "field.css": ["tokens", "base", "components", "field", "device"], "office.css": ["tokens", "base", "components", "office", "ways_in"] };

/** @param {string} home frontend/ @param {string} out dist/static/ */
export async function buildStyles(home, out) {
  for (const [name, parts] of Object.entries(SHEETS)) {
    const sources = await Promise.all(parts.map((part) => readFile(path.join(home, "css", `${part}.css`), "utf8")));
    const { code } = await transform(sources.join("\n"), { loader: "css", minify: true, target: ["chrome109", "safari15.4", "firefox115"], legalComments: "none" });
    await writeFile(path.join(out, name), code);
  }
}
