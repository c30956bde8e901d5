// What a lead does about the hall as a whole. Every act waits for the hub's answer and then looks again.

import { newKey, post, Unknown } from "/pages/shared/api.js";
import { clock, explain, language, say } from "/pages/shared/frame.js";
import { dialog, el, field, select, setText, toast } from "/pages/shared/parts.js";
import { named } from "/pages/shared/text.js";

let look = () => {};
const unsure = new Map();

export function wireActs(load) {
  look = load;
}

// Post a wish; true when it was done. A wish nobody knows the end of keeps its key, so that the same
// press again is done once; `wrong` takes a refusal that the caller shows itself.
export async function act(path, body = {}, { done = "", wrong = null } = {}) {
  const wish = `${path} ${JSON.stringify(body)}`;
  const key = unsure.get(wish) || newKey();
  try {
    await post(path, body, { key });
    unsure.delete(wish);
    if (done) toast(done);
    return true;
  } catch (error) {
    if (error instanceof Unknown) {
      unsure.set(wish, key);
      toast(say("frame.unknown"), "wrong");
    } else {
      unsure.delete(wish);
      if (wrong) wrong(error);
      else explain(error);
    }
    return false;
  } finally {
    look();
  }
}

// Run `work` once at a time for a button, which says meanwhile that it is busy.
export function press(button, work) {
  button.addEventListener("click", async () => {
    if (button.getAttribute("aria-busy") === "true") return;
    button.setAttribute("aria-busy", "true");
    try {
      await work();
    } finally {
      button.removeAttribute("aria-busy");
    }
  });
  return button;
}

export function askDate(date, pin) {
  act("day/confirm", pin ? { date, pin } : { date }, { done: say("question.done") });
}

export function askNotice(hall) {
  const present = hall.notice || { zh: "", en: "" };
  const zh = el("input", { name: "zh", maxlength: 200, value: present.zh, autocomplete: "off" });
  const en = el("input", { name: "en", maxlength: 200, value: present.en, autocomplete: "off" });
  const set = async (body, done) => (await act("notice", body, { done })) && shown.close();
  const form = el(
    "form",
    {},
    field(say("notice.zh"), zh),
    field(say("notice.en"), en, say("notice.note")),
    el(
      "p",
      { class: "actions" },
      hall.notice ? press(el("button", { type: "button" }, say("notice.remove")), () => set({}, say("notice.removed"))) : null,
      el("button", { type: "button", onclick: () => shown.close() }, say("frame.cancel")),
      el("button", { class: "primary" }, say("notice.set")),
    ),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    set({ zh: zh.value.trim(), en: en.value.trim() }, say("notice.done"));
  });
  const shown = dialog({ title: say("notice"), content: form });
}

export function askQuiet(hall) {
  const choose = (minutes) =>
    press(el("button", { type: "button" }, minutes ? say("minutes", { n: minutes }) : say("quiet.end")), async () => {
      if (await act("quiet", { minutes }, { done: say(minutes ? "quiet.done" : "quiet.ended") })) shown.close();
    });
  const shown = dialog({
    title: say("quiet"),
    content: el(
      "div",
      {},
      el("p", {}, say("quiet.note")),
      hall.quiet_until ? el("p", { class: "note" }, say("quiet.now", { until: clock(hall.quiet_until) })) : null,
      el("p", { class: "actions overview__choices" }, choose(15), choose(30), choose(60), hall.quiet_until ? choose(0) : null),
    ),
  });
}

