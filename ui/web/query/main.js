// The query terminal: my number, service guides, hall map. Public, touched by one person after another,
// so it goes home after a while in which nobody touched it and forgets what was asked.
import { get, setCaller } from "/pages/shared/api.js";
import { Clock } from "/pages/shared/clock.js";
import { Events } from "/pages/shared/events.js";
import { byId, el, setHidden, setText } from "/pages/shared/parts.js";
import { named, texts } from "/pages/shared/text.js";
import { guides } from "./guides.js";
import { map } from "./map.js";
import { mine } from "./mine.js";

const IDLE_MS = 60000;
const WARNING_MS = 15000;
const LOOK_MS = 500;
const HALL_MS = 10000; // hours begin and waits grow without any event
const STIR_MS = 300; // what happens together is looked at once
const VIEWS = { my: mine, guides, map };
const FIRST = "zh-CN";

// What a view works with: `say`, `language`, the newest `hall`, and `leave()` what it must stop doing.
const terminal = { say: (key) => key, language: FIRST, hall: null, clock: new Clock(), failed, named: (name) => named(name, terminal.language) };
let view = null;
let stirring = 0;
let touched = Date.now();

async function speak(language) {
  terminal.say = await texts("query", language);
  terminal.language = language;
  setCaller(null, language);
  document.documentElement.lang = language;
  document.title = terminal.say("title");
  const other = byId("language");
  other.lang = language === FIRST ? "en" : FIRST;
  setText(other, language === FIRST ? "English" : "中文");
  setText(byId("home"), terminal.say("home"));
  show(null);
}

// Put a view on the screen, or what one can choose from. What was there before is forgotten.
function show(name) {
  if (view && view.leave) view.leave();
  view = null;
  const main = byId("main");
  while (main.firstChild) main.firstChild.remove();
  setHidden(byId("foot"), name === null);
  document.body.dataset.view = name || "home";
  if (name === null) main.append(choices());
  else {
    view = VIEWS[name](terminal);
    main.append(view.node);
  }
  main.scrollTop = 0;
  main.focus({ preventScroll: true });
}

function choices() {
  const { say } = terminal;
  const tile = (name, note) =>
    el(
      "button",
      { type: "button", class: `tile tile--${name}`, onclick: () => show(name) },
      el("strong", {}, say(name)),
      el("span", {}, note),
    );
  return el(
    "section",
    { class: "home" },
    el("h2", {}, say("hello")),
    el("div", { class: "home__tiles" }, tile("my", say("my.note")), tile("guides", say("guides.note")), tile("map", say("map.note"))),
    el("p", { class: "home__now", id: "now" }, now()),
  );
}

function now() {
  const { hall, say } = terminal;
  if (!hall) return "";
  if (hall.notice) return terminal.named(hall.notice);
  return hall.open ? say("open", { waiting: String(hall.waiting) }) : say("closed");
}

async function learn() {
  try {
    terminal.hall = await get("hall");
    terminal.clock.set(terminal.hall.at);
    setHidden(byId("away"), true);
    setText(byId("hall"), terminal.named(terminal.hall.name));
    const line = byId("now");
    if (line) setText(line, now());
    if (view && view.hall) view.hall();
  } catch (error) {
    failed(error);
  }
}

// Something happened in the hall: look at it, and at what is on the screen.
function stirred() {
  if (stirring) return;
  stirring = setTimeout(() => {
    stirring = 0;
    learn();
    if (view && view.look) view.look();
  }, STIR_MS);
}

// Say that the hub cannot be reached; `learn` takes it back.
function failed(error) {
  const away = byId("away");
  setText(away, error.detail || terminal.say("away"));
  setHidden(away, false);
}

function tick() {
  setText(byId("clock"), terminal.hall ? terminal.clock.local().time : "");
  const left = touched + IDLE_MS - Date.now();
  const away = view !== null || terminal.language !== FIRST;
  if (away && left <= 0) forget();
  setText(byId("idle"), away && left < WARNING_MS ? terminal.say("idle", { seconds: String(Math.max(1, Math.ceil(left / 1000))) }) : "");
}

function forget() {
  touched = Date.now();
  if (terminal.language !== FIRST) speak(FIRST).catch(failed);
  else show(null);
}

for (const kind of ["pointerdown", "keydown", "wheel", "touchmove"]) {
  document.addEventListener(kind, () => (touched = Date.now()), { capture: true, passive: true });
}
document.addEventListener("contextmenu", (event) => event.preventDefault());
byId("home").addEventListener("click", () => show(null));
byId("language").addEventListener("click", () => speak(byId("language").lang).then(learn).catch(failed));
setInterval(tick, LOOK_MS);
setInterval(learn, HALL_MS);

async function begin() {
  try {
    await speak(FIRST);
    await learn();
    new Events({ event: stirred, reset: stirred, up: stirred, lost: learn }).start(terminal.hall && terminal.hall.position);
    tick();
  } catch (error) {
    setTimeout(begin, 3000);
  }
}
begin();
