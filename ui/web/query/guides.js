// Service guides: found by name, pinyin or initials, each with all its fields, and a sheet to take home.
import { get } from "/pages/shared/api.js";
import { el, setHidden, setText } from "/pages/shared/parts.js";

const TYPING_MS = 250;
const ROWS = ["QWERTYUIOP", "ASDFGHJKL", "ZXCVBNM"];

export function guides(terminal) {
  const { say } = terminal;
  let words = "";
  let queue = "";
  let asked = 0;
  let opened = 0; // which sheet is wanted
  let open = null;
  let typing = null;
  const list = el("div", { class: "guides__list" });
  const count = el("p", { class: "note", role: "status" });
  const input = el("input", { type: "search", class: "search", autocomplete: "off", "aria-label": say("search"), placeholder: say("search.note") });
  const keyboard = el(
    "div",
    { class: "keyboard" },
    ...ROWS.map((row) => el("div", { class: "keyboard__row" }, ...[...row].map((letter) => key(letter, () => put(words + letter.toLowerCase()))))),
  );
  keyboard.lastChild.append(
    key(say("back"), () => put(words.slice(0, -1)), "key--word"),
    key(say("clear"), () => put(""), "key--word"),
    key(say("keyboard.hide"), () => fold(true), "key--word"),
  );
  const unfold = el("button", { type: "button", class: "big", hidden: true, onclick: () => fold(false) }, say("keyboard.show"));
  const queues = ((terminal.hall && terminal.hall.queues) || []).filter((one) => one.on_kiosk !== false);
  const kinds = [["", say("search.all")], ...queues.map((one) => [one.id, terminal.named(one.name)])].map(([id, text]) =>
    el("button", { type: "button", class: "chip", "aria-pressed": String(id === ""), onclick: (event) => choose(id, event.currentTarget) }, text),
  );
  const finder = el(
    "div",
    { class: "guides" },
    el("h2", {}, say("guides")),
    el("div", { class: "guides__search" }, input, unfold),
    el("div", { class: "chips" }, ...kinds),
    count,
    list,
    keyboard,
  );
  const node = el("section", { class: "guides__view" }, finder);
  input.addEventListener("input", () => put(input.value));
  find();

  function key(text, action, more = "") {
    return el("button", { type: "button", class: `key ${more}`, onclick: action }, text);
  }

  function fold(away) {
    setHidden(keyboard, away);
    setHidden(unfold, !away);
  }

  function choose(id, button) {
    opened += 1;
    queue = id;
    for (const one of kinds) one.setAttribute("aria-pressed", String(one === button));
    find();
  }

  function put(text) {
    opened += 1;
    words = text;
    if (input.value !== text) input.value = text;
    clearTimeout(typing);
    typing = setTimeout(find, TYPING_MS);
  }

  async function find() {
    const turn = ++asked;
    const query = new URLSearchParams({ search: words.trim(), brief: "true" });
    if (queue) query.set("queue", queue);
    try {
      const found = await get(`services?${query}`);
      if (turn !== asked) return; // a later search has been asked for
      setText(count, found.length ? say("search.count", { count: String(found.length) }) : say("search.none"));
      while (list.firstChild) list.firstChild.remove();
      list.append(...found.map(row));
      list.scrollTop = 0;
    } catch (error) {
      if (turn === asked) terminal.failed(error);
    }
  }

  function row(service) {
    const at = queues.find((one) => one.id === service.queue);
    return el(
      "button",
      { type: "button", class: "service", onclick: () => read(service.code) },
      el("strong", {}, terminal.named(service.name)),
      at ? el("span", {}, terminal.named(at.name)) : null,
    );
  }

  async function read(code) {
    const turn = ++opened;
    try {
      const service = await get(`services/${encodeURIComponent(code)}`);
      if (turn !== opened) return; // another has been chosen since, or searched for
      close();
      open = sheet(service);
      setHidden(finder, true);
      node.append(open);
    } catch (error) {
      if (turn === opened) terminal.failed(error);
    }
  }

  function close() {
    opened += 1;
    if (open) open.remove();
    open = null;
    setHidden(finder, false);
  }

  function sheet(service) {
    const at = ((terminal.hall && terminal.hall.queues) || []).find((one) => one.id === service.queue);
    const fact = (label, value) => (value ? el("div", { class: "fact" }, el("dt", {}, label), el("dd", {}, value)) : null);
    const windows = (service.windows || []).map((one) => say("guide.window", { window: one })).join(terminal.language === "en" ? ", " : "、");
    const now = terminal.clock.local();
    const time = say("guide.time", { year: now.year, month: now.month, day: now.day, time: now.time });
    return el(
      "article",
      { class: "sheet" },
      el(
        "div",
        { class: "sheet__acts" },
        el("button", { type: "button", class: "big", onclick: close }, say("guide.back")),
        el("button", { type: "button", class: "big primary", onclick: () => window.print() }, say("guide.print")),
      ),
      el("h2", {}, terminal.named(service.name)),
      el(
        "dl",
        { class: "facts" },
        fact(say("guide.queue"), at ? `${terminal.named(at.name)} ${at.prefix}` : ""),
        fact(say("guide.windows"), windows),
        fact(say("guide.promise"), promise(service.promise)),
        fact(say("guide.code"), service.code),
      ),
      el("h3", {}, say("guide.materials")),
      (service.materials || []).length
        ? el("ol", { class: "materials" }, ...service.materials.map(material))
        : el("p", {}, say("guide.no_materials")),
      el(
        "dl",
        { class: "fields" },
        ...service.guide_fields.map((one) =>
          el("div", { class: "fact" }, el("dt", {}, terminal.named(one.name)), el("dd", {}, terminal.named(one.text))),
        ),
      ),
      el("p", { class: "sheet__foot" }, say("guide.printed", { hall: terminal.hall ? terminal.named(terminal.hall.name) : "", time })),
    );
  }

  function material(one) {
    const copies = one.copies === undefined ? 1 : one.copies;
    const asked = [];
    if (one.original !== false) asked.push(say("guide.original"));
    if (copies) asked.push(say("guide.copies", { count: String(copies) }));
    return el("li", {}, el("strong", {}, terminal.named(one.name)), el("span", {}, asked.join(" + ")));
  }

  function promise(one) {
    if (!one) return "";
    return one.kind === "immediate" ? say("guide.immediate", { minutes: one.minutes }) : say("guide.limited", { days: one.days });
  }

  return {
    node,
    leave() {
      asked += 1;
      opened += 1;
      clearTimeout(typing);
    },
  };
}
