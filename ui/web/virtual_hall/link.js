// What the page hears of the hub: the hall's public API, and the demo's own endpoints under /virtual.
import { Events } from "/pages/shared/events.js";
import { currentLanguage } from "./words.js";

const SILENCE_MS = 12000; // the demo says something at least every 5 s
const HALL_EVERY_MS = 250; // at most this often, however fast the hall runs

export class Link {
  // handlers: {up(on), hall(hall), event(kind, data), and one per /virtual/events name}; kinds: which events
  constructor(handlers) {
    this.handlers = handlers;
    this.hallTimer = 0;
    const names = ["bed", "device", "log", "hub", "people", "accounts", "network", "alive"];
    this.virtual = new Events(
      {
        event: (name, data) => names.includes(name) && handlers[name] && handlers[name](data),
        up: () => handlers.up(true),
        lost: () => handlers.up(false),
      },
      { url: "/virtual/events", silenceMs: SILENCE_MS, whole: true },
    );
    this.public = new Events({
      event: (kind, data) => {
        this.refreshHall();
        if (handlers.kinds.includes(kind)) handlers.event(kind, data);
      },
      reset: () => this.refreshHall(),
      up: () => this.refreshHall(),
    });
  }

  open() {
    this.virtual.start();
    this.public.start();
    this.refreshHall();
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
