// Questions that some acts ask first. Each is there at once, whatever it has to ask the hub for, and resolves to
// what is wanted, or undefined; `until` is an AbortSignal that ends it.

import { get } from "/pages/shared/api.js";
import { explain, language, say } from "/pages/shared/frame.js";
import { dialog, el, field, keyed, select, setText } from "/pages/shared/parts.js";
import { named } from "/pages/shared/text.js";

const RESULTS = ["done", "supplement", "referred", "received", "advice", "printout", "rejected"];
const HOLDS = ["any_window", "this_window", "until_woken"];
const SEARCH_MS = 150;

function actions(shown, yes, no = say("frame.cancel")) {
  return el(
    "p",
    { class: "actions" },
    el("button", { type: "button", onclick: () => shown().close() }, no),
    yes ? el("button", { class: "primary" }, yes) : null,
  );
}

// A list to choose from by digit, arrow or pointer.
function choices(items, choose) {
  const list = el(
    "div",
    { class: "choices" },
    ...items.map((item, n) =>
      el(
        "button",
        { type: "button", class: "choices__one", disabled: item.disabled || false, onclick: () => choose(item.value) },
        n < 9 ? el("kbd", {}, String(n + 1)) : null,
        el("span", {}, item.text),
        item.note ? el("small", {}, item.note) : null,
      ),
    ),
  );
  list.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
    const found = /^(?:Digit|Numpad)([1-9])$/.exec(event.code);
    if (found && items[found[1] - 1] && !items[found[1] - 1].disabled) {
      event.preventDefault();
      event.stopPropagation();
      choose(items[found[1] - 1].value);
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const all = [...list.children].filter((one) => !one.disabled);
      const at = all.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
      if (all[at]) all[at].focus();
      event.preventDefault();
    }
  });
  return list;
}

export function askHold(until) {
  let shown;
  const items = HOLDS.map((kind) => ({ value: kind, text: say(`hold.${kind}`), note: say(`hold.${kind}.note`) }));
  shown = dialog({ title: say("act.hold"), until, content: el("div", {}, choices(items, (kind) => shown.close(kind)), actions(() => shown)) });
  return shown.closed;
}

// Rule 7: next was pressed before the citizen came.
export function askNotStarted(problem, until) {
  let shown;
  const { number, no_show: ready, calls, calls_needed: needed } = problem.params;
  const wait = calls < needed ? say("no_show.calls", { calls, needed }) : say("no_show.wait", { seconds: Math.ceil(problem.params.opens_in_ms / 1000) });
  const items = [
    { value: "no_show", text: say("came.no", { number }), note: ready ? "" : wait, disabled: !ready },
    { value: "recall", text: say("came.recall", { number }) },
    { value: "start", text: say("came.yes", { number }) },
  ];
  shown = dialog({
    title: say("came.title", { number }),
    until,
    content: el("div", {}, choices(items, (what) => shown.close(what)), actions(() => shown)),
  });
  return shown.closed;
}

