// The call page: one teller, one window, one key for each act.

import { get } from "/pages/shared/api.js";
import { away, explain, onUnlocked, present as awake, say } from "/pages/shared/frame.js";
import { byId, confirm, dialogOpen, setHidden, setText, toast } from "/pages/shared/parts.js";
import { Acts } from "./act.js";
import { Desk } from "./desk.js";
import { askFinish, askHold, askNotStarted, askNumber, askPause, askServices, askTransfer } from "./dialogs.js";
import { choose, leave, present } from "./duty.js";
import * as guide from "./guide.js";
import { pressed } from "./keys.js";
import { openNotice } from "./notice.js";
import { openScan } from "./scan.js";
import { makeActs, show, showActs, showDay, tick } from "./view.js";

const DAY_MS = 120000;
const COUNTED = new Set(["ticket.finished", "ticket.passed_on", "ticket.no_show", "ticket.amended", "rating.closed", "rating.given"]);

let desk = null;
let dayTimer = null;
let alone = false; // something that was pressed is under way
let question = null; // the one on the page: { still, said, gone }

const acts = new Acts((state, job) => {
  setHidden(byId("doubt"), state === "idle" || state === "asking");
  byId("doubt").dataset.state = state;
  if (job && state !== "idle") setText(byId("doubt-text"), say(`doubt.${state}`, { what: say(`act.${job.name}`) }));
  setHidden(byId("doubt-again"), state !== "doubt");
  setHidden(byId("doubt-forget"), state !== "doubt");
  byId("now").setAttribute("aria-busy", String(state === "asking" || state === "unsure"));
  refresh();
});

function refresh() {
  if (!desk || !desk.seen) return;
  const busy = acts.busy || (alone && !question);
  showActs(desk, busy);
  for (const name of ["verify-yes", "verify-no"]) byId(name).setAttribute("aria-disabled", String(busy));
}

// One thing at a time, from its press to its end: what is pressed meanwhile is nothing, as a question of it
// would lie over the one that is yet to come.
async function only(work) {
  if (alone || dialogOpen()) return;
  alone = true;
  try {
    const done = work();
    refresh();
    await done;
  } finally {
    alone = false;
    refresh();
  }
}

// Ask about something until that is over by another hand: then so is the question, with a word.
async function about(still, said, ask) {
  if (desk.fresh && !still()) {
    toast(said(), "info");
    return undefined;
  }
  const gone = new AbortController();
  question = { still, said, gone };
  try {
    const answer = ask(gone.signal);
    refresh();
    return await answer;
  } finally {
    question = null;
  }
}

function settle() {
  if (!question || question.still()) return;
  const { said, gone } = question;
  gone.abort();
  toast(said(), "info");
}

// A question about the ticket in hand: ask(ticket, until).
function ofTicket(ask) {
  const { ticket } = desk;
  const still = () => Boolean(desk.ticket) && desk.ticket.id === ticket.id;
  return about(still, () => say("gone", { number: ticket.number }), (until) => ask(ticket, until));
}

// A question that only the end of the work at this window ends.
function ofWindow(ask) {
  return about(() => true, () => "", ask);
}

function path(action) {
  return `windows/${encodeURIComponent(desk.window)}/${action}`;
}

// Do one act and say what became of it. Resolves to the answer, or undefined where it was not done.
async function run(name, where, body) {
  return over(await acts.run(name, where, body));
}

async function over(result) {
  if (!result) return undefined;
  const { answer, problem, settled, job } = result;
  if (problem) {
    if (problem.code === "not_started" && job.name === "next") {
      await look();
      await cameOrNot(problem);
    } else {
      toast(problem.unsaved ? `${say("unsaved", { what: say(`act.${job.name}`) })} ${problem.detail}` : problem.detail || say("frame.failed"), "wrong");
      look();
    }
    return undefined;
  }
  if (settled) toast(say("settled", { what: say(`act.${job.name}`) }));
  if (job.name === "next" && answer === null) toast(say("nobody"), "info");
  await look();
  return answer === null ? true : answer;
}

// The window may be no longer this page's by the time an answer is there.
async function look() {
  if (desk) await desk.load();
}

async function cameOrNot(problem) {
  if (!desk) return;
  const { ticket, number } = problem.params;
  const state = () => (desk.ticket && desk.ticket.id === ticket ? desk.ticket.state : "");
  const said = () => say(state() === "serving" ? "gone.started" : "gone", { number });
  const what = await about(() => state() === "called", said, (until) => askNotStarted(problem, until));
  const next = what && path("call-next");
  if (what === "no_show") {
    if (await run("no_show", path("no-show"), { ticket })) await run("next", next, { after: null });
  } else if (what) await run(what, path(what), { ticket });
}

