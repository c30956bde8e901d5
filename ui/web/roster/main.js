// The week's roster: who is at which window, who leads, who is on call, who steps in for whom.

import { get } from "/pages/shared/api.js";
import { Events } from "/pages/shared/events.js";
import { away, boot, explain, listed, onUnlocked, say } from "/pages/shared/frame.js";
import { byId, el, setHidden, setText } from "/pages/shared/parts.js";
import { importDialog } from "./import.js";

const may = ["lead", "admin"].includes(boot.session.role);
let monday = "";
let asked = 0;

async function load() {
  const turn = ++asked;
  try {
    const roster = await get(monday ? `roster?week=${monday}` : "roster");
    if (turn !== asked) return; // another week is wanted by now
    monday = roster.monday;
    byId("roster").dataset.state = "there";
    // What is done with a week has to know which.
    byId("before").disabled = byId("after").disabled = false;
    setHidden(byId("import"), !may);
    setHidden(byId("empty"), true);
    show(roster);
  } catch (error) {
    if (turn !== asked) return;
    setText(byId("empty"), say("failed"));
    explain(error);
  }
}

function show({ days, windows, tellers, today }) {
  setText(byId("week"), say("week", { first: days[0].date, last: days[6].date }));
  byId("days").replaceChildren(
    el("th", { scope: "col" }, say("post")),
    ...days.map((day, n) =>
      el(
        "th",
        { scope: "col", class: day.date === today ? "roster__today" : "", "data-off": day.works ? "no" : "yes" },
        say(`day.${n + 1}`),
        el("small", {}, day.date.slice(5)),
        day.date === today ? el("small", {}, say("today")) : !day.works ? el("small", {}, say("off")) : "",
      ),
    ),
  );
  const name = (id) => tellers[id] || id;
  const at = (day, window) => {
    const teller = day.duty[window];
    if (!teller) return [""];
    const other = day.stand_ins[teller];
    return [name(teller), other ? el("small", {}, say("stand_in", { person: name(other) })) : ""];
  };
  const lines = [
    [say("leads"), (day) => [listed(day.leads)]],
    [say("on_call"), (day) => [listed(day.on_call)]],
    ...windows.map((window) => [say("window", { window }), (day) => at(day, window)]),
  ];
  byId("rows").replaceChildren(
    ...lines.map(([label, cell]) =>
      el(
        "tr",
        {},
        el("th", { scope: "row" }, label),
        ...days.map((day) => el("td", { class: day.date === today ? "roster__today" : "", "data-off": day.works ? "no" : "yes" }, ...cell(day))),
      ),
    ),
  );
  const own = days.filter((day) => day.works && !day.imported).length;
  setText(byId("note"), own ? say("from_settings", { n: own }) : "");
}

function step(days) {
  const then = new Date(`${monday}T12:00:00Z`);
  then.setUTCDate(then.getUTCDate() + days);
  monday = then.toISOString().slice(0, 10);
  load();
}

byId("before").addEventListener("click", () => step(-7));
byId("after").addEventListener("click", () => step(7));
byId("import").addEventListener("click", () =>
  importDialog(monday, (taken) => {
    monday = taken;
    load();
  }),
);
onUnlocked(load);
new Events({
  event: (kind) => ["roster.set", "settings.applied", "day.opened"].includes(kind) && load(),
  reset: load,
  up: () => away(null),
  lost: (since) => away(since),
}).start();
load();
