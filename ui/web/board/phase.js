// Where the hall is in its day, and what to say while nobody is called.

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
