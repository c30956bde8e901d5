// The end of the day: a list of what is still open, and the one press that ends it.

import { Problem } from "/pages/shared/api.js";
import { explain, listed, say } from "/pages/shared/frame.js";
import { dialog, el, keyed, setHidden, setText } from "/pages/shared/parts.js";
import { act, press } from "./acts.js";

const SLIPS = ["unprinted", "in_doubt", "printing"];

// Returns { update(page), closed }: `update` keeps the list true while it is open.
export function closingDialog(first) {
  let page = first;
  const list = el("ul", { class: "overview__closing" });
  const note = el("p", { class: "note" });
  const wrong = el("p", { class: "wrong", role: "alert", hidden: true });
  const stop = press(el("button", { type: "button" }, say("closing.stop")), stopAll);
  const end = press(el("button", { type: "button", class: "danger" }), endDay);
  const shown = dialog({
    title: say("closing"),
    content: el(
      "div",
      {},
      list,
      note,
      wrong,
      el("p", { class: "actions" }, el("button", { type: "button", onclick: () => shown.close() }, say("frame.close")), stop, end),
    ),
  });

  function update(now) {
    page = now;
    const { closing } = page.hall;
    const left = closing.waiting + closing.held;
    keyed(list, items(page), (item) => item.key, make, fill);
    setHidden(stop, closing.closed || closing.giving.length === 0);
    setHidden(end, closing.closed);
    setText(end, left ? say("closing.end.void", { n: left }) : say("closing.end"));
    end.disabled = closing.busy.length > 0;
    setText(note, say(closing.closed ? "closing.done" : closing.busy.length ? "closing.wait" : left ? "closing.note.void" : "closing.note", { n: left }));
  }

  async function stopAll() {
    for (const queue of page.hall.closing.giving) {
      if (!(await act(`queues/${encodeURIComponent(queue)}/open`, { open: false }))) return;
    }
  }

  // What is sent is what the person has read: another count is refused, and shown before it is asked again.
  async function endDay() {
    const { closing } = page.hall;
    wrong.hidden = true;
    await act("day/close", { void: closing.waiting + closing.held }, { done: say("closing.done"), wrong: refuse });
  }

  function refuse(error) {
    if (!(error instanceof Problem)) {
      explain(error);
      return;
    }
    setText(wrong, error.code === "still_waiting" ? say("closing.changed") : error.detail);
    wrong.hidden = false;
  }

  update(first);
  return { update, closed: shown.closed };
}

function items({ hall, devices, names }) {
  const { closing } = hall;
  const dark = devices.filter((device) => device.sentence);
  return [
    item("giving", closing.giving.length, listed(closing.giving.map((queue) => names.get(queue)))),
    item("busy", closing.busy.length, listed(closing.busy)),
    item("waiting", closing.waiting),
    item("held", closing.held),
    item("asked", closing.asked),
    item("slips", SLIPS.reduce((sum, kind) => sum + closing[kind], 0), slips(closing)),
    item("on_duty", closing.on_duty.length, listed(closing.on_duty)),
    item("devices", dark.length, listed(dark.map((device) => device.name))),
  ];
}

const slips = (closing) => listed(SLIPS.filter((kind) => closing[kind]).map((kind) => say(`closing.slips.${kind}`, { n: closing[kind] })));

function item(key, count, what = "") {
  return { key, done: count === 0, text: count === 0 ? say(`closing.${key}.none`) : say(`closing.${key}`, { n: count, what }) };
}

function make() {
  return el("li", {}, el("span", { class: "overview__mark", "aria-hidden": "true" }), el("span"));
}

function fill(node, { done, text }) {
  node.dataset.done = done ? "yes" : "no";
  setText(node.children[0], done ? "✓" : "•");
  setText(node.children[1], text);
}
