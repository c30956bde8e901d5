// What a board knows of the hall, made of GET hall and the events after it. No page, no clock, no network.
//
// Calls are rows in the order they were made. Each call of a ticket is one row, which takes the place of
// the ticket's earlier one; `n` counts rows as they came and is the order in which they are shown.
import { compare } from "/pages/shared/position.js";

const KEPT = 400; // rows: more than any time away that is still worth showing
const LOG = 512; // events remembered, to put on top of a hall that was read before them
const OVER_MS = 600000; // a call whose ticket is done with is shown for ten minutes

const AT_WINDOW = ["called", "serving"];
const ROW_STATES = [...AT_WINDOW, "finished", "no_show"];

export class Model {
  constructor() {
    this.hall = null;
    this.windows = new Map();
    this.rows = []; // oldest first
    this.log = [];
    this.n = 0;
  }

  // Take the hall as it is at its position. `afresh`: events before it are not to be had, so of the calls
  // known only those it tells of are true.
  read(hall, afresh = false) {
    if (this.hall && !afresh && compare(hall.position, this.hall.position) < 0) return;
    if (this.hall && this.hall.date !== hall.date) this.rows = [];
    this.log = this.log.filter((entry) => compare(entry.id, hall.position) > 0);
    this.hall = hall;
    this.windows = new Map(hall.windows.map((window) => [window.id, { ...window }]));
    this.#readCalls(hall.calls, afresh);
    for (const { kind, data } of this.log) this.#state(kind, data);
  }

  // Take an event; one that the hall was read after changes nothing.
  event(kind, data, id) {
    if (compare(id, this.hall.position) <= 0) return;
    this.log.push({ kind, data, id });
    if (this.log.length > LOG) this.log.shift();
    this.#state(kind, data);
    this.#row(kind, data);
  }

  // Events known so far may be void.
  forget() {
    this.log = [];
  }

  // Forget what nobody needs to see any more, as of the hall's wall clock (ms).
  tidy(now) {
    this.rows = this.rows.filter((row) => AT_WINDOW.includes(row.state) || now - row.at < OVER_MS);
    if (this.rows.length > KEPT) this.rows.splice(0, this.rows.length - KEPT);
  }

  #readCalls(calls, afresh) {
    const later = new Set(this.log.map((entry) => entry.data.number));
    if (this.log.some((entry) => entry.kind === "day.opened")) return;
    const told = new Set();
    for (const call of [...calls].reverse()) {
      if (later.has(call.number)) continue;
      const key = `${call.number}.${call.call}`;
      const row = this.rows.find((one) => one.key === key && one.window === call.window);
      if (row) row.state = call.state;
      else this.#call(key, call.number, call.window, Date.parse(call.at), call.state);
      told.add(key);
    }
    if (afresh) this.rows = this.rows.filter((row) => told.has(row.key));
  }

  #call(key, number, window, at, state) {
    this.n += 1;
    this.rows = this.rows.filter((row) => row.number !== number);
    this.rows.push({ key, n: this.n, number, window, at, state });
  }

  #row(kind, { number, window, state, call, at }) {
    if (kind === "day.opened") this.rows = [];
    else if (kind === "ticket.called" || kind === "ticket.recalled") {
      this.#call(`${number}.${call}`, number, window, Date.parse(at), "called");
    } else if (number && state) {
      const row = this.rows.find((one) => one.number === number);
      if (row && ROW_STATES.includes(state)) row.state = state;
      else this.rows = this.rows.filter((one) => one !== row);
    }
  }

  #state(kind, data) {
    if (kind === "notice.set") {
      this.hall = { ...this.hall, notice: data.zh || data.en ? { zh: data.zh, en: data.en } : null };
    } else if (data.number) this.#ticket(data);
    else if (data.window) this.#window(kind, data);
  }

  #ticket({ number, window, state }) {
    if (AT_WINDOW.includes(state)) this.#set(window, { state, number });
    else if (state) {
      for (const one of this.windows.values()) {
        if (one.number === number) this.#set(one.id, { state: one.pause ? "paused" : "open", number: undefined });
      }
    }
  }

  #window(kind, { window, state, reason, minutes, contact }) {
    const here = this.windows.get(window);
    if (!here) return;
    if (state === "paused") {
      const pause = { ...here.pause, reason, minutes, contact };
      this.#set(window, here.number ? { pause } : { pause, state });
    } else if (kind === "window.resumed") {
      this.#set(window, here.number ? { pause: undefined } : { pause: undefined, state: "open" });
    }
  }

  #set(id, fields) {
    const here = this.windows.get(id);
    if (here) Object.assign(here, fields);
  }
}
