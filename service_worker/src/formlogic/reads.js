// Which answers decide an expression: the dependency graph. Where that cannot be told from the text, an expression is taken to depend on all of them.

import { withoutStrings } from "./expressions.js";

/** @typedef {{links: string[], all: boolean, own: boolean, now: boolean, person: boolean, variables: string[]}} Reads `own`: its own item and what is under it */

// `%resource.item.where(linkId='a').item.where(linkId='b').answer`: only the last linkId decides; without an answer there, the way to it is empty too.
const WHERE = "(?:repeat\\(\\s*item\\s*\\)|descendants\\(\\)|item)\\s*\\.\\s*where\\(\\s*linkId\\s*=\\s*'[^'\\\\]+'(?:\\s+or\\s+linkId\\s*=\\s*'[^'\\\\]+')*\\s*\\)";
const CHAIN = new RegExp(`(?:(?:%resource|%rootResource|%context)\\s*\\.\\s*)?${WHERE}(?:\\s*\\.\\s*(?:answer\\s*\\.\\s*)?${WHERE})*`, "g");
const NAMES = /linkId\s*=\s*'([^'\\]+)'/g;
const UNTOLD = /%resource|%rootResource|\brepeat\b|\bchildren\b|\bdescendants\b|\btrace\b|\bdefineVariable\b|\blinkId\b/;
const OWN = /%context|\$this|(?:^|[^.\w%])(?:answer|item|value)\b/;
const KNOWN = new Set(["resource", "rootResource", "context", "questionnaire", "ucum", "patient", "user", "encounter"]);

/** @param {string} text @param {boolean} at_item whether %context is an item @returns {Reads} */
export function readsOf(text, at_item) {
  const links = new Set();
  const rest = text.replace(CHAIN, (chain) => {
    const last = chain.slice(chain.lastIndexOf("where("));
    for (const [, link_id] of last.matchAll(NAMES)) links.add(link_id);
    return "x";
  });
  const bare = withoutStrings(rest);
  const own = OWN.test(withoutBodies(bare));
  return {
    links: [...links],
    all: UNTOLD.test(bare) || (own && !at_item),
    own,
    now: /\b(?:now|today|timeOfDay)\s*\(/.test(bare),
    person: /%(?:patient|user|encounter)\b/.test(bare),
    variables: namesIn(text).filter((each) => !KNOWN.has(each)),
  };
}

/** What stands in `.where(…)` and its like speaks of what was found before it, not of the expression's own item. @param {string} bare without strings */
function withoutBodies(bare) {
  let out = "";
  let at = 0;
  for (const found of bare.matchAll(/\.\s*(?:where|select|exists|all|aggregate|sort)\s*\(/g)) {
    if (found.index < at) continue;
    const begin = found.index + found[0].length;
    out += bare.slice(at, begin);
    let depth = 1;
    for (at = begin; at < bare.length && depth > 0; at += 1) depth += bare[at] === "(" ? 1 : bare[at] === ")" ? -1 : 0;
    at -= 1;
  }
  return out + bare.slice(Math.max(at, 0));
}

/** @param {string} text @returns {string[]} the %names that an expression uses */
export function namesIn(text) {
  const plain = [...withoutStrings(text).matchAll(/%([A-Za-z_][A-Za-z0-9_]*)/g)].map((each) => each[1]);
  const quoted = [...text.matchAll(/%[`']([^`']*)[`']/g)].map((each) => each[1]);
  return [...new Set([...plain, ...quoted])];
}

/**
 * With what its variables read: variables are looked up from the nearest item outwards, earlier ones only.
 * @param {string} text @param {{name: string, expression: string, item: any}[]} variables that it can see, outermost first @param {any} item
 * @returns {Reads}
 */
export function allReads(text, variables, item) {
  const whole = readsOf(text, Boolean(item));
  const links = new Set(whole.links);
  for (const name of whole.variables) {
    let at = variables.length - 1;
    while (at >= 0 && variables[at].name !== name) at -= 1;
    if (at < 0) continue;
    const its = allReads(variables[at].expression, variables.slice(0, at), variables[at].item);
    for (const each of its.links) links.add(each);
    // What a variable of a group reads around itself is more than the item that uses it has under itself.
    whole.all = whole.all || its.all || its.own;
    whole.now = whole.now || its.now;
    whole.person = whole.person || its.person;
  }
  return { ...whole, links: [...links].sort() };
}
