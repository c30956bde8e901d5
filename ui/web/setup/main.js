// A hall is set up: one step after another, each kept on the hub when it is left, and at the end the files.

import { get, post, Unknown } from "/pages/shared/api.js";
import { boot, explain, onUnlocked, say } from "/pages/shared/frame.js";
import { byId, confirm, el, setHidden, setText, toast } from "/pages/shared/parts.js";
import { devices } from "./devices.js";
import { finish } from "./finish.js";
import { hall, hours } from "./hall.js";
import { tellers, windows } from "./people.js";
import { alike } from "./problems.js";
import { queues, services } from "./queues.js";

const STEPS = [
  ["hall", hall],
  ["hours", hours],
  ["queues", queues],
  ["services", services],
  ["windows", windows],
  ["tellers", tellers],
  ["devices", devices],
  ["finish", finish],
];
const CHECK_MS = 30000;
const names = STEPS.map(([name]) => name);

// What every step is given: the draft as the hub has it, and how to change it.
export const site = {
  draft: null,
  problems: null,
  async keep(parts, step = at) {
    const draft = await post("setup/draft", { revision: site.draft.revision, parts, step }, { timeout: CHECK_MS });
    site.take(draft);
  },
  take(draft) {
    site.draft = draft;
    setText(byId("hall-name"), draft.hall.name.zh || "");
  },
  go,
  redraw: () => show(at),
  check,
};

let at = "hall";
let keeping = false; // the hub is being told: whoever presses again is not another page
let refused = null; // what was said of a draft that could not be kept
let shown = null; // what the step gave: collect() returns the parts to keep, or null where a field is wrong

async function load() {
  try {
    site.take(await get("setup"));
  } catch (error) {
    byId("setup").dataset.state = "failed";
    setText(byId("heading"), say("title"));
    setText(byId("hint"), error.detail || say("failed"));
    byId("content").replaceChildren(el("a", { class: "button", href: "/home" }, say("frame.home")));
    return;
  }
  byId("setup").dataset.state = "there";
  setHidden(byId("actions"), false);
  const asked = window.location.hash.slice(1);
  const left = site.draft.left && names.includes(site.draft.step) ? site.draft.step : "hall";
  show(names.includes(asked) ? asked : left);
}

function show(step) {
  at = step;
  const number = names.indexOf(step);
  window.history.replaceState(null, "", `#${step}`);
  setText(byId("heading"), say(`step.${step}`));
  setText(byId("hint"), say(`hint.${step}`));
  const box = el("div", { class: `setup__step setup__step--${step}` });
  byId("content").replaceChildren(box);
  shown = STEPS[number][1](box, site);
  setHidden(byId("back"), number === 0);
  setHidden(byId("next"), number === STEPS.length - 1);
  setHidden(byId("again"), !site.draft.left);
  list();
  tell();
}

// A hall at work has been through all of them.
const furthest = () => (site.draft.begin ? names.indexOf(site.draft.step) : names.length);

function list() {
  const now = names.indexOf(at);
  const reached = Math.max(now, furthest());
  byId("steps").replaceChildren(
    ...names.map((name, number) => {
      const wrong = (site.problems || []).filter((one) => one.step === name).length;
      const state = name === at ? "now" : number > reached ? "later" : wrong && number < reached ? "wrong" : "done";
      return el(
        "li",
        { "data-state": state },
        el(
          "button",
          { type: "button", class: "quiet", "aria-current": name === at ? "step" : null, onclick: () => go(name) },
          el("span", { class: "setup__number", "aria-hidden": "true" }, state === "done" ? "✓" : String(number + 1)),
          el("span", {}, say(`step.${name}`)),
          wrong && number < reached ? el("span", { class: "badge badge--wrong" }, say("wrong.count", { n: wrong })) : null,
        ),
      );
    }),
  );
}

function tell() {
  // What has not been filled in yet is not wrong.
  const own = names.indexOf(at) >= furthest() ? [] : (site.problems || []).filter((one) => one.step === at);
  byId("problems").replaceChildren(...alike(own).map((one) => el("li", {}, one.text)));
}

// Look at the whole draft as `kioskd check` does; what is wrong is marked at its step.
async function check() {
  try {
    const found = await post("setup/check", {}, { timeout: CHECK_MS });
    site.problems = found.problems;
    list();
    tell();
    return found;
  } catch (error) {
    explain(error);
    return null;
  }
}

async function go(step) {
  if (!(await keep(step))) return;
  show(step);
  byId("heading").focus();
  window.scrollTo(0, 0);
  if (step !== "finish") check();
}

async function keep(step = at) {
  if (keeping) return false;
  const form = byId("content").querySelector("form");
  // A field that lies folded away could not be shown, and nothing would be said at all.
  for (const field of form ? form.querySelectorAll("details:not([open]) :invalid") : []) field.closest("details").open = true;
  if (form && !form.reportValidity()) return false;
  const parts = shown && shown.collect ? shown.collect() : {};
  if (parts === null) return false;
  const next = names.indexOf(step) > names.indexOf(site.draft.step) ? step : site.draft.step || at;
  keeping = true;
  byId("next").setAttribute("aria-busy", "true");
  try {
    await site.keep(parts, step === at ? at : next);
    if (refused) refused.remove();
    refused = null;
    return true;
  } catch (error) {
    if (error instanceof Unknown) toast(say("frame.unknown"), "wrong");
    else explain(error);
    refused = byId("toasts").lastElementChild;
    return false;
  } finally {
    keeping = false;
    byId("next").removeAttribute("aria-busy");
  }
}

// The second press of a double click is none of the step that the first one led to.
byId("next").addEventListener("click", (event) => event.detail > 1 || go(names[names.indexOf(at) + 1]));
byId("back").addEventListener("click", (event) => event.detail > 1 || go(names[names.indexOf(at) - 1]));
byId("leave").addEventListener("click", async () => {
  if (await keep()) toast(say("left"));
});
byId("again").addEventListener("click", async () => {
  if (!(await confirm({ title: say("again"), text: say("again.ask"), yes: say("again"), no: say("frame.cancel"), danger: true }))) return;
  try {
    site.take(await post("setup/forget"));
    site.problems = null;
    show("hall");
  } catch (error) {
    explain(error);
  }
});
document.addEventListener("keydown", (event) => {
  if (!event.altKey || event.ctrlKey || !site.draft) return;
  if (event.key.toLowerCase() === "n" && !byId("next").hidden) byId("next").click();
  else if (event.key.toLowerCase() === "p" && !byId("back").hidden) byId("back").click();
  else return;
  event.preventDefault();
});
onUnlocked(() => site.draft || load());
if (boot.session) load();
