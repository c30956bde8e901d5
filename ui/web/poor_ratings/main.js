// Bad ratings worked off: what is open, by when, and the next step for the one that was chosen.

import { get } from "/pages/shared/api.js";
import { Events } from "/pages/shared/events.js";
import { away, boot, explain, language, onUnlocked, say } from "/pages/shared/frame.js";
import { byId, el, keyed, setHidden, setText } from "/pages/shared/parts.js";
import { named } from "/pages/shared/text.js";
import { showApprovals } from "./approvals.js";
import { due, mark, showOne, where } from "./one.js";

const OURS = /^(poor_rating\.|approval\.|rating\.voided|day\.|settings\.)/;
const SOON_MS = 200;
const may = ["lead", "admin"].includes(boot.session.role);

let show = "open";
let chosen = new URLSearchParams(location.search).get("rating") || "";
let items = [];
let waiting = null;
let options = new Map();

async function load() {
  const asked = show;
  try {
    const [found, approvals] = await Promise.all([get(`poor-ratings?show=${asked}`), get("approvals")]);
    if (asked !== show) return;
    items = found;
    byId("poor").dataset.state = "there";
    showItems();
    showApprovals(approvals, { may, look: load });
    await showChosen();
  } catch (error) {
    setText(byId("empty"), say("failed"));
    setHidden(byId("empty"), items.length > 0);
    if (error.detail) explain(error);
  }
}

function soon() {
  if (waiting !== null) return;
  waiting = setTimeout(() => {
    waiting = null;
    load();
  }, SOON_MS);
}

function showItems() {
  setText(byId("empty"), say(`none.${show}`));
  setHidden(byId("empty"), items.length > 0);
  showPrompt();
  keyed(byId("items"), items, (item) => item.rating, make, fill);
}

// One is asked to choose only where there is one to choose, and none is shown.
function showPrompt() {
  setHidden(byId("choose"), !byId("detail").hidden || items.length === 0);
  setHidden(byId("one"), byId("detail").hidden && items.length === 0);
}

function make(item) {
  const button = el("button", { type: "button", class: "poor__item", onclick: () => choose(item.rating) });
  return el("li", {}, button);
}

function fill(node, item) {
  const button = node.firstElementChild;
  const current = item.rating === chosen;
  button.setAttribute("aria-current", current ? "true" : "false");
  const shown = JSON.stringify(item);
  if (button.dataset.shown === shown) return;
  button.dataset.shown = shown;
  button.replaceChildren(
    el("span", { class: "poor__row" }, el("strong", {}, item.number), mark(item)),
    el("span", { class: "poor__where" }, where(item)),
    el("span", { class: item.overdue ? "poor__due wrong" : "poor__due" }, due(item)),
  );
}

function choose(rating) {
  chosen = rating;
  history.replaceState(null, "", `?rating=${encodeURIComponent(rating)}`);
  showItems();
  showChosen();
}

async function showChosen() {
  const asked = chosen;
  if (!asked) return;
  try {
    const item = await get(`poor-ratings/${encodeURIComponent(asked)}`);
    if (asked !== chosen) return;
    setHidden(byId("detail"), false);
    showPrompt();
    showOne(byId("detail"), item, { may, look: load, options });
  } catch (error) {
    if (error.code !== "unknown_poor_rating") {
      if (error.detail) explain(error);
      return;
    }
    chosen = "";
    setHidden(byId("detail"), true);
    showPrompt();
  }
}

for (const which of ["open", "closed"]) {
  byId(`show-${which}`).addEventListener("click", () => {
    show = which;
    for (const one of ["open", "closed"]) byId(`show-${one}`).setAttribute("aria-pressed", String(one === which));
    load();
  });
}
onUnlocked(load);
new Events({
  event: (kind) => OURS.test(kind) && soon(),
  reset: load,
  up: () => {
    away(null);
    load();
  },
  lost: (since) => away(since),
}).start();
get("rating-options")
  .then(({ levels }) => (options = new Map(levels.flatMap((level) => level.options.map((one) => [one.code, named({ zh: one.text, en: one.en }, language)])))), explain)
  .then(load);
