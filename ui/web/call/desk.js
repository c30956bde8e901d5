// One window as the hub sees it: fetched whole, and again whenever something there has happened.
//
// What another hand does (the keypad, a lead, another page) comes by the event stream; what is shown is
// always what the hub says, never what was pressed.

import { get } from "/pages/shared/api.js";
import { Events } from "/pages/shared/events.js";
import { hallClock } from "/pages/shared/frame.js";
import { compare } from "/pages/shared/position.js";

const SOON_MS = 400; // the line changes with every ticket of the hall; looking twice a second is enough

export class Desk {
  // handlers: changed(desk), event(kind, data), up(), lost(since), failed(error)
  constructor(window, handlers) {
    this.window = window;
    this.handlers = handlers;
    this.seen = null;
    this.hall = null;
    this.loading = null;
    this.fresh = false;
    this.again = false;
    this.timer = null;
    this.closed = false;
    this.events = new Events({
      event: (kind, data) => this.#heard(kind, data),
      reset: () => this.load(true),
      up: () => {
        handlers.up();
        this.load();
      },
      lost: (since) => handlers.lost(since),
    });
  }

  async start() {
    await this.load(true);
    if (!this.closed) this.events.start(this.seen ? this.seen.position : null);
  }

  close() {
    this.closed = true;
    clearTimeout(this.timer);
    this.events.close();
  }

  get ticket() {
    return (this.seen && this.seen.window.ticket) || null;
  }

  // Fetch now; a call while one is under way makes it look once more. Resolves when what was there at the call is
  // shown, or cannot be had (`fresh`).
  load(hallToo = false) {
    this.hallToo = this.hallToo || hallToo || !this.hall;
    if (this.loading) this.again = true;
    else this.loading = this.#fetch();
    return this.loading;
  }

  async #fetch() {
    clearTimeout(this.timer);
    this.timer = null;
    this.fresh = false;
    try {
      do {
        this.again = false;
        if (this.hallToo) {
          this.hall = await get("hall");
          this.hallToo = false;
        }
        const seen = await get(`windows/${encodeURIComponent(this.window)}/counter`);
        if (this.closed) return;
        if (this.seen && compare(seen.position, this.seen.position) < 0) continue;
        this.seen = seen;
        hallClock.set(seen.at);
        this.handlers.changed(this);
      } while (this.again);
      this.fresh = true;
    } catch (error) {
      this.handlers.failed(error);
    } finally {
      this.loading = null;
    }
  }

  #heard(kind, data) {
    this.handlers.event(kind, data);
    const mine = data.window === this.window || (this.ticket && data.ticket === this.ticket.id);
    if (mine) this.load();
    else if (kind === "settings.applied" || kind === "hub.started" || kind.startsWith("day.")) this.load(true);
    else if ((kind.startsWith("ticket.") || kind.startsWith("queue.") || kind.startsWith("window.")) && !this.timer) {
      this.timer = setTimeout(() => this.load(), SOON_MS);
    }
  }
}
