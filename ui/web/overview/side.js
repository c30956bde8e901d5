// What asks for a lead: the suggestion of a window, alerts, bad ratings, devices in trouble.

import { clock, language, say } from "/pages/shared/frame.js";
import { byId, el, keyed, setHidden, setText } from "/pages/shared/parts.js";
import { named } from "/pages/shared/text.js";
import { act, press } from "./acts.js";

const MOVE_MIN = 60;

// Bring a list up to date; who was at one of its buttons by keyboard goes on at the next, else at its heading.
function keepFocus(list, work) {
  const buttons = () => [...list.querySelectorAll("button, a")];
  const before = document.activeElement;
  const at = buttons().indexOf(before);
  work();
  if (at < 0 || document.activeElement === before) return;
  const left = buttons();
  if (left.length) return (left.includes(before) ? before : left[Math.min(at, left.length - 1)]).focus();
  const heading = list.parentElement.querySelector("h2");
  heading.tabIndex = -1;
  heading.focus();
}

export function showSide(page) {
  showTide(page);
  keepFocus(byId("alerts"), () => showAlerts(page));
  keepFocus(byId("ratings"), () => showRatings(page));
  showDevices(page);
}

function showTide({ hall, names, may }) {
  const { tide } = hall;
  const box = byId("tide");
  setHidden(box, tide === null);
  const shown = JSON.stringify(tide);
  if (box.dataset.shown === shown || tide === null) return;
  box.dataset.shown = shown;
  const row = hall.windows.find(({ window }) => window.id === tide.window);
  const [helped, ...worse] = tide.effects;
  const effect = ({ queue, before, after }) => ({ queue: names.get(queue), before, after });
  const body = { add: [tide.queue], remove: [], minutes: MOVE_MIN };
  const done = say("move.done", { window: tide.window });
  box.replaceChildren(
    el("h2", {}, say("tide")),
    el("p", {}, say("tide.move", { window: tide.window, person: row ? row.person : "", queue: names.get(tide.queue), n: MOVE_MIN })),
    el("p", { class: "overview__effect" }, say("tide.effect", effect(helped))),
    ...worse.map((one) => el("p", { class: "note" }, say("tide.worse", effect(one)))),
    tide.trained || !tide.teller ? "" : el("p", { class: "wrong" }, say("tide.untrained")),
    may
      ? el(
          "p",
          { class: "actions" },
          press(el("button", { type: "button", class: "primary", id: "tide-do" }, say("tide.do")), () =>
            act(`windows/${encodeURIComponent(tide.window)}/skills`, body, { done }),
          ),
        )
      : "",
  );
}

function showAlerts({ hall, may }) {
  const unseen = hall.alerts.filter((alert) => !alert.acknowledged).length;
  const count = byId("alerts-count");
  setHidden(count, unseen === 0);
  setText(count, say("alerts.unseen", { n: unseen }));
  count.className = "badge badge--wrong";
  setHidden(byId("alerts-none"), hall.alerts.length > 0);
  const ordered = [...hall.alerts].sort((one, other) => Number(one.acknowledged) - Number(other.acknowledged));
  keyed(byId("alerts"), ordered, (alert) => alert.id, () => el("li"), (node, alert) => {
    const shown = JSON.stringify([alert.sentence, alert.acknowledged, alert.tier, may]);
    if (node.dataset.shown === shown) return;
    node.dataset.shown = shown;
    node.dataset.seen = alert.acknowledged ? "yes" : "no";
    node.replaceChildren(
      el("div", {}, el("p", {}, alert.sentence), el("small", {}, say(alert.acknowledged ? "alerts.since.seen" : "alerts.since", { since: clock(alert.since) }))),
      may && !alert.acknowledged
        ? press(el("button", { type: "button", class: "small" }, say("alerts.seen")), () => act(`alerts/${encodeURIComponent(alert.id)}/acknowledge`))
        : "",
    );
  });
}

function showRatings({ hall, may }) {
  setHidden(byId("ratings-none"), hall.ratings.length > 0);
  const { poor, overdue, approvals } = hall.desk;
  const link = byId("poor");
  setHidden(link, poor + approvals === 0);
  setText(link, say("poor", { n: poor, over: overdue || "", ask: approvals || "" }));
  link.className = overdue ? "wrong" : "";
  keyed(byId("ratings"), hall.ratings, (one) => `${one.number}/${one.at}`, () => el("li"), (node, one) => {
    const shown = JSON.stringify([one, may]);
    if (node.dataset.shown === shown) return;
    node.dataset.shown = shown;
    node.dataset.seen = one.state === "seen" ? "yes" : "no";
    const where = say("ratings.where", { number: one.number, window: one.window, person: one.person, service: named(one.service, language) });
    node.replaceChildren(
      el(
        "div",
        {},
        el("p", {}, el("strong", {}, say(`level.${one.level}`)), ` ${where}`),
        el(
          "small",
          {},
          one.step ? say("ratings.step", { at: clock(one.at), step: say(`step.${one.step}`) }) : say(`ratings.${one.state}`, { at: clock(one.at) }),
          one.late ? ` ${say("ratings.late")}` : "",
        ),
      ),
      one.rating && may ? el("a", { class: "button small", href: `/poor-ratings?rating=${encodeURIComponent(one.rating)}` }, say("ratings.work")) : "",
      may && one.alert && !one.rating
        ? press(el("button", { type: "button", class: "small" }, say("alerts.seen")), () => act(`alerts/${encodeURIComponent(one.alert)}/acknowledge`))
        : "",
    );
  });
}

function showDevices({ devices }) {
  const wrong = devices.filter((device) => device.sentence || device.question);
  setHidden(byId("devices-none"), wrong.length > 0);
  setText(byId("devices-none"), devices.length ? say("devices.none", { n: devices.length }) : say("devices.no"));
  keyed(byId("devices"), wrong, (device) => device.id, () => el("li", {}, el("div", {}, el("p"), el("small"))), (node, device) => {
    const [sentence, where] = node.firstElementChild.children;
    setText(sentence, device.question || device.sentence);
    setText(where, say("devices.where", { device: device.name, since: clock(device.since) }));
  });
}
