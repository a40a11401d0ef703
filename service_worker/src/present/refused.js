// A change that the service did not take, in finished text. Pure.

const ID_OR_TIME = /^([0-9a-f]{8}-[0-9a-f-]{27}|[0-9-]{10}T[0-9:]{8}Z)$/;

/** @param {string} happened the refusal's own words @param {boolean} held kept for a person @param {boolean} only_here the service has kept nothing of it */
export function refusedWords(happened, held, only_here) {
  if (only_here) return `${happened} Only this tablet has what you wrote: record it again before you take this copy off. Nothing else is held up.`;
  return `${held ? "The server keeps it, and a person looks at it. " : ""}${happened} What you wrote is kept word for word; nothing else is held up.`;
}

/** The words that somebody wrote in a change, so that they can be recorded again. @param {any} op @returns {string[]} */
export function saidIn(op) {
  const texts = (value) => (typeof value === "string" ? [value] : value && typeof value === "object" ? Object.values(value).flatMap(texts) : []);
  return [op?.body, ...(op?.set ?? []).map(([, , chosen]) => chosen)].flatMap(texts).filter((text) => text && !ID_OR_TIME.test(text));
}
