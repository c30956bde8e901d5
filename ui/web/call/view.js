// What the call page shows of a window. Only what differs is touched.

import { clock, hallClock, language, say } from "/pages/shared/frame.js";
import { byId, el, keyed, setHidden, setText } from "/pages/shared/parts.js";
import { named } from "/pages/shared/text.js";
import { ACTS } from "./keys.js";

const STATE_LOOK = { open: "", called: "badge--wait", serving: "badge--well", paused: "badge--wrong", closed: "" };

export function queueName(desk, id) {
  const queue = desk.hall && desk.hall.queues.find((one) => one.id === id);
  return queue ? named(queue.name, language) : id || "";
}

export function makeActs(press) {
  const box = byId("acts");
  for (const act of ACTS) {
    box.append(
      el(
        "button",
        { type: "button", id: `act-${act.name}`, class: `acts__${act.name}${act.strong ? " primary" : ""}`, "aria-keyshortcuts": act.key, onclick: () => press(act.name) },
        el("span", { class: "acts__name" }, say(`act.${act.name}`)),
        el("kbd", {}, act.key),
        el("small", { class: "acts__note" }),
      ),
    );
  }
}

// Which acts make sense now. The hub decides; this only keeps what is pointless from being pressed.
export function allowed(desk, busy) {
  const window = desk.seen.window;
  const ticket = window.ticket;
  const paused = Boolean(window.pause);
  const called = Boolean(ticket) && ticket.state === "called";
  return {
    next: !busy && !paused,
    recall: !busy && Boolean(ticket),
    start: !busy && called,
    no_show: !busy && Boolean(ticket) && Boolean(desk.seen.no_show && ready(desk)),
    hold: !busy && Boolean(ticket),
    transfer: !busy && Boolean(ticket),
    services: !busy && Boolean(ticket),
    number: !busy && !paused,
    finish: !busy && Boolean(ticket),
    pause: !busy,
    evaluate: !busy && Boolean(ticket),
    requeue: !busy && Boolean(ticket),
    signature: !busy && Boolean(ticket) && Boolean(desk.seen.signature),
    scan: !busy && Boolean(ticket),
    notice: !busy && Boolean(ticket),
  };
}

function ready(desk) {
  const far = desk.seen.no_show;
  return far.calls >= far.needed && opensIn(desk) <= 0;
}

// Seconds until no-show opens, counted on from when the hub said so.
function opensIn(desk) {
  const since = (hallClock.wall() - Date.parse(desk.seen.at)) / 1000;
  return Math.ceil(desk.seen.no_show.opens_in_s - since);
}

export function showActs(desk, busy) {
  const may = allowed(desk, busy);
  const paused = Boolean(desk.seen.window.pause);
  for (const act of ACTS) {
    const button = byId(`act-${act.name}`);
    button.setAttribute("aria-disabled", String(!may[act.name]));
    const [name, , note] = button.children;
    if (act.name === "pause") setText(name, say(paused ? "act.resume" : "act.pause"));
    if (act.name === "signature") {
      const { signature } = desk.seen;
      button.hidden = !signature;
      setText(name, say(signature === "asked" ? "act.signature.drop" : "act.signature"));
      setText(note, signature === "asked" || signature === "signed" ? say(`signature.${signature}`) : "");
    }
    if (act.name === "no_show") {
      const far = desk.seen.no_show;
      const wait = far ? opensIn(desk) : 0;
      let said = "";
      if (far && far.calls < far.needed) said = say("no_show.calls", { calls: far.calls, needed: far.needed });
      else if (wait > 0) said = say("no_show.wait", { seconds: wait });
      setText(note, said);
    }
  }
  return may;
}

export function show(desk) {
  const { window, ahead, person } = desk.seen;
  const ticket = window.ticket;
  setText(byId("window-name"), window.name ? named(window.name, language) : say("window.name", { window: window.id }));
  const asked = window.rating && !ticket && !window.pause;
  const badge = byId("window-state");
  badge.className = `badge ${STATE_LOOK[window.state] || ""}`;
  setText(badge, say(asked ? "state.rating" : `state.${window.state}`));
  setText(byId("window-person"), person);
  byId("now").dataset.state = window.state;
  setText(byId("number"), ticket ? ticket.number : window.pause ? say("paused") : say("idle"));
  byId("number").dataset.empty = ticket ? "no" : "yes";
  setText(byId("queue"), ticket ? queueName(desk, ticket.queue) : window.pause ? pauseText(window.pause) : idleText(window));
  keyed(byId("facts"), ticket ? facts(ticket) : [], (fact) => fact.text, (fact) => el("span", { class: `badge ${fact.look || ""}` }, fact.text));
  setText(byId("reason"), ticket && desk.seen.reason ? desk.seen.reason.sentence : "");
  const pending = ticket && ticket.priority_state === "pending";
  setHidden(byId("verify"), !pending);
  if (pending) setText(byId("verify-text"), say("verify.text", { priority: priorityName(desk, ticket.priority) }));
  showLine(desk, window, ahead);
  showAside(desk);
  setHidden(byId("amend"), !desk.seen.last || desk.seen.last.state !== "finished");
  tick(desk);
}

