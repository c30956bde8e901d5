// How figures are written: durations as minutes and seconds, shares as per cent, spans of days.

export const NOTHING = "—";

export function minutes(seconds) {
  if (seconds === null) return NOTHING;
  const whole = Math.round(Math.abs(seconds));
  return `${seconds < 0 ? "−" : ""}${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

export function share(value) {
  return value === null ? NOTHING : `${(value * 100).toFixed(1)}%`;
}

const DAY_MS = 86400000;

// Dates are texts, YYYY-MM-DD; they are reckoned with in UTC so that no zone moves them.
const parsed = (date) => new Date(`${date}T00:00:00Z`);
const written = (date) => date.toISOString().slice(0, 10);

export function plus(date, days) {
  return written(new Date(parsed(date).getTime() + days * DAY_MS));
}

export function daysBetween(from, to) {
  return Math.round((parsed(to) - parsed(from)) / DAY_MS);
}

export function weekday(date) {
  return ((parsed(date).getUTCDay() + 6) % 7) + 1;
}

// The day, week (from Monday) or month that a date lies in: { from, to }.
export function spanOf(kind, date) {
  if (kind === "day") return { from: date, to: date };
  if (kind === "week") {
    const from = plus(date, 1 - weekday(date));
    return { from, to: plus(from, 6) };
  }
  const first = parsed(`${date.slice(0, 7)}-01`);
  const next = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 1));
  return { from: written(first), to: plus(written(next), -1) };
}

// A date in the span before (-1) or after (1).
export function step(kind, date, direction) {
  const span = spanOf(kind, date);
  return direction < 0 ? plus(span.from, -1) : plus(span.to, 1);
}
