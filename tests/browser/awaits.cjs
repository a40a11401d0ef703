// node --expose-internals awaits.cjs FOLDER FILE…: numbers every `await` of these sources and lets each report that it is over, so that
// a test may kill the browser there. Prints [{id, file, line}]. The parser is the one that Node itself carries.

const { readFileSync, writeFileSync } = require("node:fs");
const path = require("node:path");
const acorn = require("internal/deps/acorn/acorn/dist/acorn");
const walk = require("internal/deps/acorn/acorn-walk/dist/walk");

const [folder, ...files] = process.argv.slice(2);
const points = [];

for (const file of files) {
  const where = path.join(folder, file);
  const source = readFileSync(where, "utf8");
  const found = [];
  walk.simple(acorn.parse(source, { ecmaVersion: "latest", sourceType: "module", locations: true }), {
    AwaitExpression: (node) => found.push(node),
  });
  const edits = [];
  for (const node of found) {
    points.push({ id: points.length + 1, file, line: node.loc.start.line });
    // The pages share some of these files; what happens there is not the worker's.
    edits.push([node.argument.start, `(globalThis.__over ?? ((_, promise) => promise))(${points.length}, `], [node.argument.end, ")"]);
  }
  // From the end, so that what is still to be written stands where it stood; of nested ones the inner comes first.
  edits.sort((one, other) => other[0] - one[0] || (one[1] === ")" ? 1 : -1));
  let text = source;
  for (const [at, words] of edits) text = text.slice(0, at) + words + text.slice(at);
  writeFileSync(where, text);
}

// Where the one that is looked for is over, nothing of what follows it happens any more; what goes on beside it goes on until the kill.
const POINTS = `globalThis.__seen = new Set();
globalThis.__hit = 0;
globalThis.__over = async (id, promise) => {
  const value = await promise;
  globalThis.__seen.add(id);
  if (globalThis.__at !== id) return value;
  globalThis.__hit = id;
  return new Promise(() => {});
};
`;
writeFileSync(path.join(folder, "points.js"), POINTS);
const entry = path.join(folder, "sw.js");
writeFileSync(entry, `import "./points.js";\n${readFileSync(entry, "utf8")}`);
process.stdout.write(JSON.stringify(points));
