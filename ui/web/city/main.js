// The city's public pages: halls and their waits, a time to come, one's own place. What is shown goes by the
// address; nothing personal is shown anywhere, and a code is known only to whoever holds it.
import { get, Problem, setCaller } from "/pages/shared/api.js";
import { byId, el, setHidden, setText } from "/pages/shared/parts.js";
import { named, texts } from "/pages/shared/text.js";
import { book } from "./book.js";
import { hall } from "./hall.js";
import { halls } from "./halls.js";
import { mine } from "./mine.js";
import { place } from "./place.js";
import { take } from "./take.js";

const REFRESH_MS = 10000;
const ROUTES = [
  [/^\/$/, halls],
  [/^\/h\/([^/]+)$/, hall],
  [/^\/h\/([^/]+)\/book$/, book],
  [/^\/h\/([^/]+)\/take$/, take],
  [/^\/h\/([^/]+)\/t\/([^/]+)$/, place],
  [/^\/a$/, mine],
];
const LANGUAGE = "city.language";

// The name of a hall: the city's own, in English that of the hall's rules where they have one.
const called = (name, english) => named({ zh: name, en: english }, city.language);
// What a view works with. It returns { node, refresh?, leave? }; `refresh` is called now and then.
const city = { say: (key) => key, language: "zh-CN", named: (name) => named(name, city.language), called, go, get, wrong, when, link };
let view = null;

async function speak(language) {
  city.say = await texts("city", language);
  city.language = language;
  setCaller(null, language);
  document.documentElement.lang = language;
  document.title = city.say("title");
  const other = byId("language");
  other.lang = language === "zh-CN" ? "en" : "zh-CN";
  setText(other, language === "zh-CN" ? "English" : "中文");
  setText(byId("home"), city.say("home"));
  setText(byId("mine"), city.say("mine"));
  setText(byId("foot"), city.say("foot"));
  show();
}

function show() {
  if (view && view.leave) view.leave();
  const path = location.pathname;
  const [pattern, make] = ROUTES.find(([one]) => one.test(path)) || ROUTES[0];
  const parts = (path.match(pattern) || []).slice(1).map(decodeURIComponent);
  view = make(city, ...parts);
  const main = byId("main");
  while (main.firstChild) main.firstChild.remove();
  main.append(view.node);
  setHidden(byId("away"), true);
  byId("mine").toggleAttribute("aria-current", path === "/a");
  refresh();
}

function go(path, state = null) {
  history.pushState(state, "", path);
  show();
  window.scrollTo(0, 0);
  byId("main").focus({ preventScroll: true });
}

// A link that stays in the page where the browser would not do something else with it.
function link(path, attributes, ...children) {
  const press = (event) => {
    if (event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    go(path);
  };
  return el("a", { href: path, ...attributes, onclick: press }, ...children);
}

async function refresh() {
  if (!view || !view.refresh || document.hidden) return;
  const mine = view;
  try {
    await mine.refresh();
    if (mine === view) setHidden(byId("away"), true);
  } catch (error) {
    if (mine !== view) return;
    setText(byId("away"), wrong(error));
    setHidden(byId("away"), false);
  }
}

// What to tell somebody who did not get what they wanted.
function wrong(error) {
  if (!(error instanceof Problem)) return city.say("error.unknown");
  const key = `error.${error.code}`;
  const text = city.say(key, { ...error.params, date: error.params.date ? when(error.params.date) : "" });
  return text === key ? city.say("error.other") : text;
}

// A date as one says it: 11月25日 周三, Wed 25 Nov.
function when(date) {
  const day = new Date(`${date}T00:00:00`);
  const weekday = new Intl.DateTimeFormat(city.language, { weekday: "short" }).format(day);
  if (city.language === "en") return `${weekday} ${day.getDate()} ${new Intl.DateTimeFormat("en", { month: "short" }).format(day)}`;
  return `${day.getMonth() + 1}月${day.getDate()}日 ${weekday}`;
}

function kept() {
  try {
    return localStorage.getItem(LANGUAGE);
  } catch (error) {
    return null;
  }
}

byId("home").addEventListener("click", (event) => (event.preventDefault(), go("/")));
byId("mine").addEventListener("click", (event) => (event.preventDefault(), go("/a")));
byId("language").addEventListener("click", () => {
  const language = byId("language").lang;
  try {
    localStorage.setItem(LANGUAGE, language);
  } catch (error) {
    // A browser that keeps nothing asks again next time.
  }
  speak(language).catch(() => {});
});
window.addEventListener("popstate", show);
document.addEventListener("visibilitychange", refresh);
setInterval(refresh, REFRESH_MS);

async function begin() {
  const wanted = kept() || (/^zh/i.test(navigator.language) ? "zh-CN" : "en");
  try {
    await speak(wanted === "en" ? "en" : "zh-CN");
  } catch (error) {
    setTimeout(begin, 3000);
  }
}
begin();
