// What a rating face can show, each as one node.
import { byId, el, setHidden, setText } from "/pages/shared/parts.js";
import { named } from "/pages/shared/text.js";
import { Writing } from "./writing.js";

const LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ";
const CODE = 8;
// The mouth of each level, drawn in a circle of 100.
const MOUTHS = {
  5: "M26 56 Q50 92 74 56 Z",
  4: "M28 60 Q50 82 72 60",
  3: "M30 68 H70",
  2: "M30 74 Q50 58 70 74",
  1: "M28 78 Q50 48 72 78",
};

export const views = { pair, idle, paused, closed, rate, options, thanks, words };

function smile(level) {
  const svg = byId("blank").cloneNode(false); // the page has one, so that no namespace is written here
  svg.removeAttribute("id");
  svg.removeAttribute("hidden");
  svg.setAttribute("class", `face face--${level}`);
  svg.setAttribute("aria-hidden", "true");
  const part = (name, attributes) => {
    const node = document.createElementNS(svg.namespaceURI, name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    svg.append(node);
  };
  part("circle", { cx: 50, cy: 50, r: 45, class: "face__round" });
  part("circle", { cx: 34, cy: 40, r: 6, class: "face__eye" });
  part("circle", { cx: 66, cy: 40, r: 6, class: "face__eye" });
  part("path", { d: MOUTHS[level], class: level === 5 ? "face__mouth face__mouth--open" : "face__mouth" });
  return svg;
}

function idle({ say, photo }, view) {
  const teller = view.teller;
  if (!teller) return words(say("idle.nobody"));
  const fact = (label, value) => (value ? el("div", { class: "fact" }, el("dt", {}, label), el("dd", {}, value)) : null);
  return el(
    "section",
    { class: "card" },
    el("p", { class: "card__welcome" }, say("idle.welcome")),
    el(
      "div",
      { class: "card__person" },
      photo
        ? el("img", { class: "card__photo", src: photo, alt: say("idle.photo", { name: teller.name }) })
        : el("div", { class: "card__mark", "aria-hidden": "true" }, teller.name.slice(0, 1)),
      el(
        "div",
        {},
        el("p", { class: "card__name" }, teller.name),
        el("dl", {}, fact(say("idle.staff_no"), teller.staff_no), fact(say("idle.post"), teller.post)),
      ),
    ),
    teller.promise ? el("p", { class: "card__promise" }, el("span", {}, say("idle.promise")), teller.promise) : null,
  );
}

function paused({ say }, view) {
  return words(
    say("paused"),
    say("paused.note"),
    view.pause_reason ? say("paused.reason", { reason: view.pause_reason }) : "",
    view.pause_minutes ? say("paused.minutes", { minutes: String(view.pause_minutes) }) : "",
  );
}

function closed({ say }) {
  return words(say("closed"), say("paused.note"));
}

function words(title, ...lines) {
  return el("section", { class: "words" }, el("h2", {}, title), ...lines.filter(Boolean).map((line) => el("p", {}, line)));
}

function rate(face, view, choose) {
  const { say } = face;
  const about = say("rate.about", { number: view.number, service: view.service ? face.name(view.service) : "" });
  const more = view.of > 1 ? ` · ${say("rate.item", { item: String(view.item || 1), of: String(view.of) })}` : "";
  return el(
    "section",
    { class: "rate" },
    el("h2", {}, say("rate.title")),
    el("p", { class: "rate__about" }, about + more),
    el(
      "div",
      { class: "levels" },
      ...[5, 4, 3, 2, 1].map((level) =>
        el("button", { type: "button", class: `level level--${level}`, onclick: () => choose(level) }, smile(level), el("span", {}, say("level." + level))),
      ),
    ),
    el("p", { class: "rate__foot" }, el("span", {}, say("rate.private")), el("span", { id: "left", class: "left" })),
  );
}

function options(face, choice, give, again) {
  const { say, language } = face;
  const level = face.levels.find((one) => one.level === choice.level);
  const chips = ((level && level.options) || []).map((one) =>
    el(
      "button",
      {
        type: "button",
        class: "chip",
        lang: language === "en" && !one.en ? "zh-CN" : false,
        "aria-pressed": String(choice.options.has(one.code)),
        onclick: (event) => {
          const on = !choice.options.has(one.code);
          if (on) choice.options.add(one.code);
          else choice.options.delete(one.code);
          event.currentTarget.setAttribute("aria-pressed", String(on));
        },
      },
      named({ zh: one.text, en: one.en }, language),
    ),
  );
  const text = el("textarea", { rows: "2", maxlength: "500", "aria-label": say("options.text"), placeholder: say("options.text"), oninput: () => (choice.text = text.value) });
  // Only a bad rating is called back about. What is no part of a number does not stay.
  const phone =
    choice.level > 2
      ? null
      : el("input", {
          type: "tel",
          maxlength: "20",
          autocomplete: "off",
          "aria-label": say("options.phone"),
          placeholder: say("options.phone"),
          oninput: () => (choice.phone = phone.value = phone.value.replace(/[^0-9+ -]/g, "")),
        });
  text.value = choice.text;
  const typed = el("div", {}, text);
  const written = el("div", { hidden: true }, new Writing(face, choice.strokes).node);
  const way = (key, on) =>
    el(
      "button",
      {
        type: "button",
        class: "way",
        "aria-pressed": String(on),
        onclick: (event) => {
          const byHand = key === "options.by_hand";
          section.dataset.way = byHand ? "hand" : "key";
          setHidden(typed, byHand);
          setHidden(written, !byHand);
          for (const one of event.currentTarget.parentNode.children) one.setAttribute("aria-pressed", String(one === event.currentTarget));
        },
      },
      say(key),
    );
  const section = el(
    "section",
    { class: "options" },
    el("h2", {}, smile(choice.level), el("span", {}, say("options.title", { level: say("level." + choice.level) }))),
    el("p", { class: "rate__about" }, say("options.note")),
    el("div", { class: "chips" }, ...chips),
    el(
      "div",
      { class: "options__tools" },
      el("div", { class: "ways", role: "group", "aria-label": say("options.text") }, way("options.by_key", true), way("options.by_hand", false)),
      phone,
    ),
    typed,
    written,
    el(
      "div",
      { class: "options__acts" },
      el("button", { type: "button", class: "big", onclick: again }, say("options.back")),
      el("span", { id: "left", class: "left" }),
      el("button", { type: "button", class: "big primary", onclick: give }, say("options.send")),
    ),
  );
  return section;
}

function thanks({ say }, key) {
  const node = words(say(key));
  node.prepend(smile(5));
  return node;
}

function pair({ say }, asked, take) {
  let code = "";
  const shown = el("p", { class: "pair__code", "aria-label": say("pair.code") });
  const wrong = el("p", { class: "wrong", role: "alert", hidden: true });
  const enter = el("button", { type: "button", class: "big primary", onclick: press }, say("pair.enter"));
  async function press() {
    enter.disabled = true;
    try {
      await take(code);
    } catch (error) {
      setText(wrong, error.detail || say("away"));
      setHidden(wrong, false);
      code = "";
      paint();
    }
  }
  function paint() {
    const said = code.padEnd(CODE, "_");
    setText(shown, `${said.slice(0, 3)}-${said.slice(3)}`);
    enter.disabled = code.length < CODE;
  }
  const key = (letter) =>
    el("button", { type: "button", class: "key", onclick: () => ((code = (code + letter).slice(0, CODE)), setHidden(wrong, true), paint()) }, letter);
  paint();
  return el(
    "section",
    { class: "pair" },
    el("h2", {}, say("pair.title")),
    el("p", {}, say("pair.note"), asked ? ` ${say("pair.window", { window: asked })}` : ""),
    shown,
    wrong,
    el("div", { class: "pair__keys" }, ...[...LETTERS].map(key), el("button", { type: "button", class: "key key--word", onclick: () => ((code = code.slice(0, -1)), paint()) }, say("pair.back"))),
    enter,
  );
}
