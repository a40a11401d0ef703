// One request to the service. What comes back counts only when it is the service's own JSON: a hotel's sign-in page
// answers 200 as well.

export class Unreachable extends Error {
  /** Whether something else answered in place of the service. */
  foreign = false;
}

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

/** Without a byte for so long, nothing more will come. A slow link brings some: a page that takes minutes is no failure. */
const STALLED = 30_000;
/** While we send, nothing says how far it got; a link slower than this is sent less at a time. Bytes each second. */
const SLOWEST = 8_000;
const LONGEST_WAIT = 3600;
/** Network Authentication Required: a portal that says so. */
const SIGN_IN = 511;

/**
 * @param {typeof fetch} fetcher @param {string} path @param {string} token @param {any} body @param {(answer: any) => boolean} looksRight @param {number} stalled milliseconds
 * @returns {Promise<any>} throws Unreachable when nothing of the service's came back, Refused when it said no
 */
export async function exchange(fetcher, path, token, body, looksRight, stalled = STALLED) {
  const text = JSON.stringify(body);
  const zip = text.length > 2000 && typeof CompressionStream === "function";
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json", Accept: "application/json", ...(zip ? { "Content-Encoding": "gzip" } : {}) };
  const payload = zip ? await new Response(new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"))).arrayBuffer() : text;
  const patience = patient(stalled);
  let response;
  let answer;
  try {
    patience.wait((payload instanceof ArrayBuffer ? payload.byteLength : text.length) / SLOWEST);
    response = await fetcher(path, { method: "POST", headers, body: payload, credentials: "omit", cache: "no-store", redirect: "error", signal: patience.signal });
    answer = await read(response, patience);
  } catch (error) {
    throw new Unreachable("Nothing came back.", { cause: error });
  } finally {
    patience.end();
  }
  if (response.ok && answer && looksRight(answer)) return answer;
  if (!response.ok && isOurs(answer)) throw new Refused(response.status, answer.code, seconds(response));
  // Not ours: a portal, a proxy, or a server that is falling over. What a proxy may say for the service is honoured without words.
  const { status } = response;
  if (status === 413 || status === 429 || (status >= 500 && status !== SIGN_IN)) throw new Refused(status, "", seconds(response));
  throw Object.assign(new Unreachable("What came back is not the service's."), { foreign: true });
}

/** The JSON of an answer, or null for anything that does not even say that it is JSON. @param {Response} response @param {ReturnType<typeof patient>} patience */
async function read(response, patience) {
  if (!/json/.test(response.headers.get("Content-Type") ?? "") || !response.body) return null;
  const reader = response.body.getReader();
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let text = "";
  for (;;) {
    patience.wait();
    const { done, value } = await reader.read();
    if (done) return JSON.parse(text + decoder.decode());
    text += decoder.decode(value, { stream: true });
  }
}

/** A problem of ours names its code twice. A portal that answers in JSON does not know that. @param {any} answer */
const isOurs = (answer) => typeof answer?.code === "string" && String(answer.type).endsWith(`/problems/${answer.code}`);

/** A signal that ends the request when nothing came for so long. @param {number} stalled milliseconds */
function patient(stalled) {
  const controller = new AbortController();
  let timer;
  const end = () => clearTimeout(timer);
  return {
    signal: controller.signal,
    end,
    /** @param {number} longer seconds */
    wait(longer = 0) {
      end();
      timer = setTimeout(() => controller.abort(new DOMException("Nothing came for too long.", "TimeoutError")), stalled + longer * 1000);
    },
  };
}

/** What Retry-After asks for, in seconds or as a date. @param {Response} response */
function seconds(response) {
  const asked = response.headers.get("Retry-After") ?? "";
  const wait = /^[0-9]+$/.test(asked) ? Number(asked) : Math.ceil((Date.parse(asked) - Date.now()) / 1000);
  return Math.min(LONGEST_WAIT, Math.max(0, wait || 0));
}
