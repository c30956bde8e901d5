// What a person could do to a device by hand: pull its plug, take its paper.
import { act } from "./link.js";
import { el, setAttr, setText } from "./dom.js";
import { say } from "./words.js";

let open = null;

function close(refocus) {
  if (!open) return;
  const { button, list } = open;
  open = null;
  list.remove();
  button.setAttribute("aria-expanded", "false");
  if (refocus) button.focus();
}

document.addEventListener("pointerdown", (event) => {
  if (open && !open.list.contains(event.target) && !open.button.contains(event.target)) close(false);
});
document.addEventListener("keydown", (event) => {
  if (!open) return;
  if (event.key === "Escape") {
    close(true);
    return;
  }
  const items = [...open.list.querySelectorAll("button")];
  const at = items.indexOf(document.activeElement);
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || !items.length) return;
  event.preventDefault();
  items[(at + step + items.length) % items.length].focus();
});
window.addEventListener("resize", () => close(false));
window.addEventListener("scroll", () => close(false), { passive: true });

export function deviceName(device) {
  return say(`device.${device.kind}`, { window: device.window });
}

export class DeviceMenu {
  constructor() {
    this.device = null;
    this.button = el("button", {
      type: "button", class: "plug", "aria-haspopup": "menu", "aria-expanded": "false",
      onclick: () => (open && open.button === this.button ? close(true) : this.show()),
    }, el("span", { class: "plug__lamp", "aria-hidden": "true" }), el("span", { class: "plug__dots", "aria-hidden": "true" }, "⋯"));
  }

  update(device, trouble) {
    this.device = device;
    setAttr(this.button, "aria-label", say("menu.open", { device: deviceName(device) }));
    setAttr(this.button, "title", say("menu.open", { device: deviceName(device) }));
    setAttr(this.button, "data-state", trouble ? "trouble" : "well");
  }

  show() {
    close(false);
    const { device } = this;
    const list = el("div", { class: "menu", role: "menu", "aria-label": deviceName(device) });
    if (device.real) list.append(el("p", { class: "menu__where" }, say("real.at", { address: device.real })));
    for (const action of device.actions) {
      list.append(el("button", {
        type: "button", role: "menuitem",
        onclick: async () => {
          close(true);
          await act({ act: action, device: device.id });
        },
      }, say(`menu.${action}`)));
    }
    if (!device.real) list.append(el("p", { class: "menu__where" }, device.address));
    document.body.append(list);
    const spot = this.button.getBoundingClientRect();
    const left = Math.min(spot.left, document.documentElement.clientWidth - list.offsetWidth - 8);
    const below = spot.bottom + 4 + list.offsetHeight < window.innerHeight;
    list.style.left = `${Math.max(8, left) + window.scrollX}px`;
    list.style.top = `${(below ? spot.bottom + 4 : spot.top - 4 - list.offsetHeight) + window.scrollY}px`;
    this.button.setAttribute("aria-expanded", "true");
    open = { button: this.button, list };
    const first = list.querySelector("button");
    if (first) first.focus();
  }
}

// A chip on the device itself while something is wrong with it; the whole sentence stands under 大厅提醒.
export class Chip {
  constructor() {
    this.node = el("p", { class: "chip", hidden: true });
  }

  update(text, tone) {
    setText(this.node, text || "");
    setAttr(this.node, "hidden", !text);
    setAttr(this.node, "data-tone", tone || "trouble");
  }
}
