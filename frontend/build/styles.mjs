// One style sheet for the field and one for the office, from the same tokens.

import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { transform } from "esbuild";
import { TARGETS } from "./pages.mjs";

const SHEETS = { "field.css": ["tokens", "base", "components", "field", "device"], "office.css": ["tokens", "base", "components", "office", "forms", "ways_in"] };
// The office's preview draws a phone on a wide page: the tablet's own rules, inside its frame alone, as they are on narrow glass.
const PHONE = ["components", "field"];
const NARROW = "@media (max-width: 600px)";

/** @param {string} home frontend/ @param {string} out dist/static/ */
export async function buildStyles(home, out) {
  for (const [name, parts] of Object.entries(SHEETS)) {
    const sources = await Promise.all(parts.map((part) => readFile(path.join(home, "css", `${part}.css`), "utf8")));
    const { code } = await transform(sources.join("\n"), { loader: "css", minify: true, target: TARGETS, legalComments: "none" });
    await writeFile(path.join(out, name), code);
  }
  const phone = await Promise.all(PHONE.map((part) => readFile(path.join(home, "css", `${part}.css`), "utf8")));
  const framed = `.tc-phone {\n${phone.join("\n").replaceAll(NARROW, "@media all")}\n}`;
  await writeFile(path.join(out, "phone.css"), (await transform(framed, { loader: "css", minify: true, target: TARGETS, legalComments: "none" })).code);
}
