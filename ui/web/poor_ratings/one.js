// One bad rating: what is known, what was done, and what can be done next.

import { get } from "/pages/shared/api.js";
import { boot, explain, language, moment, say } from "/pages/shared/frame.js";
import { el, toast } from "/pages/shared/parts.js";
import { named } from "/pages/shared/text.js";
import { askErasure, askStep, takeOver } from "./steps.js";

const me = boot.session.name;
const TRACK = ["registered", "verified", "rectified", "closed"];
const KINDS = { registered: "badge--wrong", appealed: "badge--wait", verified: "badge--wait", rectified: "badge--strong", closed: "badge--well" };

// What can be done in each state, the usual step first.
const STEPS = {
  registered: ["verify", "appeal"],
  verified: ["rectify", "appeal"],
  rectified: ["follow_up"],
  appealed: ["uphold", "reject"],
  closed: ["reopen"],
};
const FINAL = ["mistaken", "unfounded", "voided"];

export function mark(item) {
  const key = item.state === "closed" && item.outcome ? `outcome.${item.outcome}` : `state.${item.state}`;
  return el("span", { class: `badge ${KINDS[item.state]}` }, say(key));
}

export function where(item) {
  return say("where", { level: say(`level.${item.level}`), window: item.window, person: item.person, service: named(item.service, language) });
}

export function due(item) {
  if (item.state === "closed") return say("due.date", { due: item.due });
  if (item.overdue) return say("due.over", { due: item.due, n: -item.days_left });
  return item.days_left === 0 ? say("due.today") : say("due.left", { due: item.due, n: item.days_left });
}

export function showOne(box, item, { may, look, options }) {
  const shown = JSON.stringify(item);
  if (box.dataset.shown === shown) return;
  const words = box.dataset.rating === item.rating ? box.querySelector("#words") : null;
  box.dataset.shown = shown;
  box.dataset.rating = item.rating;
  const again = { may, look: () => ((box.dataset.shown = ""), look()) };
  box.replaceChildren(
    el("div", { class: "card__head" }, el("h2", {}, say("one", { number: item.number })), mark(item)),
    track(item),
    facts(item, options),
    privacy(item, may, words, again),
    ...(may ? [acts(item, again)] : []),
    story(item),
  );
}

function track(item) {
  const at = item.state === "appealed" ? 0 : TRACK.indexOf(item.state);
  return el(
    "ol",
    { class: "poor__track", "aria-label": say("track") },
    ...TRACK.map((state, n) =>
      el(
        "li",
        { "data-done": n < at || item.state === "closed" ? "yes" : "no", "aria-current": n === at ? "step" : false },
        el("span", { class: "poor__dot", "aria-hidden": "true" }, n < at || item.state === "closed" ? "✓" : String(n + 1)),
        say(`track.${state}`),
      ),
    ),
  );
}

function facts(item, options) {
  const rows = [
    [say("fact.level"), [say(`level.${item.level}`), ...item.options.map((code) => options.get(code) || String(code))].reduce((all, next) => say("all", { all, next }))],
    [say("fact.where"), say("fact.window", { window: item.window, person: item.person, service: named(item.service, language) })],
    [say("fact.at"), moment(item.at) + (item.late ? say("late") : "")],
    [say("fact.due"), due(item)],
    [say("fact.handler"), item.handler_name || say("handler.none")],
  ];
  if (item.ground) rows.push([say("fact.ground"), say(`ground.${item.ground}`)]);
  return el("dl", { class: "poor__facts" }, ...rows.flatMap(([label, text]) => [el("dt", {}, label), el("dd", {}, text)]));
}

// Texts and the phone are fetched only when somebody asks for them: every look is noted.
function privacy(item, may, words, { look: again }) {
  const box = el("div", { class: "poor__private" });
  const texts = item.has_comment || item.moves.some((move) => move.has_note);
  const row = el("p", { class: "poor__looks" });
  if (words && texts) box.append(words);
  else if (texts) row.append(look(say(item.has_comment ? "words" : "notes"), "words-see", () => readWords(item, box)));
  else row.append(el("span", { class: "note" }, say("words.none")));
  if (!item.has_contact) row.append(el("span", { class: "note" }, say("contact.none")));
  else if (may && item.handler === me) row.append(look(say("contact"), "contact-see", (button) => readContact(item, button)));
  else row.append(el("span", { class: "note" }, say("contact.handler")));
  if (may && (texts || item.has_contact)) row.append(erase(item, again));
  box.prepend(row);
  return box;
}