const DO = {
  next: () => run("next", path("call-next"), { after: desk.ticket ? desk.ticket.id : null }),
  recall: () => run("recall", path("recall"), here()),
  start: () => run("start", path("start"), here()),
  no_show: () => run("no_show", path("no-show"), here()),
  scan: () => ofTicket((_, until) => openScan(desk, until)),
  notice: () => ofTicket((_, until) => openNotice(desk, until)),
  evaluate: () => run("evaluate", path("evaluate"), here()),
  requeue: () => run("requeue", path("requeue"), here()),
  signature: () => (desk.seen.signature === "asked" ? run("signature", path("signature/cancel"), {}) : run("signature", path("signature"), here())),
  hold: async () => {
    const body = here();
    const kind = await ofTicket((_, until) => askHold(until));
    if (kind) await run("hold", path("hold"), { ...body, kind });
  },
  transfer: async () => {
    const body = here();
    const target = await ofTicket((ticket, until) => askTransfer(desk, ticket, until));
    if (target) await run("transfer", path("transfer"), { ...body, ...target });
  },
  services: async () => {
    const { id } = desk.ticket;
    const services = await ofTicket((ticket, until) => askServices(ticket, guide.service, until));
    if (services) await run("services", `tickets/${id}/services`, { services });
  },
  number: async () => {
    const number = await ofWindow(askNumber);
    if (number) await run("number", path("call"), { ticket: number });
  },
  finish: async () => {
    const body = here();
    const wanted = await ofTicket(({ id, number }, until) => askFinish({ id, number }, { until }));
    if (wanted) await run("finish", path("finish"), { ...body, ...wanted });
  },
  pause: async () => {
    if (desk.seen.window.pause) {
      await run("resume", path("resume"), {});
      return;
    }
    if (!(await run("pause", path("pause"), {})) || !desk) return;
    const over = () => say("pause.over");
    const details = await about(() => Boolean(desk.seen.window.pause), over, askPause);
    const now = details && (await run("pause", path("pause"), { ...details, if_paused: true }));
    if (now && !now.pause) toast(over(), "info");
  },
};

// The ticket in hand, by name: meant for the next one, a press must not reach it.
function here() {
  return { ticket: desk.ticket.id };
}

function press(name) {
  if (!desk || !desk.seen) return;
  if (alone) return;
  const may = showActs(desk, acts.busy);
  if (may[name]) only(DO[name]);
}

async function changed() {
  setHidden(byId("loading"), true);
  setHidden(byId("call"), false);
  show(desk);
  settle();
  refresh();
  const own = desk;
  const minutes = await guide.showGuide(own.ticket, () => press("services"));
  if (own === desk) tick(desk, minutes);
}

async function loadDay() {
  clearTimeout(dayTimer);
  dayTimer = setTimeout(loadDay, DAY_MS);
  try {
    showDay(await get(path("day")));
  } catch (error) {
    // Figures can wait; a hub that is away is said once, above.
  }
}

async function work(window) {
  setHidden(byId("loading"), false);
  desk = new Desk(window, {
    changed,
    event: (kind, data) => {
      if (data.window !== window) return;
      if (COUNTED.has(kind)) loadDay();
      if (data.by === "device" || data.by === "station") awake(); // a key of the keypad: the person is here
      if (kind === "window.signed_out" || (kind === "window.signed_in" && data.teller !== desk.seen.window.teller)) begin();
    },
    up: () => away(null),
    lost,
    failed: (error) => (error.code === "unknown_window" ? restart() : desk.seen || explain(error)),
  });
  await desk.start();
  loadDay();
}

function restart() {
  leave();
  begin();
}

function lost(since) {
  away(since, say("away"));
}

let beginning = false;

async function begin() {
  if (beginning) return;
  beginning = true;
  if (desk) desk.close();
  desk = null;
  if (question) question.gone.abort();
  setHidden(byId("call"), true);
  try {
    let window = null;
    for (;;) {
      try {
        window = await present();
        break;
      } catch (error) {
        lost(Date.now());
        await new Promise((resolve) => setTimeout(resolve, 2000));
      }
    }
    away(null);
    if (!window) {
      setHidden(byId("loading"), true);
      window = await choose();
    }
    await work(window);
  } finally {
    beginning = false;
  }
}

async function verify(confirmed) {
  const ticket = desk.ticket;
  if (ticket && ticket.priority_state === "pending") await run("verify", `tickets/${ticket.id}/priority`, { confirmed });
}

document.addEventListener("keydown", (event) => {
  if (!desk || dialogOpen() || document.body.dataset.locked === "yes") return;
  const key = pressed(event);
  if (!key) return;
  const button = document.querySelector(`#acts [aria-keyshortcuts="${key}"]`);
  if (button) {
    event.preventDefault();
    press(button.id.slice("act-".length));
  } else if (key === "Y") only(() => verify(true));
  else if (key === "N") only(() => verify(false));
});

makeActs(press);
byId("doubt-again").addEventListener("click", () => only(async () => over(await acts.again())));
byId("doubt-forget").addEventListener("click", () => acts.forget());
byId("verify-yes").addEventListener("click", () => only(() => verify(true)));
byId("verify-no").addEventListener("click", () => only(() => verify(false)));
byId("open-strip").addEventListener("click", () => {
  window.open("/call/strip", "kioskd_strip", "popup,width=380,height=120");
});
byId("sign-off").addEventListener("click", () =>
  only(async () => {
    const text = say("duty.end.ask", { window: desk.window });
    const sure = await ofWindow((until) => confirm({ title: say("duty.end"), text, yes: say("duty.end"), no: say("frame.cancel"), until }));
    if (!sure) return;
    leave();
    if (await run("sign_off", path("logout"), {})) begin();
  }),
);
byId("amend").addEventListener("click", () =>
  only(async () => {
    const { last } = desk.seen;
    const wanted = await ofWindow((until) => askFinish(last, { amend: true, until }));
    if (wanted && (await run("amend", `tickets/${last.id}/amend`, wanted))) toast(say("amend.done", { number: last.number }));
  }),
);
byId("aside").addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  const ticket = button.dataset.ticket;
  only(() => (button.dataset.do === "call" ? run("number", path("call"), { ticket }) : run("wake", `tickets/${ticket}/wake`, {})));
});
setInterval(() => {
  if (desk && desk.seen) {
    tick(desk);
    refresh();
  }
}, 1000);
onUnlocked(() => (desk ? desk.load(true) : begin()));
begin();
