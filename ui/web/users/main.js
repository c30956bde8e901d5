// Accounts: everybody who may sign in. A lead sees them and lets people try again; an admin changes them.

import { get, post } from "/pages/shared/api.js";
import { boot, explain, listed, moment, onUnlocked, say } from "/pages/shared/frame.js";
import { byId, confirm, dialog, el, field, keyed, select, setHidden, setText, toast } from "/pages/shared/parts.js";

import { photos } from "./photos.js";

const ROLES = ["teller", "guide", "lead", "technician", "auditor", "integrator", "admin"];
const LOOK_MS = 10000;
const admin = boot.session.role === "admin";
const search = byId("search");
let users = [];
let tellers = [];
let addresses = []; // PCs that are shut out, whoever sits there
let asked = 0;

async function load() {
  const turn = ++asked;
  try {
    const found = await Promise.all([get("users"), get("tellers"), get("closed-addresses")]);
    if (turn !== asked) return;
    [users, tellers, addresses] = found;
    byId("photos").hidden = false;
    byId("add").hidden = !admin;
    show();
  } catch (error) {
    if (turn !== asked) return;
    setText(byId("empty"), say("failed"));
    setHidden(byId("empty"), users.length > 0);
    explain(error);
  }
}

function show() {
  const words = search.value.trim().toLowerCase();
  const found = users.filter((user) => `${user.name} ${user.person}`.toLowerCase().includes(words));
  keyed(byId("users"), found, (user) => user.name, row, (node, user) => fill(node, user));
  setText(byId("empty"), say("none"));
  setHidden(byId("empty"), found.length > 0);
  showAddresses();
}

function showAddresses() {
  const where = listed(addresses.map((one) => say("shut.one", { address: one.address, seconds: one.closed_s })));
  setText(byId("shut-where"), say("shut", { addresses: where }));
  setHidden(byId("shut"), addresses.length === 0);
}

async function openAddresses() {
  try {
    await post("closed-addresses/open");
    toast(say("shut.done"));
  } catch (error) {
    explain(error);
  }
  load();
}

// Whoever is shut out comes to the lead, whose page is open already.
async function lookAgain() {
  const turn = asked;
  try {
    const found = await get("closed-addresses");
    if (turn !== asked) return;
    addresses = found;
    showAddresses();
  } catch (error) {
    // Who is shut out is let in again by time alone; what a person asks for says that the hub is away.
  }
}

function row() {
  return el("tr", {}, ...Array.from({ length: 7 }, () => el("td")));
}

function fill(node, user) {
  const shown = JSON.stringify(user);
  if (node.dataset.shown === shown) return;
  node.dataset.shown = shown;
  node.dataset.closed = user.disabled ? "yes" : "no";
  const [name, person, role, teller, state, seen, actions] = node.children;
  name.className = "users__name";
  setText(name, user.name);
  person.replaceChildren(user.person, ...(user.name === boot.session.name ? [" ", el("small", { class: "users__part" }, say("you"))] : []));
  setText(role, say(`role.${user.role}`));
  setText(teller, user.teller || "—");
  state.replaceChildren(badge(user));
  seen.replaceChildren(...(user.seen ? whole(moment(user.seen)) : [say("seen.never")]));
  actions.replaceChildren(el("div", { class: "actions" }, ...buttons(user)));
}

// A date and a time of day may stand on two lines, and neither is broken at its dashes.
const whole = (words) => words.split(" ").flatMap((part) => [el("span", { class: "users__part" }, part), " "]);

function badge(user) {
  if (user.disabled) return el("span", { class: "badge" }, say("state.closed"));
  if (user.closed_s) return el("span", { class: "badge badge--wrong" }, say("state.shut", { seconds: user.closed_s }));
  if (user.must_change) return el("span", { class: "badge badge--wait" }, say("state.one_time"));
  return el("span", { class: "badge badge--well" }, say("state.open"));
}

