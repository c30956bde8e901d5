// Halls side by side, live: what is wrong stands first.

import { get } from "/pages/shared/api.js";
import { away, boot, clock, explain, language, onUnlocked, say } from "/pages/shared/frame.js";
import { byId, el, keyed, setHidden, setText } from "/pages/shared/parts.js";
import { percent } from "./figures.js";
import { called } from "./naming.js";

const LOOK_MS = 2000;
const search = byId("search");
let halls = [];
let since = null;
let timer = 0;
let asked = 0;

async function load() {
  const turn = ++asked;
  clearTimeout(timer);
  try {
    const view = await get("office/halls");
    if (turn !== asked) return;
    halls = view.halls.map((hall) => ({ ...hall, silent_s: hall.at ? Math.max(0, Math.round((view.now - hall.at) / 1000)) : null }));
    setText(byId("fresh"), say("fresh", { time: clock(view.now) }));
    since = null;
    away(null);
    show();
  } catch (error) {
    if (turn !== asked) return;
    if (error.status) explain(error);
    else away((since = since || Date.now()));
  }
  timer = setTimeout(load, LOOK_MS);
}

// What needs somebody first, then by name as they came.
function rank(hall) {
  if (hall.link === "diverged") return 0;
  if (hall.link === "late") return 1;
  if (hall.overdue) return 2;
  return (hall.down || []).length ? 3 : 4;
}

function show() {
  const words = search.value.trim().toLowerCase();
  const found = halls
    .filter((hall) => `${hall.id} ${hall.name} ${hall.name_en || ""}`.toLowerCase().includes(words))
    .sort((a, b) => rank(a) - rank(b));
  keyed(byId("halls"), found, (hall) => hall.id, row, fill);
  setText(byId("empty"), say(halls.length ? "none" : "no_halls"));
  setHidden(byId("empty"), found.length > 0);
  sums();
}

function sums() {
  const total = (of) => halls.reduce((sum, hall) => sum + of(hall), 0);
  const given = (hall) => (hall.figures ? Object.values(hall.figures.ratings.levels).reduce((a, b) => a + b, 0) : 0);
  const good = (hall) => (hall.figures ? [5, 4, 3].reduce((sum, level) => sum + hall.figures.ratings.levels[level], 0) : 0);
  const all = total((hall) => given(hall) + (hall.figures ? hall.figures.ratings.missed : 0));
  const tiles = [
    ["halls", halls.filter((hall) => hall.link === "going").length, `/ ${halls.length}`, halls.some((hall) => hall.link === "late" || hall.link === "diverged")],
    ["waiting", total((hall) => hall.waiting || 0), "", false],
    ["served", total((hall) => (hall.figures ? hall.figures.served : 0)), "", false],
    ["good_rate", all ? percent(total(good) / all) : "—", "", false],
    ["poor", total((hall) => hall.poor || 0), say("tile.overdue", { count: total((hall) => hall.overdue || 0) || null }), total((hall) => hall.overdue || 0) > 0],
    ["down", total((hall) => (hall.down || []).length), "", total((hall) => (hall.down || []).length) > 0],
  ];
  keyed(
    byId("sums"),
    tiles,
    ([key]) => key,
    ([key]) => el("div", { class: "office__sum" }, el("span", {}, say(`tile.${key}`)), el("strong", {}), el("small", {})),
    (node, [, value, more, wrong]) => {
      setText(node.children[1], String(value));
      setText(node.children[2], more);
      node.dataset.wrong = wrong ? "yes" : "no";
    },
  );
}

function row() {
  return el(
    "tr",
    {},
    el("th", { scope: "row" }, el("a", {}), el("small", {})),
    ...Array.from({ length: 9 }, (_, n) => el("td", { class: [1, 4, 5, 6].includes(n) ? "number" : null })),
  );
}

function fill(node, hall) {
  const shown = JSON.stringify([hall, language]);
  if (node.dataset.shown === shown) return;
  node.dataset.shown = shown;
  node.dataset.link = hall.link;
  const [name, link, waiting, wait, windows, served, mean, good, poor, devices] = node.children;
  name.firstElementChild.href = `/office/hall?id=${encodeURIComponent(hall.id)}`;
  setText(name.firstElementChild, called(hall.name, hall.name_en));
  setText(name.lastElementChild, hall.id);
  link.replaceChildren(badge(hall));
  const live = hall.link === "going" || hall.link === "late";
  setText(waiting, live ? String(hall.waiting || 0) : "—");
  setText(wait, hall.low !== undefined ? say("minutes", { low: hall.low, high: hall.high }) : "—");
  const w = hall.windows || {};
  setText(windows, w.all ? say("windows.now", { busy: w.busy || 0, staffed: w.staffed || 0, all: w.all }) : "—");
  const figures = hall.figures;
  setText(served, figures ? String(figures.served) : "—");
  setText(mean, figures && figures.wait.mean_s !== null ? say("minutes.one", { minutes: (figures.wait.mean_s / 60).toFixed(1) }) : "—");
  setText(good, figures ? percent(figures.ratings.good_rate) : "—");
  poor.replaceChildren(
    hall.poor ? el("a", { href: `/office/ratings?hall=${encodeURIComponent(hall.id)}` }, say("poor.open", { count: hall.poor })) : "—",
    hall.overdue ? el("span", { class: "badge badge--wrong" }, say("poor.overdue", { count: hall.overdue })) : "",
  );
  const down = hall.down || [];
  devices.replaceChildren(
    !hall.devices
      ? "—"
      : down.length
        ? el("span", { class: "badge badge--wrong", title: down.join(" ") }, say("devices.down", { count: down.length, all: hall.devices }))
        : el("span", { class: "badge badge--well" }, say("devices.well", { all: hall.devices })),
  );
}

function badge(hall) {
  if (hall.link === "never") return el("span", { class: "badge" }, say("link.never"));
  if (hall.link === "diverged") return el("span", { class: "badge badge--wrong" }, say("link.diverged"));
  if (hall.link === "late") return el("span", { class: "badge badge--wrong" }, say("link.late", { since: ago(hall.silent_s) }));
  if (hall.behind) return el("span", { class: "badge badge--wait" }, say("link.behind", { count: hall.behind }));
  if (hall.silent_s > 45) return el("span", { class: "badge badge--wait" }, say("link.silent", { since: ago(hall.silent_s) }));
  return el("span", { class: "badge badge--well" }, say("link.going"));
}

function ago(seconds) {
  if (seconds < 120) return say("seconds", { count: seconds });
  return seconds < 7200 ? say("minutes.some", { count: Math.round(seconds / 60) }) : say("hours", { count: Math.round(seconds / 3600) });
}

search.addEventListener("input", show);
onUnlocked(load);
if (boot.session.state === "open") load();
