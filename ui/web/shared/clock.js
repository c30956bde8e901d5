const MINUTE_MS = 60000;

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

  // {year, month, day, weekday, time "HH:MM", minutes since midnight} in the hall's zone.
  local(instant = Date.now()) {
    const shown = new Date(this.at(instant) + this.zone * MINUTE_MS);
    return {
      year: shown.getUTCFullYear(),
      month: shown.getUTCMonth() + 1,
      day: shown.getUTCDate(),
      weekday: shown.getUTCDay(),
      time: shown.toISOString().slice(11, 16),
      minutes: shown.getUTCHours() * 60 + shown.getUTCMinutes(),
    };
  }
}
