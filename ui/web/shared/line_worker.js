// The event streams of all pages of a browser: one of each kind, however many pages there are.
//
// A browser opens six connections to a hub at once (HTTP/1.1). With a stream for each page the seventh page
// would wait for ever to be loaded. A page that goes says so; one that crashed is not heard of any more.

import { Line } from "/pages/shared/line.js";
import { compare } from "/pages/shared/position.js";

const KEPT = 1000; // messages, for pages that come a little behind
const GONE_MS = 300000; // a hidden page's timers run once a minute

const streams = new Map();

class Stream {
  constructor(key, ask) {
    this.key = key;
    this.whole = ask.whole;
    this.pages = new Map(); // port → when it was heard
    this.kept = [];
    this.from = null; // `kept` is all that came after this position
    this.started = false;
    const said = {
      message: (message) => this.message(message),
      up: () => this.tell(this.state()),
      lost: () => this.tell(this.state()),
    };
    this.line = new Line(said, ask);
  }

  join(port, after) {
    const { line } = this;
    this.pages.set(port, Date.now());
    if (!this.started) {
      this.started = true;
      this.from = after;
      line.start(after);
      return;
    }
    if (line.connected !== null) port.postMessage(this.state());
    line.hurry();
    if (this.whole) line.renew();
    else if (after === null) port.postMessage({ message: { kind: "message", data: [], id: line.last } });
    else if (this.from === null || compare(after, this.from) < 0) this.backTo(after);
    else for (const message of this.kept) if (compare(message.id, after) > 0) port.postMessage({ message });
  }

  // Whether the line is there, and how long nothing was heard: a page's clock may have been set since.
  state() {
    return { up: this.line.connected, silentMs: Date.now() - this.line.heard };
  }

  // Tell of everything again that came after a position. Pages that had it ignore it.
  backTo(position) {
    this.kept = [];
    this.from = this.line.last = position;
    this.line.renew();
  }

  leave(port) {
    this.pages.delete(port);
    if (this.pages.size) return;
    this.line.close();
    streams.delete(this.key);
  }

  tell(what) {
    for (const port of this.pages.keys()) port.postMessage(what);
  }

  message(message) {
    const { kind, data, id } = message;
    if (id !== null) {
      if (kind === "reset" || this.from === null) {
        this.kept = [];
        this.from = id;
      } else if (data.length) this.kept.push(message);
      if (this.kept.length > KEPT) this.from = this.kept.shift().id;
    }
    this.tell({ message });
  }
}

// Forget the pages that crashed.
function dismiss() {
  for (const stream of [...streams.values()]) {
    for (const [port, heard] of [...stream.pages]) if (Date.now() - heard > GONE_MS) stream.leave(port);
  }
}

self.onconnect = ({ ports: [port] }) => {
  let stream = null;
  port.onmessage = ({ data: { act, ask, after } }) => {
    if (act === "join") {
      const key = JSON.stringify(ask);
      if (!streams.has(key)) streams.set(key, new Stream(key, ask));
      stream = streams.get(key);
      stream.join(port, after);
    } else if (!stream || !stream.pages.has(port)) port.postMessage({ gone: true });
    else if (act === "leave") stream.leave(port);
    else if (act === "here") {
      stream.pages.set(port, Date.now());
      port.postMessage({});
      dismiss();
    } else stream.line[act](); // reconnect, renew
  };
};
