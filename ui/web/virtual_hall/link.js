// The page's two lines to the hub: the hall's public API, and the demo's own endpoints under /virtual.
import { currentLanguage } from "./words.js";

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 5000;
const SILENCE_MS = 12000; // the demo says something at least every 5 s
const HALL_EVERY_MS = 250; // at most this often, however fast the hall runs

export class Link {
  // handlers: {up(on), hall(hall), event(kind, data), and one per /virtual/events name}
  constructor(handlers) {
    this.handlers = handlers;
    this.retry = FIRST_RETRY_MS;
    this.hallTimer = 0;
    this.hallBusy = false;
  }

  open() {
    this.close();
    const names = ["bed", "device", "log", "hub", "people", "accounts", "network", "alive"];
    this.virtual = new EventSource("/virtual/events");
    for (const name of names) {
      this.virtual.addEventListener(name, (message) => {
        this.heard();
        const handler = this.handlers[name];
        if (handler) handler(JSON.parse(message.data));
      });
    }
    this.virtual.onerror = () => this.lost();
    this.public = new EventSource("/api/v1/events");
    this.public.onerror = () => this.lost();
    this.public.onmessage = (message) => this.changed(message);
    for (const name of this.handlers.kinds) this.public.addEventListener(name, (message) => this.changed(message));
    this.refreshHall();
  }

  close() {
    clearTimeout(this.silence);
    if (this.virtual) this.virtual.close();
    if (this.public) this.public.close();
  }

  heard() {
    this.retry = FIRST_RETRY_MS;
    this.handlers.up(true);
    clearTimeout(this.silence);
    this.silence = setTimeout(() => this.lost(), SILENCE_MS);
  }

  // EventSource gives up for good on some errors, so the page reopens both itself.
  lost() {
    this.close();
    this.handlers.up(false);
    clearTimeout(this.again);
    this.again = setTimeout(() => this.open(), this.retry);
    this.retry = Math.min(this.retry * 2, LONGEST_RETRY_MS);
  }

  changed(message) {
    this.refreshHall();
    if (!message.data) return;
    this.handlers.event(message.type, JSON.parse(message.data));
  }

  refreshHall() {
    if (this.hallTimer) return;
    this.hallTimer = setTimeout(async () => {
      try {
        const answer = await fetch("/api/v1/hall", { cache: "no-store" });
        if (answer.ok) this.handlers.hall(await answer.json());
      } catch (error) {
        // The event streams notice a lost hub and bring the page back.
      }
      this.hallTimer = 0;
    }, HALL_EVERY_MS);
  }
}

// Do something at a simulated device or as a citizen. Returns {ok, body}; body is a problem when not ok.
export async function act(wish) {
  try {
    const answer = await fetch("/virtual/act", {
      method: "POST",
      headers: { "Content-Type": "application/json", "Accept-Language": currentLanguage() === "zh" ? "zh-CN" : "en" },
      body: JSON.stringify(wish),
    });
    const text = await answer.text();
    return { ok: answer.ok, body: text ? JSON.parse(text) : {} };
  } catch (error) {
    return { ok: false, body: {} };
  }
}
