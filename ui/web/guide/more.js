// What a guide needs now and then: quiet mode, and the pre-printed roll when the kiosk is dead.

import { newKey, post } from "/pages/shared/api.js";
import { say } from "/pages/shared/frame.js";
import { dialog, el, field, toast } from "/pages/shared/parts.js";

const MINUTES = [15, 30, 60];

// `desk` has hall(), name(queue), failed(error) and load() of the page.
export function more(desk) {
  const box = dialog({
    title: say("more"),
    content: el(
      "div",
      {},
      el("button", { type: "button", class: "guide__wide", "data-act": "roll", onclick: () => (box.close(), roll(desk)) }, say("roll"), el("small", {}, say("roll.when"))),
      el("button", { type: "button", class: "guide__wide", "data-act": "quiet", onclick: () => (box.close(), quiet(desk)) }, say("quiet"), el("small", {}, say(desk.hall().quiet ? "quiet.is_on" : "quiet.when"))),
      el("button", { type: "button", onclick: () => box.close() }, say("frame.cancel")),
    ),
  });
}

function quiet(desk) {
  const key = newKey();
  const on = desk.hall().quiet;
  async function set(minutes) {
    try {
      await post("quiet", { minutes }, { key: `${key}-${minutes}` });
      box.close();
      toast(minutes ? say("quiet.done", { minutes }) : say("quiet.ended"));
      desk.load();
    } catch (error) {
      desk.failed(error);
    }
  }
  const box = dialog({
    title: say("quiet"),
    content: el(
      "div",
      {},
      el("p", { class: "note" }, say("quiet.note")),
      el("div", { class: "guide__choices" }, ...MINUTES.map((minutes) => el("button", { type: "button", onclick: () => set(minutes) }, say("quiet.minutes", { minutes })))),
      on ? el("button", { type: "button", class: "primary", onclick: () => set(0) }, say("quiet.end")) : null,
      el("button", { type: "button", onclick: () => box.close() }, say("frame.cancel")),
    ),
  });
}

// The numbers that were torn off a roll now wait like all others.
function roll(desk) {
  const key = newKey();
  let queue = null;
  const number = (name) => el("input", { name, type: "number", min: "1", max: "99999", inputmode: "numeric", required: true, autocomplete: "off" });
  const [first, last] = [number("first"), number("last")];
  const sum = el("p", { class: "guide__sum", role: "status" }, say("roll.ask"));
  const enter = el("button", { class: "primary", disabled: true }, say("roll.enter"));
  const choices = desk.hall().queues.map((one) =>
    el(
      "button",
      {
        type: "button",
        class: "guide__chip",
        "aria-pressed": "false",
        onclick: (event) => {
          queue = one;
          for (const chip of choices) chip.setAttribute("aria-pressed", String(chip === event.currentTarget));
          reckon();
        },
      },
      `${one.prefix} ${desk.name(one)}`,
    ),
  );
  function reckon() {
    const [from, to] = [Number(first.value), Number(last.value)];
    const good = queue && Number.isInteger(from) && Number.isInteger(to) && from >= 1 && to >= from;
    enter.disabled = !good;
    const written = (value) => `${queue.prefix}${String(value).padStart(3, "0")}`;
    sum.textContent = good ? say("roll.sum", { first: written(from), last: written(to), count: to - from + 1 }) : say("roll.ask");
  }
  const form = el(
    "form",
    {},
    el("p", { class: "note" }, say("roll.note")),
    el("div", { class: "guide__chips", role: "group", "aria-label": say("take.queue") }, ...choices),
    el("div", { class: "guide__range" }, field(say("roll.first"), first), field(say("roll.last"), last)),
    sum,
    el("p", { class: "actions" }, el("button", { type: "button", onclick: () => box.close() }, say("frame.cancel")), enter),
  );
  const box = dialog({ title: say("roll"), content: form });
  form.addEventListener("input", reckon);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (enter.disabled) return;
    enter.disabled = true;
    const body = { queue: queue.id, first: Number(first.value), last: Number(last.value) };
    try {
      const done = await post("paper-range", body, { key: `${key}-${body.queue}-${body.first}-${body.last}` });
      box.close();
      const numbers = done.tickets.map((one) => one.number);
      toast(say("roll.done", { first: numbers[0], last: numbers[numbers.length - 1], count: numbers.length }));
      desk.load();
    } catch (error) {
      desk.failed(error);
      reckon();
    }
  });
}
