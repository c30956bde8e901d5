// What the ticket's services ask for: papers to bring, promise, and the guide's fields.

import { get } from "/pages/shared/api.js";
import { language, say } from "/pages/shared/frame.js";
import { byId, el, setHidden } from "/pages/shared/parts.js";
import { named } from "/pages/shared/text.js";

const FIELDS = ["who", "conditions", "process", "time_limit", "promise", "fee", "result", "basis", "phone", "hours"];

const known = new Map();
let shown = "";
let open = "";

export async function service(code) {
  if (!known.has(code)) known.set(code, await get(`services/${encodeURIComponent(code)}`));
  return known.get(code);
}

export function forget() {
  known.clear();
  shown = "";
}

// Show the guide of a ticket's services; resolves to the minutes promised for all of them, or null.
export async function showGuide(ticket, edit) {
  const codes = (ticket && ticket.services) || [];
  const what = `${ticket ? ticket.id : ""} ${codes.join(" ")}`;
  const services = [];
  for (const code of codes) {
    try {
      services.push(await service(code));
    } catch (error) {
      // A service that left the catalogue: the ticket keeps its code, the page has nothing to say of it.
    }
  }
  const minutes = services.reduce((sum, one) => sum + ((one.promise && one.promise.minutes) || 0), 0) || null;
  if (what === shown) return minutes;
  shown = what;
  open = services.length ? services[0].code : "";
  draw(ticket, services, edit);
  return minutes;
}

function draw(ticket, services, edit) {
  const tabs = byId("guide-tabs");
  tabs.replaceChildren(
    ...services.map((one) =>
      el(
        "button",
        { type: "button", class: "small", role: "tab", id: `tab-${one.code}`, "aria-selected": String(one.code === open), "aria-controls": "guide-body", onclick: () => {
            open = one.code;
            draw(ticket, services, edit);
          } },
        named(one.name, language),
      ),
    ),
  );
  setHidden(tabs, services.length < 2);
  const one = services.find((each) => each.code === open);
  byId("guide-body").replaceChildren(one ? body(one) : nothing(ticket, edit));
}

function nothing(ticket, edit) {
  if (!ticket) return el("p", { class: "empty" }, say("guide.idle"));
  return el(
    "p",
    { class: "empty" },
    say("guide.none"),
    " ",
    el("button", { type: "button", class: "small", onclick: edit }, say("act.services")),
  );
}

function body(one) {
  const fields = FIELDS.filter((key) => one.guide && one.guide[key]);
  const others = Object.keys(one.guide || {}).filter((key) => !FIELDS.includes(key) && key !== "materials");
  return el(
    "div",
    { class: "guide__body" },
    el("h3", {}, named(one.name, language), " ", el("small", {}, one.code)),
    one.materials && one.materials.length
      ? el(
          "ol",
          { class: "guide__materials" },
          ...one.materials.map((each) =>
            el(
              "li",
              {},
              named(each.name, language),
              " ",
              el("small", {}, say(each.original === false ? "guide.copy" : "guide.original", { copies: each.copies || 1 })),
            ),
          ),
        )
      : el("p", { class: "note" }, say("guide.no_materials")),
    el(
      "dl",
      { class: "guide__fields" },
      ...[...fields, ...others].map((key) => el("div", {}, el("dt", {}, FIELDS.includes(key) ? say(`guide.${key}`) : key), el("dd", {}, named(one.guide[key], language)))),
    ),
  );
}
