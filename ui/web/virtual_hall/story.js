// What the hall makes of it all: alerts, troubles, and what just happened with its bytes.
import { el, setAttr, setText } from "./dom.js";
import { currentLanguage, has, say } from "./words.js";

const KEPT = 60;

function clock(ms, offsetMin) {
  return new Date(ms + offsetMin * 60000).toISOString().slice(11, 19);
}

export class Alerts {
  constructor() {
    this.title = el("h2", { class: "card__title", id: "alerts-title" });
    this.list = el("ul", { class: "alerts", "aria-live": "polite" });
    this.node = el("section", { class: "card alerts-card", "aria-labelledby": "alerts-title" }, this.title, this.list);
    this.key = "";
  }

  // lines: [{tone: "trouble" | "notice", text}]
  update(lines) {
    setText(this.title, say("alerts.title"));
    const key = JSON.stringify([currentLanguage(), lines]);
    if (key === this.key) return;
    this.key = key;
    this.list.replaceChildren(...(lines.length
      ? lines.map((line) => el("li", { class: `alert alert--${line.tone}` }, line.text))
      : [el("li", { class: "alert alert--well" }, el("strong", {}, say("alerts.none")), el("span", {}, say("alerts.none.hint")))]));
  }
}

export class Log {
  constructor(offsetMin) {
    this.offset = offsetMin;
    this.entries = [];
    this.title = el("h2", { class: "card__title", id: "log-title" });
    this.list = el("ol", { class: "log" });
    this.node = el("section", { class: "card log-card", "aria-labelledby": "log-title" }, this.title, this.list);
    this.waiting = [];
    this.dirty = true;
    this.frame = 0;
  }

  add(...entries) {
    this.waiting.push(...entries.filter((entry) => has(entry.text)));
    if (!this.frame) this.frame = requestAnimationFrame(() => this.flush());
  }

  words() {
    setText(this.title, say("log.title"));
    this.list.replaceChildren();
    this.waiting = this.entries.splice(0).reverse();
    this.flush();
  }

  clear() {
    this.entries = [];
    this.waiting = [];
    this.list.replaceChildren();
  }

  flush() {
    this.frame = 0;
    const fresh = this.waiting.splice(0).slice(-KEPT);
    if (this.entries.length === 0) this.list.replaceChildren();
    for (const entry of fresh) {
      this.entries.unshift(entry);
      this.list.prepend(this.row(entry));
    }
    while (this.entries.length > KEPT) {
      this.entries.pop();
      this.list.lastElementChild.remove();
    }
    if (this.entries.length === 0) this.list.replaceChildren(el("li", { class: "log__none" }, say("log.none")));
  }

  row(entry) {
    const parameters = {};
    for (const [name, value] of Object.entries(entry.parameters || {})) {
      parameters[name] = typeof value === "function" ? value() : value;
    }
    const row = el("li", { class: `log__row log__row--${entry.tone || "device"}` },
      el("time", {}, clock(entry.at, this.offset)),
      el("span", { class: "log__text", title: say(entry.text, parameters) }, say(entry.text, parameters)));
    for (const bytes of entry.wire || []) {
      row.append(el("button", {
        type: "button", class: "bytes", "aria-expanded": "false", title: say("log.more"),
        onclick: (event) => {
          const long = event.currentTarget.getAttribute("aria-expanded") === "true";
          setAttr(event.currentTarget, "aria-expanded", String(!long));
          row.classList.toggle("log__row--open", !long);
        },
      }, el("b", { "aria-hidden": "true" }, bytes.toHost ? "‹" : "›"), el("code", {}, bytes.hex),
      el("small", {}, say("log.bytes", { n: bytes.length }))));
    }
    return row;
  }
}
