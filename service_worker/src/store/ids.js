// The numbers of records and ops: UUIDv7 (RFC 9562). The queue stands in their order, so that each is later than all before it,
// whatever the clock says.

let last = 0;

/** @returns {string} */
export function newId() {
  last = Math.max(last + 1, Date.now());
  const time = last.toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7${crypto.randomUUID().slice(15)}`;
}

/** These were made before whatever is made from now on: this script forgets, and the clock may have been set back. @param {Iterable<string>} ids */
export function after(ids) {
  for (const id of ids) last = Math.max(last, Number.parseInt(id.slice(0, 13).replace("-", ""), 16) || 0);
}
