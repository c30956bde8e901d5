// The hall itself, and when it is open.

import { say } from "/pages/shared/frame.js";
import { el, field } from "/pages/shared/parts.js";
import { add, both, chips, grid, input } from "./grid.js";

export function hall(box, { draft }) {
  const { name } = draft.hall;
  const zh = input(name.zh, { name: "zh", required: true, maxlength: 60, placeholder: say("hall.name.example") });
  const en = input(name.en === name.zh ? "" : name.en, { name: "en", maxlength: 80 });
  const id = input(draft.hall.id, { name: "id", required: true, pattern: "[a-z0-9][a-z0-9_\\-]*", maxlength: 32 });
  const address = input(draft.guide.address, { name: "address", maxlength: 100 });
  const phone = input(draft.guide.phone, { name: "phone", maxlength: 60, type: "tel" });
  const hours = input(draft.guide.hours, { name: "hours", maxlength: 120 });
  const url = input(draft.hall.public_url, { name: "url", type: "url", pattern: "https?://[^\\s?#]+", maxlength: 200, placeholder: "https://" });
  const network = el("input", { type: "checkbox", name: "network", checked: draft.network });
  box.append(
    el(
      "form",
      { class: "setup__form" },
      el("div", { class: "fields" }, field(say("hall.zh"), zh), field(say("hall.en"), en, say("hall.en.note"))),
      el("div", { class: "fields" }, field(say("hall.address"), address, say("hall.address.note")), field(say("hall.phone"), phone), field(say("hall.hours"), hours, say("hall.hours.note"))),
      el("label", { class: "setup__tick" }, network, el("span", {}, el("b", {}, say("hall.network")), el("small", {}, say("hall.network.note")))),
      el("details", {}, el("summary", {}, say("more")), el("div", { class: "fields" }, field(say("hall.id"), id, say("hall.id.note")), field(say("hall.url"), url, say("hall.url.note")))),
    ),
  );
  return {
    collect: () => {
      const guide = {};
      for (const [key, node] of Object.entries({ address, phone, hours })) if (node.value.trim()) guide[key] = node.value.trim();
      return { hall: { ...draft.hall, id: id.value, name: both(zh, en), public_url: url.value.trim() }, guide, network: network.checked };
    },
  };
}

const TIMES = ["serve_from", "serve_until", "tickets_from", "tickets_until"];
const EXTRA = {
  lunch: { id: "lunch", name: { zh: "午间值班", en: "Lunch" }, serve_from: "12:00", serve_until: "14:00", tickets_from: "12:00", tickets_until: "13:45" },
  saturday: { id: "saturday", name: { zh: "周六上午", en: "Saturday morning" }, weekdays: [6], serve_from: "09:00", serve_until: "12:00", tickets_from: "08:50", tickets_until: "11:40" },
};

export function hours(box, { draft }) {
  const days = [1, 2, 3, 4, 5, 6, 7].map((n) => [n, say(`day.${n}`), say(`day.${n}.long`)]);
  const months = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12].map((n) => [n, String(n), say("month", { n })]);
  const sessions = grid(
    [say("session.name"), say("session.days"), say("session.months"), ...TIMES.map((key) => say(`session.${key}`))],
    draft.sessions,
    (one) => {
      const name = input(one.name.zh, { required: true, maxlength: 20, "aria-label": say("session.name") });
      const on = chips(days, one.weekdays || [1, 2, 3, 4, 5], say("session.days"));
      const within = chips(months, one.months && one.months.length ? one.months : months.map(([n]) => n), say("session.months"));
      const times = TIMES.map((key) => input(one[key], { required: true, pattern: "([01][0-9]|2[0-3]):[0-5][0-9]|24:00", maxlength: 5, class: "setup__short", title: "08:30", "aria-label": say(`session.${key}`) }));
      const read = () => {
        const { weekdays, months: was, ...rest } = one;
        const made = { ...rest, name: { zh: name.value.trim(), en: name.value.trim() === one.name.zh ? one.name.en : name.value.trim() } };
        TIMES.forEach((key, n) => (made[key] = times[n].value));
        if (on.ticked().join() !== "1,2,3,4,5") made.weekdays = on.ticked();
        if (within.ticked().length !== 12) made.months = within.ticked();
        return made;
      };
      return [[name, on.node, within.node, ...times], read];
    },
  );
  const more = (kind) => {
    const taken = sessions.read().map((one) => one.id);
    const id = taken.includes(kind) ? `${kind}-${taken.length}` : kind;
    sessions.add({ ...EXTRA[kind], id });
  };
  const years = draft.years.map((year) => {
    const off = el("textarea", { rows: 4, "aria-label": say("year.off", { year: year.year }), spellcheck: "false" });
    off.value = (year.holidays || []).join("  ");
    const work = el("textarea", { rows: 2, "aria-label": say("year.work", { year: year.year }), spellcheck: "false" });
    work.value = Object.entries(year.make_up || {}).map(([date, day]) => `${date}=${day}`).join("  ");
    const read = () => {
      const made = { year: year.year, holidays: off.value.split(/[\s,，、]+/).filter(Boolean) };
      const pairs = work.value.split(/[\s,，、]+/).filter(Boolean).map((pair) => pair.split("="));
      if (pairs.length) made.make_up = Object.fromEntries(pairs.map(([date, day]) => [date, Number(day) || 0]));
      return made;
    };
    const node = el(
      "details",
      {},
      el("summary", {}, say("year", { year: year.year, off: (year.holidays || []).length, work: Object.keys(year.make_up || {}).length })),
      el("div", { class: "fields" }, field(say("year.off", { year: year.year }), off, say("year.off.note")), field(say("year.work", { year: year.year }), work, say("year.work.note"))),
    );
    return { node, read };
  });
  box.append(
    el("form", { class: "setup__form" }, sessions.node, el("p", { class: "setup__adds" }, add(say("session.lunch"), () => more("lunch")), add(say("session.saturday"), () => more("saturday"))), el("h2", {}, say("years")), el("p", { class: "note" }, say("years.note")), ...years.map((year) => year.node)),
  );
  return { collect: () => ({ sessions: sessions.read(), years: years.map((year) => year.read()) }) };
}
