// The queues: who waits how long, and a switch for ticketing.

import { say } from "/pages/shared/frame.js";
import { byId, confirm, el, keyed, setText } from "/pages/shared/parts.js";
import { act, press } from "./acts.js";

export function showQueues({ hall, names, may, passed }) {
  keyed(
    byId("queues"),
    hall.queues,
    (row) => row.queue.id,
    () => el("tr", {}, el("th", { scope: "row" }), ...Array.from({ length: 5 }, () => el("td"))),
    (node, row) => fill(node, row, { name: names.get(row.queue.id), may, passed }),
  );
}

function fill(node, row, { name, may, passed }) {
  const { queue } = row;
  const [title, waiting, longest, newcomer, windows, ticketing] = node.children;
  title.replaceChildren(el("div", { class: "overview__queue" }, el("span", { class: "overview__prefix" }, queue.prefix), el("span", {}, name)));
  waiting.className = windows.className = "number";
  setText(waiting, row.held ? say("waiting.held", { n: queue.waiting, held: row.held }) : String(queue.waiting));
  longest.dataset.kind = row.long ? "wrong" : "";
  setText(
    longest,
    row.first ? say(row.long ? "longest.over" : "longest.now", { n: Math.floor((row.longest_s + passed) / 60), number: row.first }) : "—",
  );
  setText(newcomer, queue.wait ? say("range", queue.wait) : "—");
  setText(windows, String(queue.windows));
  const state = row.stopped ? "stopped" : queue.open ? "giving" : queue.refusal === "quota_reached" ? "full" : "shut";
  const shown = `${state} ${may}`;
  if (ticketing.dataset.shown === shown) return;
  ticketing.dataset.shown = shown;
  const kind = { giving: "badge badge--well", stopped: "badge badge--wait" }[state] || "badge";
  ticketing.replaceChildren(
    el(
      "div",
      { class: "overview__switch" },
      el("span", { class: kind }, say(`ticketing.${state}`)),
      may ? press(el("button", { type: "button", class: "small" }, say(row.stopped ? "ticketing.open" : "ticketing.stop")), () => turn(queue, name, row.stopped)) : null,
    ),
  );
}

async function turn(queue, name, open) {
  const sure =
    open ||
    (await confirm({
      title: say("ticketing.stop"),
      text: say("ticketing.stop.ask", { queue: name }),
      yes: say("ticketing.stop"),
      no: say("frame.cancel"),
    }));
  if (sure) {
    await act(`queues/${encodeURIComponent(queue.id)}/open`, { open }, { done: say(open ? "ticketing.opened" : "ticketing.stopped.done", { queue: name }) });
  }
}
