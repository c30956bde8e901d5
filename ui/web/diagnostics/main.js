// Diagnostics: every PC and device, what is wrong since when and who must act, for a technician on the way
// through the hall. A lead sees the same and changes nothing here.

import { get } from "/pages/shared/api.js";
import { away, boot, clock, hallClock, listed, moment, onUnlocked, say } from "/pages/shared/frame.js";
import { byId, el, keyed, setHidden, setText } from "/pages/shared/parts.js";
import { judge, newRoll, rebind, reprint, settle, test } from "./acts.js";
import { details } from "./detail.js";
import { offer } from "./faces.js";
import { showSafety, wireSafety } from "./safety.js";
import { age, badge, kind, place, size, todo } from "./words.js";

const LOOK_MS = 5000;
const REFUSED = ["superseded", "rolled_back"];
const LOST = 2; // looks in a row without an answer before the page says so
const canAct = boot.session.role !== "lead";
let devices = null;
let hub = null;
let all = false;
let missed = 0;
let heard = Date.now();
let turn = 0;
const busy = new Set();

wireSafety();

async function load() {
  showSafety();
  const mine = ++turn;
  const [first, second] = await Promise.allSettled([get("diagnostics"), get("devices")]);
  if (mine !== turn) return; // a later look has been sent
  if (first.status === "fulfilled") hub = first.value;
  if (second.status === "fulfilled") devices = second.value;
  const gone = [first, second].every((one) => one.status === "rejected" && !one.reason.code);
  missed = gone ? missed + 1 : 0;
  if (!gone) heard = Date.now();
  away(missed >= LOST ? heard : null);
  show();
}

function show() {
  showVerdict();
  showStations();
  showPrints();
  if (hub) {
    showJournal();
    showCentral();
  }
}

function showVerdict() {
  if (!devices && !hub) {
    setText(byId("verdict"), say(missed ? "failed" : "loading"));
    return;
  }
  const known = devices || [];
  const wrong = known.filter(todo).length;
  const lost = hub ? hub.stations.filter((one) => !one.connected) : [];
  const closed = hub && !hub.ready;
  setText(byId("verdict"), closed ? say("closed") : wrong ? say("bad", { count: wrong }) : lost.length ? say("pc_away", { names: listed(lost.map((one) => one.id)) }) : say("well"));
  setText(
    byId("verdict-note"),
    closed
      ? say(REFUSED.includes(hub.journal.closed_for) ? `closed.${hub.journal.closed_for}` : "closed.note", { code: hub.journal.closed_for || "?" })
      : wrong || lost.length
        ? say("bad.note", { all: known.length, pcs: hub ? hub.stations.length : "?" })
        : say("well.note", { count: known.length }),
  );
  document.querySelector(".diag__sum").dataset.kind = closed || wrong || lost.length ? "wrong" : "well";
  setText(byId("count-wrong"), String(wrong));
  setText(byId("count-all"), String(known.length));
}

// --- PCs and devices ----------------------------------------------------------------------------

const rank = (device) => ["wrong", "wait", "well", ""].indexOf(kind(device));

function showStations() {
  const words = byId("search").value.trim().toLowerCase();
  const fits = (one) => `${one.id} ${one.station} ${one.window || ""} ${place(one)} ${one.driver}`.toLowerCase().includes(words);
  const found = (devices || []).filter((one) => (all || words || todo(one)) && fits(one));
  const pcs = hub ? hub.stations.map((one) => one.id) : [];
  const names = [...new Set([...pcs, ...found.map((one) => one.station)])];
  const groups = names
    .map((id) => ({
      id,
      pc: hub && hub.stations.find((one) => one.id === id),
      devices: found.filter((one) => one.station === id).sort((a, b) => rank(a) - rank(b) || a.id.localeCompare(b.id, undefined, { numeric: true })),
    }))
    .filter((group) => group.devices.length || (group.pc && !group.pc.connected && !words));
  keyed(byId("stations"), groups, (group) => group.id, makeGroup, fillGroup);
  const empty = byId("empty");
  setHidden(empty, groups.length > 0 || devices === null);
  setText(empty, devices && !devices.length ? say("none.yet") : say(words || all ? "none" : "none.wrong"));
}

function makeGroup() {
  return el(
    "section",
    { class: "diag__pc" },
    el("header", {}, el("h3", {}), el("span", {}), el("small", {})),
    el("ul", { class: "diag__cards" }),
  );
}

function fillGroup(node, { id, pc, devices: own }) {
  const [name, mark, note] = node.querySelector("header").children;
  setText(name, id);
  const on = !pc || pc.connected;
  mark.className = on ? "badge badge--well" : "badge badge--wrong";
  setText(mark, say(on ? "pc.on" : "pc.off"));
  setText(note, pc ? say("pc.note", { version: pc.version, since: moment(pc.since) }) : "");
  keyed(node.querySelector("ul"), own, (device) => device.id, () => el("li", { class: "card diag__device" }), fillDevice);
}

