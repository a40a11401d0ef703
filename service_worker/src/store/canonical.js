// Pure: JSON as RFC 8785 writes it, so that the tablet and the service hash the same bytes. Keys stand in the order of their
// UTF-16 code units, which is how JavaScript sorts; numbers and texts are written as JavaScript writes them.

/** @param {any} value what JSON holds @returns {string} */
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const keys = Object.keys(value).filter((key) => value[key] !== undefined).sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(",")}}`;
}
