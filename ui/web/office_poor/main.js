// The register of bad ratings of all halls: 登记 → 核实 → 整改 → 回访, with deadlines.

import { get, post } from "/pages/shared/api.js";
import { away, boot, explain, listed, moment, onUnlocked, say } from "/pages/shared/frame.js";
import { byId, dialog, el, field, keyed, select, setHidden, setText, toast } from "/pages/shared/parts.js";
import { called } from "/pages/office/naming.js";

const LOOK_MS = 5000;
const SHOWS = ["open", "overdue", "closed", "all"];
const WAY = ["registered", "verified", "rectified", "closed"];
const may = boot.session.role !== "auditor";
const hall = byId("hall");
let show = "open";
let items = null;
let since = null;
let timer = 0;
let asked = 0;

async function load() {
  const turn = ++asked;
  clearTimeout(timer);
  try {
    const found = await get(`office/poor?${new URLSearchParams({ show, hall: hall.value })}`);
    if (turn !== asked) return;
    items = found;
    since = null;
    away(null);
    fill();
  } catch (error) {
    if (turn !== asked) return;
    if (error.status) explain(error);
    else away((since = since || Date.now()));
  }
  timer = setTimeout(load, LOOK_MS);
}

async function halls() {
  const chosen = new URLSearchParams(window.location.search).get("hall") || "";
  hall.replaceChildren(el("option", { value: "" }, say("hall.all")));
  try {
    for (const one of (await get("office/halls")).halls) {
      hall.append(el("option", { value: one.id, selected: one.id === chosen }, called(one.name, one.name_en)));
    }
  } catch (error) {
    explain(error);
  }
}

// Something else is asked for: what was shown is no answer to it.
function ask() {
  items = null;
  fill();
  load();
}

function fill() {
  keyed(
    byId("show"),
    SHOWS,
    (key) => key,
    (key) => el("button", { type: "button", class: "small", onclick: () => ((show = key), ask()) }, say(`show.${key}`)),
    (node, key) => node.setAttribute("aria-pressed", String(key === show)),
  );
  keyed(byId("items"), items || [], (item) => `${item.hall} ${item.rating}`, row, cells);
  setText(byId("empty"), say(items ? `none.${show}` : "loading"));
  setHidden(byId("empty"), Boolean(items && items.length));
}

function row(item) {
  const open = el("button", { type: "button", class: "small" }, say(may ? "work" : "look"));
  const node = el("tr", {}, ...Array.from({ length: 8 }, () => el("td")), el("td", {}, open));
  open.addEventListener("click", () => work(item.hall, item.rating));
  return node;
}

function cells(node, item) {
  const shown = JSON.stringify(item);
  if (node.dataset.shown === shown) return;
  node.dataset.shown = shown;
  const [due, where, number, date, window_, level, state, handler] = node.children;
  due.replaceChildren(item.due, item.overdue ? el("span", { class: "badge badge--wrong" }, say("overdue")) : "");
  setText(where, called(item.hall_name, item.hall_name_en));
  setText(number, item.number);
  setText(date, item.date);
  setText(window_, item.window);
  level.replaceChildren(el("span", { class: "badge badge--wrong" }, say(`level.${item.level}`)));
  state.replaceChildren(...states(item));
  setText(handler, who(item.handler) || "—");
}

const who = (person) => (person || "").replace(/^central:(.*)$/, (_, name) => say("office.person", { name }));

function states(item) {
  const kind = item.state === "closed" ? "badge--well" : item.state === "appealed" ? "badge--strong" : "badge--wait";
  const outcome = item.state === "closed" && item.outcome ? say("outcome", { outcome: say(`outcome.${item.outcome}`) }) : "";
  const parts = [el("span", { class: `badge ${kind}` }, say(`state.${item.state}`) + outcome)];
  if (item.asked && !item.asked.code) parts.push(el("span", { class: "badge" }, say("asked", { step: say(`step.${item.asked.step}`) })));
  if (item.asked && item.asked.code) parts.push(el("span", { class: "badge badge--wrong" }, say("refused", { step: say(`step.${item.asked.step}`) })));
  return parts;
}

// --- one item -----------------------------------------------------------------------------------

async function work(hall, rating) {
  const path = `office/poor/${encodeURIComponent(hall)}/${encodeURIComponent(rating)}`;
  let item;
  try {
    item = await get(path);
  } catch (error) {
    explain(error);
    return;
  }
  const content = el("div", {});
  const shown = dialog({ title: say("item", { number: item.number, hall: called(item.hall_name, item.hall_name_en) }), content, wide: true });
  draw(content, item, path, shown);
}

