// Running the rules of a form. A rule is run again only when an answer that it reads has changed: its result is remembered under those answers.
// What is remembered belongs to one form, because two versions may score the same code differently.

import { asBoolean, evaluate } from "./expressions.js";
import { allReads } from "./reads.js";
import { buildResponse } from "./response.js";

/**
 * @typedef {object} Scope one set of answers, as rules see it
 * @property {any} form @property {import("./layout.js").Layout} layout @property {{[address: string]: any}} effective
 * @property {() => {response: any, item: (node: any) => any}} built the response, made when a rule must be run
 * @property {any} context @property {Map<string, string>} tokens what is said under one linkId, as text
 */

// Two worlds for each unsettled question and a few rounds for each answer: a handful of recent results is all that is ever asked again.
const RECENT = 12;

/** @type {WeakMap<any, {reads: Map<string, any>, results: Map<string, Map<string, import("./expressions.js").Result>>}>} */
let memory = new WeakMap();

/** Drop what is remembered of answers, when the device locks. */
export function forget() {
  memory = new WeakMap();
}

/** @param {string} text @param {Scope} scope @param {any} [node] where the rule stands; the whole form when there is none @returns {import("./expressions.js").Result} */
export function run(text, scope, node = null) {
  const kept = memoryOf(scope.form);
  const home = `${node?.address ?? ""}\n${text}`;
  const reads = readsFor(text, scope.form, node?.item ?? null, kept);
  const key = keyOf(reads, scope, node);
  const recent = kept.results.get(home) ?? new Map();
  kept.results.set(home, recent);
  const known = recent.get(key);
  if (known) return known;
  if (recent.size >= RECENT) recent.delete([...recent.keys()][0]);
  const result = freshly(text, reads.all || reads.own ? scope : narrowed(scope, reads.links), node);
  recent.set(key, result);
  return result;
}

/** @param {string} text @param {Scope} scope @param {any} [node] */
export const holds = (text, scope, node = null) => asBoolean(run(text, scope, node));

function memoryOf(form) {
  const known = memory.get(form);
  if (known) return known;
  const fresh = { reads: new Map(), results: new Map() };
  memory.set(form, fresh);
  return fresh;
}

function readsFor(text, form, item, kept) {
  const key = `${item?.link_id ?? ""}\n${text}`;
  if (!kept.reads.has(key)) kept.reads.set(key, allReads(text, variablesSeen(form, item), item));
  return kept.reads.get(key);
}

/** Root variables, then those of the item's ancestors and its own, in document order. @param {any} form @param {any} item */
export function variablesSeen(form, item) {
  const chain = [];
  for (let at = item; at; at = at.parent) chain.unshift(...at.variables.map((each) => ({ ...each, item: at })));
  return [...form.variables.map((each) => ({ ...each, item: null })), ...chain];
}

function keyOf(reads, scope, node) {
  const parts = reads.all ? [tokenOf("", scope)] : reads.links.map((each) => tokenOf(each, scope));
  if (reads.own && node && !reads.all) parts.push(ownToken(node, scope));
  if (reads.now) parts.push(scope.context.now ?? "");
  if (reads.person) parts.push(JSON.stringify(scope.context.person ?? null));
  return parts.join("\n");
}

/** Everything that is answered in one place, and what is under it; "" is the whole form. */
function tokenOf(link_id, scope) {
  let token = scope.tokens.get(link_id);
  if (token === undefined) {
    token = link_id === "" ? JSON.stringify(scope.effective) : (scope.layout.by_link.get(link_id) ?? []).map((node) => ownToken(node, scope)).join();
    scope.tokens.set(link_id, token);
  }
  return token;
}

const ownToken = (node, scope) => `${node.instance ?? ""}${JSON.stringify(scope.effective[node.address]) ?? ""}${node.children.length ? `(${node.children.map((each) => ownToken(each, scope)).join()})` : ""}`;

/**
 * The same answers, but only those that a rule reads: going through a whole response costs the library the square of its length.
 * @param {Scope} scope @param {string[]} links @returns {Scope}
 */
function narrowed(scope, links) {
  const effective = {};
  const keep = (node) => {
    if (node.address in scope.effective) effective[node.address] = scope.effective[node.address];
    for (const each of node.children) keep(each);
  };
  for (const link_id of links) for (const node of scope.layout.by_link.get(link_id) ?? []) keep(node);
  /** @type {any} */
  let made = null;
  return { ...scope, effective, built: () => (made ??= buildResponse(scope.form, scope.layout, effective)) };
}

function freshly(text, scope, node) {
  const { response, item } = scope.built();
  const env = envFor(variablesSeen(scope.form, node?.item ?? null), scope, node);
  return evaluate(text, node ? item(node) : response, Boolean(node), env, scope.context.now ?? "");
}

/** The %names. A variable is only worked out when a rule asks for it; one that fails makes the rule that asked fail too, never empty. */
function envFor(variables, scope, node) {
  const { response, item } = scope.built();
  const env = Object.create(null);
  Object.assign(env, { resource: response, rootResource: response, questionnaire: scope.form.definition, patient: patientOf(scope.context.person), user: [], encounter: [] });
  variables.forEach((each, index) => {
    const home = each.item ? ancestor(node, each.item) : null;
    /** @type {import("./expressions.js").Result|null} */
    let result = null;
    const get = () => {
      result ??= evaluate(each.expression, home ? item(home) : response, Boolean(home), envFor(variables.slice(0, index), scope, home), scope.context.now ?? "");
      if (result.error) throw new Error(`the variable ${each.name} could not be worked out`);
      return result.values;
    };
    Object.defineProperty(env, each.name, { get, configurable: true, enumerable: true });
  });
  return env;
}

function ancestor(node, item) {
  let at = node;
  while (at && (at.item !== item || (item.repeats === "group" && at.instance === null))) at = at.parent;
  return at;
}

function patientOf(person) {
  if (!person || Object.keys(person).length === 0) return [];
  return { resourceType: "Patient", ...(person.date_of_birth ? { birthDate: person.date_of_birth } : {}) };
}