function fillDevice(node, device) {
  const since = (hallClock.wall() - Date.parse(device.since)) / 1000;
  const shown = JSON.stringify([device, age(since), busy.has(device.id)]);
  if (node.dataset.shown === shown) return;
  const focus = node.contains(document.activeElement) ? document.activeElement.dataset.act : null;
  node.dataset.shown = shown;
  node.dataset.kind = kind(device);
  const mark = kind(device);
  const who = device.status.action && say(`action.${device.status.action}`);
  // The buttons stay what they are: a dialog gives the focus back to the one that it was opened from.
  const acts = node.querySelector(":scope > .actions") || el("p", { class: "actions" });
  keyed(acts, buttons(device), (one) => one.key, makeButton, fillButton);
  node.replaceChildren(
    el(
      "header",
      {},
      el("div", {}, el("h4", {}, device.id), el("small", {}, place(device))),
      el("span", { class: mark ? `badge badge--${mark}` : "badge" }, badge(device)),
    ),
    ...[
      device.sentence && el("p", { class: "diag__sentence" }, device.sentence),
      who && device.status.action !== "none" && el("p", { class: "diag__who" }, who),
      el("p", { class: "note diag__since" }, say("since", { since: moment(device.since), age: age(since) })),
      device.paper && paper(device.paper),
      device.question && canAct && question(device),
      acts,
    ].filter(Boolean),
  );
  const again = focus && node.querySelector(`[data-act="${focus}"]`);
  if (again) again.focus();
}

function paper(left) {
  const text = say("paper", left);
  return el(
    "div",
    { class: "diag__paper" },
    el("progress", { max: 100, value: left.percent, "aria-label": text }),
    el("small", {}, text),
    left.assumed ? el("small", {}, say("paper.assumed")) : null,
  );
}

function question(device) {
  return el(
    "div",
    { class: "diag__question" },
    el("p", {}, device.question),
    el("p", { class: "actions" }, ...[["clear.yes", true], ["clear.no", false]].map(([key, clear]) => placed(button(device, key, () => judge(device, clear))))),
  );
}

// What a button of a device is at the moment; `work` is what it does.
function button(device, key, work, look = "") {
  const act = async () => {
    if (busy.has(device.id)) return;
    busy.add(device.id);
    showStations();
    try {
      await work();
    } finally {
      busy.delete(device.id);
      load();
    }
  };
  const waits = busy.has(device.id);
  return { key, look, act, waits, text: key === "test" && waits ? say("test.running") : say(key) };
}

const works = new WeakMap();

function makeButton({ key, look }) {
  const node = el("button", { type: "button", class: look, "data-act": key, onclick: () => works.get(node)() });
  return node;
}

function fillButton(node, { act, waits, text }) {
  works.set(node, act);
  setText(node, text);
  if (waits) node.setAttribute("aria-disabled", "true");
  else node.removeAttribute("aria-disabled");
}

function placed(made) {
  const node = makeButton(made);
  fillButton(node, made);
  return node;
}

function buttons(device) {
  const made = [];
  if (canAct) {
    if (device.status.code === "line.moved_code") made.push(button(device, "rebind", () => rebind(device), "primary"));
    if (device.device_class === "printer") made.push(button(device, "roll", () => newRoll(device)));
    made.push(button(device, "test", () => test(device)));
  }
  made.push({ key: "more", look: "", waits: false, text: say("more"), act: () => details(device, canAct).then(load) });
  return made;
}

// --- slips, journal, central server -------------------------------------------------------------

function showPrints() {
  const prints = (hub && hub.prints) || [];
  setHidden(byId("prints-card"), prints.length === 0);
  keyed(byId("prints"), prints, (print) => `${print.job} ${print.state}`, makePrint, (node, print) => {
    setText(node.querySelector("b"), say(`prints.${print.state}`, { ...print, age: age(print.age_s) }));
  });
}

function makePrint(print) {
  const act = (key, work, look = "") =>
    el("button", { type: "button", class: look, onclick: async (event) => {
      event.target.disabled = true;
      await work();
      await load();
      event.target.disabled = false;
    } }, say(key));
  const acts = print.state === "unknown"
    ? [act("prints.printed", () => settle(print, true)), act("prints.missing", () => settle(print, false))]
    : [act("prints.again", () => reprint(print), "primary")];
  return el(
    "li",
    {},
    el("div", {}, el("b", {}), print.sentence ? el("p", { class: "note" }, print.sentence) : null),
    canAct ? el("p", { class: "actions" }, ...acts) : null,
  );
}

function facts(id, rows) {
  const shown = JSON.stringify(rows);
  const node = byId(id);
  if (node.dataset.shown === shown) return;
  node.dataset.shown = shown;
  node.replaceChildren(...rows.flatMap(([name, value, wrong]) => [el("dt", {}, name), el("dd", { class: wrong ? "wrong" : null }, value)]));
}

