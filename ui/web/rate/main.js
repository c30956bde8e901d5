// A rating face on the citizen's side of a window: who serves here, and the rating when it is asked for.
//
// It runs for months on a cheap tablet: paired once, awake, through losses of Wi-Fi. What it shows is what
// the hub says (GET face); events only tell it to look again. An answer that was given is never lost.
import { get, image, post, setCaller, setToken } from "/pages/shared/api.js";
import { Events } from "/pages/shared/events.js";
import { byId, setHidden, setText } from "/pages/shared/parts.js";
import { named, texts } from "/pages/shared/text.js";
import { Answers } from "./answers.js";
import { Pairing } from "./pairing.js";
import { views } from "./views.js";

const FIRST = "zh-CN";
const LOOK_MS = 20000;
const RETRY_MS = 3000;
const SOON_MS = 2000;
const THANKS_MS = 5000;
const MISSED_MS = 3000;

const face = { say: (key) => key, language: FIRST, name: (one) => named(one, face.language), levels: [], photo: "" };
const answers = new Answers(sent);
const pairing = new Pairing();
let seen = null; // what the hub said last
let shown = ""; // what is on the screen, as a word
let choice = null; // { ticket, item, level, options, text, strokes } while somebody chooses
let given = null; // { ticket, item, at, kept } just after
let missed = 0; // until when a missed rating is said good-bye to
let deadline = 0;
let events = null;
let retry = null;
let looked = 0;
let photoOf = ""; // which picture `face.photo` is

async function speak(language) {
  face.say = await texts("rate", language);
  face.language = language;
  setCaller(null, language);
  document.documentElement.lang = language;
  document.title = face.say("title");
  const other = byId("language");
  other.lang = language === FIRST ? "en" : FIRST;
  setText(other, language === FIRST ? "English" : "中文");
  shown = "";
}

function put(word, node) {
  shown = word;
  document.body.dataset.view = word.split(" ")[0];
  const main = byId("main");
  while (main.firstChild) main.firstChild.remove();
  main.append(node);
}

// --- what the hub says ---------------------------------------------------------------------------

async function look() {
  const { token, window } = pairing;
  if (!token) return;
  looked = Date.now();
  try {
    const view = await get(`windows/${encodeURIComponent(window)}/face`);
    if (!face.levels.length) face.levels = (await get("rating-options")).levels;
    reached(true);
    learned(view);
  } catch (error) {
    if (error.code === "token_unknown" || error.code === "other_window") return unpaired();
    reached(false);
    clearTimeout(retry);
    retry = setTimeout(look, RETRY_MS);
  }
}

// The picture of whoever serves here, asked for once when it is another.
async function showPhoto(teller) {
  const wanted = teller && teller.photo ? `${teller.staff_no} ${teller.photo}` : "";
  if (wanted === photoOf) return;
  photoOf = wanted;
  let found = "";
  try {
    if (wanted) found = await image(`windows/${encodeURIComponent(pairing.window)}/photo`);
  } catch (error) {
    if (photoOf === wanted) photoOf = ""; // it is tried again with the next look
  }
  if (photoOf && photoOf !== wanted) return; // somebody else has come
  face.photo = found;
  if (shown.startsWith("idle")) shown = "";
  paint();
}

function learned(view) {
  showPhoto(view.teller);
  const before = seen;
  seen = view;
  const asked = view.mode === "rate";
  if (asked) deadline = Date.now() + view.left_s * 1000;
  const same = before && before.mode === "rate" && asked && before.ticket === view.ticket && before.item === view.item;
  if (before && before.mode === "rate" && !same) over(before);
  if (choice && !same) choice = null;
  if (asked && !same && face.language !== FIRST) speak(FIRST).then(paint);
  paint();
}

// The rating is closed. Whoever had chosen a level has answered; whoever had not, is 未评价.
function over(before) {
  if (choice && choice.level) give();
  else if (!given || given.ticket !== before.ticket || given.item !== (before.item || 1)) missed = Date.now() + MISSED_MS;
}

function reached(yes) {
  setText(byId("away"), face.say("away"));
  setHidden(byId("away"), yes);
  if (yes) answers.send();
}

function listen() {
  if (events) events.close();
  events = new Events(
    {
      event(kind, data) {
        const mine = !data.window || data.window === pairing.window;
        if (mine && /^(rating|window|settings|day|hours|hub)\./.test(kind)) return look();
      },
      reset: look,
      up: look,
      lost: () => reached(false),
    },
    { more: { Authorization: `Bearer ${pairing.token}` } },
  );
  events.start();
}

