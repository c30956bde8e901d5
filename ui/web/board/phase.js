// Where the hall is in its day, and what to say while nobody is called.

const MINUTE_MS = 60000;

// `now` are the hall's wall minutes since midnight. Returns {about, from?}: what is said, and from when.
export function phase(hall, now) {
  if (!hall.ready) return { about: "starting" };
  if (hall.open) return { about: "none" };
  if (!hall.sessions.length) return { about: "holiday" };
  const next = hall.sessions.find((session) => minutes(session.serve_from) > now);
  if (!next) return { about: "after" };
  return { about: next === hall.sessions[0] ? "before" : "break", from: next.serve_from };
}

function minutes(clock) {
  const [hour, minute] = clock.split(":").map(Number);
  return hour * 60 + minute;
}

// The hall's wall clock, carried on between two looks at the hub.
export class Clock {
  constructor() {
    this.ahead = 0; // of this machine's clock, which may be quite wrong
    this.zone = 480;
  }

  // Take the hall's time as GET hall says it, RFC 3339.
  set(at) {
    this.ahead = Date.parse(at) - Date.now();
    const zone = /([+-])(\d\d):(\d\d)$/.exec(at);
    this.zone = zone ? (zone[1] === "-" ? -1 : 1) * (Number(zone[2]) * 60 + Number(zone[3])) : 0;
  }

  // Milliseconds of the hall's wall clock for an instant of this machine's.
  at(instant = Date.now()) {
    return instant + this.ahead;
  }

  // {month, day, weekday, time "HH:MM", minutes since midnight} in the hall's zone.
  local(instant = Date.now()) {
    const shown = new Date(this.at(instant) + this.zone * MINUTE_MS);
    return {
      month: shown.getUTCMonth() + 1,
      day: shown.getUTCDate(),
      weekday: shown.getUTCDay(),
      time: shown.toISOString().slice(11, 16),
      minutes: shown.getUTCHours() * 60 + shown.getUTCMinutes(),
    };
  }
}
