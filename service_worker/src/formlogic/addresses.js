// Where an answer stands. Outside repeating groups an address is the linkId; inside one it is "group/instance/linkId", each part escaped as in a
// JSON pointer. A repeating group's answers are a map from instance UUID to the answers in it, plus `_order`: {uuid: place}.

const escaped = (part) => part.replace(/~/g, "~0").replace(/\//g, "~1");

/** @param {string[]} path keys from the top of the answers down to the holder @param {string} link_id */
export const addressOf = (path, link_id) => (path.length === 0 ? link_id : [...path, link_id].map(escaped).join("/"));

/** @param {any} form @param {string} address @returns {string[]} the keys that lead to the value in `answers` */
export function keysOf(form, address) {
  if (form.items.has(address)) return [address];
  return address.split("/").map((part) => part.replace(/~1/g, "/").replace(/~0/g, "~"));
}

/** @param {any} form @param {string} address @returns {any} the item, whichever instance of it is meant */
export function itemAt(form, address) {
  if (form.items.has(address)) return form.items.get(address);
  const keys = keysOf(form, address);
  // "group/uuid" names an instance, "group/uuid/linkId" something in it.
  const item = form.items.get(keys.length % 2 === 0 ? keys[keys.length - 2] : keys[keys.length - 1]);
  return keys.length > 1 ? item : undefined;
}

/** @param {any} form @param {string} address @returns {string} a JSON pointer into the body of the record */
export const pointerTo = (form, address) => `/answers/${keysOf(form, address).map(escaped).join("/")}`;

/** @param {any} holder @param {string[]} keys @returns {any} */
export function getAt(holder, keys) {
  let at = holder;
  for (const key of keys) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, key)) return undefined;
    at = at[key];
  }
  return at;
}

/** @param {any} holder @param {string[]} keys @param {any} value undefined takes it away @returns {any} a new holder; nothing is changed in place */
export function withAt(holder, [key, ...more], value) {
  const { [key]: before, ...rest } = typeof holder === "object" && holder !== null ? holder : {};
  const after = more.length ? withAt(before, more, value) : value;
  return after === undefined ? rest : { ...rest, [key]: after };
}

/** @param {any} held the map of a repeating group or a repeating question @returns {string[]} its instances in their order */
export function instancesOf(held) {
  if (typeof held !== "object" || held === null) return [];
  const order = typeof held._order === "object" && held._order !== null ? held._order : {};
  const ids = new Set([...Object.keys(held), ...Object.keys(order)].filter((each) => each !== "_order" && (held[each] ?? order[each]) !== null && (held[each] ?? order[each]) !== undefined));
  const place = (id) => (typeof order[id] === "number" ? order[id] : Number.MAX_SAFE_INTEGER);
  // A UUIDv7 says when it was made: two tablets that add at once agree without asking each other.
  return [...ids].sort((a, b) => place(a) - place(b) || (a < b ? -1 : 1));
}

/** @param {any} form @param {any} answers @param {string} address of a repeating group or question @param {string} id a UUIDv7 @param {any} [value] */
export function addInstance(form, answers, address, id, value = {}) {
  const keys = keysOf(form, address);
  const held = getAt(answers, keys) ?? {};
  const last = Math.max(0, ...instancesOf(held).map((each) => held._order?.[each] ?? 0));
  return withAt(answers, keys, { ...held, [id]: value, _order: { ...held._order, [id]: last + 1 } });
}

/** @param {any} form @param {any} answers @param {string} address of a repeating group or question @param {string} id */
export function removeInstance(form, answers, address, id) {
  const keys = keysOf(form, address);
  const { [id]: _, _order: before, ...rest } = getAt(answers, keys) ?? {};
  const { [id]: __, ...order } = before ?? {};
  return withAt(answers, keys, Object.keys(rest).length || Object.keys(order).length ? { ...rest, _order: order } : undefined);
}
