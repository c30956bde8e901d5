// Asking another person to take a rating out of the count.

import { newKey, post, Unknown } from "/pages/shared/api.js";
import { say } from "/pages/shared/frame.js";
import { dialog, el, field, setText, toast } from "/pages/shared/parts.js";

export function askVoid(story, rating) {
  const why = el("input", { name: "why", required: true, maxlength: 200, autocomplete: "off" });
  const wrong = el("p", { class: "wrong", role: "alert", hidden: true });
  const send = el("button", { class: "danger" }, say("void.ask"));
  const form = el(
    "form",
    {},
    el("p", { class: "note" }, say("void.note")),
    field(say("void.why"), why),
    wrong,
    el("p", { class: "actions" }, el("button", { type: "button", onclick: () => shown.close() }, say("frame.cancel")), send),
  );
  const key = newKey();
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (send.disabled) return;
    send.disabled = true;
    try {
      await post(`tickets/${encodeURIComponent(story.ticket)}/ratings/${rating.said.item || 1}/void`, { why: why.value.trim(), date: story.date }, { key });
      shown.close();
      toast(say("void.asked"));
    } catch (error) {
      setText(wrong, error instanceof Unknown ? say("frame.unknown") : error.detail || say("frame.offline"));
      wrong.hidden = false;
    } finally {
      send.disabled = false;
    }
  });
  const shown = dialog({ title: say("void"), content: form });
}
