// Figures: a day, a week or a month of the hall, compared with the one before; tables first, a chart when asked for.

import { get } from "/pages/shared/api.js";
import { boot, explain, hallClock, language, moment, onUnlocked, say } from "/pages/shared/frame.js";
import { byId, el, setHidden, setText, toast } from "/pages/shared/parts.js";
import { named } from "/pages/shared/text.js";
import { draw } from "./chart.js";
import { showJournals } from "./journal.js";
import { daysBetween, minutes, NOTHING, plus, share, spanOf, step } from "./words.js";

const ROWS = ["service", "window", "teller", "zone", "queue", "hour", "day"];
const MOST_ANOMALIES = 100;
const role = boot.session.role;
const own = role === "teller";
const maySign = role === "lead" || role === "admin";

let kind = "week";
let date = null;
let today = null;
let tellers = new Map();
let rows = [];
let charted = false;
let asked = 0;

const by = byId("by");
for (const name of ROWS) by.append(el("option", { value: name }, say(`by.${name}`)));
by.value = own ? "day" : "service";

// --- asking -------------------------------------------------------------------------------------

async function load() {
  const turn = ++asked;
  try {
    if (date === null) {
      const [hall, staff] = await Promise.all([get("hall"), own ? [] : get("tellers")]);
      tellers = new Map(staff.map((one) => [one.id, one.name]));
      date = today = hall.date || hallClock.local().date;
    }
    const span = spanOf(kind, date);
    const earlier = compared(span);
    frame(span);
    const range = (of, rowsBy) => get(`figures/range?from=${of.from}&to=${of.to}&by=${rowsBy}`);
    const [now, past] = await Promise.all([range(span, by.value), range(earlier, "day")]);
    if (turn !== asked) return;
    tiles(now, past);
    table(now);
    if (charted) chart();
    if (own) return;
    const rest = await Promise.all(["heat", "days", "anomalies"].map((name) => get(`figures/${name}?from=${span.from}&to=${span.to}`)));
    if (turn !== asked) return;
    heat(rest[0]);
    showJournals(rest[1], maySign, load);
    anomalies(rest[2]);
    for (const card of ["heat-card", "journal-card", "anomaly-card"]) setHidden(byId(card), false);
  } catch (error) {
    if (turn !== asked) return;
    setText(byId("empty"), say("failed"));
    setHidden(byId("empty"), rows.length > 0);
    explain(error);
  }
}

// The span before; of one that is not over, only as many days of it as there have been.
function compared(span) {
  const earlier = spanOf(kind, step(kind, date, -1));
  if (today < span.from || today >= span.to) return earlier;
  const same = plus(earlier.from, daysBetween(span.from, today));
  return { from: earlier.from, to: same < earlier.to ? same : earlier.to };
}

function frame(span) {
  byId("date").value = date;
  for (const name of ["date", "before", "after"]) byId(name).disabled = false;
  setText(byId("span"), span.from === span.to ? span.from : `${span.from} – ${span.to}`);
  for (const button of document.querySelectorAll("[data-span]")) {
    button.setAttribute("aria-pressed", String(button.dataset.span === kind));
  }
  if (own) return;
  for (const format of ["csv", "xlsx"]) {
    byId(format).href = `/api/v1/figures/range.${format}?from=${span.from}&to=${span.to}&by=${by.value}&language=${language}`;
    byId(format).hidden = false;
  }
}

// --- tiles --------------------------------------------------------------------------------------

function tiles(now, past) {
  const there = past.days > 0;
  const total = now.total;
  const before = past.total;
  const made = [
    tile("column.served", String(total.served), own ? "" : say("tile.tickets", { tickets: total.tickets }), ratio(total.served, before.served, there)),
    tile("column.items", String(total.items), "", ratio(total.items, before.items, there)),
    tile("column.materials", String(total.materials), `${say("column.scans")} ${total.scans}`, ratio(total.materials, before.materials, there)),
    tile("tile.wait", minutes(total.wait.p50_s), say("tile.wait.more", { p90: minutes(total.wait.p90_s), within: share(total.wait.within) }), ratio(total.wait.p50_s, before.wait.p50_s, there)),
    tile("tile.service", minutes(total.service.p50_s), say("tile.service.more", { p90: minutes(total.service.p90_s), within: share(total.service.within) }), ratio(total.service.p50_s, before.service.p50_s, there)),
    tile("tile.good", share(total.ratings.good_rate), say("tile.good.more", { active: share(total.ratings.active_good_rate), missed: share(total.ratings.missed_rate) }), points(total.ratings.good_rate, before.ratings.good_rate, there)),
    tile("tile.estimate", share(total.estimate.inside), say("tile.estimate.more", { bias: minutes(total.estimate.bias_s) }), points(total.estimate.inside, before.estimate.inside, there)),
    tile("tile.passed", String(total.no_shows), say("tile.passed.more", { transfers: total.transfers, holds: total.holds }), ratio(total.no_shows, before.no_shows, there)),
  ];
  byId("tiles").replaceChildren(...made);
}

