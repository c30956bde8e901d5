// The city beside the hall: a central server, a second hall, and the wires between, to be cut and healed.
import { el, setAttr, setText } from "./dom.js";
import { act } from "./link.js";
import { currentLanguage, say } from "./words.js";

const MOST = 500; // the demo counts what is to come no further

export class Network {
  constructor() {
    this.title = el("h2", { class: "card__title" });
    this.office = el("a", { target: "_blank", rel: "noopener" });
    this.who = el("small", {});
    this.halls = el("div", { class: "network__halls" });
    this.node = el("section", { class: "card network-card", hidden: true }, el("div", { class: "network__head" }, this.title, this.office, this.who), this.halls);
    this.rows = new Map();
    this.seen = {};
  }

  update(seen) {
    this.seen = seen || {};
    this.words();
  }

  words() {
    const { halls = [], url = "", password = "", people = [] } = this.seen;
    setAttr(this.node, "hidden", !halls.length);
    setAttr(this.node, "title", say("network.note"));
    setText(this.title, say("network.title"));
    setText(this.office, say("network.office"));
    this.office.href = url;
    setText(this.who, `${people[0] || ""} / ${password}`);
    setAttr(this.who, "title", say("network.sign_in", { people: people.join(" / "), password }));
    for (const hall of halls) {
      if (!this.rows.has(hall.id)) this.rows.set(hall.id, this.row(hall.id));
      this.fill(this.rows.get(hall.id), hall);
    }
  }

  row(id) {
    const button = el("button", { type: "button", class: "tool" });
    const row = { name: el("strong", {}), state: el("span", { class: "network__state", role: "status" }), button, cut: false };
    row.node = el("div", { class: "network__hall" }, el("span", { class: "network__wire", "aria-hidden": "true" }), row.name, row.state, button);
    button.addEventListener("click", async () => {
      button.disabled = true;
      await act({ act: "cut", hall: id, on: !row.cut });
      button.disabled = false;
    });
    this.halls.append(row.node);
    return row;
  }

  fill(row, hall) {
    const lag = hall.behind || 0;
    const name = currentLanguage() === "zh" ? hall.name.zh : hall.name.en;
    let state = "going";
    if (hall.cut) state = "cut";
    else if (hall.code !== "going") state = "away";
    else if (lag > 2) state = "catching";
    row.cut = hall.cut;
    setAttr(row.node, "data-state", state);
    setText(row.name, name);
    setAttr(row.name, "title", name);
    setText(row.state, say(`network.${state === "cut" ? "down" : state}`, { n: lag > MOST ? `${MOST}+` : lag }));
    setText(row.button, say(hall.cut ? "network.heal" : "network.cut"));
    setAttr(row.button, "aria-label", `${say(hall.cut ? "network.heal" : "network.cut")} ${name}`);
  }
}
