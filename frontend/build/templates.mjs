// Compiles the field's templates while building, because a page under this policy may not compile anything itself.

import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import nunjucks from "nunjucks";

/** @param {string} home frontend/ @returns {Promise<string>} an ES module whose default export maps a template's name to its code */
export async function templateModule(home) {
  const env = new nunjucks.Environment(null, { autoescape: true, trimBlocks: true, lstripBlocks: true });
  const entries = [];
  for (const root of ["components", "field"]) {
    for (const file of (await readdir(path.join(home, root), { recursive: true })).sort()) {
      if (!file.endsWith(".njk")) continue;
      const name = `${root}/${file.split(path.sep).join("/")}`;
      const source = await readFile(path.join(home, name), "utf8");
      // The default wrapper writes to `window`, which a worker does not have.
      const code = nunjucks.precompileString(source, { name, env, wrapper: (templates) => templates[0].template });
      entries.push(`${JSON.stringify(name)}: (function () { ${code} })()`);
    }
  }
  return `export default {\n${entries.join(",\n")}\n};\n`;
}
