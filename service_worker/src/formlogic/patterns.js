// Regular expressions of forms: compiled when the form is read in, refused where their time could grow without bound, and only ever run over
// short answers. A device cannot stop a pattern that has begun.

/** Longer answers are not matched at all. */
export const LONGEST_MATCHED = 200;
const LONGEST_PATTERN = 500;
// Three loops over 200 characters are eight million steps at worst; a fourth would be a billion.
const MOST_LOOPS = 3;

/** @param {string} text @returns {string} why this pattern is refused, or "" */
export function patternProblem(text) {
  if (text.length > LONGEST_PATTERN) return "it is too long";
  if (!compiled(text)) return "it is not a regular expression";
  return timeProblem(text);
}

/** @param {any} text @returns {RegExp|null} for the whole of an answer */
export function compiled(text) {
  if (typeof text !== "string" || text.length > LONGEST_PATTERN) return null;
  for (const flags of ["u", ""]) {
    try {
      return new RegExp(`^(?:${text})$`, flags);
    } catch {
      // Many public patterns escape signs that need no escape, which only the older reading allows.
    }
  }
  return null;
}

/** A loop in a loop, alternatives that begin alike in a loop, a reference back: each can take time without bound. */
function timeProblem(text) {
  if (/\\[1-9]|\\k</.test(text)) return "it refers back to what it matched";
  const groups = [newGroup()];
  let loops = 0;
  /** @type {Group|null} */
  let closed = null;
  for (let at = 0; at < text.length; ) {
    const group = groups[groups.length - 1];
    const token = tokenAt(text, at);
    at += token.length;
    if (token === "(") {
      if (text[at] === "?") at += text.slice(at).match(/^\?(?:[:=!]|<[=!]|<[^>]*>)/)?.[0].length ?? 1;
      begin(group, "(");
      groups.push(newGroup());
      closed = null;
    } else if (token === ")") {
      if (groups.length === 1) return "it is not a regular expression";
      closed = groups.pop() ?? null;
      if (closed?.loops) groups[groups.length - 1].loops = true;
    } else if (token === "|") {
      group.branches += 1;
      group.begun = false;
      closed = null;
    } else if (/^(?:\*|\+|\{[0-9]+,[0-9]*\}|\{[0-9]+\})$/.test(token)) {
      const most = token.startsWith("{") ? Number(token.match(/([0-9]*)\}$/)?.[1] || Infinity) : Infinity;
      if (most > 10 && closed && (closed.loops || (closed.branches > 1 && closed.alike))) return "a loop in it stands in another loop, or its alternatives begin alike";
      if (most === Infinity) {
        loops += 1;
        group.loops = true;
      }
      closed = null;
    } else if (token !== "?" && token !== "^" && token !== "$") {
      begin(group, token);
      closed = null;
    }
  }
  return loops > MOST_LOOPS ? "it has too many loops" : "";
}

/** @typedef {{loops: boolean, starts: Set<string>, alike: boolean, branches: number, begun: boolean}} Group @returns {Group} */
function newGroup() {
  return { loops: false, starts: new Set(), alike: false, branches: 1, begun: false };
}

/** What an alternative begins with. Anything but a plain sign may be the same as another. */
function begin(group, token) {
  if (group.begun) return;
  group.begun = true;
  const plain = token.length === 1 && token !== "." && token !== "(";
  if (group.starts.has(token) || (group.starts.size > 0 && (!plain || [...group.starts].some((each) => each.length > 1 || each === "." || each === "(")))) group.alike = true;
  group.starts.add(token);
}

function tokenAt(text, at) {
  const rest = text.slice(at, at + LONGEST_PATTERN);
  return rest.match(/^(?:\\[\s\S]|\[(?:\\[\s\S]|[^\]\\])*\]|\{[0-9]+(?:,[0-9]*)?\}|[\s\S])/u)?.[0] ?? rest[0];
}
