// FHIRPath with guard rails: precise decimals, the clock as an input, no function that would ask a server, and every failure returned as a
// failure. An expression that cannot be worked out never becomes 0, false or a hidden question by accident.

import fhirpath from "fhirpath";
import r4 from "fhirpath/fhir-context/r4";
import clock from "fhirpath/src/constants.js";

/** @typedef {{values: any[], error: string|null}} Result */
/** @typedef {{run: Function|null, error: string|null, reads: string[]|null, recent: Map<string, Result>}} Compiled */
/** @typedef {{effective: {[link_id: string]: any}, response: () => any, env: {[name: string]: any}, now: string}} Scope */

const REFUSED = /(?:\b(memberOf|resolve|subsumes|subsumedBy|conformsTo)\s*\()|(%terminologies|%factory|%server)\b/;
const READS = /%resource\s*\.\s*(?:repeat\(\s*item\s*\)|item)\s*\.\s*where\(\s*linkId\s*=\s*'([^'\\]+)'\s*\)/g;
const READS_MORE = /%|\bitem\b|\brepeat\b|children|descendants|\bnow\b|\btoday\b|\btimeOfDay\b|\btrace\b|defineVariable|linkId/;
// Two worlds per unsettled question and a few rounds per answer: a handful of recent results is all that is ever asked again.
const RECENT = 12;
const KEPT = 2000;

/** @type {Map<string, Compiled>} */
const cache = new Map();

/** @param {string} text @returns {Compiled} */
export function compile(text) {
  let found = cache.get(text);
  if (!found) {
    if (cache.size >= KEPT) cache.clear();
    found = freshly(text);
    cache.set(text, found);
  }
  return found;
}

function freshly(text) {
  const bare = withoutStrings(text);
  const refused = REFUSED.exec(bare);
  if (refused) return failed(`${refused[1] ? `${refused[1]}()` : refused[2]} needs a server and is not allowed in a form.`);
  try {
    const run = fhirpath.compile(text, r4, { preciseMath: true });
    return { run, error: null, reads: readsOf(text), recent: new Map() };
  } catch (error) {
    return failed(firstLine(error));
  }
}

const failed = (error) => ({ run: null, error, reads: null, recent: new Map() });

/** @param {string} text @returns {string} the expression without its string literals, comments included */
export const withoutStrings = (text) => text.replace(/'(?:\\.|[^'\\])*'/g, "''").replace(/\/\*[\s\S]*?\*\//g, " ").replace(/\/\/[^\n]*/g, " ");

/** The linkIds that decide the result, or null where that cannot be told from the text. */
function readsOf(text) {
  const reads = new Set();
  const rest = text.replace(READS, (_, link_id) => {
    reads.add(link_id);
    return "";
  });
  return READS_MORE.test(withoutStrings(rest)) ? null : [...reads].sort();
}

/** @param {string} text @param {Scope} scope @returns {Result} */
export function run(text, scope) {
  const compiled = compile(text);
  if (!compiled.run) return { values: [], error: compiled.error };
  if (!compiled.reads) return evaluate(compiled, scope);
  const key = JSON.stringify(compiled.reads.map((each) => scope.effective[each] ?? null));
  let result = compiled.recent.get(key);
  if (!result) {
    if (compiled.recent.size >= RECENT) compiled.recent.delete([...compiled.recent.keys()][0]);
    result = evaluate(compiled, scope);
    compiled.recent.set(key, result);
  }
  return result;
}

function evaluate(compiled, scope) {
  const resource = scope.response();
  try {
    clock.setClock(scope.now);
    const values = compiled.run(resource, { ...scope.env, resource, rootResource: resource });
    if (!Array.isArray(values)) return { values: [], error: "It asks for something that is not on this device." };
    return { values, error: null };
  } catch (error) {
    // Out of memory or stopped by the host: not this expression's failure, and nothing here can go on.
    if (error === null || error?.name === "InternalError") throw error;
    return { values: [], error: firstLine(error) };
  }
}

/** Error texts of the library can quote values: only the kind of failure is passed on. @param {any} error */
function firstLine(error) {
  const line = String(error?.message ?? error).split("\n")[0].replace(/"[^"]*"|'[^']*'/g, "…");
  return line.length > 160 ? `${line.slice(0, 157)}…` : line;
}

/** @param {Result} result @returns {{value: boolean|null, error: string|null}} null where it gave nothing */
export function asBoolean(result) {
  if (result.error) return { value: null, error: result.error };
  if (result.values.length === 0) return { value: null, error: null };
  if (result.values.length === 1 && typeof result.values[0] === "boolean") return { value: result.values[0], error: null };
  return { value: null, error: "The rule did not give yes or no." };
}

/** Drop what is remembered of answers, when the device locks. */
export function forget() {
  for (const each of cache.values()) each.recent.clear();
}
