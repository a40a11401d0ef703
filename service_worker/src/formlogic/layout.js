// The questions as they stand for these answers: each item once, and once for every instance of the repeating group that it is in. A layout
// is kept while the instances stay the same, so that what is remembered of one answer to the next can hang on its nodes.

import { addressOf, getAt, instancesOf } from "./addresses.js";

/**
 * @typedef {object} Node
 * @property {string} address @property {any} item @property {Node|null} parent @property {string[]} keys where its answer stands in `answers`
 * @property {string|null} instance set on one instance of a repeating group @property {Node[]} children
 * @property {{[link_id: string]: Node}} near the questions in the same instance, for conditions
 * @typedef {{nodes: Node[], roots: Node[], by_address: Map<string, Node>, by_link: Map<string, Node[]>, instances: {[address: string]: string[]}}} Layout
 */

/** @type {WeakMap<any, {key: string, layout: Layout}>} */
const last = new WeakMap();

/** @param {any} form @param {any} answers @returns {Layout} */
export function layoutOf(form, answers) {
  const key = form.repeats ? JSON.stringify(form.roots.map((item) => shape(item, answers, []))) : "";
  const known = last.get(form);
  if (known?.key === key) return known.layout;
  const layout = lay(form, answers);
  last.set(form, { key, layout });
  return layout;
}

/** Which instances there are, and nothing else of the answers. */
function shape(item, answers, keys) {
  if (item.repeats !== "group") return item.children.map((each) => shape(each, answers, keys)).filter((each) => each.length);
  const at = [...keys, item.link_id];
  return instancesOf(getAt(answers, at)).map((id) => [id, item.children.map((each) => shape(each, answers, [...at, id]))]);
}

function lay(form, answers) {
  /** @type {Layout} */
  const layout = { nodes: [], roots: [], by_address: new Map(), by_link: new Map(), instances: {} };
  /** @param {any} item @param {Node|null} parent @param {string[]} path @param {any} near @param {string|null} [instance] @returns {Node} */
  const add = (item, parent, path, near, instance = null) => {
    const keys = instance === null ? [...path, item.link_id] : path;
    const address = instance === null ? addressOf(path, item.link_id) : addressOf(path.slice(0, -1), instance);
    /** @type {Node} */
    const node = { address, item, parent, keys, instance, children: [], near };
    layout.nodes.push(node);
    layout.by_address.set(address, node);
    if (instance === null) near[item.link_id] = node;
    if (!layout.by_link.has(item.link_id)) layout.by_link.set(item.link_id, []);
    if (item.repeats !== "group" || instance !== null) layout.by_link.get(item.link_id)?.push(node);
    if (item.repeats === "group" && instance === null) {
      layout.instances[address] = instancesOf(getAt(answers, keys));
      node.children = layout.instances[address].map((id) => add(item, node, [...keys, id], Object.create(near), id));
    } else {
      node.children = item.children.map((each) => add(each, node, instance === null ? path : keys, near));
    }
    return node;
  };
  const near = Object.create(null);
  layout.roots = form.roots.map((item) => add(item, null, [], near));
  return layout;
}