// How the next ticket is chosen: changed by a lead for the rest of the day.
export function showOrder({ order }) {
  const number = (name, value, most) => el("input", { type: "number", name, value: Math.round(value), min: name === "k" || name.startsWith("credit") ? 0 : 1, max: most, required: true });
  const mode = select("mode", ["ageing", "k_in_n", "strict"].map((key) => [key, say(`order.mode.${key}`)]), order.mode);
  const k = number("k", order.k, 1000);
  const n = number("n", order.n, 1000);
  const cap = number("cap", order.cap_min, 1440);
  const credits = order.priorities.map((one) => [one, number(`credit-${one.id}`, one.credit_min, 1440)]);
  const wrong = el("p", { class: "wrong", role: "alert", hidden: true });
  const refuse = (error) => {
    setText(wrong, error.detail);
    wrong.hidden = false;
  };
  const send = async (body, done) => (await act("order", body, { done, wrong: refuse })) && shown.close();
  const shares = el("div", { class: "fields" }, field(say("order.k"), k), field(say("order.n"), n));
  const aged = el("div", { class: "fields" }, field(say("order.cap.label"), cap), ...credits.map(([one, input]) => field(say("order.credit.label", { name: named(one.name, language) }), input)));
  const turn = () => {
    shares.hidden = mode.value !== "k_in_n";
    aged.hidden = mode.value !== "ageing";
  };
  mode.addEventListener("change", turn);
  turn();
  const form = el(
    "form",
    {},
    el("p", { class: "note" }, say(order.changed ? "order.note.changed" : "order.note", { n: order.returned_after })),
    field(say("order.mode"), mode),
    shares,
    aged,
    wrong,
    el(
      "p",
      { class: "actions" },
      order.changed ? press(el("button", { type: "button", id: "order-back" }, say("order.back")), () => send({ back: true }, say("order.back.done"))) : null,
      el("button", { type: "button", onclick: () => shown.close() }, say("frame.cancel")),
      el("button", { class: "primary" }, say("order.do")),
    ),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const given = Object.fromEntries(credits.map(([one, input]) => [one.id, Number(input.value)]));
    send({ mode: mode.value, k: Number(k.value), n: Number(n.value), cap_min: Number(cap.value), credits: given }, say("order.done"));
  });
  const shown = dialog({ title: say("order"), content: form });
}

// Change for a while what a window calls.
export function moveSkills(row, names) {
  const { window } = row;
  const boxes = [];
  const box = (queue, checked) => {
    const input = el("input", { type: "checkbox", name: queue, checked });
    boxes.push({ queue, input, before: checked });
    const untrained = !checked && !(row.trained || []).includes(queue) && window.teller;
    return el(
      "label",
      { class: "overview__check" },
      input,
      el("span", {}, names.get(queue) || queue),
      untrained ? el("small", {}, say("move.untrained")) : null,
    );
  };
  const minutes = el(
    "select",
    { name: "minutes" },
    ...[30, 60, 90, 120].map((n) => el("option", { value: n, selected: n === 60 }, say("minutes", { n }))),
  );
  const wrong = el("p", { class: "wrong", role: "alert", hidden: true });
  const refuse = (error) => {
    setText(wrong, error.detail);
    wrong.hidden = false;
  };
  const send = async (body, done) => (await act(`windows/${encodeURIComponent(window.id)}/skills`, body, { done, wrong: refuse })) && shown.close();
  const base = new Set([...(window.skills || []), ...((row.move && row.move.remove) || [])]);
  for (const queue of (row.move && row.move.add) || []) base.delete(queue);
  const form = el(
    "form",
    {},
    el("p", { class: "note" }, say("move.note")),
    el(
      "fieldset",
      { class: "overview__checks" },
      el("legend", {}, say("move.queues")),
      ...[...(window.skills || []), ...(row.could || [])].map((queue) => box(queue, (window.skills || []).includes(queue))),
    ),
    field(say("move.minutes"), minutes),
    wrong,
    el(
      "p",
      { class: "actions" },
      row.move ? press(el("button", { type: "button" }, say("move.end")), () => send({ minutes: 0 }, say("move.ended"))) : null,
      el("button", { type: "button", onclick: () => shown.close() }, say("frame.cancel")),
      el("button", { class: "primary" }, say("move.do")),
    ),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const chosen = new Set(boxes.filter(({ input }) => input.checked).map(({ queue }) => queue));
    const add = [...chosen].filter((queue) => !base.has(queue));
    const remove = [...base].filter((queue) => !chosen.has(queue));
    if (add.length || remove.length) send({ add, remove, minutes: Number(minutes.value) }, say("move.done", { window: window.id }));
    else if (row.move) send({ minutes: 0 }, say("move.ended"));
    else refuse({ detail: say("move.same") });
  });
  const shown = dialog({ title: say("move.title", { window: window.id, person: row.person || "" }), content: form });
}
