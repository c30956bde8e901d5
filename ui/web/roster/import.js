// A table is chosen, what it was understood as is shown line by line, and only then it is taken.

import { newKey, post, Unknown } from "/pages/shared/api.js";
import { explain, say } from "/pages/shared/frame.js";
import { dialog, el, field, setHidden, setText, toast } from "/pages/shared/parts.js";

const MOST_BYTES = 45000;

export function importDialog(week, taken) {
  const file = el("input", { type: "file", name: "file", accept: ".csv,.xlsx,.txt,text/csv" });
  const of = el("input", { type: "date", name: "week", value: week, required: true });
  const found = el("div", { class: "roster__found", hidden: true, "aria-live": "polite" });
  const wrong = el("p", { class: "wrong", role: "alert", hidden: true });
  const leave = el("input", { type: "checkbox", name: "leave" });
  const leaveRow = el("label", { class: "roster__leave", hidden: true }, leave, el("span", {}, say("leave_out")));
  const take = el("button", { class: "primary", disabled: true }, say("take"));
  let content = "";
  let serious = 0;
  let days = 0;
  let key = newKey();

  const ready = () => {
    take.disabled = !content || !days || (serious > 0 && !leave.checked);
    key = newKey();
  };
  const refuse = (text) => {
    setText(wrong, text);
    setHidden(wrong, !text);
  };

  async function look() {
    refuse("");
    setHidden(found, true);
    setHidden(leaveRow, true);
    days = 0;
    ready();
    if (!file.files.length) return;
    if (file.files[0].size > MOST_BYTES) {
      refuse(say("too_large"));
      return;
    }
    content = await base64(file.files[0]);
    try {
      const shown = await post("roster/check", { content, week: of.value || null });
      serious = shown.faults.filter((fault) => fault.serious).length;
      days = shown.days.length;
      show(found, shown);
      setHidden(leaveRow, serious === 0 || days === 0);
    } catch (error) {
      refuse(error instanceof Unknown ? say("frame.offline") : error.detail);
    }
    ready();
  }

  file.addEventListener("change", look);
  of.addEventListener("change", look);
  leave.addEventListener("change", ready);
  const form = el(
    "form",
    {},
    el("p", { class: "note" }, say("import.note")),
    el("div", { class: "fields" }, field(say("file"), file), field(say("week_of"), of)),
    wrong,
    found,
    leaveRow,
    el("p", { class: "actions" }, el("button", { type: "button", onclick: () => shown.close() }, say("frame.cancel")), take),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (take.disabled) return;
    take.disabled = true;
    try {
      const { monday } = await post("roster", { content, week: of.value || null, leave_out: leave.checked }, { key });
      shown.close();
      toast(say("taken", { n: days }));
      taken(monday);
    } catch (error) {
      take.disabled = false;
      if (error instanceof Unknown) refuse(say("frame.unknown"));
      else explain(error);
    }
  });
  const shown = dialog({ title: say("import"), content: form, wide: true });
}

function show(box, { entries, faults, days, tellers }) {
  setHidden(box, false);
  const serious = faults.filter((fault) => fault.serious).length;
  const postOf = (post) => (post === "lead" ? say("leads") : post === "on_call" ? say("on_call") : say("window", { window: post }));
  box.replaceChildren(
    el("p", {}, el("strong", {}, say("found", { n: entries.length, days: days.length })), " ", el("span", { class: serious ? "wrong" : "note" }, say(serious ? "found.wrong" : "found.right", { n: serious }))),
    faults.length
      ? el(
          "ul",
          { class: "roster__faults", id: "faults" },
          ...faults.map((fault) => el("li", { "data-kind": fault.serious ? "wrong" : "" }, el("strong", {}, say("cell", { line: fault.line, column: fault.column })), " ", fault.sentence)),
        )
      : "",
    entries.length
      ? el(
          "div",
          { class: "table__scroll roster__entries", tabindex: "0", role: "region", "aria-label": say("understood") },
          el(
            "table",
            { class: "table" },
            el("thead", {}, el("tr", {}, ...["line", "date", "post", "person", "stand_in.head"].map((key) => el("th", { scope: "col" }, say(key))))),
            el(
              "tbody",
              {},
              ...entries.map((entry) =>
                el(
                  "tr",
                  {},
                  ...[entry.line, entry.date, postOf(entry.post), tellers[entry.person] || entry.person, tellers[entry.stand_in] || ""].map((text) => el("td", {}, String(text))),
                ),
              ),
            ),
          ),
        )
      : "",
  );
}

async function base64(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}
