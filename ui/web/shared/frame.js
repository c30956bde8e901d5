// The frame around every page of staff: header, the hall's clock, language, lock, and the hub being away.
//
// A page imports { boot, say, language } from here and begins; the frame has wired itself by then.

import { get, onProblem, post, setCaller } from "./api.js";
import { Clock } from "./clock.js";
import { byId, el, field, setText, toast } from "./parts.js";
import { sayer } from "./text.js";

export const boot = JSON.parse(byId("boot").textContent);
export const say = sayer(boot.texts);
export const language = boot.language;
// Things of one kind, one after the other.
export const listed = (items) => items.join(language === "en" ? ", " : "、");

export let session = boot.session;

// What a PC's own clock and zone say may be wrong: whatever a page shows is the hall's time.
export const hallClock = new Clock();
hallClock.set(session.at);

const PING_MS = 60000;
const LOOK_MS = 2000;
const ASK_MS = 15000;
const LOCKED = "locked";
const UNLOCKED = "unlocked";
const OUT = "out";
const ALIVE = "alive";

// Other pages of the same person in this browser: what one does, all do.
const others = "BroadcastChannel" in window ? new BroadcastChannel("kioskd") : null;
const unlockedWatchers = [];

setCaller(session, language);

// Called when the page is its person's again after a lock: fetch what is shown afresh.
export function onUnlocked(watcher) {
  unlockedWatchers.push(watcher);
}

// Say that the hub cannot be reached since a moment (ms, Date.now), or (null) that it is there; and what can be
// done meanwhile, which is the page's to say or else depends on who it is.
export function away(since, advice = meanwhile()) {
  const banner = byId("away");
  if (since !== null) setText(banner, say("frame.away", { since: hallClock.local(since).time, advice }));
  banner.hidden = since === null;
  document.body.dataset.away = since === null ? "no" : "yes";
}

function meanwhile() {
  const key = `frame.away.${session.role}`;
  return key in boot.texts ? say(key) : "";
}

// Tell a person what an error of the API means.
export function explain(error) {
  if (error.detail) toast(error.detail, "wrong");
  else {
    toast(say("frame.offline"), "wrong");
    if (!(error instanceof Error) || error.name === "TypeError") console.error(error);
  }
}

// A time of the hub (RFC 3339, ms) as the hall's clock has it, HH:MM.
export function clock(value) {
  return hallClock.of(new Date(value).getTime()).time;
}

// A time of the hub as a date and a time of the hall.
export function moment(value) {
  const { date, time } = hallClock.of(new Date(value).getTime());
  return `${date} ${time}`;
}

// --- header -------------------------------------------------------------------------------------

function wireHeader() {
  const time = byId("clock");
  if (time) {
    let asked = -ASK_MS;
    const tick = () => {
      if (hallClock.doubtful && performance.now() - asked >= ASK_MS) {
        asked = performance.now();
        askTime().then(show);
      }
      show();
      setTimeout(tick, 1000 - (hallClock.wall() % 1000));
    };
    const show = () => {
      const now = hallClock.local();
      setText(time, now.time);
      time.setAttribute("datetime", `${now.date}T${now.time}`);
    };
    tick();
  }
  const other = byId("language");
  if (other) {
    other.addEventListener("click", () => {
      document.cookie = `kioskd_language=${other.lang}; path=/; max-age=31536000; samesite=strict`;
      window.location.reload();
    });
  }
  const person = byId("person");
  if (!person) return;
  const button = person.querySelector(".menu__button");
  const list = person.querySelector(".menu__list");
  const show = (open) => {
    list.hidden = !open;
    button.setAttribute("aria-expanded", String(open));
    if (open) list.querySelector("a, button").focus();
  };
  button.addEventListener("click", () => show(list.hidden));
  person.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !list.hidden) {
      show(false);
      button.focus();
    }
  });
  document.addEventListener("pointerdown", (event) => person.contains(event.target) || show(false));
  byId("lock").addEventListener("click", lock);
  byId("sign-out").addEventListener("click", signOut);
}