function showJournal() {
  const own = hub.journal;
  const at = (position, seconds) => (position ? say("journal.at", { position, age: age(seconds || 0) }) : say("journal.none"));
  const rows = [
    [say("journal.state"), own.closed_for ? say("journal.closed", { code: own.closed_for }) : say("journal.open"), Boolean(own.closed_for)],
    [say("journal.position"), own.position],
    [say("journal.snapshot"), at(own.snapshot, own.snapshot_age_s)],
    [
      say("journal.checkpoint"),
      own.checkpoint ? say("journal.number", { number: own.checkpoint, position: own.checkpoint_position, age: age(own.checkpoint_age_s || 0) }) : say("journal.none"),
    ],
  ];
  if (own.disk_bytes) {
    rows.push([say("journal.free"), say("journal.free.value", { free: size(own.free_bytes), all: size(own.disk_bytes) }), own.free_bytes < 1 << 30]);
    rows.push([say("journal.size"), size(own.file_bytes)]);
  }
  rows.push([say("journal.time"), say(`journal.time.${hub.time_sync}`), hub.time_sync === "not_synced" || hub.time_sync === "off"]);
  rows.push([say("journal.up"), age(hub.up_s)], [say("journal.version"), hub.version], [say("journal.streams"), String(hub.streams)]);
  if (hub.stalled.length) rows.push([say("journal.stalled"), listed(hub.stalled), true]);
  facts("journal", rows);
}

function showCentral() {
  const { central } = hub;
  if (!central) {
    facts("central", [[say("central.standing"), say("central.none")]]);
    return;
  }
  const { behind, code, standing } = central;
  const known = code === "going" || code === "starting";
  const left = behind === undefined ? "unknown" : behind > 500 ? "many" : "value";
  facts("central", [
    [say("central.standing"), say(`central.standing.${standing}`), standing === "fenced" || standing === "diverged"],
    [say("central.code"), say(known ? `central.code.${code}` : "central.code.other", { code }), !known],
    [say("central.behind"), say(`central.behind.${left}`, { n: behind })],
  ]);
}

// --- rating faces -------------------------------------------------------------------------------

async function loadWindows() {
  let windows = [];
  try {
    windows = (await get("hall")).windows;
  } catch (error) {
    return; // the page says already that the hub is away
  }
  keyed(byId("windows"), windows, (one) => one.id, (one) => el("button", { type: "button", onclick: () => offer(one.id) }, say("window", { window: one.id })));
}

// --- log ----------------------------------------------------------------------------------------

let logTurn = 0;

async function loadLogs() {
  const mine = ++logTurn;
  const query = new URLSearchParams({ level: byId("log-level").value, text: byId("log-text").value.trim() });
  let lines;
  try {
    lines = await get(`logs?${query}`);
  } catch (error) {
    if (mine === logTurn) {
      setText(byId("logs-empty"), say("logs.failed"));
      setHidden(byId("logs-empty"), byId("logs").childElementCount > 0);
    }
    return;
  }
  if (mine !== logTurn) return;
  keyed(byId("logs"), lines.reverse(), (line) => JSON.stringify(line), makeLine);
  setText(byId("logs-empty"), say("logs.none"));
  setHidden(byId("logs-empty"), lines.length > 0);
}

function makeLine(line) {
  const rest = Object.entries(line.fields).map(([key, value]) => `${key}=${value}`).join(" ");
  const look = { warning: " badge--wait", error: " badge--wrong", critical: " badge--wrong" }[line.level] || "";
  return el(
    "li",
    {},
    el("time", { datetime: line.at, title: moment(line.at) }, clock(line.at)),
    el("span", { class: `badge${look}` }, say(`level.${line.level}`)),
    el("span", { class: "diag__event" }, el("b", {}, line.event), rest ? ` ${rest}` : ""),
  );
}

// --- the page -----------------------------------------------------------------------------------

function choose(everything) {
  all = everything;
  byId("show-wrong").setAttribute("aria-pressed", String(!all));
  byId("show-all").setAttribute("aria-pressed", String(all));
  showStations();
}

function look() {
  if (document.hidden) return;
  load();
  if (canAct) loadLogs();
}

byId("show-wrong").addEventListener("click", () => choose(false));
byId("show-all").addEventListener("click", () => choose(true));
byId("search").addEventListener("input", showStations);
byId("log-level").addEventListener("change", loadLogs);
byId("log-text").addEventListener("input", loadLogs);
document.addEventListener("visibilitychange", look);
setHidden(byId("bundle"), !canAct);
setHidden(byId("logs-card"), !canAct);
onUnlocked(look);
show();
look();
loadWindows();
setInterval(look, LOOK_MS);
