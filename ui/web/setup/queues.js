// What citizens take numbers for: zones and queues, and the services behind them.

import { post } from "/pages/shared/api.js";
import { explain, language, say } from "/pages/shared/frame.js";
import { confirm, el, toast } from "/pages/shared/parts.js";
import { named } from "/pages/shared/text.js";
import { add, both, fresh, grid, input, pick, refill, sheet } from "./grid.js";

export function queues(box, site) {
  const { draft } = site;
  const zones = grid([say("zone.zh"), say("zone.en")], draft.zones, (one) => {
    const zh = input(one.name.zh, { required: true, maxlength: 20, "aria-label": say("zone.zh") });
    const en = input(one.name.en === one.name.zh ? "" : one.name.en, { maxlength: 40, "aria-label": say("zone.en") });
    return [[zh, en], () => ({ ...one, name: both(zh, en) })];
  });
  const options = () => zones.read().map((zone) => [zone.id, zone.name.zh]);
  const list = grid(
    ["zh", "en", "prefix", "zone", "minutes", "quota", "kind"].map((key) => say(`queue.${key}`)),
    draft.queues,
    (one) => {
      const zh = input(one.name.zh, { required: true, maxlength: 12, "aria-label": say("queue.zh") });
      const en = input(one.name.en === one.name.zh ? "" : one.name.en, { maxlength: 30, "aria-label": say("queue.en") });
      const prefix = input(one.prefix, { required: true, pattern: "[A-HJ-NPR-Z]{1,2}", maxlength: 2, class: "setup__short", "aria-label": say("queue.prefix"), title: say("queue.prefix.note") });
      const zone = pick(options(), one.zone, { "aria-label": say("queue.zone") });
      const minutes = input(one.expected_minutes, { type: "number", min: 1, max: 600, step: "any", required: true, class: "setup__short", "aria-label": say("queue.minutes") });
      const quota = input(one.quota, { type: "number", min: 1, max: 9999, class: "setup__short", "aria-label": say("queue.quota") });
      const kind = pick([["general", say("kind.general")], ["special", say("kind.special")]], one.service_class || "general", { "aria-label": say("queue.kind") });
      prefix.addEventListener("input", () => (prefix.value = prefix.value.toUpperCase()));
      zone.addEventListener("focus", () => refill(zone, options(), zone.value));
      const read = () => {
        const { quota: q, service_class: c, ...rest } = one;
        const made = { ...rest, prefix: prefix.value, name: both(zh, en), zone: zone.value, expected_minutes: Number(minutes.value) };
        if (quota.value) made.quota = Number(quota.value);
        if (kind.value !== "general") made.service_class = kind.value;
        return made;
      };
      return [[zh, en, prefix, zone, minutes, quota, kind], read];
    },
    { empty: say("queue.none") },
  );
  const more = () => {
    const now = list.read();
    list.add({ id: fresh("q", now.map((one) => one.id)), prefix: "", name: { zh: "", en: "" }, zone: options()[0] ? options()[0][0] : "", order: now.length + 1, expected_minutes: 8 });
  };
  box.append(
    el(
      "form",
      { class: "setup__form" },
      list.node,
      el("p", { class: "setup__adds" }, add(say("queue.add"), more), ...sheet("queues", site)),
      el("details", { open: draft.zones.length > 1 }, el("summary", {}, say("zones", { n: draft.zones.length })), el("p", { class: "note" }, say("zones.note")), zones.node, el("p", { class: "setup__adds" }, add(say("zone.add"), () => zones.add({ id: fresh("zone", zones.read().map((one) => one.id)), name: { zh: "", en: "" } })))),
    ),
  );
  return {
    collect: () => {
      const kept = zones.read();
      const known = kept.map((zone) => zone.id);
      const windows = draft.windows.map((one) => (known.includes(one.zone) ? one : { ...one, zone: known[0] }));
      return { zones: kept, windows, queues: list.read().map((one) => (known.includes(one.zone) ? one : { ...one, zone: known[0] })) };
    },
  };
}

export function services(box, site) {
  const { draft } = site;
  const known = draft.queues.map((queue) => queue.id);
  const counts = {};
  for (const { queue } of draft.services) counts[queue] = (counts[queue] || 0) + 1;
  const lost = Object.keys(counts).filter((queue) => !known.includes(queue));
  const moves = lost.map((queue) => [queue, pick([["", say("service.drop")], ...draft.queues.map((one) => [one.id, named(one.name, language)])], known[0])]);
  const use = async (catalogue) => {
    if (draft.services.length && !(await confirm({ title: say(`service.${catalogue}`), text: say("service.replace", { n: draft.services.length }), yes: say("yes"), no: say("frame.cancel") }))) return;
    try {
      await site.keep({ catalogue }, "services");
      site.redraw();
    } catch (error) {
      explain(error);
    }
  };
  box.append(
    el(
      "div",
      { class: "setup__tiles" },
      ...draft.queues.map((queue) => el("div", { class: "setup__tile" }, el("b", {}, String(counts[queue.id] || 0)), el("span", {}, named(queue.name, language)))),
    ),
    ...(lost.length
      ? [el("h2", { class: "wrong" }, say("service.lost")), ...moves.map(([queue, choice]) => el("label", { class: "setup__tick" }, el("span", {}, say("service.move", { n: counts[queue], queue })), choice))]
      : []),
    el(
      "p",
      { class: "setup__adds" },
      el("button", { type: "button", class: "small", onclick: () => use("sample") }, say("service.sample")),
      el("button", { type: "button", class: "small", onclick: () => use("none") }, say("service.none")),
      ...sheet("services", site),
    ),
    draft.services.length
      ? el(
          "div",
          { class: "table__scroll setup__list", tabindex: "0", role: "region", "aria-label": say("step.services") },
          el(
            "table",
            { class: "table" },
            el("thead", {}, el("tr", {}, ...["code", "name", "queue"].map((key) => el("th", { scope: "col" }, say(`service.${key}`))))),
            el("tbody", {}, ...draft.services.map((one) => el("tr", {}, el("td", {}, one.code), el("td", {}, named(one.name, language)), el("td", {}, named((draft.queues.find((queue) => queue.id === one.queue) || {}).name, language) || one.queue)))),
          ),
        )
      : el("p", { class: "empty" }, say("service.empty")),
  );
  return { collect: () => (moves.length ? { service_queues: Object.fromEntries(moves.map(([queue, choice]) => [queue, choice.value])) } : {}) };
}