export function askTransfer(desk, { number }, until) {
  let tellers = null; // until they are known
  let unread = "transfer.loading";
  const search = el("input", { type: "search", placeholder: say("transfer.search"), "aria-label": say("transfer.search"), autofocus: true });
  const list = el("div", { class: "groups" });
  let shown;
  const draw = () => {
    const at = new Map((tellers || []).map((one) => [one.window, one.name]));
    const words = search.value.trim().toLowerCase();
    const fits = (text) => text.toLowerCase().includes(words);
    const queues = desk.hall.queues.map((queue) => ({ value: { to_queue: queue.id }, text: named(queue.name, language), note: say("line.count", { waiting: queue.waiting }) }));
    const windows = desk.hall.windows
      .filter((window) => window.id !== desk.window)
      .map((window) => ({
        value: { to_window: window.id },
        text: window.name ? named(window.name, language) : say("window.name", { window: window.id }),
        note: at.get(window.id) || (tellers ? say("transfer.nobody") : ""),
      }));
    const people = (tellers || [])
      .filter((one) => one.window !== desk.window)
      .map((one) => ({
        value: { to_teller: one.id },
        text: one.name,
        note: one.window ? say("window.name", { window: one.window }) : say("transfer.off_duty"),
        disabled: !one.window,
      }));
    list.replaceChildren(
      ...[
        ["transfer.queue", queues],
        ["transfer.window", windows],
        ["transfer.person", people],
      ].map(([key, items]) => {
        const left = items.filter((item) => fits(`${item.text} ${item.note}`));
        return el(
          "section",
          {},
          el("h3", {}, say(key)),
          left.length
            ? el("div", { class: "choices" }, ...left.map((item) => el("button", { type: "button", class: "choices__one", disabled: item.disabled || false, onclick: () => shown.close(item.value) }, el("span", {}, item.text), el("small", {}, item.note))))
            : el("p", { class: "note" }, items === people && !tellers ? say(unread) : "—"),
        );
      }),
    );
  };
  const read = async () => {
    try {
      tellers = await get("tellers");
    } catch (error) {
      explain(error);
      unread = "transfer.failed";
    }
    draw();
  };
  search.addEventListener("input", draw);
  search.addEventListener("keydown", async (event) => {
    if (event.key !== "Enter" || !search.value.trim()) return;
    event.preventDefault(); // the focus goes back to a button that this key must not press
    search.readOnly = true;
    await known; // the first of half a list may be another than the one that is meant
    search.readOnly = false;
    const first = list.querySelector("button:not(:disabled)");
    if (first) first.click();
  });
  draw();
  const known = read();
  shown = dialog({ title: say("transfer.title", { number }), wide: true, until, content: el("div", {}, search, list, actions(() => shown)) });
  return shown.closed;
}

// The services of a ticket, whole: found by name, code or initials. `nameOf(code)` resolves to one that it has.
// What is chosen is always an answer to the words that stand in the field: typing on empties the list, and Enter
// waits for theirs, as a scanner sends it along with the code.
export function askServices(ticket, nameOf, until) {
  const unnamed = (code) => ({ code, name: { zh: code, en: code } });
  const chosen = new Map((ticket.services || []).map((code) => [code, unnamed(code)]));
  const search = el("input", { type: "search", placeholder: say("services.search"), "aria-label": say("services.search"), autofocus: true });
  const found = el("ul", { class: "found" });
  const mine = el("ul", { class: "mine" });
  const note = el("p", { class: "note", role: "status" });
  let timer = null;
  let asked = 0;
  const drawMine = () =>
    keyed(mine, [...chosen.values()], (one) => one.code, (one) =>
      el(
        "li",
        {},
        el("span", {}),
        el("button", { type: "button", class: "small", onclick: () => {
            chosen.delete(one.code);
            drawMine();
          } }, "×"),
      ),
      (node, one) => {
        const name = named(one.name, language);
        setText(node.firstElementChild, name);
        node.lastElementChild.setAttribute("aria-label", say("services.remove", { name }));
      },
    );
  const clear = () => {
    clearTimeout(timer);
    asked += 1; // an answer to other words comes too late
    found.replaceChildren();
    setText(note, "");
  };
  const add = (one) => {
    chosen.set(one.code, one);
    drawMine();
    search.value = "";
    clear();
    search.focus();
  };
  // Show what the words find, and resolve to it; undefined where they are no longer asked for, or nobody knows.
  const look = async () => {
    clear();
    const words = search.value.trim();
    const turn = asked;
    if (!words) return undefined;
    setText(note, say("services.looking"));
    let services = null;
    try {
      services = await get(`services?limit=8&search=${encodeURIComponent(words)}`);
    } catch (error) {
      if (turn === asked) explain(error);
    }
    if (turn !== asked) return undefined;
    setText(note, services && !services.length ? say("services.none") : "");
    if (!services) return undefined;
    found.replaceChildren(
      ...services.map((one) => el("li", {}, el("button", { type: "button", class: "choices__one", onclick: () => add(one) }, el("span", {}, named(one.name, language)), el("small", {}, one.code)))),
    );
    return services;
  };
  search.addEventListener("input", () => {
    clear();
    timer = setTimeout(look, SEARCH_MS);
  });
  let shown;
  let taking = false;
  // Add what the words mean: the service of that code, the only one, or for Enter the first of the list.
  const take = async (enter) => {
    const words = search.value.trim().toLowerCase();
    taking = search.readOnly = true;
    const services = await look();
    taking = search.readOnly = false;
    if (!services || !services.length) return false;
    const one = services.find(({ code }) => code.toLowerCase() === words) || (enter || services.length === 1 ? services[0] : null);
    if (one) add(one);
    else setText(note, say("services.which"));
    return Boolean(one);
  };
  const form = el("form", {}, mine, search, note, found, actions(() => shown, say("services.save")));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (taking) return;
    const enter = document.activeElement === search;
    if (search.value.trim() && (!(await take(enter)) || enter)) return;
    shown.close([...chosen.keys()]);
  });
  drawMine();
  for (const code of chosen.keys()) {
    const name = (one) => {
      if (chosen.has(code)) chosen.set(code, one);
      drawMine();
    };
    nameOf(code).then(name, () => {}); // one that left the catalogue is called by its code
  }
  shown = dialog({ title: `${say("act.services")} ${ticket.number}`, content: form, wide: true, until });
  return shown.closed;
}

