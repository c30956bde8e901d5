// One event stream of the hub, read for as long as it is wanted, by a page or by the worker for all pages.
//
// EventSource hides the comments by which a silent line is told from a dead one and gives up for good
// on some errors, so the stream is read here. It resumes after the newest message (Last-Event-ID).

import { compare } from "/pages/shared/position.js";

const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 5000;
const ANSWER_MS = 10000;
const LOOK_MS = 2000;
const SLEPT_MS = 15000; // a timer this late: the machine slept, and its connections are of the past

export class Line {
  // said: message({kind, data, id}), waited for before the next if it returns a promise;
  //   up(); lost(since): nothing was heard since then (ms, Date.now)
  // ask: url; headers; silenceMs, after which a line is dead
  constructor(said, { url, headers, silenceMs }) {
    this.said = said;
    this.url = url;
    this.headers = headers;
    this.silenceMs = silenceMs;
    this.last = null;
    this.heard = Date.now();
    this.connected = null;
    this.closed = false;
    this.quiet = false;
    this.reading = null;
    this.wake = null;
  }

  // Follow from after a position; without it from now on.
  start(position = null) {
    this.last = position;
    this.online = () => this.reconnect();
    self.addEventListener("online", this.online);
    let looked = Date.now();
    this.looking = setInterval(() => {
      const now = Date.now();
      if (now - looked > SLEPT_MS) this.reconnect();
      looked = now;
    }, LOOK_MS);
    this._run();
  }

  close() {
    this.closed = true;
    clearInterval(this.looking);
    self.removeEventListener("online", this.online);
    this.reconnect();
  }

  // Give up the present connection, or the pause before the next, and try at once.
  reconnect() {
    if (this.reading) this.reading.abort();
    this.hurry();
  }

  // The same, for a line that is good: it is lost only if the next connection fails.
  renew() {
    this.quiet = true;
    this.reconnect();
  }

  // Try now where there is a pause before the next connection.
  hurry() {
    if (this.wake) this.wake();
  }

  async _run() {
    let retry = FIRST_RETRY_MS;
    while (!this.closed) {
      const reading = (this.reading = new AbortController());
      const began = Date.now();
      this.quiet = false;
      try {
        await this._read(reading);
      } catch (error) {
        // Why a line failed makes no difference: it is tried again.
      }
      reading.abort();
      this.reading = null;
      if (this.closed) return;
      if (this.quiet) continue;
      this._tell(false);
      if (this.heard > began) retry = FIRST_RETRY_MS;
      await new Promise((resolve) => {
        this.wake = resolve;
        setTimeout(resolve, retry * (0.75 + Math.random() / 2));
      });
      this.wake = null;
      retry = Math.min(retry * 2, LONGEST_RETRY_MS);
    }
  }

  async _read(reading) {
    const headers = { Accept: "text/event-stream", ...this.headers };
    if (this.last !== null) headers["Last-Event-ID"] = this.last;
    let timer = setTimeout(() => reading.abort(), ANSWER_MS);
    try {
      const answer = await fetch(this.url, { headers, cache: "no-store", signal: reading.signal });
      if (!answer.ok) throw new Error(`${answer.status}`);
      const reader = answer.body.getReader();
      const decoder = new TextDecoder();
      let rest = "";
      let message = { kind: "message", data: [], id: null };
      for (;;) {
        clearTimeout(timer);
        timer = setTimeout(() => reading.abort(), this.silenceMs);
        const { done, value } = await reader.read();
        if (done) return;
        this.heard = Date.now();
        this._tell(true);
        const lines = (rest + decoder.decode(value, { stream: true })).split("\n");
        rest = lines.pop();
        for (const text of lines) {
          if (text !== "") take(message, text);
          else {
            await this._handle(message);
            message = { kind: "message", data: [], id: null };
          }
          if (reading.signal.aborted) return;
        }
      }
    } finally {
      clearTimeout(timer);
    }
  }

  _handle(message) {
    const { kind, id } = message;
    if (id !== null && (kind === "reset" || this.last === null || compare(id, this.last) > 0)) this.last = id;
    return this.said.message(message);
  }

  _tell(connected) {
    if (connected === this.connected) return;
    this.connected = connected;
    if (connected) this.said.up();
    else this.said.lost(this.heard);
  }
}

function take(message, text) {
  const colon = text.indexOf(":");
  if (colon === 0) return;
  const field = colon < 0 ? text : text.slice(0, colon);
  const value = colon < 0 ? "" : text.slice(colon + 1).replace(/^ /, "");
  if (field === "event") message.kind = value;
  else if (field === "data") message.data.push(value);
  else if (field === "id") message.id = value;
}
