// The line on top: hall clock, speed, who waits, where the journal is, whether the hub is there.
import { act } from "./link.js";
import { el, setAttr, setText } from "./dom.js";
import { Pages } from "./pages.js";
import { say } from "./words.js";

export class Bar {
  constructor(onLanguage) {
    this.facts = document.getElementById("facts");
    this.name = document.getElementById("hall-name");
    this.note = document.getElementById("hall-note");
    this.away = document.getElementById("away");
    this.people = el("button", { type: "button", class: "tool tool--people", onclick: () => this.togglePeople() });
    this.language = el("button", { type: "button", class: "tool", onclick: onLanguage });
    this.pages = new Pages();
    document.getElementById("tools").append(this.pages.node, this.people, this.language);
    this.values = new Map();
    for (const fact of ["clock", "speed", "waiting", "alerts", "position", "link"]) {
      const label = el("dt", {});
      const value = el("dd", { "data-fact": fact });
      this.facts.append(el("div", { class: `fact fact--${fact}` }, label, value));
      this.values.set(fact, { label, value });
    }
    this.moving = 0;
    this.up = null; // not known yet
    this.people_ = null;
    this.hall_ = null;
    this.running = false;
  }

  words() {
    for (const [fact, { label }] of this.values) setText(label, say(`fact.${fact}`));
    this.pages.words();
    setText(this.language, say("page.language"));
    setAttr(this.language, "aria-label", say("page.language.label"));
    setText(this.note, say("page.note"));
    this.link(this.up);
    if (this.people_) this.peopleAre(this.people_);
    if (this.hall_) this.hall(this.hall_);
    else setText(this.name, say("page.title"));
    document.title = `${say("page.title")} · kioskd`;
  }

  // clock: {wall, speed, offset} as of now; the page counts on from there once a second.
  time(clock) {
    this.anchor = { ...clock, seen: performance.now() };
    setText(this.values.get("speed").value, `×${clock.speed}`);
    this.tick();
  }

  tick() {
    clearTimeout(this.moving);
    if (!this.anchor || !this.up) return;
    const { wall, speed, offset, seen } = this.anchor;
    const now = wall + (performance.now() - seen) * speed;
    const local = new Date(now + offset * 60000).toISOString();
    setText(this.values.get("clock").value, `${local.slice(5, 10)} ${local.slice(11, speed > 5 ? 16 : 19)}`);
    this.moving = setTimeout(() => this.tick(), speed > 5 ? 250 : 1000 - ((now % 1000) + 1000) % 1000);
  }

  hall(hall) {
    this.hall_ = hall;
    const { name, waiting, position } = hall;
    setText(this.name, name);
    setText(this.values.get("waiting").value, say("fact.waiting.value", { n: waiting }));
    setText(this.values.get("position").value, position);
  }

  alerts(count) {
    const { value } = this.values.get("alerts");
    setText(value, String(count));
    setAttr(value, "data-many", String(count > 0));
  }

  peopleAre(people) {
    this.people_ = people;
    this.running = people.running;
    setAttr(this.people, "hidden", !people.possible);
    setAttr(this.people, "aria-pressed", String(people.running));
    setText(this.people, say(people.running ? "people.stop" : "people.start"));
    setAttr(this.people, "title", say(people.running ? "people.label.on" : "people.label.off"));
  }

  async togglePeople() {
    const { ok } = await act({ act: "people", on: !this.running });
    if (!ok) setAttr(this.people, "title", say("people.failed"));
  }

  link(up) {
    this.up = up;
    if (up === null) return;
    const { value } = this.values.get("link");
    setText(value, say(up ? "link.on" : "link.off"));
    setAttr(value, "data-up", String(up));
    setText(this.away, up ? "" : say("page.away"));
    setAttr(this.away, "hidden", up);
    setAttr(document.body, "data-up", String(up));
    this.tick();
  }
}
