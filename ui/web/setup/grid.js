// Rows that are typed in: a table of fields, chips to tick, and tables taken over from a spreadsheet.

import { post, Unknown } from "/pages/shared/api.js";
import { explain, listed, say } from "/pages/shared/frame.js";
import { dialog, el, field, setHidden, setText, toast } from "/pages/shared/parts.js";

const TIMEOUT_MS = 30000;

export function input(value, more = {}) {
  return el("input", { value: value === undefined || value === null ? "" : String(value), ...more });
}

export function pick(options, value, more = {}) {
  return el("select", more, ...options.map(([key, text]) => el("option", { value: key, selected: key === (value || "") }, text)));
}

// Other options for a list that is there.
export function refill(node, options, value) {
  node.replaceChildren(...options.map(([key, text]) => el("option", { value: key }, text)));
  node.value = value || "";
}

// Boxes to tick, each as short as its letter; `ticked()` are the keys.
export function chips(options, ticked, label) {
  const boxes = options.map(([key, short, long]) => [key, el("input", { type: "checkbox", checked: ticked.includes(key), "aria-label": long }), short, long]);
  const node = el(
    "span",
    { class: "setup__chips", role: "group", "aria-label": label },
    ...boxes.map(([, box, short, long]) => el("label", { title: long }, box, el("span", {}, short))),
  );
  return { node, ticked: () => boxes.filter(([, box]) => box.checked).map(([key]) => key) };
}

// A table whose rows are made by row(item) -> [cells, read()]; `read()` of all rows is what was typed.
export function grid(heads, items, row, { removable = true, empty = "" } = {}) {
  const body = el("tbody");
  const rows = [];
  const none = el("p", { class: "empty" }, empty);
  const scroll = el(
    "div",
    { class: "table__scroll setup__grid" },
    el("table", { class: "table" }, el("thead", {}, el("tr", {}, ...heads.map((head) => el("th", { scope: "col" }, head)), removable ? el("th", {}, el("span", { class: "unseen" }, say("remove"))) : null)), body),
  );
  const count = () => {
    setHidden(none, !empty || rows.length > 0);
    setHidden(scroll, rows.length === 0);
  };
  function add(item, focus = false) {
    const [cells, read] = row(item);
    const line = { read };
    const node = el(
      "tr",
      {},
      ...cells.map((cell) => el("td", {}, cell)),
      removable
        ? el(
            "td",
            {},
            el("button", { type: "button", class: "small quiet", "aria-label": say("remove"), title: say("remove"), onclick: () => {
              rows.splice(rows.indexOf(line), 1);
              node.remove();
              count();
            } }, "✕"),
          )
        : null,
    );
    rows.push(line);
    body.append(node);
    count();
    if (focus) node.querySelector("input, select").focus();
  }
  items.forEach((item) => add(item));
  count();
  return { node: el("div", {}, scroll, none), add: (item) => add(item, true), read: () => rows.map((line) => line.read()) };
}

export const add = (text, onclick) => el("button", { type: "button", class: "small", onclick }, `+ ${text}`);

// Buttons to fetch a template and to take a table over.
export function sheet(what, site) {
  return [
    el("a", { class: "button small", href: `/api/v1/setup/sheets/${what}`, download: `${what}.xlsx` }, say("template")),
    el("button", { type: "button", class: "small", onclick: () => take(what, site) }, say("import")),
  ];
}

function take(what, site) {
  const file = el("input", { type: "file", name: "file", accept: ".csv,.xlsx,.txt,text/csv" });
  const wrong = el("p", { class: "wrong", role: "alert", hidden: true });
  const found = el("div", { class: "setup__found", "aria-live": "polite", hidden: true });
  const leave = el("input", { type: "checkbox", name: "leave" });
  const leaveRow = el("label", { class: "setup__tick", hidden: true }, leave, el("span", {}, say("leave_out")));
  const button = el("button", { class: "primary", disabled: true }, say("import.take"));
  let content = "";
  let taken = null;
  const ready = () => (button.disabled = !taken || !taken.names.length || (taken.faults.length > 0 && !leave.checked));
  async function look() {
    setHidden(wrong, true);
    taken = null;
    if (file.files.length) {
      try {
        content = await base64(file.files[0]);
        taken = await post(`setup/sheets/${what}`, { content }, { timeout: TIMEOUT_MS });
        tell(found, taken);
        setHidden(leaveRow, !taken.faults.length || !taken.names.length);
      } catch (error) {
        setText(wrong, error instanceof Unknown ? say("frame.offline") : error.detail);
        setHidden(wrong, false);
        setHidden(found, true);
      }
    }
    ready();
  }
  file.addEventListener("change", look);
  leave.addEventListener("change", ready);
  const form = el(
    "form",
    {},
    el("p", { class: "note" }, say(`import.${what}`)),
    field(say("file"), file),
    wrong,
    found,
    leaveRow,
    el("p", { class: "actions" }, el("button", { type: "button", onclick: () => box.close() }, say("frame.cancel")), button),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (button.disabled) return;
    button.disabled = true;
    try {
      const done = await post(`setup/sheets/${what}`, { content, revision: site.draft.revision, keep: true }, { timeout: TIMEOUT_MS });
      site.take(done.draft);
      box.close();
      toast(say("imported", { n: done.names.length }));
      site.redraw();
    } catch (error) {
      explain(error);
      ready();
    }
  });
  const box = dialog({ title: say("import"), content: form, wide: true });
}

function tell(box, { names, faults }) {
  setHidden(box, false);
  box.replaceChildren(
    el("p", {}, el("b", {}, say("import.found", { n: names.length })), " ", faults.length ? el("span", { class: "wrong" }, say("import.wrong", { n: faults.length })) : el("span", { class: "note" }, say("import.right"))),
    faults.length
      ? el("ul", { class: "setup__problems", id: "faults" }, ...faults.map((one) => el("li", {}, el("b", {}, say("cell", { line: one.line, column: one.column })), " ", one.sentence)))
      : "",
    names.length ? el("p", { class: "note setup__names" }, listed(names.slice(0, 40)) + (names.length > 40 ? " …" : "")) : "",
  );
}

async function base64(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
}

// A name in both languages out of two fields; English may be left out.
export const both = (zh, en) => ({ zh: zh.value.trim(), en: en.value.trim() || zh.value.trim() });

// An id that none of `taken` has.
export function fresh(stem, taken) {
  let number = 1;
  while (taken.includes(`${stem}${number}`)) number += 1;
  return `${stem}${number}`;
}
