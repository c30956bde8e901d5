// Questions that some acts ask first. Each resolves to what is wanted, or undefined.

import { get } from "/pages/shared/api.js";
import { explain, language, say } from "/pages/shared/frame.js";
import { dialog, el, field, keyed, select, setHidden } from "/pages/shared/parts.js";
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

export function askHold() {
  let shown;
  const items = HOLDS.map((kind) => ({ value: kind, text: say(`hold.${kind}`), note: say(`hold.${kind}.note`) }));
  shown = dialog({ title: say("act.hold"), content: el("div", {}, choices(items, (kind) => shown.close(kind)), actions(() => shown)) });
  return shown.closed;
}

// Rule 7: next was pressed before the citizen came.
export function askNotStarted(problem) {
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
    content: el("div", {}, choices(items, (what) => shown.close(what)), actions(() => shown)),
  });
  return shown.closed;
}

export async function askTransfer(desk) {
  let tellers = [];
  try {
    tellers = await get("tellers");
  } catch (error) {
    explain(error);
    return undefined;
  }
  const search = el("input", { type: "search", placeholder: say("transfer.search"), "aria-label": say("transfer.search"), autofocus: true });
  const list = el("div", { class: "groups" });
  let shown;
  const names = new Map(tellers.map((one) => [one.id, one.name]));
  const draw = () => {
    const words = search.value.trim().toLowerCase();
    const fits = (text) => text.toLowerCase().includes(words);
    const queues = desk.hall.queues.map((queue) => ({ value: { to_queue: queue.id }, text: named(queue.name, language), note: say("line.count", { waiting: queue.waiting }) }));
    const windows = desk.hall.windows
      .filter((window) => window.id !== desk.window)
      .map((window) => ({
        value: { to_window: window.id },
        text: window.name ? named(window.name, language) : say("window.name", { window: window.id }),
        note: names.get((tellers.find((one) => one.window === window.id) || {}).id) || say("transfer.nobody"),
      }));
    const people = tellers
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
            : el("p", { class: "note" }, "—"),
        );
      }),
    );
  };
  search.addEventListener("input", draw);
  search.addEventListener("keydown", (event) => {
    const first = list.querySelector("button:not(:disabled)");
    if (event.key !== "Enter" || !search.value.trim() || !first) return;
    event.preventDefault(); // the focus goes back to a button that this key must not press
    first.click();
  });
  draw();
  shown = dialog({ title: say("transfer.title", { number: desk.ticket.number }), wide: true, content: el("div", {}, search, list, actions(() => shown)) });
  return shown.closed;
}

// The services of a ticket, whole: found by name, code or initials.
export function askServices(present, title) {
  const chosen = new Map(present.map((one) => [one.code, one]));
  const search = el("input", { type: "search", placeholder: say("services.search"), "aria-label": say("services.search"), autofocus: true });
  const found = el("ul", { class: "found" });
  const mine = el("ul", { class: "mine" });
  const none = el("p", { class: "note", hidden: true }, say("services.none"));
  let timer = null;
  let asked = 0;
  const drawMine = () =>
    keyed(mine, [...chosen.values()], (one) => one.code, (one) =>
      el(
        "li",
        {},
        el("span", {}, named(one.name, language)),
        el("button", { type: "button", class: "small", "aria-label": say("services.remove", { name: named(one.name, language) }), onclick: () => {
            chosen.delete(one.code);
            drawMine();
          } }, "×"),
      ),
    );
  const add = (one) => {
    chosen.set(one.code, one);
    drawMine();
    search.value = "";
    found.replaceChildren();
    search.focus();
  };
  const look = async () => {
    const words = search.value.trim();
    const turn = (asked += 1);
    if (!words) {
      found.replaceChildren();
      setHidden(none, true);
      return;
    }
    try {
      const services = await get(`services?limit=8&search=${encodeURIComponent(words)}`);
      if (turn !== asked) return;
      setHidden(none, services.length > 0);
      found.replaceChildren(
        ...services.map((one) => el("li", {}, el("button", { type: "button", class: "choices__one", onclick: () => add(one) }, el("span", {}, named(one.name, language)), el("small", {}, one.code)))),
      );
    } catch (error) {
      explain(error);
    }
  };
  search.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(look, SEARCH_MS);
  });
  let shown;
  const form = el("form", {}, mine, search, found, none, actions(() => shown, say("services.save")));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const first = found.querySelector("button");
    if (document.activeElement === search && search.value.trim() && first) first.click();
    else shown.close([...chosen.keys()]);
  });
  drawMine();
  shown = dialog({ title, content: form, wide: true });
  return shown.closed;
}

export function askNumber() {
  const input = el("input", { name: "number", required: true, maxlength: 12, autocapitalize: "characters", autocomplete: "off", spellcheck: "false", autofocus: true, class: "big" });
  let shown;
  const form = el("form", {}, field(say("number.label"), input, say("number.note")), actions(() => shown, say("aside.call")));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    shown.close(input.value.trim().toUpperCase());
  });
  shown = dialog({ title: say("act.number"), content: form });
  return shown.closed;
}

// Result, items and materials of a ticket; also afterwards, to complete or correct them.
export function askFinish(ticket, { amend = false } = {}) {
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
  shown = dialog({ title: `${say(amend ? "amend.title" : "act.finish")} ${ticket.number}`, content: form });
  return shown.closed;
}

// After a pause has begun: why and for how long, if there is time to say.
export function askPause() {
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
  shown = dialog({ title: say("act.pause"), content: form });
  return shown.closed;
}
