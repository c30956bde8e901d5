// The touch kiosk and its printer's paper slot.
import { act } from "./link.js";
import { el, setAttr, setText } from "./dom.js";
import { Chip, DeviceMenu } from "./menu.js";
import { currentLanguage, pick, say } from "./words.js";

const SHOW_NUMBER_MS = 8000;
const SHOW_SLIP_MS = 1500;
const HEADS = [1, 2, 3, 5, 10, 20];

function waitText(queue) {
  const wait = queue.wait;
  if (!wait || wait.high === null || wait.high === undefined) return say("kiosk.wait.unknown");
  const low = Math.floor(wait.low);
  const high = Math.ceil(wait.high);
  if (high < 1) return say("kiosk.wait.soon");
  return low < 1 || low === high ? say("kiosk.wait.one", { high }) : say("kiosk.wait", { low, high });
}

export class Kiosk {
  constructor() {
    this.printerTrouble = ""; // a word of troubles.js
    this.queues = [];
    this.buttons = new Map();
    this.prompt = el("p", { class: "kiosk__prompt" });
    this.grid = el("div", { class: "kiosk__queues" });
    this.message = el("div", { class: "kiosk__message", role: "status", hidden: true });
    this.title = el("h2", { class: "kiosk__title", id: "kiosk-title" });
    this.node = el("section", { class: "kiosk", "aria-labelledby": "kiosk-title" },
      this.title,
      el("div", { class: "kiosk__screen" }, this.prompt, this.grid, this.message));
  }

  words() {
    setText(this.title, say("kiosk.title"));
    setText(this.prompt, say("kiosk.choose"));
    this.home();
    this.update(this.queues);
  }

  update(queues) {
    this.queues = queues;
    const known = new Set(queues.map((queue) => queue.id));
    for (const [id, parts] of this.buttons) {
      if (!known.has(id)) {
        parts.button.remove();
        this.buttons.delete(id);
      }
    }
    for (const queue of queues) {
      const parts = this.buttons.get(queue.id) || this.add(queue);
      setText(parts.name, pick(queue.name));
      setText(parts.prefix, queue.prefix);
      setText(parts.ahead, queue.open ? (queue.waiting ? say("kiosk.ahead", { n: queue.waiting }) : say("kiosk.nobody")) : say("kiosk.closed"));
      setText(parts.wait, queue.open ? waitText(queue) : "");
      setAttr(parts.button, "disabled", !queue.open);
    }
  }

  add(queue) {
    const parts = {
      name: el("span", { class: "queue__name" }),
      prefix: el("span", { class: "queue__prefix", "aria-hidden": "true" }),
      ahead: el("span", { class: "queue__ahead" }),
      wait: el("span", { class: "queue__wait" }),
    };
    parts.button = el("button", { type: "button", class: "queue", "data-queue": queue.id, onclick: () => this.choose(queue.id) },
      el("span", { class: "queue__head" }, parts.name, parts.prefix), parts.ahead, parts.wait);
    this.grid.append(parts.button);
    this.buttons.set(queue.id, parts);
    return parts;
  }

  choose(id) {
    const queue = this.queues.find((one) => one.id === id);
    if (queue.headcount) this.ask(queue);
    else this.take({ queue: id });
  }

  ask(queue) {
    this.say(
      el("p", { class: "kiosk__line" }, pick(queue.name)),
      el("p", {}, say("kiosk.headcount")),
      el("div", { class: "kiosk__heads" }, ...HEADS.map((n) =>
        el("button", { type: "button", class: "key", onclick: () => this.take({ queue: queue.id, headcount: n }) }, say("kiosk.people", { n })))),
      this.back());
  }

  async take(wish) {
    this.say(el("p", { class: "kiosk__line" }, say("kiosk.busy")));
    const { ok, body } = await act({ act: "take", language: currentLanguage(), ...wish });
    if (ok) {
      // A citizen is never told of devices and codes, only what to do.
      const trouble = { "": "", paper_low: "", paper_out: "kiosk.noted.paper" }[this.printerTrouble];
      const advice = trouble === undefined ? "kiosk.noted" : trouble;
      this.say(
        el("p", {}, say("kiosk.number")),
        el("p", { class: "kiosk__number" }, body.number),
        el("p", {}, body.ahead ? say("kiosk.ahead", { n: body.ahead }) : say("kiosk.nobody"), " · ", waitText(body)),
        el("p", { class: advice ? "kiosk__warn" : "" }, say(advice || "kiosk.take", { number: body.number })),
        this.back());
    } else {
      this.say(el("p", { class: "kiosk__warn" }, body.detail || body.title || say("kiosk.failed")), this.back());
    }
    this.timer = setTimeout(() => this.home(), SHOW_NUMBER_MS);
  }

  back() {
    return el("button", { type: "button", class: "key kiosk__back", onclick: () => this.home() }, say("kiosk.back"));
  }

  say(...lines) {
    clearTimeout(this.timer);
    this.message.replaceChildren(...lines);
    setAttr(this.message, "hidden", false);
    setAttr(this.grid, "hidden", true);
    setAttr(this.prompt, "hidden", true);
  }

  home() {
    clearTimeout(this.timer);
    this.message.replaceChildren();
    setAttr(this.message, "hidden", true);
    setAttr(this.grid, "hidden", false);
    setAttr(this.prompt, "hidden", false);
  }
}

