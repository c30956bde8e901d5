// A code for a tablet that becomes a window's rating face: read here, typed there, good once.

import { post } from "/pages/shared/api.js";
import { explain, say } from "/pages/shared/frame.js";
import { dialog, el } from "/pages/shared/parts.js";

export async function offer(window) {
  let made;
  try {
    made = await post(`windows/${encodeURIComponent(window)}/face-code`);
  } catch (error) {
    explain(error);
    return;
  }
  const address = `${location.origin}/rate?window=${encodeURIComponent(window)}`;
  const shown = dialog({
    title: say("faces.title", { window }),
    content: el(
      "div",
      {},
      el("ol", { class: "diag__steps" }, el("li", {}, say("faces.open"), el("code", {}, address)), el("li", {}, say("faces.type"), el("code", { class: "diag__code" }, made.code))),
      el("p", { class: "note" }, say("faces.once", { minutes: made.minutes })),
      el("p", { class: "actions" }, el("button", { type: "button", class: "primary", onclick: () => shown.close() }, say("frame.close"))),
    ),
  });
}
