// A time to come: what for, which day, when, and a document number that is only there to see that nobody
// has two on one day. It is sent once, hashed there, and kept nowhere, here neither.
import { newKey, post, Problem } from "/pages/shared/api.js";
import { el, setHidden, setText } from "/pages/shared/parts.js";
import { appointment, remember, remembered } from "./mine.js";

export function book(city, id) {
  const { say } = city;
  const node = el("section", {});
  const base = `/h/${encodeURIComponent(id)}`;
  const chosen = { queue: null, service: "", date: null, slot: null };
  let offers = null;
  let rules = null;
  let done = false;
  // The key stays with the wish: whoever presses again after no answer has one time, not two.
  let key = newKey();

  function choose(what) {
    Object.assign(chosen, what);
    key = newKey();
    paint();
  }

  function put(...parts) {
    while (node.firstChild) node.firstChild.remove();
    node.append(city.link(base, { class: "back" }, say("book.back")), el("h1", {}, say("book.title")), ...parts);
  }

  function paint() {
    if (done) return;
    const open = offers.filter((offer) => offer.days.length);
    if (!open.length) return put(el("p", { class: "empty" }, say("book.nothing")));
    if (!open.some((offer) => offer.queue === chosen.queue)) {
      Object.assign(chosen, { queue: open.length === 1 ? open[0].queue : null, service: "", date: null, slot: null });
    }
    const offer = open.find((one) => one.queue === chosen.queue);
    const parts = [step("book.queue", choices(open, (one) => one.queue === chosen.queue, (one) => city.named(one.name), (one) => choose({ queue: one.queue, service: "", date: null, slot: null }), "choices--wide"))];
    if (offer && offer.services.length) parts.push(services(offer));
    if (offer) {
      if (!offer.days.some((day) => day.date === chosen.date)) Object.assign(chosen, { date: offer.days[0].date, slot: null });
      const day = offer.days.find((one) => one.date === chosen.date);
      parts.push(step("book.date", choices(offer.days, (one) => one === day, (one) => city.when(one.date), (one) => choose({ date: one.date, slot: null }), "choices--row")));
      parts.push(step("book.time", times(day)));
    }
    if (offer && chosen.slot) parts.push(form(offer));
    put(...parts);
    const day = node.querySelector(".choices--row [aria-pressed=true]");
    if (day) day.parentNode.scrollLeft = day.offsetLeft - day.parentNode.offsetLeft - 40;
  }

  function step(title, content) {
    return el("fieldset", { class: "step" }, el("legend", {}, say(title)), content);
  }

  function choices(items, isChosen, text, press, kind) {
    return el(
      "div",
      { class: `choices ${kind}` },
      ...items.map((item) => el("button", { type: "button", class: "choice", "aria-pressed": String(isChosen(item)), onclick: () => press(item) }, text(item))),
    );
  }

  function services(offer) {
    const list = el(
      "select",
      { class: "input", id: "service", onchange: () => choose({ service: list.value }) },
      el("option", { value: "" }, say("book.service.any")),
      ...offer.services.map((one) => el("option", { value: one.code }, city.named(one.name))),
    );
    list.value = chosen.service;
    return el("div", { class: "step" }, el("label", { class: "label", for: "service" }, say("book.service")), list);
  }

  function times(day) {
    return el(
      "div",
      { class: "choices choices--times" },
      ...day.slots.map((slot) =>
        el(
          "button",
          {
            type: "button",
            class: "choice",
            disabled: slot.left === 0,
            "aria-pressed": String(chosen.slot === slot.start),
            onclick: () => choose({ slot: slot.start }),
          },
          el("strong", {}, `${slot.start}–${slot.end}`),
          el("small", {}, slot.left ? say("book.left", { left: String(slot.left) }) : say("book.full")),
        ),
      ),
    );
  }

  function form(offer) {
    const input = el("input", { class: "input", name: "person", required: true, maxlength: 40, autocomplete: "off", spellcheck: "false", autocapitalize: "characters", "aria-describedby": "why" });
    const bad = el("p", { class: "wrong", role: "alert", hidden: true });
    const button = el("button", { type: "submit", class: "button button--primary" }, say("book.do"));
    const send = async (event) => {
      event.preventDefault();
      button.disabled = true;
      setHidden(bad, true);
      try {
        const wish = { queue: chosen.queue, date: chosen.date, start: chosen.slot, service: chosen.service, person: input.value, codes: remembered() };
        const given = await post(`halls/${encodeURIComponent(id)}/appointments`, wish, { key });
        done = true;
        remember(given.code);
        put(el("p", { class: "done", role: "status" }, say("book.done")), appointment(city, given));
        window.scrollTo(0, 0);
      } catch (error) {
        setText(bad, city.wrong(error));
        setHidden(bad, false);
        button.disabled = false;
        if (error instanceof Problem && (error.code === "full" || error.code === "not_offered")) {
          await load();
        }
      }
    };
    return el(
      "form",
      { class: "step form", onsubmit: send },
      el("p", { class: "summary" }, say("book.summary", { queue: city.named((offer.services.find((one) => one.code === chosen.service) || offer).name), date: city.when(chosen.date), start: chosen.slot })),
      el("label", { class: "label", for: "person" }, say("book.person")),
      Object.assign(input, { id: "person" }),
      el("p", { class: "hint", id: "why" }, say("book.why")),
      bad,
      button,
      el("p", { class: "hint" }, say("book.rules", { early: String(rules.early_min), late: String(rules.late_min), cancel: hours(rules.cancel_before_min) })),
    );
  }

  function hours(minutes) {
    return minutes % 60 ? say("minutes", { n: String(minutes) }) : say("hours", { n: String(minutes / 60) });
  }

  async function load() {
    const said = await city.get(`halls/${encodeURIComponent(id)}/slots`);
    offers = said.offers;
    rules = said;
  }

  put(el("p", { class: "lead" }, say("loading")));
  return {
    node,
    // Once: what somebody is filling in does not move under their fingers.
    async refresh() {
      if (offers !== null) return;
      await load();
      paint();
    },
  };
}
