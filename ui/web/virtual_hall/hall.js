// What the page needs of the hub's answers, in one place: GET /api/v1/hall and the public event stream.
import { pick, say } from "./words.js";

// Kinds of public events that the page tells in words; all others only say that the hall has changed.
export const KINDS = [
  "ticket.issued", "ticket.called", "ticket.recalled", "ticket.started", "ticket.finished", "ticket.no_show",
  "ticket.returned", "ticket.held", "ticket.woken", "ticket.transferred", "ticket.passed_on", "ticket.requeued",
  "ticket.cancelled", "ticket.voided", "ticket.reprint_asked", "window.paused", "window.resumed",
  "rating.given", "rating.changed", "rating.missed", "day.opened", "day.closed",
];

export function readHall(hall) {
  return {
    name: pick(hall.name),
    position: hall.position,
    waiting: hall.waiting || 0,
    zones: new Map((hall.zones || []).map((zone) => [zone.id, pick(zone.name)])),
    calls: (hall.calls || []).map((call) => ({
      zone: ((hall.windows || []).find((window) => window.id === call.window) || {}).zone,
      caption: call.caption ? pick(call.caption) : "",
    })),
    queues: (hall.queues || []).filter((queue) => queue.on_kiosk !== false),
    windows: new Map((hall.windows || []).map((window) => [window.id, {
      state: window.state,
      says: say(`window.${window.state}`),
    }])),
  };
}

// One line of the log from a public event; null when there is nothing to tell.
export function readEvent(kind, event) {
  return {
    tone: "hub", text: `event.${kind}`, at: Date.parse(event.at),
    parameters: { number: event.number || "", window: event.window || "" },
  };
}
