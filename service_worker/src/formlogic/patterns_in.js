// The regular expressions inside FHIRPath expressions. Only those that are written out can be judged before they are run.

import { patternProblem } from "./patterns.js";

const CALL = /\.\s*(?:matches|matchesFull|replaceMatches)\s*\(\s*/g;
const LITERAL = /^'((?:\\.|[^'\\])*)'\s*[,)]/;

/** @param {string} text @returns {{problem: string, pattern: string}[]} only those that cannot be used */
export function patternsIn(text) {
  const found = [];
  for (const call of text.matchAll(CALL)) {
    const literal = LITERAL.exec(text.slice(call.index + call[0].length));
    if (!literal) {
      found.push({ problem: "it is put together while the form is answered", pattern: "" });
      continue;
    }
    const pattern = unescaped(literal[1]);
    const problem = patternProblem(pattern);
    if (problem) found.push({ problem, pattern });
  }
  return found;
}

const NAMED = { n: "\n", r: "\r", t: "\t", f: "\f" };

/** As FHIRPath reads it: a backslash before any other sign is dropped, which is why '\\d' must be written with two. */
const unescaped = (literal) => literal.replace(/\\(?:u([0-9a-fA-F]{4})|(.))/g, (_, code, sign) => (code ? String.fromCharCode(Number.parseInt(code, 16)) : NAMED[sign] ?? sign));
