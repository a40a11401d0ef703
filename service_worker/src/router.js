// Pure: method and path to a handler. The worker is the server of these pages, not a cache of one.

/** @typedef {{method: string, parts: string[], handler: Function, locked: boolean}} Route */

export function createRouter() {
  /** @type {Route[]} */
  const routes = [];

  /** @param {string} method @param {string} path @param {Function} handler @param {{locked?: boolean}} [options] locked: answers without a key too */
  function route(method, path, handler, { locked = false } = {}) {
    routes.push({ method, parts: path.split("/"), handler, locked });
  }

  /**
   * Words before parameters: /people/find is not a person.
   * @param {string} method @param {string} path @returns {(Route & {params: Record<string, string>, words: number})|null}
   */
  function match(method, path) {
    const parts = path.length > 1 ? path.replace(/\/$/, "").split("/") : ["", ""];
    /** @type {(Route & {params: Record<string, string>, words: number})|null} */
    let best = null;
    for (const each of routes) {
      if (each.method !== method || each.parts.length !== parts.length) continue;
      /** @type {Record<string, string>} */
      const params = {};
      let words = 0;
      const fits = each.parts.every((part, index) => {
        if (part.startsWith(":")) {
          params[part.slice(1)] = decoded(parts[index]);
          return parts[index] !== "";
        }
        words += 1;
        return part === parts[index];
      });
      if (fits && (!best || words > best.words)) best = { ...each, params, words };
    }
    return best;
  }

  return { route, match };
}

function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
