// Calls of the HTTP API. Answers come as objects, refusals as a `Problem` with a sentence for people.
import { lang, t } from "./i18n.js";

const BASE = "/api/v1";

/** The token against forged requests, given with the session. */
let csrf = "";
/** @type {() => void} */
let onSignedOut = () => {};

/** A refusal of the server, or no answer at all (`status` 0). */
export class Problem extends Error {
  /**
   * @param {number} status
   * @param {string} problem kebab-case id
   * @param {string} message one sentence for people
   * @param {number} [retryAfterS]
   */
  constructor(status, problem, message, retryAfterS) {
    super(message);
    this.status = status;
    this.problem = problem;
    this.retryAfterS = retryAfterS;
  }
}

/** @param {string} token */
export function useCsrf(token) {
  csrf = token;
}

/** @param {() => void} run called when the server says that nobody is signed in */
export function whenSignedOut(run) {
  onSignedOut = run;
}

/**
 * An address with its query; what is empty is left out.
 * @param {string} path
 * @param {Record<string, unknown>} [query]
 */
export function address(path, query) {
  const pairs = Object.entries(query ?? {}).filter(([, value]) => value !== "" && value != null && value !== false);
  if (!pairs.length) return BASE + path;
  return `${BASE}${path}?${new URLSearchParams(pairs.map(([key, value]) => [key, String(value)]))}`;
}

/**
 * @param {Response} answer
 * @returns {Promise<Problem>}
 */
async function problemOf(answer) {
  const body = await answer.json().catch(() => null);
  const message = (lang.value === "zh" && body?.message_zh) || body?.message || t("error.status", { status: answer.status });
  return new Problem(answer.status, body?.problem ?? "", message, Number(answer.headers.get("Retry-After")) || undefined);
}

/**
 * @param {string} method
 * @param {string} url
 * @param {BodyInit|undefined} body
 * @param {Record<string, string>} headers
 * @param {{signal?: AbortSignal, keepalive?: boolean}} how
 */
async function send(method, url, body, headers, how) {
  try {
    return await fetch(url, { method, body, headers, credentials: "same-origin", ...how });
  } catch (error) {
    if (/** @type {Error} */ (error).name === "AbortError") throw error;
    throw new Problem(0, "unreachable", t("error.unreachable"));
  }
}

/**
 * @param {string} method
 * @param {string} url
 * @param {unknown} [body]
 * @param {{signal?: AbortSignal, keepalive?: boolean}} [how]
 * @returns {Promise<any>}
 */
async function call(method, url, body, how = {}) {
  /** @type {Record<string, string>} */
  const headers = { Accept: "application/json" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const text = body === undefined ? undefined : JSON.stringify(body);
  const withToken = () => (method === "GET" ? headers : { ...headers, "X-CSRF-Token": csrf });
  let answer = await send(method, url, text, withToken(), how);
  if (answer.status === 403 && method !== "GET") {
    const problem = await problemOf(answer);
    if (problem.problem !== "csrf") throw problem;
    // The service was started anew, and with it came another token: ask once.
    const session = await send("GET", `${BASE}/session`, undefined, headers, {});
    if (session.ok) csrf = (await session.json()).csrf;
    answer = await send(method, url, text, withToken(), how);
  }
  if (!answer.ok) {
    const problem = await problemOf(answer);
    if (problem.status === 401 && problem.problem === "not-signed-in") onSignedOut();
    throw problem;
  }
  return answer.status === 204 ? null : answer.json().catch(() => null);
}

export const api = {
  /** @param {string} path @param {Record<string, unknown>} [query] @param {AbortSignal} [signal] */
  get: (path, query, signal) => call("GET", address(path, query), undefined, { signal }),
  /** @param {string} path @param {unknown} [body] @param {{keepalive?: boolean}} [how] */
  post: (path, body = {}, how) => call("POST", BASE + path, body, how),
  /** @param {string} path @param {unknown} body */
  put: (path, body) => call("PUT", BASE + path, body),
  /** @param {string} path @param {unknown} body */
  patch: (path, body) => call("PATCH", BASE + path, body),
  /** @param {string} path */
  remove: (path) => call("DELETE", BASE + path),
};

/**
 * The bytes of a clip. Asking for them is what the journal calls listening: only do it when a person asked to.
 * @param {string} url
 */
export async function sound(url) {
  const answer = await send("GET", url, undefined, {}, {});
  if (!answer.ok) throw await problemOf(answer);
  return answer.blob();
}

/**
 * Sends a recording, telling how much of it is sent. `fetch` cannot tell that yet.
 * @param {File} file
 * @param {(share: number) => void} onProgress
 * @returns {Promise<any>}
 */
export function upload(file, onProgress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", address("/recordings", { name: file.name }));
    request.setRequestHeader("X-CSRF-Token", csrf);
    request.setRequestHeader("Content-Type", file.type || "application/octet-stream");
    request.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded / event.total);
    request.onerror = () => reject(new Problem(0, "unreachable", t("error.unreachable")));
    request.onload = async () => {
      const answer = new Response(request.responseText || "null", { status: request.status });
      if (request.status < 300) resolve(await answer.json());
      else reject(await problemOf(answer));
    };
    request.send(file);
  });
}
