// The hub's committed events, in order and each once, for as long as a page is open.
//
// EventSource hides the comments by which a silent line is told from a dead one and gives up for good
// on some errors, so the stream is read here. It resumes after the last event that was handled
// (Last-Event-ID); what is not newer than that is ignored, so nothing is shown twice or backwards.

const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 5000;
const SILENCE_MS = 40000; // the hub says something at least every 15 s
const ANSWER_MS = 10000;
const LOOK_MS = 2000;
const SLEPT_MS = 15000; // a timer this late: the machine slept, and its connections are of the past

// Compare two journal positions "epoch.seq": negative when `one` is the earlier.
export function compare(one, other) {
  const [epoch, seq] = one.split(".").map(Number);
  const [otherEpoch, otherSeq] = other.split(".").map(Number);
  return epoch - otherEpoch || seq - otherSeq;
}

export class Events {
  // handlers, all optional; a promise that one returns is waited for before the next event:
  //   event(kind, data, id)   something happened
  //   reset(id)               events up to `id` are not to be had: fetch the present state
  //   up(), lost(since)       the line is there; it has gone, `since` (ms, Date.now) nothing was heard
  // An error in a handler is reported and ends neither the stream nor the order.
  constructor(handlers, { url = "/api/v1/events", silenceMs = SILENCE_MS, more = {} } = {}) {
    this.handlers = handlers;
    this.url = url;
    this.more = more; // headers: who is listening, where no cookie says so
    this.silenceMs = silenceMs;
    this.last = null;
    this.heard = Date.now();
    this.connected = null;
    this.closed = true;
    this.line = null;
    this.wake = null;
  }

  // Follow from after a position (GET hall names one); without it from now on.
  start(position = null) {
    this.last = position;
    this.closed = false;
    this.online = () => this.reconnect();
    window.addEventListener("online", this.online);
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
    window.removeEventListener("online", this.online);
    this.reconnect();
  }

  // Give up the present connection, or the pause before the next, and try at once.
  reconnect() {
    if (this.line) this.line.abort();
    if (this.wake) this.wake();
  }

  async _run() {
    let retry = FIRST_RETRY_MS;
    while (!this.closed) {
      const line = (this.line = new AbortController());
      const began = Date.now();
      try {
        await this._read(line);
      } catch (error) {
        // Why a line failed makes no difference: it is tried again.
      }
      line.abort();
      this.line = null;
      if (this.closed) return;
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

  async _read(line) {
    const headers = { Accept: "text/event-stream", ...this.more };
    if (this.last !== null) headers["Last-Event-ID"] = this.last;
    let timer = setTimeout(() => line.abort(), ANSWER_MS);
    try {
      const answer = await fetch(this.url, { headers, cache: "no-store", signal: line.signal });
      if (!answer.ok) throw new Error(`${answer.status}`);
      const reader = answer.body.getReader();
      const decoder = new TextDecoder();
      let rest = "";
      let message = { kind: "message", data: [], id: null };
      for (;;) {
        clearTimeout(timer);
        timer = setTimeout(() => line.abort(), this.silenceMs);
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
          if (line.signal.aborted) return;
        }
      }
    } finally {
      clearTimeout(timer);
    }
  }

  async _handle({ kind, data, id }) {
    if (id === null) return;
    if (kind === "reset") {
      this.last = id;
      await this._call("reset", id);
      return;
    }
    if (this.last !== null && compare(id, this.last) <= 0) return;
    this.last = id;
    if (data.length) await this._call("event", kind, JSON.parse(data.join("\n")), id);
  }

  _tell(connected) {
    if (connected === this.connected) return;
    this.connected = connected;
    if (connected) this._call("up");
    else this._call("lost", this.heard);
  }

  async _call(name, ...values) {
    try {
      if (this.handlers[name]) await this.handlers[name](...values);
    } catch (error) {
      console.error(error);
    }
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
