// One style sheet for the field and one for the office, from the same tokens. A .scss beside a .css wins, so that the
// office can take GOV.UK Frontend's own components; its font is never taken, because it may be used on gov.uk only.

import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { transform } from "esbuild";

const SHEETS = { "field.css": ["tokens", "base", "components", "field", "device"], "office.css": ["tokens", "base", "components", "office", "ways_in"] };

/** @param {string} home frontend/ @param {string} out dist/static/ */
export async function buildStyles(home, out) {
  for (const [name, parts] of Object.entries(SHEETS)) {
    const sources = await Promise.all(parts.map((part) => sourceOf(home, part)));
    const { code } = await transform(sources.join("\n"), { loader: "css", minify: true, target: ["chrome109", "safari15.4", "firefox115"], legalComments: "none" });
    await writeFile(path.join(out, name), code);
  }
}

async function sourceOf(home, part) {
  const scss = path.join(home, "css", `${part}.scss`);
  if (existsSync(scss)) {
    const sass = await import("sass");
    return sass.compile(scss, { loadPaths: [path.join(home, "node_modules")], quietDeps: true, silenceDeprecations: ["import"], url: pathToFileURL(scss) }).css;
  }
  const css = path.join(home, "css", `${part}.css`);
  return existsSync(css) ? readFile(css, "utf8") : "";
}
