// One request to the service. What comes back counts only when it is the service's own JSON: a hotel's sign-in page
// answers 200 as well.

export class Unreachable extends Error {}

/** The service answered, and refused. */
export class Refused extends Error {
  /** @param {number} status @param {string} code @param {number} retry_after seconds */
  constructor(status, code, retry_after) {
    super(`The service answered ${status} ${code}.`);
    this.status = status;
    this.code = code;
    this.retry_after = retry_after;
  }
}

const TIMEOUT = 30_000;

/**
 * @param {typeof fetch} fetcher @param {string} path @param {string} token @param {any} body @param {(answer: any) => boolean} looksRight
 * @returns {Promise<any>} throws Unreachable when nothing of the service's came back, Refused when it said no
 */
export async function exchange(fetcher, path, token, body, looksRight) {
  const text = JSON.stringify(body);
  const zip = text.length > 2000 && typeof CompressionStream === "function";
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json", Accept: "application/json", ...(zip ? { "Content-Encoding": "gzip" } : {}) };
  const payload = zip ? await new Response(new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"))).arrayBuffer() : text;
  let response;
  let answer;
  try {
    response = await fetcher(path, { method: "POST", headers, body: payload, credentials: "omit", cache: "no-store", redirect: "error", signal: AbortSignal.timeout(TIMEOUT) });
    answer = /json/.test(response.headers.get("Content-Type") ?? "") ? await response.json() : null;
  } catch (error) {
    throw new Unreachable("Nothing came back.", { cause: error });
  }
  if (response.ok && answer && looksRight(answer)) return answer;
  if (response.ok || !answer?.code) {
    // Not ours: a portal, a proxy, or a server that is falling over. 413 is honoured without words, because proxies say it too.
    if (response.status === 413 || response.status >= 500) throw new Refused(response.status, "", seconds(response));
    throw new Unreachable("What came back is not the service's.");
  }
  throw new Refused(response.status, answer.code, seconds(response));
}

const seconds = (response) => Math.min(3600, Number.parseInt(response.headers.get("Retry-After") ?? "", 10) || 0);
