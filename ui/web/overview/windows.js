// The windows, a card each: state, ticket, teller, since when, and a way to move its skills.

import { clock, listed, say } from "/pages/shared/frame.js";
import { byId, el, keyed, setText } from "/pages/shared/parts.js";
import { moveSkills } from "./acts.js";


const BADGES = { serving: "badge badge--strong", called: "badge badge--wait", open: "badge badge--well", paused: "badge badge--wait" };

export function showWindows(page) {
  keyed(
    byId("windows"),
    page.hall.windows,
    (row) => row.window.id,
    make,
    (node, row) => fill(node, row, page),
  );
}

function make() {
  return el(
    "li",
    { class: "pane" },
    el("div", { class: "pane__head" }, el("strong", { class: "pane__id" }), el("span", { class: "badge" })),
    el("p", { class: "pane__ticket" }),
    el("p", { class: "pane__person" }),
    el("p", { class: "pane__skills" }),
    el("div", { class: "pane__foot" }),
  );
}

function fill(node, row, { may, names, passed }) {
  const { window } = row;
  const [head, ticket, person, skills, foot] = node.children;
  const wrong = row.empty || row.long;
  node.dataset.kind = row.empty ? "empty" : row.long ? "long" : "";
  node.dataset.state = window.state;
  setText(head.children[0], window.id);
  const badge = head.children[1];
  badge.className = wrong ? "badge badge--wrong" : BADGES[window.state] || "badge";
  setText(badge, say(row.empty ? "state.empty" : row.long && window.state === "serving" ? "state.long" : `state.${window.state}`));
  const since = row.since_s === undefined || row.since_s === null ? "" : duration(row.since_s + passed);
  setText(ticket, window.number ? say("pane.ticket", { number: window.number, since }) : since ? say("pane.since", { since }) : "—");
  setText(person, row.person ? say(row.expected ? "pane.expected" : "pane.person", { person: row.person }) : say("pane.nobody"));
  setText(skills, listed((window.skills || []).map((queue) => names.get(queue) || queue)) || say("pane.no_skills"));
  skills.title = skills.textContent;
  const shown = JSON.stringify([row.move, window.waiting, may, window.skills, row.could, row.trained, row.person, window.teller]);
  if (foot.dataset.shown === shown) return;
  foot.dataset.shown = shown;
  foot.replaceChildren(
    row.move
      ? el("span", { class: "badge badge--wait" }, say("pane.moved", { until: clock(row.move.until) }))
      : el("small", {}, say("pane.waiting", { n: window.waiting || 0 })),
    may
      ? el(
          "button",
          { type: "button", class: "small quiet", "aria-label": say("pane.move.label", { window: window.id }), onclick: () => moveSkills(row, names) },
          say("pane.move"),
        )
      : "",
  );
}

function duration(seconds) {
  const minutes = Math.floor(seconds / 60);
  if (minutes >= 60) return say("hours", { h: Math.floor(minutes / 60), m: minutes % 60 });
  return `${minutes}:${String(seconds % 60).padStart(2, "0")}`;
}