function tile(key, value, more, change) {
  return el("li", { class: "card figures__tile" }, el("h3", {}, say(key)), el("strong", {}, value), el("small", {}, more), el("small", { class: "figures__change" }, change));
}

function ratio(now, before, there) {
  if (!there) return say("compare.none");
  if (!before || now === null) return "";
  return changed((now / before - 1) * 100, "%");
}

function points(now, before, there) {
  if (!there) return say("compare.none");
  if (before === null || now === null) return "";
  return changed((now - before) * 100, language === "en" ? " points" : " 个百分点");
}

function changed(by, unit) {
  if (Math.abs(by) < 0.05) return say("compare.same");
  return say("compare", { change: `${by > 0 ? "+" : "−"}${Math.abs(by).toFixed(1)}${unit}` });
}

// --- the table ----------------------------------------------------------------------------------

const SPREAD = [["mean", (s) => minutes(s.mean_s)], ["p50", (s) => minutes(s.p50_s)], ["p90", (s) => minutes(s.p90_s)], ["p95", (s) => minutes(s.p95_s)], ["within", (s) => share(s.within)]];
const GROUPS = [
  ["", ["tickets", "served", "items", "materials", "scans"].map((name) => [`column.${name}`, (f) => String(f[name])])],
  ["group.wait", SPREAD.map(([name, write]) => [`short.${name}`, (f) => write(f.wait)])],
  ["group.service", SPREAD.map(([name, write]) => [`short.${name}`, (f) => write(f.service)])],
  ["", ["no_shows", "transfers", "holds"].map((name) => [`column.${name}`, (f) => String(f[name])])],
  ["group.rating", [["short.good", (f) => share(f.ratings.good_rate)], ["short.active", (f) => share(f.ratings.active_good_rate)], ["short.missed", (f) => share(f.ratings.missed_rate)]]],
  ["group.estimate", [["short.inside", (f) => share(f.estimate.inside)], ["short.bias", (f) => minutes(f.estimate.bias_s)]]],
];

function table(answer) {
  // A number is taken at no window and from no teller.
  const untaken = own || answer.by === "window" || answer.by === "teller";
  rows = answer.rows.map((row) => ({ name: called(answer.by, row), figures: row.figures }));
  const top = el("tr", {}, el("th", { scope: "col", rowspan: 2 }, say(`by.${answer.by}`)));
  const under = el("tr", {});
  for (const [group, columns] of GROUPS) {
    if (group) top.append(el("th", { scope: "colgroup", colspan: columns.length, class: "figures__group" }, say(group)));
    columns.forEach(([key], n) => {
      const side = n === 0 ? "number figures__first" : "number";
      (group ? under : top).append(el("th", { scope: "col", class: side, ...(group ? {} : { rowspan: 2 }) }, say(key)));
    });
  }
  byId("head").replaceChildren(top, under);
  byId("rows").replaceChildren(...rows.map((row) => line(row.name, row.figures, untaken)));
  byId("foot").replaceChildren(...(rows.length > 1 ? [line(say("total"), answer.total, own)] : []));
  const unnamed = answer.total.served > 0; // a teller need not record the service
  setText(byId("empty"), unnamed ? say("none.by", { n: answer.total.served, by: say(`by.${answer.by}`) }) : say("none"));
  setHidden(byId("empty"), rows.length > 0);
  setHidden(byId("head").parentElement, rows.length === 0);
  setHidden(byId("show-chart"), rows.length === 0 || charted);
  setText(byId("through"), rows.length ? say("through", answer) : "");
  setHidden(byId("chart"), !charted || rows.length === 0);
}

function line(name, figures, untaken) {
  const cells = [];
  for (const [, columns] of GROUPS) {
    columns.forEach(([key, write], n) => {
      const text = untaken && key === "column.tickets" ? NOTHING : write(figures);
      cells.push(el("td", { class: n === 0 ? "number figures__first" : "number" }, text));
    });
  }
  return el("tr", {}, el("th", { scope: "row" }, name), ...cells);
}