async function askTime() {
  try {
    hallClock.set((await get("session")).at);
  } catch (error) {
    // The hub is away, which its banner says; the clock goes on by what is known.
  }
}

export async function signOut() {
  try {
    await post("session/end");
  } catch (error) {
    explain(error);
    return;
  }
  tellOthers(OUT);
  window.location.assign("/sign-in");
}

// --- lock ---------------------------------------------------------------------------------------

let active = Date.now();
let pinged = Date.now();
let overlay = null;

// Somebody is here: keeps the page from locking.
export function present() {
  if (overlay) return;
  active = Date.now();
  if (active - pinged >= PING_MS) {
    pinged = active;
    post("session/active").catch(() => {});
    tellOthers(ALIVE);
  }
}

export async function lock() {
  showLock();
  tellOthers(LOCKED);
  try {
    await post("session/lock");
  } catch (error) {
    // The hub locks a page by itself when it hears nothing from it.
  }
}

function showLock() {
  if (overlay) return;
  const input = el("input", { type: "password", name: "password", autocomplete: "current-password", required: true });
  const wrong = el("p", { class: "wrong", role: "alert", hidden: true });
  const form = el(
    "form",
    { class: "card card--narrow", role: "dialog", "aria-modal": "true", "aria-labelledby": "lock-title" },
    el("h2", { id: "lock-title" }, say("frame.locked")),
    el("p", {}, say("frame.locked.note", { person: session.person })),
    field(say("frame.password.label"), input),
    wrong,
    el(
      "p",
      { class: "actions" },
      el("button", { type: "button", onclick: signOut }, say("frame.other_person")),
      el("button", { class: "primary" }, say("frame.unlock")),
    ),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      became(await post("session/unlock", { password: input.value }));
      tellOthers(UNLOCKED);
    } catch (error) {
      wrong.hidden = false;
      setText(wrong, error.detail || say("frame.offline"));
      input.select();
    }
  });
  overlay = el("div", { class: "lock" }, form);
  for (const part of document.body.children) part.setAttribute("aria-hidden", "true");
  document.body.append(overlay);
  document.body.dataset.locked = "yes";
  input.focus();
}

function became(view) {
  session = view;
  hallClock.set(view.at);
  setCaller(session, language);
  active = pinged = Date.now();
  if (overlay) overlay.remove();
  overlay = null;
  document.body.dataset.locked = "no";
  for (const part of document.body.children) part.removeAttribute("aria-hidden");
  for (const watcher of unlockedWatchers) watcher();
}

function tellOthers(what) {
  if (others) others.postMessage({ what, session });
}

function wireLock() {
  if (session.state !== "open") return;
  for (const kind of ["keydown", "pointerdown", "wheel"]) {
    document.addEventListener(kind, present, { capture: true, passive: true });
  }
  document.addEventListener(
    "keydown",
    (event) => {
      if (overlay && !overlay.contains(event.target)) {
        event.preventDefault();
        event.stopPropagation();
      } else if (event.altKey && !event.ctrlKey && event.key.toLowerCase() === "l") {
        event.preventDefault();
        lock();
      }
    },
    true,
  );
  setInterval(() => {
    if (!overlay && session.idle_s && Date.now() - active >= session.idle_s * 1000) lock();
  }, LOOK_MS);
  if (others) {
    others.onmessage = ({ data }) => {
      if (data.what === LOCKED) showLock();
      else if (data.what === UNLOCKED && overlay) became(data.session);
      else if (data.what === OUT) window.location.assign("/sign-in");
      else if (data.what === ALIVE) active = Date.now();
    };
  }
}

onProblem((problem) => {
  const here = encodeURIComponent(window.location.pathname);
  if (session.state !== "open") return;
  if (problem.code === "session_locked") showLock();
  else if (problem.code === "session_over" || problem.code === "token_missing") window.location.assign(`/sign-in?next=${here}`);
  else if (problem.code === "password_change_needed") window.location.assign(`/password?next=${here}`);
});

wireHeader();
wireLock();
