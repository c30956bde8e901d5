// The hub's API as pages use it: the session's word beside its cookie, one idempotency key for each
// thing that is wanted, and three ways of not getting it, told apart because a person must act
// differently: refused (`Problem`), not done (`Problem` with `unsaved`), not known (`Unknown`).

const TIMEOUT_MS = 8000;

let csrf = "";
let language = "zh-CN";
let bearer = "";
const watchers = [];
const sessionWatchers = new Set();

// What `frame.js` knows when the page begins, and after an unlock.
export function setCaller(session, lang) {
  csrf = (session && session.csrf) || "";
  language = lang || language;
  if (csrf) for (const watcher of sessionWatchers) watcher();
}

// The session's word, another for each session; empty for a page of the public or of a device.
export function sessionWord() {
  return csrf;
}

// Called when the page's session is open again after a lock. Returns what ends that.
export function onSession(watcher) {
  sessionWatchers.add(watcher);
  return () => sessionWatchers.delete(watcher);
}

// A page of a device that was paired, not of a person: its token instead of a session.
export function setToken(token) {
  bearer = token || "";
}

// Called with every problem, before whoever asked hears of it: a lost session is the frame's business.
export function onProblem(watcher) {
  watchers.push(watcher);
}

export class Problem extends Error {
  constructor(status, body) {
    super(body.detail || body.code);
    this.status = status;
    this.code = body.code;
    this.title = body.title || body.code;
    this.detail = body.detail || body.code;
    this.params = body.params || {};
    this.present = body.present;
    // Nothing was changed, and it is no fault of what was asked.
    this.unsaved = body.code === "not_saved" || body.code === "intake_closed";
  }
}

// No answer, or one that says that nobody knows: ask again with the same key, and it is done once.
export class Unknown extends Error {}

export async function get(path, { signal, timeout = TIMEOUT_MS } = {}) {
  return ask(path, { method: "GET", signal, timeout });
}

// `key` names what is wanted; give the same one again to repeat it. A Blob goes as what it is, anything else as JSON.
export async function post(path, body = {}, { key = newKey(), timeout = TIMEOUT_MS } = {}) {
  const raw = body instanceof Blob;
  const headers = { "Content-Type": raw ? body.type : "application/json", "X-CSRF-Token": csrf, "Idempotency-Key": key };
  return ask(path, { method: "POST", headers, body: raw ? body : JSON.stringify(body), timeout });
}

// A picture as an address that an <img> takes; for pages whose token no <img> would send.
export async function image(path) {
  const answer = await fetch(`/api/v1/${path}`, { headers: bearer ? { Authorization: `Bearer ${bearer}` } : {}, cache: "no-store" });
  if (!answer.ok) throw new Unknown(String(answer.status));
  const reader = new FileReader();
  const done = new Promise((resolve, reject) => {
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(new Unknown("unreadable"));
  });
  reader.readAsDataURL(await answer.blob());
  return done;
}

export function newKey() {
  const random = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(random, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function ask(path, { method, headers = {}, body, timeout = TIMEOUT_MS, signal }) {
  const ending = new AbortController();
  const timer = setTimeout(() => ending.abort(), timeout);
  if (signal) signal.addEventListener("abort", () => ending.abort());
  let answer;
  let text;
  try {
    answer = await fetch(path.startsWith("/") ? path : `/api/v1/${path}`, {
      method,
      headers: { ...headers, ...(bearer && { Authorization: `Bearer ${bearer}` }), "Accept-Language": language },
      body,
      cache: "no-store",
      credentials: "same-origin",
      signal: ending.signal,
    });
    text = await answer.text();
  } catch (error) {
    throw new Unknown(String(error));
  } finally {
    clearTimeout(timer);
  }
  let said = null;
  try {
    said = text ? JSON.parse(text) : null;
  } catch (error) {
    // Not the hub: something between that answers in its own way.
    throw new Unknown(`${answer.status}`);
  }
  if (answer.ok) return said;
  if (said && said.code === "outcome_unknown") throw new Unknown(said.detail);
  const problem = new Problem(answer.status, said || { code: String(answer.status) });
  for (const watcher of watchers) watcher(problem);
  throw problem;
}
