const MINUTE_MS = 60000;
const SET_MS = 2000;

// The hall's wall clock, carried on between two looks at the hub.
export class Clock {
  constructor() {
    this.ahead = 0; // of this machine's clock, which may be quite wrong
    this.zone = 480;
    this.start = 0; // when this machine's steady clock began, by the other one
  }

  // Take the hall's time as GET hall says it, RFC 3339.
  set(at) {
    this.setMs(Date.parse(at));
    const zone = /([+-])(\d\d):(\d\d)$/.exec(at);
    this.zone = zone ? (zone[1] === "-" ? -1 : 1) * (Number(zone[2]) * 60 + Number(zone[3])) : 0;
  }

  // Take it as UTC in ms; the zone stays.
  setMs(at) {
    this.ahead = at - Date.now();
    this.start = Date.now() - performance.now();
  }

  // Whether this machine's clock was set, or the machine slept, since the hall's time was taken.
  get doubtful() {
    return Math.abs(Date.now() - performance.now() - this.start) > SET_MS;
  }

  // Milliseconds of the hall's wall clock for an instant of this machine's.
  wall(instant = Date.now()) {
    return instant + this.ahead;
  }

  // The hall's present as `of` gives it.
  local(instant = Date.now()) {
    return this.of(this.wall(instant));
  }

  // {date "YYYY-MM-DD", year, month, day, weekday, time "HH:MM", seconds "HH:MM:SS.mmm", minutes since
  // midnight}, in the hall's zone, for an instant that the hub named (ms).
  of(wall) {
    const shown = new Date(wall + this.zone * MINUTE_MS);
    const iso = shown.toISOString();
    return {
      date: iso.slice(0, 10),
      year: shown.getUTCFullYear(),
      month: shown.getUTCMonth() + 1,
      day: shown.getUTCDate(),
      weekday: shown.getUTCDay(),
      time: iso.slice(11, 16),
      seconds: iso.slice(11, 23),
      minutes: shown.getUTCHours() * 60 + shown.getUTCMinutes(),
    };
  }
}
