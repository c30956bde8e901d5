// Parts that pages are put together from. Text only ever enters as text nodes.

// el("p", { class: "note", onclick: f }, "text", node, …); null and undefined children are left out.
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

export const byId = (id) => document.getElementById(id);

// Change only what differs: nothing is painted or read out twice.
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function setHidden(node, hidden) {
  if (node.hidden !== hidden) node.hidden = hidden;
}

// Make a list's children be `items` in order, keeping those whose key stays: make(item) builds a node,
// update(node, item) brings it up to date.
export function keyed(parent, items, keyOf, make, update = () => {}) {
  const kept = new Map(Array.from(parent.children, (node) => [node.dataset.key, node]));
  let place = parent.firstElementChild;
  for (const item of items) {
    const key = String(keyOf(item));
    let node = kept.get(key);
    kept.delete(key);
    if (!node) {
      node = make(item);
      node.dataset.key = key;
    }
    if (node === place) place = place.nextElementSibling;
    else parent.insertBefore(node, place);
    update(node, item);
  }
  for (const node of kept.values()) node.remove();
}

// Say something for a few seconds: kind is "done", "info" or "wrong". What is wrong stays longer.
export function toast(text, kind = "done") {
  const node = el("p", { class: `toast toast--${kind}` }, text);
  const box = byId("toasts");
  for (const one of [...box.children]) if (one.textContent === text) one.remove(); // said again, not twice
  while (box.children.length > 2) box.firstElementChild.remove();
  box.append(node);
  const away = () => node.remove();
  node.addEventListener("click", away);
  setTimeout(away, kind === "wrong" ? 9000 : 4000);
}

// A dialog with a title and any content. Escape and a press beside it close it, and so does the AbortSignal
// `until`, where what it asks can end by itself; the focus goes back to where it was. Returns { node, close,
// closed }: `closed` is a promise of what close(value) was given.
// What was said of an earlier act has been seen by who goes on, and would lie over the dialog's buttons.
export function dialog({ title, content, wide = false, until = null }) {
  const before = document.activeElement;
  for (const said of document.querySelectorAll(".toast:not(.toast--wrong)")) said.remove();
  const heading = el("h2", { id: "dialog-title" }, title);
  const node = el(
    "div",
    { class: wide ? "dialog dialog--wide" : "dialog", role: "dialog", "aria-modal": "true", "aria-labelledby": "dialog-title", tabindex: "-1" },
    heading,
    content,
  );
  const veil = el("div", { class: "veil" }, node);
  let done;
  const closed = new Promise((resolve) => (done = resolve));
  const close = (value) => {
    if (!veil.isConnected) return;
    // One that ends by itself takes no focus from what lies over it: another dialog, the lock.
    const focused = veil.contains(document.activeElement) || document.activeElement === document.body;
    veil.remove();
    document.removeEventListener("keydown", onKey, true);
    // What it was opened from may be gone from a page that went on meanwhile.
    const back = before && before.isConnected ? before : document.querySelector("main[tabindex]");
    if (focused && back && back.focus) back.focus();
    done(value);
  };
  const onKey = (event) => {
    if (Array.from(document.querySelectorAll(".veil")).pop() !== veil) return; // another question lies over it
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      close();
    } else if (event.key === "Tab") keepInside(node, event);
    else if (event.key === "Enter" && event.target.tagName === "SELECT" && event.target.form) {
      event.preventDefault(); // everywhere else in a form Enter is its button
      event.target.form.requestSubmit();
    }
  };
  veil.addEventListener("pointerdown", (event) => event.target === veil && close());
  document.addEventListener("keydown", onKey, true);
  if (until) until.addEventListener("abort", () => close());
  document.body.append(veil);
  const first = node.querySelector("[autofocus]:not(:disabled)") || node.querySelector("input, select, textarea, button:not(:disabled)");
  (first || node).focus();
  return { node, close, closed };
}

export function dialogOpen() {
  return document.querySelector(".veil") !== null;
}

// Ask for a yes; resolves true or undefined.
export function confirm({ title, text, yes, no, danger = false, until = null }) {
  const shown = dialog({
    title,
    until,
    content: el(
      "div",
      {},
      el("p", {}, text),
      el(
        "p",
        { class: "actions" },
        el("button", { type: "button", onclick: () => shown.close() }, no),
        el("button", { type: "button", class: danger ? "danger" : "primary", autofocus: true, onclick: () => shown.close(true) }, yes),
      ),
    ),
  });
  return shown.closed;
}

// A field of a form: label above, an optional note below.
export function field(label, input, note = "") {
  return el("label", { class: "field" }, el("span", { class: "field__label" }, label), input, note ? el("small", {}, note) : null);
}

export function select(name, options, value = "", more = {}) {
  const node = el(
    "select",
    { name, ...more },
    ...options.map(([key, text]) => el("option", { value: key, selected: key === value }, text)),
  );
  return node;
}

function keepInside(node, event) {
  const stops = [...node.querySelectorAll("a[href], button:not(:disabled), input, select, textarea")].filter((one) => one.offsetParent);
  if (!stops.length) return;
  const last = stops[stops.length - 1];
  if (event.shiftKey && (document.activeElement === stops[0] || document.activeElement === node)) {
    event.preventDefault();
    last.focus();
  } else if (!event.shiftKey && document.activeElement === last) {
    event.preventDefault();
    stops[0].focus();
  }
}
