// The loudspeakers: what is announced in each zone as people read it, and, if wanted, the sound they received.
import { Chip, DeviceMenu } from "./menu.js";
import { el, setAttr, setText } from "./dom.js";
import { say } from "./words.js";

const STALE_MS = 15000; // a caption that nobody says any more steps back

class Horn {
  constructor(heard) {
    this.heard = heard;
    this.menu = new DeviceMenu();
    this.chip = new Chip();
    this.zone = el("span", { class: "horn__zone" });
    this.caption = el("p", { class: "horn__caption" });
    this.node = el("li", { class: "horn" },
      el("div", { class: "horn__head" }, el("span", { class: "horn__lamp", "aria-hidden": "true" }), this.zone, this.chip.node, this.menu.button),
      this.caption);
    this.last = null;
  }

  update(device, zone, call, trouble) {
    setText(this.zone, zone);
    this.menu.update(device, trouble);
    this.chip.update(device.real ? say("real.short") : trouble, device.real ? "real" : "trouble");
    const text = call ? call.caption : "";
    if (text !== this.text) {
      this.text = text;
      clearTimeout(this.timer);
      setAttr(this.caption, "data-old", null);
      this.timer = setTimeout(() => setAttr(this.caption, "data-old", "true"), STALE_MS);
    }
    setText(this.caption, text || say("voice.none"));
    setAttr(this.caption, "title", text);
    setAttr(this.node, "data-sounds", String(Boolean(device.playing && device.powered)));
    const number = device.sound ? device.sound.n : 0;
    if (this.last !== null && number > this.last) this.heard(device, number);
    this.last = number;
  }
}

export class Voice {
  constructor() {
    this.horns = new Map();
    this.on = false;
    this.next = null;
    this.player = new Audio();
    this.player.addEventListener("ended", () => this.play());
    this.player.addEventListener("error", () => this.play());
    this.title = el("h2", { class: "voice__title", id: "voice-title" });
    this.switch = el("button", { type: "button", class: "tool voice__switch", onclick: () => this.toggle() });
    this.list = el("ul", { class: "voice__zones" });
    this.node = el("section", { class: "voice", "aria-labelledby": "voice-title", hidden: true },
      el("div", { class: "voice__head" }, this.title, this.switch), this.list);
  }

  // devices: the speakers; place(device) → {zone, call} by the hub; trouble(device) → chip
  update(devices, place, trouble) {
    setAttr(this.node, "hidden", devices.length === 0);
    setText(this.title, say("voice.title"));
    setText(this.switch, say(this.on ? "voice.mute" : "voice.listen"));
    setAttr(this.switch, "title", say(this.on ? "voice.mute.label" : "voice.listen.label"));
    setAttr(this.switch, "aria-pressed", String(this.on));
    for (const device of devices) {
      let horn = this.horns.get(device.id);
      if (!horn) {
        horn = new Horn((from, number) => this.hear(from, number));
        this.horns.set(device.id, horn);
        this.list.append(horn.node);
      }
      const { zone, call } = place(device);
      horn.update(device, zone, call, trouble(device));
    }
  }

  toggle() {
    this.on = !this.on;
    this.next = null;
    if (!this.on) this.player.pause();
    setText(this.switch, say(this.on ? "voice.mute" : "voice.listen"));
    setAttr(this.switch, "title", say(this.on ? "voice.mute.label" : "voice.listen.label"));
    setAttr(this.switch, "aria-pressed", String(this.on));
  }

  // One at a time, the newest next: nobody wants to hear what has passed.
  hear(device, number) {
    if (!this.on) return;
    this.next = `/virtual/sounds/${encodeURIComponent(device.id)}/${number}.wav`;
    if (this.player.paused || this.player.ended) this.play();
  }

  play() {
    if (!this.on || !this.next) return;
    this.player.src = this.next;
    this.next = null;
    this.player.play().catch(() => {});
  }
}
