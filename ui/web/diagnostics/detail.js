// One device closely, as its own PC sees it: what a sign shows, tests, its past, the last bytes.

import { get } from "/pages/shared/api.js";
import { hallClock, listed, moment, say } from "/pages/shared/frame.js";
import { Panel } from "/pages/shared/led.js";
import { dialog, el, keyed, setHidden, setText } from "/pages/shared/parts.js";
import { check, newUnit, undo, verdict } from "./acts.js";
import { badge, kind, place } from "./words.js";

const LOOK_MS = 1500;
const TRYING_MS = 350; // while keys are tried out, a press should be seen at once
const LEVELS = { call_pad: "key", rating_pad: "stars" };

export async function details(device, canAct) {
  const close = new Close(device, canAct);
  close.begin();
  await close.shown.closed;
  close.end();
}

class Close {
  constructor(device, canAct) {
    this.device = device;
    this.canAct = canAct;
    this.over = false;
    this.facts = el("dl", { class: "diag__facts" });
    this.wrong = el("p", { class: "wrong", role: "alert", hidden: true });
    this.panels = { state: this.state(), past: this.past(), bytes: this.bytes() };
    if (canAct) this.panels.test = this.test();
    const names = ["state", "test", "past", "bytes"].filter((name) => this.panels[name]);
    this.tabs = names.map((name) => el("button", { type: "button", "aria-pressed": "false", "data-tab": name, onclick: () => this.turn(name) }, say(`tab.${name}`)));
    this.shown = dialog({
      title: `${device.id} · ${place(device)}`,
      wide: true,
      content: el(
        "div",
        { class: "close" },
        el("div", { class: "diag__tabs", role: "group", "aria-label": say("more") }, ...this.tabs),
        this.wrong,
        ...names.map((name) => this.panels[name]),
        el("p", { class: "actions" }, el("button", { type: "button", class: "primary", onclick: () => this.shown.close() }, say("frame.close"))),
      ),
    });
  }

  begin() {
    this.turn("state");
    this.look();
  }

  end() {
    this.over = true;
    clearTimeout(this.timer);
    if (this.trying) check(this.device, "end"); // else it ends by itself
  }

  turn(name) {
    for (const tab of this.tabs) tab.setAttribute("aria-pressed", String(tab.dataset.tab === name));
    for (const [key, panel] of Object.entries(this.panels)) setHidden(panel, key !== name);
    if (name === "past") this.loadPast();
  }

  async look() {
    clearTimeout(this.timer);
    const { station, id } = this.device;
    try {
      const pc = await get(`diagnostics/stations/${encodeURIComponent(station)}?device=${encodeURIComponent(id)}`);
      const own = pc.devices.find((one) => one.id === id);
      if (own && !this.over) this.show(pc, own);
      setHidden(this.wrong, true);
    } catch (error) {
      setText(this.wrong, error.detail || say("frame.offline"));
      setHidden(this.wrong, false);
    }
    if (!this.over) this.timer = setTimeout(() => (document.hidden ? this.rest() : this.look()), this.trying ? TRYING_MS : LOOK_MS);
  }

  rest() {
    this.timer = setTimeout(() => (document.hidden ? this.rest() : this.look()), LOOK_MS);
  }

  show(pc, own) {
    this.showNow(own);
    this.showFacts(pc, own);
    this.showSign(own.sent ? own.sign : null); // nothing was sent yet: nothing to draw
    this.showKeys(own);
    this.showBytes(own.traffic || []);
  }

  // --- state and sign -----------------------------------------------------------------------------

  state() {
    this.lamps = new Panel();
    this.texts = el("p", { class: "close__texts" });
    this.sign = el("section", { class: "close__sign", hidden: true }, el("h3", {}, say("sign")), this.lamps.node, this.texts, el("p", { class: "note" }, say("sign.note")));
    const acts = el(
      "p",
      { class: "actions close__acts" },
      el("button", { type: "button", onclick: () => this.then(newUnit) }, say("unit")),
      el("button", { type: "button", onclick: () => this.then(undo) }, say("undo")),
    );
    this.now = el("div", { class: "close__now" });
    return el("div", { class: "close__panel" }, this.now, this.sign, this.facts, this.canAct ? acts : null);
  }

  then(act) {
    this.shown.close();
    act(this.device);
  }