export function askNumber(until) {
  const input = el("input", { name: "number", required: true, maxlength: 12, autocapitalize: "characters", autocomplete: "off", spellcheck: "false", autofocus: true, class: "big" });
  let shown;
  const form = el("form", {}, field(say("number.label"), input, say("number.note")), actions(() => shown, say("aside.call")));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    shown.close(input.value.trim().toUpperCase());
  });
  shown = dialog({ title: say("act.number"), content: form, until });
  return shown.closed;
}

// Result, items and materials of a ticket; also afterwards, to complete or correct them.
export function askFinish(ticket, { amend = false, until = null } = {}) {
  const result = select("result", RESULTS.map((key) => [key, say(`result.${key}`)]), ticket.result || "done", { autofocus: true });
  const count = (value) => el("input", { type: "number", min: 0, max: 9999, value: String(value), inputmode: "numeric", required: true });
  const items = count(ticket.items === undefined || ticket.items === null ? 1 : ticket.items);
  const materials = count(ticket.materials || 0);
  const rate = el("input", { type: "checkbox", checked: !amend });
  let shown;
  const form = el(
    "form",
    {},
    el("div", { class: "fields" }, field(say("finish.result"), result), field(say("finish.items"), items), field(say("finish.materials"), materials)),
    amend ? null : el("label", { class: "check" }, rate, el("span", {}, say("finish.rate"))),
    el("p", { class: "note" }, say(amend ? "amend.note" : "finish.note")),
    actions(() => shown, say(amend ? "amend.save" : "act.finish")),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const wanted = { result: result.value, items: Number(items.value), materials: Number(materials.value) };
    shown.close(amend ? wanted : { ...wanted, rate: rate.checked });
  });
  shown = dialog({ title: `${say(amend ? "amend.title" : "act.finish")} ${ticket.number}`, content: form, until });
  return shown.closed;
}

// After a pause has begun: why and for how long, if there is time to say.
export function askPause(until) {
  const reason = el("input", { maxlength: 40, list: "reasons", autofocus: true });
  const reasons = el("datalist", { id: "reasons" }, ...["a", "b", "c", "d"].map((key) => el("option", { value: say(`pause.reason.${key}`) })));
  const minutes = el("input", { type: "number", min: 1, max: 240, value: "10", inputmode: "numeric" });
  const contact = el("input", { maxlength: 60 });
  let shown;
  const form = el(
    "form",
    {},
    el("p", { class: "note" }, say("pause.note")),
    el("div", { class: "fields" }, field(say("pause.reason"), reason), field(say("pause.minutes"), minutes)),
    field(say("pause.contact"), contact, say("pause.contact.note")),
    reasons,
    actions(() => shown, say("pause.save"), say("pause.later")),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    shown.close({ reason: reason.value.trim() || null, minutes: Number(minutes.value) || null, contact: contact.value.trim() || null });
  });
  shown = dialog({ title: say("act.pause"), content: form, until });
  return shown.closed;
}
