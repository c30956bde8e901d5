// Taking up duty: which window, and (for a lead) who.

import { get, post } from "/pages/shared/api.js";
import { boot, explain, language, say } from "/pages/shared/frame.js";
import { byId, el, keyed, setHidden, setText } from "/pages/shared/parts.js";
import { named } from "/pages/shared/text.js";

const KEPT = "kioskd_window";
const LOOK_MS = 5000;
const me = boot.session;

// The window this page is for: where the person is on duty; for a lead the one chosen on this PC.
export async function present() {
  const session = await get("session");
  if (session.window) return session.window;
  return me.role === "teller" ? null : window.localStorage.getItem(KEPT);
}

export function leave() {
  window.localStorage.removeItem(KEPT);
}

// Show the windows until one is taken; resolves to its id.
export function choose() {
  const teller = byId("duty-teller");
  let timer = null;
  return new Promise((resolve) => {
    const take = async (id, occupied) => {
      const who = me.teller || teller.value;
      try {
        if (!occupied || me.role === "teller") await post(`windows/${encodeURIComponent(id)}/login`, { teller: who });
      } catch (error) {
        explain(error);
        draw();
        return;
      }
      clearTimeout(timer);
      if (me.role !== "teller") window.localStorage.setItem(KEPT, id);
      byId("duty").hidden = true;
      resolve(id);
    };
    const draw = async () => {
      clearTimeout(timer);
      timer = setTimeout(draw, LOOK_MS);
      let windows;
      let tellers;
      try {
        [windows, tellers] = await Promise.all([get("windows"), get("tellers")]);
      } catch (error) {
        explain(error);
        return;
      }
      show(windows, tellers, take);
    };
    byId("duty").hidden = false;
    draw();
  });
}

function show(windows, tellers, take) {
  const teller = byId("duty-teller");
  const own = tellers.find((one) => one.id === me.teller);
  const barred = me.role === "teller" && !own;
  setText(byId("duty-note"), barred ? say("duty.no_teller") : own ? say("duty.note", { person: own.name }) : say("duty.lead"));
  setHidden(byId("duty-teller-field"), Boolean(own) || me.role === "teller");
  if (!teller.options.length) {
    teller.append(...tellers.map((one) => el("option", { value: one.id }, `${one.name} ${one.staff_no || ""}`)));
  }
  const names = new Map(tellers.map((one) => [one.id, one.name]));
  const first = (one) => (own && one.rostered === own.id ? 0 : one.teller ? 2 : 1);
  const sorted = windows.map((one, n) => [first(one), n, one]).sort((a, b) => a[0] - b[0] || a[1] - b[1]).map(([, , one]) => one);
  setHidden(byId("duty-empty"), windows.length > 0);
  keyed(
    byId("duty-windows"),
    barred ? [] : sorted,
    (one) => one.id,
    () => el("li", {}, el("button", { type: "button" }, el("b", {}), el("small", {}), el("span", { class: "badge" }))),
    (node, one) => {
      const button = node.firstElementChild;
      const [name, who, badge] = button.children;
      const mine = own && one.rostered === own.id;
      const other = one.teller && (!own || one.teller !== own.id);
      setText(name, one.name ? named(one.name, language) : say("window.name", { window: one.id }));
      setText(who, one.teller ? names.get(one.teller) || one.teller : say(mine ? "duty.rostered" : "duty.free"));
      setText(badge, say(`state.${one.state}`));
      button.className = mine ? "primary" : "";
      button.disabled = Boolean(other) && me.role === "teller";
      button.onclick = () => take(one.id, Boolean(other));
    },
  );
}
