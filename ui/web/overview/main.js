// The overview: the hall as a lead sees it, and what a lead does about it.

import { get } from "/pages/shared/api.js";
import { Events } from "/pages/shared/events.js";
import { away, boot, clock, explain, language, listed, onUnlocked, say } from "/pages/shared/frame.js";
import { byId, el, keyed, setHidden, setText } from "/pages/shared/parts.js";
import { named } from "/pages/shared/text.js";
import { askDate, askNotice, askQuiet, showOrder, wireActs } from "./acts.js";
import { closingDialog } from "./closing.js";
import { showOpening } from "./opening.js";
import { showQueues } from "./queues.js";
import { showSide } from "./side.js";
import { showWindows } from "./windows.js";

const SOON_MS = 300;
const LOOK_MS = 20000;
const may = ["lead", "admin"].includes(boot.session.role);
const title = document.title;

let hall = null;
let devices = [];
let seen = 0;
let waiting = null;
let loading = false;
let again = false;
let closing = null;

async function load() {
  if (loading) {
    again = true;
    return;
  }
  loading = true;
  try {
    [hall, devices] = await Promise.all([get("overview"), get("devices")]);
    seen = Date.now();
    show();
  } catch (error) {
    if (hall === null) setText(byId("empty"), say("failed"));
    // A hub that is away has its banner; only what it says itself is said again.
    if (error.detail) explain(error);
  } finally {
    loading = false;
    if (again) {
      again = false;
      soon();
    }
  }
}

// Events come in bursts; what is shown is asked for once for each.
function soon() {
  if (waiting !== null) return;
  waiting = setTimeout(() => {
    waiting = null;
    load();
  }, SOON_MS);
}

// What the parts of the page are shown from; `passed` are seconds since the hub was asked.
function present() {
  const names = new Map(hall.queues.map(({ queue }) => [queue.id, named(queue.name, language)]));
  return { hall, devices, may, names, passed: Math.round((Date.now() - seen) / 1000) };
}

function show() {
  const page = present();
  byId("overview").dataset.state = "there";
  setHidden(byId("empty"), true);
  setHidden(byId("columns"), false);
  setHidden(byId("acts"), !may);
  showFacts(page);
  showQuestion();
  showNotice();
  showQueues(page);
  showWindows(page);
  showSide(page);
  showOpening(page);
  if (closing) closing(page);
  const unseen = hall.alerts.filter((alert) => !alert.acknowledged).length;
  document.title = unseen ? `(${unseen}) ${title}` : title;
}

function showFacts({ passed }) {
  const first = hall.queues.reduce((worst, row) => (row.longest_s > (worst ? worst.longest_s : 0) ? row : worst), null);
  const working = hall.windows.filter((row) => ["open", "called", "serving"].includes(row.window.state)).length;
  const minutes = first ? Math.floor((first.longest_s + passed) / 60) : 0;
  const facts = [
    ["people", say("fact.people"), String(hall.waiting), ""],
    ["longest", say("fact.longest"), first ? say("minutes", { n: minutes }) : "—", first && first.long ? "wrong" : ""],
    ["working", say("fact.working"), `${working}/${hall.windows.length}`, ""],
    ["empty", say("fact.empty"), ...count((row) => row.empty)],
    ["long", say("fact.long"), ...count((row) => row.long && row.window.state === "serving")],
  ];
  keyed(
    byId("facts"),
    facts,
    (fact) => fact[0],
    () => el("div", { class: "fact" }, el("dt"), el("dd")),
    (node, [, label, value, kind]) => {
      node.dataset.kind = kind;
      setText(node.firstElementChild, label);
      setText(node.lastElementChild, value);
    },
  );
}

function count(test) {
  const found = hall.windows.filter(test).length;
  return [String(found), found ? "wrong" : ""];
}

function showQuestion() {
  const asked = hall.question;
  setHidden(byId("question"), asked === null);
  setHidden(byId("question-form"), !may);
  if (asked === null) return;
  setText(byId("question-text"), say("question", { date: asked.date }));
  for (const part of ["question-pin", "question-pin-label"]) setHidden(byId(part), !asked.pin);
  const input = byId("question-date");
  if (!input.value) input.value = asked.date;
}

function showNotice() {
  const parts = [];
  const { leads, on_call: onCall } = hall.desk;
  if (leads.length) parts.push(say("leads", { leads: listed(leads), call: listed(onCall) }));
  if (hall.closing.closed) parts.push(say("closed"));
  if (hall.notice) parts.push(say("notice.now", { text: named(hall.notice, language) }));
  if (hall.quiet_until) parts.push(say("quiet.now", { until: clock(hall.quiet_until) }));
  setText(byId("notice-text"), parts.join("　"));
  setHidden(byId("notice-text"), parts.length === 0);
}

wireActs(load);
byId("question-form").addEventListener("submit", (event) => {
  event.preventDefault();
  askDate(byId("question-date").value, byId("question-pin").value);
  byId("question-pin").value = "";
});
byId("notice").addEventListener("click", () => askNotice(hall));
byId("quiet").addEventListener("click", () => askQuiet(hall));
byId("order").addEventListener("click", () => showOrder(hall));
byId("closing").addEventListener("click", async () => {
  const shown = closingDialog(present());
  closing = shown.update;
  await shown.closed;
  closing = null;
});
onUnlocked(load);
new Events({
  event: soon,
  reset: load,
  up: () => {
    away(null);
    load();
  },
  lost: (since) => away(since),
}).start();
load();
setInterval(load, LOOK_MS);
// Between two looks only the clock of what is shown goes on.
setInterval(() => hall && showWindows(present()), 1000);
