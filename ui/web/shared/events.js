// The hub's committed events, in order and each once, for as long as a page is open.
//
// What is not newer than the last event that was handled is ignored, so nothing is shown twice or backwards.

import { onSession, sessionWord } from "/pages/shared/api.js";
import { compare } from "/pages/shared/position.js";
import { source } from "/pages/shared/source.js";

const SILENCE_MS = 40000; // the hub says something at least every 15 s

export class Events {
  // handlers, all optional; a promise that one returns is waited for before the next event:
  //   event(kind, data, id)   something happened
  //   reset(id)               events up to `id` are not to be had: fetch the present state
  //   up(), lost(since)       the line is there; it has gone, `since` (ms, Date.now) nothing was heard
  // An error in a handler is reported and ends neither the stream nor the order.
  // `more`: headers that say who is listening, where no cookie does. `whole`: what the stream says has no
  // positions, and it begins with all there is.
  constructor(handlers, { url = "/api/v1/events", silenceMs = SILENCE_MS, more = {}, whole = false } = {}) {
    this.handlers = handlers;
    this.ask = { url, silenceMs, headers: more, whole };
    this.last = null;
    this.connected = null;
    this.source = null;
    this.turn = Promise.resolve();
  }

  // Follow from after a position (GET hall names one); without it from now on.
  start(position = null) {
    this.last = position;
    const said = {
      message: (message) => (this.turn = this.turn.then(() => this._handle(message))),
      up: () => this._tell(true),
      lost: (since) => this._tell(false, since),
      position: () => this.last,
    };
    // Pages of one session hear the same; what the public hears is another stream.
    this.source = source(said, { ...this.ask, who: sessionWord() });
    // A session that was locked heard no more than the public.
    this.unwatch = onSession(() => this.source.renew());
  }

  close() {
    if (!this.source) return;
    this.unwatch();
    this.source.close();
    this.source = null;
  }

  // Give up the present connection, or the pause before the next, and try at once.
  reconnect() {
    if (this.source) this.source.reconnect();
  }

  async _handle({ kind, data, id }) {
    if (!this.source) return;
    if (id === null) {
      if (this.ask.whole && data.length) await this._call("event", kind, JSON.parse(data.join("\n")), id);
      return;
    }
    if (kind === "reset") {
      this.last = id;
      await this._call("reset", id);
      return;
    }
    if (this.last !== null && compare(id, this.last) <= 0) return;
    this.last = id;
    if (data.length) await this._call("event", kind, JSON.parse(data.join("\n")), id);
  }

  _tell(connected, since) {
    if (connected === this.connected) return;
    this.connected = connected;
    if (connected) this._call("up");
    else this._call("lost", since);
  }

  async _call(name, ...values) {
    try {
      if (this.handlers[name]) await this.handlers[name](...values);
    } catch (error) {
      console.error(error);
    }
  }
}