function buttons(user) {
  const made = [];
  const button = (key, work) => made.push(el("button", { type: "button", class: "small", onclick: work }, say(key)));
  if (user.closed_s && !user.disabled) button("unlock", () => unlock(user));
  if (!admin) return made;
  button("edit", () => edit(user));
  if (user.disabled) button("enable", () => act(user, "enable"));
  else {
    button("reset", () => reset(user));
    button("disable", () => disable(user));
  }
  return made;
}

async function act(user, action, body = {}) {
  try {
    return { answer: await post(`users/${encodeURIComponent(user.name)}/${action}`, body) };
  } catch (error) {
    explain(error);
    return null;
  } finally {
    load();
  }
}

async function unlock(user) {
  if (await act(user, "unlock")) toast(say("unlock.done", { person: user.person }));
}

function sure(key, user) {
  return confirm({
    title: say(key),
    text: say(`${key}.ask`, { person: user.person }),
    yes: say(key),
    no: say("frame.cancel"),
    danger: true,
  });
}

async function reset(user) {
  const done = (await sure("reset", user)) && (await act(user, "reset"));
  if (done) tell(user.person, done.answer.password);
}

async function disable(user) {
  if (await sure("disable", user)) act(user, "disable");
}

function tell(person, password) {
  const copy = el("button", { type: "button", class: "small" }, say("frame.copy"));
  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(password);
      setText(copy, say("frame.copied"));
    } catch (error) {
      copy.hidden = true; // without TLS a browser copies for nobody; the text can be selected
    }
  });
  const shown = dialog({
    title: say("secret.title", { person }),
    content: el(
      "div",
      {},
      el("div", { class: "secret" }, el("code", {}, password), copy),
      el("p", { class: "note" }, say("secret.note")),
      el("p", { class: "actions" }, el("button", { type: "button", class: "primary", onclick: () => shown.close() }, say("frame.close"))),
    ),
  });
}

// One form for a new account and for one that is there.
function edit(user) {
  const name = el("input", { name: "name", required: true, minlength: 2, maxlength: 32, autocomplete: "off", autocapitalize: "none", spellcheck: "false" });
  const person = el("input", { name: "person", required: true, maxlength: 40, value: user ? user.person : "", autocomplete: "off" });
  const role = select("role", ROLES.map((key) => [key, say(`role.${key}`)]), user ? user.role : "teller");
  const teller = select(
    "teller",
    [["", say("teller.none")], ...tellers.map((one) => [one.id, `${one.name} ${one.id}`])],
    user ? user.teller || "" : "",
  );
  const wrong = el("p", { class: "wrong", role: "alert", hidden: true });
  const form = el(
    "form",
    {},
    user ? null : field(say("name"), name, say("name.note")),
    field(say("person"), person),
    el("div", { class: "fields" }, field(say("role"), role), field(say("teller"), teller)),
    wrong,
    el(
      "p",
      { class: "actions" },
      el("button", { type: "button", onclick: () => shown.close() }, say("frame.cancel")),
      el("button", { class: "primary" }, say("save")),
    ),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const body = { person: person.value, role: role.value, teller: teller.value || null };
    try {
      if (user) await post(`users/${encodeURIComponent(user.name)}/change`, body);
      const made = user ? null : await post("users", { ...body, name: name.value });
      shown.close();
      load();
      if (made) tell(person.value, made.password);
    } catch (error) {
      setText(wrong, error.detail || say("frame.offline"));
      wrong.hidden = false;
    }
  });
  const shown = dialog({ title: user ? `${say("edit")} ${user.name}` : say("add"), content: form });
}

byId("photos").addEventListener("click", () => photos(tellers));
byId("add").addEventListener("click", () => edit(null));
byId("shut-open").addEventListener("click", openAddresses);
search.addEventListener("input", show);
onUnlocked(load);
load();
// An account's lock-out runs down by itself; only its look is renewed, without asking the hub again.
setInterval(() => {
  const shut = users.filter((user) => user.closed_s > 0);
  for (const user of shut) user.closed_s = Math.max(0, user.closed_s - LOOK_MS / 1000);
  if (shut.length) show();
  if (!document.hidden && users.length) lookAgain();
}, LOOK_MS);
