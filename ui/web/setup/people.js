// Windows, many at a time, and who works at them.

import { language, say } from "/pages/shared/frame.js";
import { el, field } from "/pages/shared/parts.js";
import { named } from "/pages/shared/text.js";
import { add, chips, fresh, grid, input, pick, sheet } from "./grid.js";

const letters = (draft) => draft.queues.map((queue) => [queue.id, queue.prefix, named(queue.name, language)]);

export function windows(box, { draft }) {
  const queues = letters(draft);
  const zones = draft.zones.map((zone) => [zone.id, named(zone.name, language)]);
  const general = draft.queues.filter((queue) => queue.service_class !== "special").map((queue) => queue.id);
  const list = grid(
    ["id", "zone", "equipped", "skills"].map((key) => say(`window.${key}`)),
    draft.windows,
    (one) => {
      const id = input(one.id, { required: true, maxlength: 8, class: "setup__short", "aria-label": say("window.id") });
      const zone = pick(zones, one.zone, { "aria-label": say("window.zone") });
      const equipped = chips(queues, one.equipped, say("window.equipped"));
      const skills = chips(queues, one.skills || [], say("window.skills"));
      const read = () => {
        const can = equipped.ticked();
        return { ...one, id: id.value.trim(), zone: zone.value, equipped: can, skills: skills.ticked().filter((queue) => can.includes(queue)) };
      };
      return [[id, zone, equipped.node, skills.node], read];
    },
    { empty: say("window.none") },
  );
  const have = draft.windows.length;
  const from = input(have ? have + 1 : 1, { type: "number", min: 1, max: 999, name: "from", class: "setup__short" });
  const to = input(have ? have + 1 : 12, { type: "number", min: 1, max: 999, name: "to", class: "setup__short" });
  const zone = pick(zones, zones[0] && zones[0][0], { name: "zone" });
  const all = chips(queues, draft.queues.map((queue) => queue.id), say("window.equipped"));
  const addAll = () => {
    const taken = list.read().map((one) => one.id);
    for (let number = Number(from.value); number <= Math.min(Number(to.value), Number(from.value) + 127); number += 1) {
      if (!taken.includes(String(number))) list.add({ id: String(number), zone: zone.value, equipped: all.ticked(), skills: all.ticked().filter((queue) => general.includes(queue)) });
    }
    from.value = to.value = String(Number(to.value) + 1);
  };
  const many = el("div", { class: "setup__many" }, field(say("many.from"), from), field(say("many.to"), to), field(say("window.zone"), zone), el("div", { class: "field" }, el("span", { class: "field__label" }, say("window.equipped")), all.node), el("button", { type: "button", class: "primary", id: "many", onclick: addAll }, say("many.add")));
  const form = el("form", { class: "setup__form" }, many, list.node, el("p", { class: "note" }, say("window.note")));
  form.addEventListener("submit", (event) => event.preventDefault());
  box.append(form);
  return { collect: () => ({ windows: list.read() }) };
}

export function tellers(box, site) {
  const { draft } = site;
  const queues = letters(draft);
  const places = [["", "—"], ...draft.windows.map((one) => [one.id, one.id])];
  const usual = (id) => draft.roster.find((entry) => entry.teller === id && (entry.days || []).join() === "1,2,3,4,5");
  const list = grid(
    ["name", "staff_no", "post", "promise", "skills", "window"].map((key) => say(`teller.${key}`)),
    draft.tellers,
    (one) => {
      const fields = ["name", "staff_no", "post", "promise"].map((key) => input(one[key], { required: key === "name" || key === "staff_no", maxlength: 40, "aria-label": say(`teller.${key}`) }));
      const skills = chips(queues, one.skills || [], say("teller.skills"));
      const at = usual(one.id);
      const window = pick(places, at ? at.window : "", { "aria-label": say("teller.window") });
      const read = () => {
        const made = { ...one, name: fields[0].value.trim(), staff_no: fields[1].value.trim(), post: fields[2].value.trim(), promise: fields[3].value.trim(), skills: skills.ticked() };
        for (const key of ["post", "promise"]) if (!made[key]) delete made[key];
        return { made, window: window.value };
      };
      return [[...fields, skills.node, window], read];
    },
    { empty: say("teller.none") },
  );
  const more = () => list.add({ id: fresh("t", [...draft.tellers.map((one) => one.id), ...list.read().map(({ made }) => made.id)]), name: "", staff_no: "", skills: draft.queues.filter((queue) => queue.service_class !== "special").map((queue) => queue.id) });
  box.append(el("form", { class: "setup__form" }, el("p", { class: "setup__adds" }, add(say("teller.add"), more), ...sheet("tellers", site)), list.node, el("p", { class: "note" }, say("teller.note"))));
  return {
    collect: () => {
      const read = list.read();
      const others = draft.roster.filter((entry) => (entry.days || []).join() !== "1,2,3,4,5");
      return {
        tellers: read.map(({ made }) => made),
        roster: [...read.filter(({ window }) => window).map(({ made, window }) => ({ window, teller: made.id, days: [1, 2, 3, 4, 5] })), ...others],
      };
    },
  };
}