// --- what is shown -------------------------------------------------------------------------------

function paint() {
  if (!pairing.token) return;
  setText(byId("hall"), seen ? face.name(seen.hall) : "");
  setText(byId("window"), pairing.window ? face.say("window", { window: pairing.window }) : "");
  if (!seen) return;
  const now = Date.now();
  const asked = seen.mode === "rate" && now < deadline + 2000;
  const item = seen.item || 1;
  const answered = given && given.ticket === seen.ticket && given.item === item;
  if (given && now < given.until && (!asked || answered)) {
    const word = given.kept ? "thanks kept" : "thanks";
    if (shown !== word) put(word, views.thanks(face, given.kept ? "thanks.kept" : "thanks"));
  } else if (asked && !answered) {
    const word = choice ? `options ${choice.level} ${item}` : `rate ${seen.ticket} ${item}`;
    if (shown !== word) put(word, choice ? views.options(face, choice, give, again) : views.rate(face, seen, choose));
    const left = byId("left");
    if (left) setText(left, face.say("rate.left", { seconds: String(Math.max(0, Math.ceil((deadline - now) / 1000))) }));
  } else if (now < missed) {
    if (shown !== "missed") put("missed", views.words(face.say("missed")));
  } else {
    // What was answered may be changed for a moment more, and nothing says when that is over.
    if (seen.mode === "rate" && now - looked > SOON_MS) look();
    const mode = seen.mode === "paused" || seen.mode === "closed" ? seen.mode : "idle";
    const word = `${mode} ${JSON.stringify([seen.teller, seen.pause_reason, seen.pause_minutes])}`;
    if (shown !== word) put(word, views[mode](face, seen));
  }
}

// --- what the citizen does -----------------------------------------------------------------------

function choose(level) {
  choice = { ticket: seen.ticket, item: seen.item || 1, level, options: new Set(), text: "", phone: "", strokes: [] };
  paint();
}

function again() {
  choice = null;
  paint();
}

// What may be a phone number; less than that is nothing to call back on.
function reachable(phone) {
  return phone.replace(/[^0-9]/g, "").length >= 5 ? phone.trim() : null;
}

function give() {
  if (!choice) return;
  const { ticket, item, level, options, text, phone, strokes } = choice;
  choice = null;
  missed = 0;
  given = { ticket, item, until: Date.now() + THANKS_MS, kept: false };
  answers.keep(pairing.window, { ticket, level, options: [...options], comment: text.trim() || null, contact: reachable(phone), strokes });
  paint();
}

// What became of an answer: true when the hub has it, false when it is kept for later.
function sent(done) {
  if (given && !done && !given.kept) given = { ...given, kept: true };
  paint();
}

// --- beginning -----------------------------------------------------------------------------------

function unpaired() {
  pairing.forget();
  setToken("");
  seen = null;
  if (events) events.close();
  events = null;
  const asked = new URLSearchParams(window.location.search).get("window") || "";
  put(
    "pair",
    views.pair(face, asked, async (code) => {
      await pairing.take(await post("rating-faces/pair", { code }));
      start();
    }),
  );
}

function start() {
  setToken(pairing.token);
  listen();
  look();
}

// Tablets that dim are asked not to; where the browser cannot, the tablet's own setting must.
async function stayAwake() {
  try {
    if (navigator.wakeLock && document.visibilityState === "visible") await navigator.wakeLock.request("screen");
  } catch (error) {
    // Refused on a low battery, or without TLS: the page works without.
  }
}

async function begin() {
  try {
    await speak(FIRST);
  } catch (error) {
    setTimeout(begin, RETRY_MS);
    return;
  }
  const asked = new URLSearchParams(window.location.search).get("window");
  if (pairing.token && (!asked || asked === pairing.window)) start();
  else unpaired();
}

byId("language").addEventListener("click", () => speak(byId("language").lang).then(() => (pairing.token ? paint() : unpaired()), () => {}));
document.addEventListener("contextmenu", (event) => event.preventDefault());
document.addEventListener("visibilitychange", () => {
  stayAwake();
  if (document.visibilityState === "visible") look();
});
window.addEventListener("online", look);
setInterval(paint, 500);
setInterval(look, LOOK_MS);
stayAwake();
begin();