function idleText(window) {
  return window.waiting ? say("idle.waiting", { waiting: window.waiting }) : say("idle.none");
}

function pauseText(pause) {
  return [say("paused.since", { since: clock(pause.since) }), pause.reason, pause.minutes ? say("paused.minutes", { minutes: pause.minutes }) : "", pause.contact]
    .filter(Boolean)
    .join(" · ");
}

function facts(ticket) {
  const found = [];
  if (ticket.test) found.push({ text: say("fact.test"), look: "badge--wrong" });
  if (ticket.priority_state === "confirmed") found.push({ text: say("fact.priority"), look: "badge--strong" });
  if (ticket.appointment) found.push({ text: say("fact.appointment"), look: "badge--strong" });
  if (ticket.headcount) found.push({ text: say("fact.headcount", { count: ticket.headcount }) });
  if (ticket.language === "en") found.push({ text: say("fact.english") });
  if (ticket.assisted_by) found.push({ text: say("fact.assisted") });
  if (ticket.paper) found.push({ text: say("fact.paper") });
  if (ticket.case) found.push({ text: say("fact.case", { project: ticket.case }), look: "badge--strong" });
  if (ticket.calls > 1) found.push({ text: say("fact.calls", { calls: ticket.calls }), look: "badge--wait" });
  return found;
}

export function priorityName(desk, id) {
  const priority = desk.hall && desk.hall.priorities.find((one) => one.id === id);
  return priority ? named(priority.name, language) : id || "";
}

function showLine(desk, window, ahead) {
  setText(byId("line-count"), say("line.count", { waiting: window.waiting || 0 }));
  setHidden(byId("line-empty"), ahead.length > 0);
  keyed(
    byId("line"),
    ahead,
    (one) => one.ticket.id,
    () => el("li", { class: "line__one" }, el("b", {}), el("span", { class: "line__queue" }), el("span", { class: "line__wait" }), el("small", {})),
    (node, one) => {
      const [number, queue, wait, reason] = node.children;
      // Each of the others has waited longest of those behind it, which says nothing.
      const plain = one !== ahead[0] && one.reason.code === "order.longest_wait";
      setText(number, one.ticket.number);
      setText(queue, queueName(desk, one.ticket.queue));
      setText(wait, say("line.waited", { minutes: Math.floor(one.waited_s / 60) }));
      setText(reason, plain ? "" : one.reason.sentence);
    },
  );
}

function showAside(desk) {
  const { aside } = desk.seen;
  setHidden(byId("aside-card"), aside.length === 0);
  keyed(
    byId("aside"),
    aside,
    (one) => one.id,
    (one) =>
      el(
        "li",
        { class: "aside__one" },
        el("b", {}, one.number),
        el("span", { class: "badge" }),
        el("button", { type: "button", class: "small", "data-ticket": one.id, "data-do": "call" }, say("aside.call")),
        el("button", { type: "button", class: "small", "data-ticket": one.id, "data-do": "wake" }, say("aside.wake")),
      ),
    (node, one) => {
      setText(node.children[1], say(one.state === "no_show" ? "aside.no_show" : `hold.${one.hold}`));
      setHidden(node.children[3], one.hold !== "until_woken");
    },
  );
}

export function showDay(day) {
  const rows = [
    ["served", day.served],
    ["items", day.items],
    ["mean", day.mean_s === null ? "—" : span(day.mean_s)],
    ["no_shows", day.no_shows],
    ["rated", `${day.rated}`],
    ["good", `${day.good}`],
  ];
  keyed(
    byId("day"),
    rows,
    ([key]) => key,
    ([key]) => el("div", {}, el("dt", {}, say(`day.${key}`)), el("dd", {})),
    (node, [, value]) => setText(node.children[1], String(value)),
  );
}

export function span(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  const rest = String(whole % 60).padStart(2, "0");
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

// Once a second: how long the ticket has been called or served, against what was promised.
export function tick(desk, promiseMinutes = desk.promise) {
  if (!desk.seen) return;
  desk.promise = promiseMinutes;
  const { called_at: calledAt, started_at: startedAt, window } = desk.seen;
  const timer = byId("timer");
  const from = startedAt || calledAt;
  if (!window.ticket || !from) {
    setText(timer, "");
    timer.dataset.late = "no";
    return;
  }
  const seconds = (hallClock.wall() - Date.parse(from)) / 1000;
  const promise = startedAt && desk.promise ? desk.promise : null;
  timer.replaceChildren(
    el("span", { class: "now__since" }, say(startedAt ? "timer.serving" : "timer.called")),
    el("b", {}, span(seconds)),
    promise ? el("small", {}, say("timer.promise", { minutes: promise })) : "",
  );
  timer.dataset.late = promise && seconds > promise * 60 ? "yes" : "no";
}