  showNow(own) {
    const shown = JSON.stringify([own.status, own.sentence]);
    if (this.now.dataset.shown === shown) return;
    this.now.dataset.shown = shown;
    const { action } = own.status;
    const mark = kind(own);
    this.now.replaceChildren(
      el("p", {}, el("span", { class: mark ? `badge badge--${mark}` : "badge" }, badge(own)), own.sentence ? el("b", {}, own.sentence) : null),
      ...(action && action !== "none" ? [el("p", { class: "diag__who" }, say(`action.${action}`))] : []),
    );
  }

  showFacts(pc, own) {
    const rows = [
      ["detail.address", own.address],
      ["detail.driver", own.driver],
      own.unit ? ["detail.unit", String(own.unit)] : null,
      own.detail ? ["detail.detail", own.detail] : null,
      ["detail.counts", say("detail.counts.value", own)],
      ["detail.load", own.load === undefined || own.load === null ? say("detail.load.bytes", { bytes: own.per_minute }) : say("detail.load.value", { bytes: own.per_minute, percent: own.load })],
      ["detail.waits", say("detail.waits.value", pc)],
      (own.missing || []).length ? ["detail.missing", listed(own.missing.map((one) => say("detail.missing.value", one)))] : null,
    ].filter(Boolean);
    const shown = JSON.stringify(rows);
    if (this.facts.dataset.shown === shown) return;
    this.facts.dataset.shown = shown;
    this.facts.replaceChildren(...rows.flatMap(([key, value]) => [el("dt", {}, say(key)), el("dd", {}, value)]));
  }

  showSign(sign) {
    setHidden(this.sign, !sign);
    if (!sign) return;
    const texts = sign.texts.filter(Boolean).join(" ／ ");
    setHidden(this.lamps.node, !sign.windows.length && sign.lit);
    this.lamps.show(sign, texts || say("sign.dark"));
    setText(this.texts, texts || say("sign.dark"));
  }

  // --- tests --------------------------------------------------------------------------------------

  test() {
    this.result = el("p", { class: "close__result", role: "status" });
    this.keys = el("ul", { class: "close__keys", "aria-label": say("keys") });
    this.pressed = el("p", { class: "note" });
    this.start = el("button", { type: "button", onclick: () => this.try() }, say("keys.start"));
    this.press = el("section", { hidden: true }, el("h3", {}, say("keys")), el("p", { class: "note" }, say("keys.note")), this.start, this.keys, this.pressed);
    return el(
      "div",
      { class: "close__panel" },
      el("h3", {}, say("test")),
      el(
        "p",
        { class: "actions close__acts" },
        el("button", { type: "button", "data-level": "internal", onclick: (event) => this.run(event.currentTarget, "internal") }, say("test.internal")),
        el("button", { type: "button", "data-level": "external", onclick: (event) => this.run(event.currentTarget, "external") }, say("test.external")),
      ),
      this.result,
      this.press,
    );
  }

  async run(button, level) {
    button.setAttribute("aria-disabled", "true");
    setText(this.result, say("test.running"));
    const answer = await check(this.device, level);
    button.removeAttribute("aria-disabled");
    this.result.dataset.kind = answer ? (answer.passed ? "well" : "wrong") : "";
    setText(this.result, answer ? verdict(this.device, answer, level === "internal" ? "test.says_well" : "test.well") : "");
    if (answer && answer.detail) this.result.append(el("small", {}, answer.detail));
  }

  async try() {
    const answer = await check(this.device, this.trying ? "end" : "interactive");
    if (answer && !answer.passed) setText(this.result, verdict(this.device, answer));
    if (!this.over) this.look();
  }

  showKeys(own) {
    if (!this.press) return;
    const names = own.keys || [];
    setHidden(this.press, !names.length);
    this.trying = own.trying;
    const pressed = (own.pressed || []).map((one) => one.key);
    setText(this.start, say(own.trying ? "keys.end" : "keys.start"));
    setHidden(this.keys, !own.trying && !pressed.length);
    keyed(this.keys, names, (name) => name, (name) => el("li", {}, this.named(name)), (node, name) => {
      const times = pressed.filter((one) => one === name).length;
      node.dataset.lit = String(times > 0);
      node.dataset.last = String(own.trying && pressed[pressed.length - 1] === name);
      node.setAttribute("aria-label", times ? say("keys.worked", { key: this.named(name) }) : this.named(name));
    });
    const others = [...new Set(pressed.filter((one) => !names.includes(one)))];
    const missing = names.filter((name) => !pressed.includes(name)).length;
    setText(
      this.pressed,
      !own.trying && !pressed.length
        ? ""
        : others.length
          ? say("keys.other", { keys: listed(others.map((one) => this.named(one))) })
          : missing
            ? say("keys.missing", { count: missing, all: names.length })
            : say("keys.all"),
    );
  }

