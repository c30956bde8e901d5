// The daily journal: what a day came to, who signed it, and what changed afterwards.

import { newKey, post } from "/pages/shared/api.js";
import { explain, listed, moment, say } from "/pages/shared/frame.js";
import { byId, dialog, el, field, select, setHidden, toast } from "/pages/shared/parts.js";
import { weekday } from "./words.js";

const CONDUCT = ["discipline", "appearance", "attitude", "premises"];

export function showJournals(journals, maySign, again) {
  const rows = journals.slice().reverse().map((one) => row(one, maySign, again));
  byId("journals").replaceChildren(...rows);
  setHidden(byId("journal-empty"), journals.length > 0);
}

function row(journal, maySign, again) {
  const last = journal.signatures[journal.signatures.length - 1];
  const number = (name) => el("td", { class: "number" }, String(journal[name]));
  const key = last ? "journal.amend" : "journal.sign";
  const sign = el("button", { type: "button", class: "small", onclick: () => ask(journal, again) }, say(key));
  return el(
    "tr",
    {},
    el("td", { class: "figures__date" }, `${journal.date} ${say(`weekday.${weekday(journal.date)}`)}`),
    ...["served", "items", "materials", "scans"].map(number),
    el("td", {}, last ? conduct(last) : "", last && last.note ? el("small", {}, ` ${last.note}`) : null),
    el("td", {}, state(journal, last)),
    el("td", {}, last ? el("span", {}, last.by, el("small", {}, ` ${moment(last.wall)}`)) : ""),
    el("td", {}, maySign ? el("div", { class: "actions" }, sign) : ""),
  );
}

function state(journal, last) {
  const times = journal.signatures.length - 1;
  const amended = times > 0 ? el("small", {}, ` ${say("journal.amended", { count: times })}`) : null;
  if (!last) {
    return el("span", { class: journal.closed ? "badge badge--wait" : "badge" }, say(journal.closed ? "journal.waiting" : "journal.open"));
  }
  if (!journal.changed) return el("span", {}, el("span", { class: "badge badge--well" }, say("journal.signed")), amended);
  return el("span", {}, el("span", { class: "badge badge--wrong" }, say("journal.changed")), amended, el("br"), el("small", {}, say("journal.was", last)));
}

function conduct(signed) {
  const lacking = CONDUCT.filter((name) => signed[name] === "lacking");
  if (lacking.length) {
    return el("span", { class: "badge badge--wrong" }, say("conduct.are_lacking", { looks: conducts(lacking) }));
  }
  const well = CONDUCT.filter((name) => signed[name] === "well");
  if (well.length === CONDUCT.length) return say("conduct.fine");
  return well.length ? say("conduct.are_well", { looks: conducts(well) }) : say("conduct.none");
}

const conducts = (names) => listed(names.map((name) => say(`conduct.${name}`)));

function ask(journal, again) {
  const choices = [["", say("conduct.none")], ["well", say("conduct.well")], ["lacking", say("conduct.lacking")]];
  const looks = CONDUCT.map((name) => [name, select(name, choices, "")]);
  const note = el("input", { name: "note", maxlength: 200, autocomplete: "off" });
  const figures = ["served", "items", "materials", "scans"];
  const key = newKey();
  const save = el("button", { class: "primary" }, say("journal.sign"));
  const earlier = journal.signatures.map((one) => el("li", {}, `${moment(one.wall)} ${one.by} · ${say("journal.was", one)}`, one.note ? ` · ${one.note}` : ""));
  const form = el(
    "form",
    {},
    el(
      "dl",
      { class: "figures__signed" },
      ...figures.map((name) => el("div", {}, el("dt", {}, say(`column.${name}`)), el("dd", {}, String(journal[name])))),
    ),
    el("div", { class: "fields" }, ...looks.map(([name, input]) => field(say(`conduct.${name}`), input))),
    field(say("journal.note"), note),
    earlier.length ? el("div", {}, el("h3", {}, say("journal.history")), el("ul", { class: "figures__earlier" }, ...earlier)) : null,
    el("p", { class: "actions" }, el("button", { type: "button", onclick: () => shown.close() }, say("frame.cancel")), save),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    save.disabled = true;
    const body = { note: note.value.trim() };
    for (const name of figures) body[name] = journal[name];
    for (const [name, input] of looks) body[name] = input.value;
    try {
      await post(`figures/days/${journal.date}/sign`, body, { key });
      shown.close();
      toast(say("journal.done", { date: journal.date }));
      again();
    } catch (error) {
      explain(error);
      save.disabled = false;
      if (error.code === "figures_changed") {
        shown.close();
        again();
      }
    }
  });
  const shown = dialog({ title: say("journal.ask", { date: journal.date }), content: form });
}
