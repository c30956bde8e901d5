// The hall board. Address: /board?zone=east&lang=zh|en|both (both optional).
import { Clock } from "/pages/shared/clock.js";
import { Events } from "/pages/shared/events.js";
import { named } from "/pages/shared/text.js";
import { Model } from "./model.js";
import { phase } from "./phase.js";
import { Turns } from "./turns.js";
import { View } from "./view.js";
import { words } from "./words.js";

const HALL_EVERY_MS = 15000; // the hall is read at least this often: waits change by themselves
const HALL_AFTER_MS = 400; // and this soon after something happened, never twice within
const ANSWER_MS = 8000;
const UNREAD_AFTER_MS = 3000; // a hall that is read by then is nobody's business
const LOST_AFTER_MS = 2500; // a line that is back by then is nobody's business
const CAPTION_MS = 15000; // longer than it is heard
const TICK_MS = 1000;
const RESTART_MS = 3000;

class Board {
  constructor(said, zone) {
    this.words = said;
    this.zone = zone;
    this.model = new Model();
    this.turns = new Turns();
    this.clock = new Clock();
    this.view = new View(said);
    this.lost = null;
    this.caption = null;
    this.captionUntil = 0;
    this.afresh = false;
    this.drawing = false;
    this.due = 0;
    this.soon = 0;
    this.turn = 0;
    this.revision = null;
    this.events = new Events({
      event: (kind, data, id) => this.event(kind, data, id),
      reset: () => this.reset(),
      up: () => this.up(),
      lost: (since) => this.away(since),
    });
  }

  async start() {
    this.checkRevision();
    const unread = setTimeout(() => this.view.unread(), UNREAD_AFTER_MS);
    while (!(await this.read())) await pause(RESTART_MS);
    clearTimeout(unread);
    this.events.start(this.model.hall.position);
    setInterval(() => this.tick(), TICK_MS);
    window.addEventListener("resize", () => this.draw());
    document.fonts.addEventListener("loadingdone", () => this.view.refit());
  }

  event(kind, data, id) {
    // What is announced beside calls is written at the lower edge; a call's own words are its row.
    if (data.caption && !data.number) this.announce(data.caption);
    this.model.event(kind, data, id);
    this.readSoon();
    this.draw();
  }

  // `caption` is {zh, en}.
  announce(caption) {
    this.caption = caption;
    this.captionUntil = Date.now() + CAPTION_MS;
  }

  // What happened meanwhile is not to be had: what is now is.
  reset() {
    this.model.forget();
    this.afresh = true;
    return this.read();
  }

  away(since) {
    this.lost = since;
    this.draw();
  }

  up() {
    this.lost = null;
    // What was missed comes first, in order; then the hall is read again.
    this.readSoon();
    this.checkRevision();
    this.draw();
  }

  readSoon() {
    if (!this.soon) this.soon = setTimeout(() => this.read(), HALL_AFTER_MS);
  }

  // Read the hall. A failure says nothing: the event stream notices a hub that is gone.
  async read() {
    clearTimeout(this.soon);
    this.soon = 0;
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(), ANSWER_MS);
    const afresh = this.afresh;
    try {
      const answer = await fetch("/api/v1/hall", { cache: "no-store", signal: patience.signal });
      if (!answer.ok) return false;
      const hall = await answer.json();
      this.clock.set(hall.at);
      this.model.read(hall, afresh);
      if (afresh) this.afresh = false;
      this.due = Date.now() + HALL_EVERY_MS;
      this.draw();
      return true;
    } catch (error) {
      return false;
    } finally {
      clearTimeout(timer);
    }
  }

  // A hub that came back may have brought newer pages.
  async checkRevision() {
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(), ANSWER_MS);
    try {
      const answer = await fetch("/pages/revision", { cache: "no-store", signal: patience.signal });
      const { revision } = await answer.json();
      if (this.revision !== null && this.revision !== revision) location.reload();
      this.revision = revision;
    } catch (error) {
      // The next return of the hub asks again.
    } finally {
      clearTimeout(timer);
    }
  }

  tick() {
    const now = Date.now();
    if (now >= this.due) {
      this.due = now + HALL_EVERY_MS;
      this.read().then((answered) => {
        if (!answered && this.lost === null) this.events.reconnect();
      });
    }
    this.model.tidy(this.clock.wall(now));
    this.draw();
  }

  // With the next frame; where the browser makes none, soon: what is to be read must not wait for one.
  draw() {
    if (this.drawing) return;
    this.drawing = true;
    const now = () => {
      clearTimeout(late);
      cancelAnimationFrame(frame);
      this.drawing = false;
      this.show();
    };
    const late = setTimeout(now, TICK_MS);
    const frame = requestAnimationFrame(now);
  }

  show() {
    const { hall } = this.model;
    const inZone = (one) => !this.zone || one.zone === this.zone;
    const windows = [...this.model.windows.values()].filter(inZone);
    const queues = hall.queues.filter((queue) => inZone(queue) && (queue.on_kiosk !== false || queue.waiting));
    const here = new Set(windows.map((window) => window.id));
    const rows = this.model.rows.filter((row) => here.has(row.window));
    const foot = this.foot(hall);

    this.view.divide(windows.length, queues.length, this.view.widthOf(foot));
    this.view.head(hall, hall.zones.find((zone) => zone.id === this.zone), this.clock.local());
    const { up, again } = this.turns.look(rows, this.view.room, performance.now());
    this.view.rows(up);
    clearTimeout(this.turn);
    if (again !== null) this.turn = setTimeout(() => this.draw(), again);
    this.view.quiet(up.length && hall.open ? null : phase(hall, this.clock.local().minutes));
    this.view.tiles(windows, queues.some((queue) => queue.waiting));
    this.view.queues(queues);
    this.view.foot(foot);
    this.view.lost(this.isLost());
    this.view.fitAll();
  }

  foot(hall) {
    if (this.isLost()) {
      const since = this.clock.local(this.lost).time;
      return { kind: "lost", text: (say) => say("lost", { since }) };
    }
    const [kind, said] = Date.now() < this.captionUntil ? ["caption", this.caption] : ["notice", hall.notice];
    return said ? { kind, text: (_, language) => named(said, language) } : null;
  }

  isLost() {
    return this.lost !== null && Date.now() - this.lost >= LOST_AFTER_MS;
  }
}

function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function begin() {
  const asked = new URLSearchParams(location.search);
  let said = null;
  while (!said) {
    try {
      said = await words(asked.get("lang"));
    } catch (error) {
      await pause(RESTART_MS);
    }
  }
  await new Board(said, asked.get("zone")).start();
}

begin();