function look(text, id, work) {
  const button = el("button", { type: "button", class: "small", id }, text);
  button.addEventListener("click", () => work(button));
  return button;
}

function erase(item, again) {
  const asked = () => {
    toast(say("erase.asked"));
    again();
  };
  return el("button", { type: "button", class: "small", id: "erase", onclick: () => askErasure(item, asked) }, say("erase"));
}

async function readWords(item, box) {
  try {
    const said = await get(`poor-ratings/${encodeURIComponent(item.rating)}/words`);
    const rows = [];
    if (said.writing) rows.push(el("img", { class: "poor__writing", alt: say("writing"), src: `data:image/svg+xml;base64,${btoa(said.writing)}` }));
    if (item.has_comment && (said.comment || !said.writing)) rows.push(el("blockquote", {}, said.comment || say("words.gone")));
    for (const move of item.moves.filter((one) => one.has_note)) {
      rows.push(el("p", {}, el("strong", {}, say(`step.${move.step}`)), ` ${said.notes[String(move.version)] || say("words.gone")}`));
    }
    const shown = el("div", { id: "words", class: "poor__words" }, ...rows);
    box.append(shown);
    box.querySelector("#words-see").remove();
  } catch (error) {
    explain(error);
  }
}

async function readContact(item, button) {
  try {
    const { phone } = await get(`poor-ratings/${encodeURIComponent(item.rating)}/contact`);
    button.replaceWith(el("strong", { class: "poor__phone", id: "phone" }, phone));
  } catch (error) {
    explain(error);
  }
}

function acts(item, { look: again }) {
  const box = el("div", { class: "actions poor__acts" });
  const mine = !item.handler || item.handler === me;
  const done = (step) => {
    toast(say(`done.${step}`));
    again();
  };
  const steps = item.state === "closed" && FINAL.includes(item.outcome) ? [] : STEPS[item.state];
  const review = item.state === "appealed";
  steps.forEach((step, n) => {
    const barred = review ? item.appealed_by === me : item.state !== "closed" && !mine;
    const button = el("button", { type: "button", id: `step-${step}`, class: n === 0 && !barred ? "primary" : "", disabled: barred }, say(`step.${step}`));
    button.addEventListener("click", () => askStep(item, step, done));
    box.append(button);
  });
  if (item.state !== "closed") {
    const hand = el("button", { type: "button", id: "step-take", class: "quiet" }, say(mine && item.handler ? "step.hand" : "step.take"));
    hand.addEventListener("click", () => takeOver(item, done));
    box.prepend(hand);
  }
  const why = review && item.appealed_by === me ? "barred.review" : !mine && !review && item.state !== "closed" ? "barred.handler" : "";
  return el("div", {}, box, why ? el("p", { class: "note poor__barred" }, say(why, { person: item.handler_name })) : null);
}

function story(item) {
  const rows = item.moves.map((move) =>
    el(
      "li",
      {},
      el("span", { class: "poor__when" }, `${moment(move.at)}`),
      el("span", {}, say("story.line", { step: say(`step.${move.step}`), person: move.person }), detail(move)),
    ),
  );
  const first = el("li", {}, el("span", { class: "poor__when" }, moment(item.at)), el("span", {}, say("story.registered")));
  return el("div", {}, el("h3", {}, say("story")), el("ol", { class: "poor__story" }, first, ...rows));
}

function detail(move) {
  if (move.ground && move.step === "appeal") return say("story.detail", { what: say(`ground.${move.ground}`) });
  if (move.result) return say("story.detail", { what: say(`result.${move.result}`) });
  if (move.handler) return say("story.detail", { what: move.handler });
  return "";
}

