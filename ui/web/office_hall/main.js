// One hall closely: how it stands, and the figures of a day.

import { get } from "/pages/shared/api.js";
import { away, clock, explain, language, moment, onUnlocked, say } from "/pages/shared/frame.js";
import { byId, el, keyed, setHidden, setText } from "/pages/shared/parts.js";
import { named } from "/pages/shared/text.js";
import { draw } from "/pages/figures/chart.js";
import { percent } from "/pages/office/figures.js";
import { called } from "/pages/office/naming.js";

const LOOK_MS = 10000;
const BY = ["hours", "queues", "windows", "tellers", "services"];
const KIND = { queues: "queue", windows: "window", tellers: "teller", services: "service" };
const id = new URLSearchParams(window.location.search).get("id") || "";
const date = byId("date");
let by = "hours";
let view = null;
let since = null;
let timer = 0;
let asked = 0;

async function load() {
  const turn = ++asked;
  clearTimeout(timer);
  try {
    const found = await get(`office/halls/${encodeURIComponent(id)}${date.value ? `?date=${date.value}` : ""}`);
    if (turn !== asked) return;
    view = found;
    since = null;
    away(null);
    show();
  } catch (error) {
    if (turn !== asked) return;
    if (error.status === 404) setText(byId("name"), say("unknown"));
    else if (error.status) explain(error);
    else away((since = since || Date.now()));
  }
  timer = setTimeout(load, LOOK_MS);
}

function show() {
  const { hall } = view;
  const title = called(hall.name, hall.name_en);
  document.title = `${title} · ${document.title.split(" · ").pop()}`;
  setText(byId("name"), title);
  const link = hall.behind ? say("link.behind", { count: hall.behind }) : say(`link.${hall.link}`);
  setText(byId("state"), hall.at ? say("state", { id: hall.id, link, time: moment(hall.at) }) : say("state.never", { id: hall.id }));
  if ([...date.options].map((one) => one.value).join() !== view.dates.join()) {
    const chosen = date.value || view.date;
    date.replaceChildren(...view.dates.map((day) => el("option", { value: day, selected: day === chosen }, day)));
  }
  tiles();
  setHidden(byId("queues-card"), !(view.queues || []).length);
  keyed(
    byId("queues"),
    view.queues || [],
    (queue) => queue.id,
    () => el("div", { class: "office-hall__queue" }, el("strong", {}), el("span", {}), el("small", {})),
    (node, queue) => {
      setText(node.children[0], named(queue.name, language));
      setText(node.children[1], say("queue.waiting", { count: queue.waiting }));
      setText(node.children[2], queue.low !== undefined ? say("minutes", { low: queue.low, high: queue.high }) : queue.open ? "" : say("queue.closed"));
      node.dataset.open = queue.open ? "yes" : "no";
    },
  );
  figures();
  anomalies();
}

const minutes = (seconds) => (seconds === null || seconds === undefined ? "—" : (seconds / 60).toFixed(1));

function tiles() {
  const total = view.figures && view.figures.total;
  const all = total
    ? [
        ["tickets", total.tickets],
        ["served", total.served],
        ["wait", minutes(total.wait.mean_s)],
        ["wait_p90", minutes(total.wait.p90_s)],
        ["service", minutes(total.service.mean_s)],
        ["no_shows", total.no_shows],
        ["good_rate", percent(total.ratings.good_rate)],
        ["missed_rate", percent(total.ratings.missed_rate)],
      ]
    : [];
  keyed(
    byId("tiles"),
    all,
    ([key]) => key,
    ([key]) => el("div", { class: "office-hall__tile" }, el("span", {}, say(`tile.${key}`)), el("strong", {})),
    (node, [, value]) => setText(node.children[1], String(value)),
  );
}

function name(kind, key) {
  if (by === "hours") return `${key}:00`;
  if (key === "unknown") return say("unknown.teller");
  const known = view.names[KIND[kind]] && view.names[KIND[kind]][key];
  return known ? named(known, language) : key;
}

function figures() {
  keyed(
    byId("by"),
    BY,
    (kind) => kind,
    (kind) => el("button", { type: "button", class: "small", onclick: () => ((by = kind), show()) }, say(`by.${kind}`)),
    (node, kind) => node.setAttribute("aria-pressed", String(kind === by)),
  );
  const rows = view.figures ? Object.entries(view.figures[by]) : [];
  // An object has keys like "10" before those like "08", whatever the answer's order was.
  if (by === "hours") rows.sort(([a], [b]) => Number(a) - Number(b));
  setHidden(byId("empty"), rows.length > 0);
  setHidden(byId("chart"), !rows.length);
  setHidden(byId("rows"), !rows.length);
  if (!rows.length) return;
  draw(
    byId("chart"),
    rows.map(([key, one]) => ({ name: name(by, key), served: one.served, wait: one.wait.mean_s === null ? null : Number(minutes(one.wait.mean_s)) })),
    { served: say("tile.served"), wait: say("tile.wait") },
  ).catch(() => setHidden(byId("chart"), true));
  const heads = ["tickets", "served", "wait", "wait_p90", "service", "no_shows", "good_rate"];
  byId("rows").replaceChildren(
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, say(`by.${by}`)), ...heads.map((key) => el("th", { scope: "col", class: "number" }, say(`tile.${key}`))))),
    el(
      "tbody",
      {},
      ...rows.map(([key, one]) =>
        el(
          "tr",
          {},
          el("td", {}, name(by, key)),
          ...[one.tickets, one.served, minutes(one.wait.mean_s), minutes(one.wait.p90_s), minutes(one.service.mean_s), one.no_shows, percent(one.ratings.good_rate)].map((value) =>
            el("td", { class: "number" }, String(value)),
          ),
        ),
      ),
    ),
  );
}

function anomalies() {
  const found = view.anomalies || [];
  setHidden(byId("no-anomalies"), found.length > 0);
  setHidden(byId("anomalies"), !found.length);
  const heads = ["time", "class", "kind", "number", "window", "person"];
  byId("anomalies").replaceChildren(
    el("thead", {}, el("tr", {}, ...heads.map((key) => el("th", { scope: "col" }, say(key))))),
    el(
      "tbody",
      {},
      ...found.map((one) =>
        el(
          "tr",
          {},
          el("td", {}, clock(one.wall)),
          el("td", {}, say(`class.${one.audit_class}`)),
          el("td", {}, say(`kind.${one.kind}`, { value: one.value })),
          el("td", {}, one.number),
          el("td", {}, one.window),
          el("td", {}, named((view.names.teller || {})[one.teller], language) || one.teller || "—"),
        ),
      ),
    ),
  );
}

date.addEventListener("change", load);
onUnlocked(load);
load();
