// What the hall would be saved by: backups and the standby hub, how old and how far.

import { get, post } from "/pages/shared/api.js";
import { boot, explain, moment, say } from "/pages/shared/frame.js";
import { byId, el, setHidden, toast } from "/pages/shared/parts.js";
import { age, size } from "./words.js";

const OLD_S = 2 * 86400;
const mayMake = boot.session.role !== "lead";
let shown = "";

export async function showSafety() {
  let safety;
  try {
    safety = await get("safety");
  } catch {
    return; // the page says by itself that the hub is away
  }
  const now = JSON.stringify(safety);
  if (now === shown) return;
  shown = now;
  byId("backups").replaceChildren(...(safety.backups.length ? safety.backups.map(backup) : [el("li", { class: "empty" }, say("backup.none"))]));
  byId("standbys").replaceChildren(...(safety.standbys.length ? safety.standbys.map(standby) : [el("li", { class: "empty" }, say("standby.none"))]));
  const button = byId("backup-now");
  setHidden(button, !mayMake || !safety.backups.length);
  button.disabled = safety.making;
  button.textContent = say(safety.making ? "backup.making" : "backup.now");
  setHidden(byId("recovery"), safety.recovery);
}

function backup(one) {
  const well = one.good && one.age_s < OLD_S;
  const failed = one.code && say(`backup.code.${one.code}`) !== `backup.code.${one.code}` ? say(`backup.code.${one.code}`) : one.code && say("backup.code.other", { code: one.code });
  return el(
    "li",
    {},
    el("div", {}, el("strong", {}, one.place), el("span", { class: well ? "badge badge--well" : "badge badge--wrong" }, one.good ? say("backup.age", { age: age(one.age_s) }) : say("backup.never"))),
    one.good ? el("small", {}, say("backup.last", { at: moment(one.good), size: size(one.bytes || 0), position: one.position })) : null,
    failed ? el("p", { class: "wrong" }, say("backup.failed", { at: moment(one.tried), why: failed })) : null,
  );
}

function standby(one) {
  const state = one.following ? (one.behind ? say("standby.behind", { n: one.behind }) : say("standby.follows")) : say("standby.gone");
  return el(
    "li",
    {},
    el("div", {}, el("strong", {}, one.name), el("span", { class: one.following ? "badge badge--well" : "badge badge--wrong" }, state)),
    el("small", {}, [one.stored && say("standby.stored", { position: one.stored }), one.seen && say("standby.seen", { at: moment(one.seen) }), one.url].filter(Boolean).join(say("standby.and"))),
  );
}

export function wireSafety() {
  byId("backup-now").addEventListener("click", async () => {
    try {
      const { begun } = await post("backups", {});
      toast(say(begun ? "backup.begun" : "backup.under_way"));
      await showSafety();
    } catch (error) {
      explain(error);
    }
  });
}
