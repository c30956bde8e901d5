// A last look: what is wrong, what would be written, and then the hall begins.

import { differences } from "/pages/settings/shown.js";
import { get, post, Unknown } from "/pages/shared/api.js";
import { explain, say } from "/pages/shared/frame.js";
import { byId, confirm, el, setHidden, setText, toast } from "/pages/shared/parts.js";
import { alike } from "./problems.js";

const WRITE_MS = 60000;
const LOOK_MS = 700;
const PATIENCE = 90;

export function finish(box, site) {
  box.append(el("p", { class: "note" }, say("checking")));
  look(box, site);
  return {};
}

async function look(box, site) {
  const found = await site.check();
  if (!found) {
    box.replaceChildren(el("p", { class: "wrong" }, say("failed")), el("button", { type: "button", onclick: () => site.redraw() }, say("retry")));
    return;
  }
  const { problems, files, counts } = found;
  const untried = site.draft.devices.filter((one) => site.draft.tried[one.id] !== true).length;
  const button = el("button", { type: "button", class: "primary setup__finish", id: "finish", disabled: problems.length > 0 }, say(site.draft.begin ? "finish.begin" : "finish.again"));
  button.addEventListener("click", () => write(box, site, button));
  box.replaceChildren(
    ...(problems.length
      ? [
          el("h2", { class: "wrong" }, say("problems", { n: problems.length })),
          el(
            "ul",
            { class: "setup__problems" },
            ...alike(problems).map((one) => el("li", {}, el("span", {}, one.text), " ", el("button", { type: "button", class: "small", onclick: () => site.go(one.step) }, say("fix", { step: say(`step.${one.step}`) })))),
          ),
        ]
      : [
          el("p", { class: "setup__good" }, say("good")),
          el("div", { class: "setup__tiles" }, ...["queues", "services", "windows", "tellers", "devices"].map((key) => el("div", { class: "setup__tile" }, el("b", {}, String(counts[key])), el("span", {}, say(`count.${key}`))))),
          untried ? el("p", { class: "setup__wait" }, say("untried", { n: untried })) : null,
          site.draft.tellers.length ? null : el("p", { class: "setup__wait" }, say("no_tellers")),
        ].filter(Boolean)),
    el("h2", {}, say("files")),
    files.length
      ? el("div", { class: "setup__files" }, ...files.reverse().map((file) => el("details", {}, el("summary", {}, el("code", {}, file.name), " ", el("span", { class: "badge" }, say(file.new ? "file.new" : "file.changed"))), differences(file.diff))))
      : el("p", { class: "note" }, say("files.none")),
    el("p", { class: "actions" }, button),
  );
}

async function write(box, site, button) {
  if (!site.draft.begin && !(await confirm({ title: say("finish.again"), text: say("finish.ask"), yes: say("finish.again"), no: say("frame.cancel") }))) return;
  button.disabled = true;
  let recovery = "";
  try {
    recovery = (await post("setup/finish", {}, { timeout: WRITE_MS })).recovery;
  } catch (error) {
    button.disabled = false;
    if (error instanceof Unknown) toast(say("frame.unknown"), "wrong");
    else explain(error);
    return;
  }
  const begun = site.draft.begin;
  byId("actions").hidden = true;
  setHidden(byId("steps"), true);
  setText(byId("heading"), say("starting"));
  setText(byId("hint"), say("starting.note"));
  box.replaceChildren(el("div", { class: "setup__bar", role: "progressbar", "aria-label": say("starting") }));
  if (recovery) box.append(paper(recovery));
  for (let turn = 0; turn < PATIENCE; turn += 1) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    try {
      const draft = await get("setup");
      if (!begun || !draft.begin) {
        done(box, draft, recovery);
        return;
      }
    } catch (error) {
      // It is on its way.
    }
  }
  setText(byId("hint"), say("starting.long"));
}

const paper = (code) => el("div", { class: "setup__paper" }, el("h2", {}, say("recovery")), el("p", {}, say("recovery.note")), el("p", { class: "setup__code" }, code), el("button", { type: "button", class: "small", onclick: () => window.print() }, say("print")));

function done(box, draft, recovery) {
  byId("setup").dataset.state = "done";
  setText(byId("heading"), say("done"));
  setText(byId("hint"), say("done.note", { hall: draft.hall.name.zh }));
  const links = ["users", "overview", "call", "diagnostics", "board"].map((page) => el("a", { class: "setup__tile", href: `/${page}` }, el("b", {}, say(`open.${page}`)), el("span", {}, say(`open.${page}.note`))));
  box.replaceChildren(...(recovery ? [paper(recovery)] : []), el("h2", {}, say("then")), el("div", { class: "setup__tiles" }, ...links), draft.network ? el("p", { class: "note" }, say("network.then")) : "");
  byId("heading").focus();
}