function called(rowsBy, row) {
  const name = named(row.name, language);
  if (rowsBy === "hour") return say("key.hour", { hour: row.key });
  if (rowsBy === "teller" && row.key === "unknown") return say("key.unknown");
  if (rowsBy === "window") return name ? `${row.key} ${name}` : row.key;
  return name || row.key;
}

async function chart() {
  const node = byId("chart");
  setHidden(node, rows.length === 0);
  node.setAttribute("aria-label", say("chart.of", { by: say(`by.${by.value}`) }));
  const points = rows.map((row) => ({ name: row.name, served: row.figures.served, wait: row.figures.wait.p90_s === null ? null : Math.round(row.figures.wait.p90_s / 6) / 10 }));
  try {
    await draw(node, points, { served: say("column.served"), wait: say("chart.wait") });
    charted = true;
    setHidden(byId("show-chart"), true);
  } catch (error) {
    setHidden(node, true);
    toast(say("chart.failed"), "wrong");
  }
}

// --- heat and anomalies -------------------------------------------------------------------------

function heat(cells) {
  const hours = Array.from(new Set(cells.map((cell) => cell.hour))).sort();
  const at = new Map(cells.map((cell) => [`${cell.weekday} ${cell.hour}`, cell]));
  const most = Math.max(1, ...cells.map((cell) => cell.tickets / cell.days));
  const days = [1, 2, 3, 4, 5, 6, 7].filter((day) => cells.some((cell) => cell.weekday === day));
  const head = el("tr", {}, el("td", {}), ...hours.map((hour) => el("th", { scope: "col" }, say("key.hour", { hour }))));
  const body = days.map((day) =>
    el("tr", {}, el("th", { scope: "row" }, say(`weekday.${day}`)), ...hours.map((hour) => warm(at.get(`${day} ${hour}`), most))),
  );
  byId("heat").replaceChildren(el("thead", {}, head), el("tbody", {}, ...body));
  setHidden(byId("heat-empty"), cells.length > 0);
}

function warm(cell, most) {
  if (!cell) return el("td", {}, NOTHING);
  const mean = cell.tickets / cell.days;
  const tickets = mean.toFixed(mean < 10 ? 1 : 0);
  const title = say("heat.cell", { weekday: say(`weekday.${cell.weekday}`), hour: cell.hour, tickets, wait: minutes(cell.wait.p90_s) });
  return el("td", { "data-heat": String(Math.min(5, Math.ceil((mean / most) * 5))), title }, tickets, el("small", {}, minutes(cell.wait.p90_s)));
}

const BADGES = { key: "badge badge--wrong", general: "badge", ongoing: "badge badge--wait" };

function anomalies(found) {
  const shown = found.slice(0, MOST_ANOMALIES).map(({ anomaly }) =>
    el(
      "tr",
      {},
      el("td", {}, el("span", { class: BADGES[anomaly.audit_class] }, say(`class.${anomaly.audit_class}`))),
      el("td", {}, moment(anomaly.wall)),
      el("td", {}, say(`anomaly.${anomaly.kind}`, { value: anomaly.value })),
      el("td", {}, anomaly.number),
      el("td", {}, anomaly.window),
      el("td", {}, tellers.get(anomaly.teller) || anomaly.teller || say("key.unknown")),
    ),
  );
  byId("anomalies").replaceChildren(...shown);
  setHidden(byId("anomaly-table"), found.length === 0);
  setHidden(byId("anomaly-empty"), found.length > 0 && found.length <= MOST_ANOMALIES);
  setText(byId("anomaly-empty"), found.length ? say("anomalies.more", { count: MOST_ANOMALIES, all: found.length }) : say("anomalies.none"));
}

// --- what is pressed ----------------------------------------------------------------------------

for (const button of document.querySelectorAll("[data-span]")) {
  button.addEventListener("click", () => {
    kind = button.dataset.span;
    load();
  });
}
byId("before").addEventListener("click", () => move(-1));
byId("after").addEventListener("click", () => move(1));
byId("date").addEventListener("change", (event) => {
  if (event.target.value) date = event.target.value;
  load();
});
by.addEventListener("change", load);
byId("print").addEventListener("click", () => window.print());
byId("show-chart").addEventListener("click", chart);
setHidden(byId("by-label"), own);
onUnlocked(load);
load();

function move(direction) {
  date = step(kind, date, direction);
  load();
}