// What is left on the roll as the hub counts it, the button for a new one, and whether that one prints well.
class Paper {
  constructor() {
    this.fill = el("span", { class: "paper__fill" });
    this.text = el("span", { class: "paper__text" });
    this.bar = el("span", { class: "paper__bar", role: "meter", "aria-valuemin": "0", "aria-valuemax": "100" }, this.fill);
    this.changed = el("button", { type: "button", class: "paper__key", onclick: () => this.do({ act: "new_roll" }) });
    this.question = el("span", { class: "paper__text" });
    this.yes = el("button", { type: "button", class: "paper__key", onclick: () => this.do({ act: "print_clear", on: true }) });
    this.no = el("button", { type: "button", class: "paper__key", onclick: () => this.do({ act: "print_clear", on: false }) });
    this.left = el("div", { class: "paper" }, this.bar, this.text, this.changed);
    this.asked = el("div", { class: "paper paper--asked", role: "alert", hidden: true }, this.question, this.yes, this.no);
    this.node = el("div", { hidden: true }, this.left, this.asked);
  }

  async do(wish) {
    await act({ device: this.device.id, ...wish });
  }

  update(device, known) {
    this.device = device;
    const left = known && known.paper;
    setAttr(this.node, "hidden", !left || null);
    if (!left) return;
    setText(this.text, say("paper.left", { slips: left.slips }));
    setText(this.changed, say("paper.changed"));
    setText(this.question, say("paper.question"));
    setText(this.yes, say("paper.clear"));
    setText(this.no, say("paper.unclear"));
    setAttr(this.bar, "aria-label", say("paper.name"));
    setAttr(this.bar, "aria-valuenow", `${left.percent}`);
    setAttr(this.bar, "data-low", known.status.paper === "low" || known.status.paper === "out" || null);
    this.fill.style.width = `${left.percent}%`;
    setAttr(this.left, "hidden", known.question ? true : null);
    setAttr(this.asked, "hidden", known.question ? null : true);
  }
}

export class Slot {
  constructor() {
    this.device = null;
    this.shown = 0;
    this.name = el("h3", { class: "slot__name" });
    this.menu = new DeviceMenu();
    this.chip = new Chip();
    this.hint = el("p", { class: "slot__hint" });
    this.caption = el("p", { class: "slot__caption", "aria-live": "polite" });
    this.slip = null;
    this.paper = new Paper();
    this.tray = el("div", { class: "slot__tray" }, this.hint);
    this.node = el("section", { class: "slot" },
      el("div", { class: "slot__head" }, this.name, this.chip.node, this.menu.button),
      this.paper.node,
      el("div", { class: "slot__mouth", "aria-hidden": "true" }, el("span", { class: "slot__lamp" })),
      this.tray, this.caption);
  }

  update(device, trouble, known) {
    const first = this.device === null;
    this.paper.update(device, known);
    this.device = device;
    setText(this.name, say("printer.name"));
    this.menu.update(device, trouble);
    this.chip.update(trouble, "trouble");
    setAttr(this.node, "data-state", trouble ? "trouble" : "well");
    setText(this.hint, device.real ? say("printer.real", { address: device.real }) : say("printer.empty"));
    this.describe();
    if (device.slip && device.slip.n !== this.shown) this.feed(device.slip, first);
  }

  // Another run of the demo counts its slips from one again.
  forget() {
    this.shown = 0;
    if (this.slip) this.slip.remove();
    this.slip = null;
    this.laid = null;
    this.describe();
    setAttr(this.hint, "hidden", null);
  }

  // The newest slip only, each long enough to be seen: at sixty times the speed of life paper piles up.
  feed(slip, still) {
    this.shown = slip.n;
    if (this.busy) {
      this.next = { slip, still };
      return;
    }
    this.busy = true;
    const picture = el("img", { class: "slip__picture", alt: say("printer.slip.alt", slip) });
    const node = el("button", {
      type: "button", class: still ? "slip" : "slip slip--out", "aria-label": say("printer.slip", slip),
      onclick: () => this.enlarge(slip),
    }, picture);
    picture.onload = () => this.lay(node, slip);
    picture.onerror = () => this.free();
    picture.src = `/virtual/slips/${slip.n}.png`;
  }

  // Over the one before, which stays until this one is out.
  lay(node, slip) {
    const before = this.slip;
    this.slip = node;
    setAttr(this.hint, "hidden", true);
    this.tray.append(node);
    this.laid = slip;
    this.describe();
    setTimeout(() => {
      if (before) before.remove();
      this.free();
    }, SHOW_SLIP_MS);
  }

  describe() {
    setText(this.caption, this.laid ? say(this.laid.complete ? "printer.count" : "printer.torn", this.laid) : "");
  }

  free() {
    this.busy = false;
    const next = this.next;
    this.next = null;
    if (next) this.feed(next.slip, next.still);
  }

  enlarge(slip) {
    const dialog = el("dialog", { class: "large", "aria-label": say("printer.slip.alt", slip), onclose: () => dialog.remove() },
      el("img", { src: `/virtual/slips/${slip.n}.png`, alt: say("printer.slip.alt", slip) }),
      el("form", { method: "dialog" }, el("button", { class: "key" }, say("printer.close"))));
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog) dialog.close();
    });
    document.body.append(dialog);
    dialog.showModal();
  }
}
