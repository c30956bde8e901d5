// A service window: its sign, its call keypad, its rating pad.
import { act } from "./link.js";
import { Digits } from "./digits.js";
import { el, setAttr, setText } from "./dom.js";
import { Panel } from "/pages/shared/led.js";
import { Chip, DeviceMenu } from "./menu.js";
import { say } from "./words.js";

const LEVELS = [5, 4, 3, 2, 1];
const KEYS = ["call", "recall", "evaluate", "no_show", "pause", "hold", "call_back", "transfer", "confirm"];
const THANKS_MS = 3000; // how long the page says that a press was taken; the lamp itself stays lit

function spoken(device) {
  return device.rows.map((row) => row.text).join(" ") || say("board.dark");
}

export class Board {
  constructor() {
    this.title = el("h2", { class: "board__title", id: "board-title" });
    this.menu = new DeviceMenu();
    this.chip = new Chip();
    this.panel = new Panel();
    this.node = el("section", { class: "board", "aria-labelledby": "board-title" },
      el("div", { class: "board__head" }, this.title, this.chip.node, this.menu.button), this.panel.node);
  }

  update(device, trouble) {
    setText(this.title, say("board.title"));
    this.menu.update(device, trouble);
    this.chip.update(device.real ? say("real.at", { address: device.real }) : trouble, device.real ? "real" : "trouble");
    this.panel.show(device.real ? null : device, say("board.label", { text: spoken(device) }));
  }
}

export class Keypad {
  constructor() {
    this.digits = new Digits(3);
    this.keys = new Map();
    this.menu = new DeviceMenu();
    this.chip = new Chip();
    this.pad = el("div", { class: "keypad__keys", role: "group" });
    this.node = el("div", { class: "keypad" },
      el("div", { class: "machine__top" }, this.digits.node, this.chip.node, this.menu.button), this.pad);
    this.beeps = null;
  }

  update(device, trouble) {
    if (this.keys.size === 0) {
      for (const key of KEYS.filter((one) => (device.keys || []).includes(one))) this.add(key);
    }
    setAttr(this.pad, "aria-label", say("keypad.label", { window: device.window }));
    const count = (device.digits || "").trim();
    this.digits.show(count, count ? say("keypad.waiting", { n: count }) : say("keypad.blank"));
    for (const [key, button] of this.keys) {
      setText(button, say(`key.${key}`));
      setAttr(button, "disabled", Boolean(device.real) || !device.powered);
    }
    this.menu.update(device, trouble);
    this.chip.update(device.real ? say("real.short") : trouble, device.real ? "real" : "trouble");
    const failed = device.lamp === "failed" && this.device && this.device.lamp !== "failed";
    if (failed || (this.beeps !== null && device.beeps > this.beeps)) this.shake();
    this.device = device;
    this.beeps = device.beeps;
  }

  add(key) {
    const button = el("button", {
      type: "button", class: `key key--${key}`,
      onclick: () => act({ act: "press", device: this.device.id, key }),
    });
    this.keys.set(key, button);
    this.pad.append(button);
  }

  shake() {
    this.node.classList.remove("keypad--no");
    void this.node.offsetWidth;
    this.node.classList.add("keypad--no");
  }
}

export class Pad {
  constructor() {
    this.digits = new Digits(3);
    this.menu = new DeviceMenu();
    this.chip = new Chip();
    this.says = el("p", { class: "pad__says", "aria-live": "polite" });
    this.keys = new Map(LEVELS.map((level) => [level, el("button", {
      type: "button", class: `pad__key pad__key--${level}`, "data-level": level,
      onclick: () => act({ act: "rate", device: this.device.id, level }),
    })]));
    this.group = el("div", { class: "pad__keys", role: "group" }, ...this.keys.values());
    this.node = el("div", { class: "pad" }, this.says,
      el("div", { class: "machine__top" }, this.digits.node, this.chip.node, this.menu.button), this.group);
  }

  update(device, trouble) {
    this.device = device;
    setAttr(this.group, "aria-label", say("pad.label", { window: device.window }));
    for (const [level, button] of this.keys) {
      setText(button, say(`level.${level}`));
      setAttr(button, "hidden", !device.real && !device.levels.includes(level));
      setAttr(button, "disabled", Boolean(device.real) || !device.powered);
    }
    // An FF68 pad asks by showing the digits of the ticket; its lamp tells what became of a press.
    const digits = (device.digits || "").trim();
    if (this.lamp && this.lamp !== "taken" && device.lamp === "taken") this.thank();
    this.lamp = device.lamp;
    const mode = device.lamp === "failed" ? "failed" : this.thanking ? "thanks" : digits ? "rate" : "idle";
    this.digits.show(digits, digits || say("pad.idle"));
    setText(this.says, mode === "idle" || trouble ? "" : say(`pad.${mode}`));
    setAttr(this.node, "data-mode", mode);
    this.menu.update(device, trouble);
    this.chip.update(device.real ? say("real.short") : trouble, device.real ? "real" : "trouble");
    setAttr(this.node, "data-chip", Boolean(device.real || trouble) || null);
    this.trouble = trouble;
  }

  thank() {
    clearTimeout(this.thanking);
    this.thanking = setTimeout(() => {
      this.thanking = 0;
      this.update(this.device, this.trouble);
    }, THANKS_MS);
  }
}

export class Window {
  constructor(id) {
    this.id = id;
    this.title = el("h3", { class: "window__title" });
    this.teller = el("span", { class: "window__teller" });
    this.state = el("span", { class: "window__state" });
    this.panel = new Panel();
    this.menu = new DeviceMenu();
    this.chip = new Chip();
    this.keypad = new Keypad();
    this.pad = new Pad();
    this.node = el("section", { class: "window", "data-window": id },
      el("div", { class: "window__head" }, this.title, this.teller, this.state, this.chip.node),
      el("div", { class: "sign" }, this.panel.node, this.menu.button),
      el("div", { class: "window__desk" }, this.keypad.node, this.pad.node));
  }

  update(devices, window, troubles) {
    setText(this.title, say("window.title", { window: this.id }));
    setAttr(this.node, "aria-label", say("window.title", { window: this.id }));
    setText(this.teller, (window && window.teller) || say("window.nobody"));
    setText(this.state, (window && window.says) || "");
    setAttr(this.state, "data-state", window && window.state);
    const { sign, keypad, pad } = devices;
    if (sign) {
      this.menu.update(sign, troubles(sign));
      this.chip.update(sign.real ? say("real.at", { address: sign.real }) : troubles(sign), sign.real ? "real" : "trouble");
      this.panel.show(sign.real ? null : sign, say("sign.label", { window: this.id, text: spoken(sign) }));
    }
    if (keypad) this.keypad.update(keypad, troubles(keypad));
    if (pad) this.pad.update(pad, troubles(pad));
  }
}