// What the citizen said, where the hall lets it go up; that somebody looked is noted, so it takes a press.
function said(path) {
  const box = el("span", {});
  const look = async () => {
    try {
      const { words, phone } = await get(`${path}/said`);
      box.replaceChildren(...[words ? el("q", {}, words) : say("text.at_hall"), phone && el("strong", { class: "poor__phone" }, phone)].filter(Boolean));
    } catch (error) {
      explain(error);
    }
  };
  box.append(el("button", { type: "button", onclick: look }, say("text.look")));
  return box;
}

function draw(content, item, path, shown) {
  const facts = item.facts || {};
  const pairs = [
    ["date", item.date],
    ["window", item.window],
    ["level", say(`level.${item.level}`)],
    ["options", listed(facts.options || [])],
    ["teller", item.teller],
    ["due", item.due + (item.overdue ? ` (${say("overdue")})` : "")],
    ["handler", who(item.handler)],
    ["text", facts.has_comment && may ? said(path) : say(facts.has_comment ? "text.at_hall" : "text.none")],
    ["contact", say(facts.has_contact ? "contact.at_hall" : "contact.none")],
  ].filter(([, value]) => value);
  const parts = [
    el("ol", { class: "poor__way" }, ...WAY.map((state) => el("li", { class: WAY.indexOf(item.state) >= WAY.indexOf(state) ? "is-done" : null, "aria-current": item.state === state ? "step" : null }, say(`state.${state}`)))),
    item.state === "appealed" ? el("p", { class: "badge badge--strong poor__appeal" }, say("state.appealed")) : null,
    el("dl", { class: "poor__facts" }, ...pairs.flatMap(([key, value]) => [el("dt", {}, say(key)), el("dd", {}, value)])),
    moves(item),
    pending(item),
    may ? steps(item, path, content, shown) : null,
    el("p", { class: "actions" }, el("button", { type: "button", onclick: () => shown.close() }, say("frame.close"))),
  ];
  content.replaceChildren(...parts.filter(Boolean));
}

function moves(item) {
  const lines = item.moves || [];
  if (!lines.length) return el("p", { class: "note" }, say("moves.none"));
  return el(
    "ol",
    { class: "poor__moves" },
    ...lines.map((move) =>
      el(
        "li",
        {},
        el("strong", {}, say(`step.${move.step}`)),
        ` ${move.ground ? say(`ground.${move.ground}`) : ""}${move.result ? say(`result.${move.result}`) : ""} `,
        el("small", {}, `${moment(move.at)} ${who(move.person)}`),
        move.note ? el("p", {}, move.note) : null,
      ),
    ),
  );
}

function pending(item) {
  if (!item.asked) return null;
  const step = say(`step.${item.asked.step}`);
  if (!item.asked.code) return el("p", { class: "note" }, say("asked.note", { step }));
  return el("p", { class: "wrong" }, say("refused.note", { step, why: say(`why.${item.asked.code}`).startsWith("why.") ? item.asked.code : say(`why.${item.asked.code}`) }));
}

function steps(item, path, content, shown) {
  if (!item.steps || !item.steps.length) return null;
  const step = select("step", item.steps.map((key) => [key, say(`step.${key}`)]), item.steps[0]);
  const ground = select("ground", ["mistaken", "unfounded"].map((key) => [key, say(`ground.${key}`)]));
  const results = (item.facts || {}).has_contact ? ["satisfied", "dissatisfied", "no_answer"] : ["anonymous"];
  const result = select("result", results.map((key) => [key, say(`result.${key}`)]));
  const note = el("textarea", { name: "note", rows: 3, maxlength: 500 });
  const grounds = field(say("ground"), ground);
  const results_ = field(say("result"), result);
  const arrange = () => {
    grounds.hidden = step.value !== "appeal";
    results_.hidden = step.value !== "follow_up";
  };
  step.addEventListener("change", arrange);
  arrange();
  const wrong = el("p", { class: "wrong", role: "alert", hidden: true });
  const form = el(
    "form",
    { class: "poor__form" },
    el("div", { class: "fields" }, field(say("step"), step), grounds, results_),
    field(say("note"), note, say("note.note")),
    wrong,
    el("p", { class: "actions" }, el("button", { class: "primary" }, say("do"))),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      const body = { step: step.value, version: item.version, note: note.value.trim() };
      if (step.value === "appeal") body.ground = ground.value;
      if (step.value === "follow_up") body.result = result.value;
      await post(`${path}/moves`, body);
      toast(say("sent", { hall: called(item.hall_name, item.hall_name_en) }));
      shown.close();
      load();
    } catch (error) {
      setText(wrong, error.detail || say("frame.offline"));
      wrong.hidden = false;
    }
  });
  return form;
}

hall.addEventListener("change", ask);
onUnlocked(load);
halls().then(load);