  named(name) {
    return name === "read" ? say("key.read") : say(`${LEVELS[this.device.device_class] || "key"}.${name}`);
  }

  // --- its past -----------------------------------------------------------------------------------

  past() {
    this.list = el("ol", { class: "close__past", tabindex: "0", "aria-label": say("tab.past") });
    return el("div", { class: "close__panel" }, this.list);
  }

  async loadPast() {
    let entries;
    try {
      entries = await get(`devices/${encodeURIComponent(this.device.id)}/history`);
    } catch (error) {
      this.list.replaceChildren(el("li", { class: "wrong" }, error.detail || say("frame.offline")));
      return;
    }
    const made = entries.map((one, index) => this.entry(one, entries[index - 1]));
    this.list.replaceChildren(...(made.length ? made : [el("li", { class: "note" }, say("past.none"))]));
  }

  entry(one, later) {
    const mark = (kind, text) => el("span", { class: kind ? `badge badge--${kind}` : "badge" }, text);
    let words;
    if (one.kind === "changed") {
      const well = one.state === "online" || one.state === "deviceBusy";
      const lasted = later ? (Date.parse(later.at) - Date.parse(one.at)) / 1000 : 0;
      words = [
        mark(one.state === "noDevice" || !one.state ? "" : well ? (one.code ? "wait" : "well") : "wrong", one.state ? say(`state.${one.state}`) : say("past.gone")),
        one.sentence ? ` ${one.sentence}` : "",
        one.behind ? ` ${say("past.behind", { other: one.behind })}` : "",
        !well && one.state && lasted > 0 ? el("small", {}, ` ${say("past.lasted", { time: span(lasted) })}`) : null,
      ];
    } else if (one.kind === "rebound") {
      words = [mark("strong", say(one.undone ? "past.undone" : "past.rebound")), ` ${one.old} → ${one.new}`];
    } else words = [mark("strong", say("past.roll"))];
    if (one.by) words.push(el("small", {}, ` ${say("past.by", { by: one.by })}`));
    return el("li", {}, el("time", { datetime: one.at }, moment(one.at)), el("p", {}, ...words.filter(Boolean)));
  }

  // --- bytes --------------------------------------------------------------------------------------

  bytes() {
    this.frames = el("ol", { class: "diag__frames", tabindex: "0", "aria-label": say("detail.traffic") });
    this.hold = el("button", { type: "button", class: "small", "aria-pressed": "false", onclick: () => this.hold.setAttribute("aria-pressed", String(this.hold.getAttribute("aria-pressed") === "false")) }, say("bytes.hold"));
    return el("div", { class: "close__panel" }, el("p", { class: "close__bar" }, el("span", { class: "note" }, say("bytes.note")), this.hold), this.frames);
  }

  showBytes(traffic) {
    if (this.hold.getAttribute("aria-pressed") === "true") return;
    const times = new Map();
    const newest = traffic.map((one) => {
      const name = `${one.at} ${one.direction} ${one.length} ${one.data}`;
      times.set(name, (times.get(name) || 0) + 1);
      return { ...one, name: `${name} ${times.get(name)}` };
    }).reverse();
    if (!newest.length) this.frames.replaceChildren(el("li", { class: "note", "data-key": "none" }, say("detail.traffic.none")));
    else keyed(this.frames, newest, (one) => one.name, frame);
  }
}

function span(seconds) {
  if (seconds < 90) return say("span.s", { n: Math.round(seconds) });
  if (seconds < 5400) return say("age.min", { n: Math.round(seconds / 60) });
  return say("age.hour", { n: Math.round(seconds / 3600) });
}

function frame(one) {
  const time = hallClock.of(one.at * 1000).seconds;
  const way = one.direction === "<" ? "from" : "to";
  return el(
    "li",
    { "data-way": way },
    el("p", { class: "diag__when" }, `${time} ${say(`detail.${way}`)} · ${say("detail.length", { n: one.length })}`),
    one.meaning ? el("p", { class: "diag__meaning" }, one.meaning) : null,
    one.data ? el("code", {}, one.data) : el("small", {}, say("detail.private")),
  );
}
