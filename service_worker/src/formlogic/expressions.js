// FHIRPath with guard rails: precise decimals, the clock as an input, no function that would ask a server, and every failure returned as a
// failure. An expression that cannot be worked out never becomes 0, false or a hidden question by accident.

import fhirpath from "fhirpath";
import r4 from "fhirpath/fhir-context/r4";
import clock from "fhirpath/src/constants.js";

/** @typedef {{values: any[], error: string|null}} Result */
/** @typedef {{run: Function|null, error: string|null}} Compiled */

const REFUSED = /(?:\b(memberOf|resolve|subsumes|subsumedBy|conformsTo|htmlChecks)\s*\()|(%terminologies|%factory|%server)\b/;
const KEPT = 4000;
const LONGEST = 20000;

// `where(linkId='a' or linkId='b' …)`: how a score names its items. The library would look the linkId up once for every name and every item.
const ONE_OF = /\bwhere\(\s*linkId\s*=\s*'[^'\\\n]+'(?:\s+or\s+linkId\s*=\s*'[^'\\\n]+')+\s*\)/g;
const NAME = /'([^'\\]+)'/g;
const FUNCTIONS = { linkIdIsOneOf: { fn: (links, names) => [links.length === 1 && names.split("\n").includes(links[0])], arity: { 1: ["String"] } } };

/** @type {Map<string, Compiled>} */
const cache = new Map();

/** @param {string} text @param {boolean} [at_item] whether it is run on an item of the response, not on all of it @returns {Compiled} */
export function compile(text, at_item = false) {
  const key = `${at_item ? "i" : "r"}${text}`;
  let found = cache.get(key);
  if (!found) {
    if (cache.size >= KEPT) cache.clear();
    found = freshly(text, at_item);
    cache.set(key, found);
  }
  return found;
}

function freshly(text, at_item) {
  if (text.length > LONGEST) return failed("It is too long.");
  const refused = REFUSED.exec(withoutStrings(text));
  if (refused) return failed(`${refused[1] ? `${refused[1]}()` : refused[2]} needs a server and is not allowed in a form.`);
  try {
    return { run: compiled(text, at_item), error: null };
  } catch (error) {
    return failed(firstLine(error));
  }
}

/** What cannot be read is told in its author's letters: the shorter way of asking is only taken once the text itself compiles, and is no author's to use. */
function compiled(text, at_item) {
  const inner = (expression, own) => fhirpath.compile(at_item ? { base: "QuestionnaireResponse.item", expression } : expression, r4, { preciseMath: true, ...own });
  const asked = inner(text, {});
  const shorter = text.replace(ONE_OF, (found) => `where(linkId.linkIdIsOneOf('${[...found.matchAll(NAME)].map((each) => each[1]).join("\\n")}'))`);
  return shorter === text || text.includes("linkIdIsOneOf") ? asked : inner(shorter, { userInvocationTable: FUNCTIONS });
}

const failed = (error) => ({ run: null, error });

/** @param {string} text @returns {string} the expression without its string literals, comments included */
export const withoutStrings = (text) => text.replace(/'(?:\\.|[^'\\])*'/g, "''").replace(/\/\*[\s\S]*?\*\//g, " ").replace(/\/\/[^\n]*/g, " ");

/** How many expressions have been run: what a test counts to see that an answer asks only for its dependants. */
export const worked = { runs: 0 };

/**
 * @param {string} text @param {any} root what it is run on: the response, or one item of it @param {boolean} at_item
 * @param {any} env the %names @param {string} now ISO 8601 with its offset @returns {Result}
 */
export function evaluate(text, root, at_item, env, now) {
  const compiled = compile(text, at_item);
  if (!compiled.run) return { values: [], error: compiled.error };
  worked.runs += 1;
  try {
    clock.setClock(now);
    const values = compiled.run(root, env);
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
