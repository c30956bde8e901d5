// The hall's settings file: edited or uploaded, checked in words, compared, applied; any version comes back.

import { get, post, Unknown } from "/pages/shared/api.js";
import { boot, explain, listed, moment, onUnlocked, say } from "/pages/shared/frame.js";
import { byId, confirm, el, keyed, setHidden, setText, toast } from "/pages/shared/parts.js";
import { differences, findings } from "./shown.js";

const CHECK_MS = 20000; // a large hall's recordings are looked through
const LARGEST = 400000;
let present = null; // the file that stands in the editor, as the hub has it
let opening = null; // the file that was asked for in its place
let checked = null; // the text that was found good last
let asked = 0; // files asked for
let turn = 0; // texts to be looked at

const text = byId("text");
const changed = () => present !== null && text.value !== present.text;

// Name, revision and text of a file come into the page together, or not at all. Only the text `over` gives way:
// whatever was typed since is neither lost nor taken for another file's.
async function load(file, over) {
  const mine = ++asked;
  let said;
  try {
    said = await get(`settings?file=${encodeURIComponent(file)}`);
  } catch (error) {
    if (mine === asked) missing(error);
    return;
  }
  if (mine !== asked) return;
  opening = null;
  const kept = text.value !== over;
  if (kept && present && present.file !== file) {
    show();
    return;
  }
  present = said;
  setHidden(byId("loading"), true);
  setText(byId("name"), present.name);
  text.disabled = byId("save").disabled = false;
  text.readOnly = !own();
  if (!kept) text.value = present.text;
  lapse();
  byId("result").replaceChildren();
  show();
}

function missing(error) {
  opening = null;
  if (present) {
    explain(error);
    show();
    return;
  }
  setText(byId("loading"), error.detail || say("failed"));
  setHidden(byId("loading"), false);
}

// What was found, or is being looked for, is of another text than the one that stands there now.
function lapse() {
  turn += 1;
  checked = null;
  if (byId("result").querySelector(".set__checking")) byId("result").replaceChildren();
}

const line = () => present.files.find((one) => one.file === present.file) || { own: false, kind: "hall" };
const own = () => line().own;

// What a file is called: the stem tells years and layouts apart.
function called(one) {
  if (one.new) return say("kind.new", { name: one.year });
  const stem = one.name.split("/").pop().replace(/\.toml$/, "");
  const year = one.kind === "calendar" ? /20\d\d/.exec(stem) : null;
  return say(`kind.${one.kind}`, { name: year ? year[0] : stem });
}

// What there is to know about a file before it is changed.
function about(one) {
  if (!one.own) return say("not_own");
  if (one.new) return say("new", { year: one.year });
  return one.kind === "station" ? say("station") : "";
}

function makeFile(one) {
  return el("button", { type: "button", class: "small", onclick: () => open(one.file) }, called(one));
}

function fillFile(node, one) {
  setText(node, called(one));
  node.setAttribute("aria-pressed", String(one.file === present.file));
  node.setAttribute("aria-busy", String(one.file === opening));
}

async function open(wanted) {
  if (wanted === present.file) {
    asked += 1; // whoever presses the one that is there wants no other any more
    opening = null;
    show();
    return;
  }
  if (changed() && !(await lose())) return;
  opening = wanted;
  lapse();
  show();
  await load(wanted, text.value);
}

function show() {
  if (!present) return;
  keyed(byId("files"), present.files, (one) => one.file, makeFile, fillFile);
  setHidden(byId("files"), present.files.length < 2);
  setText(byId("about"), about(line()));
  setHidden(byId("about"), !about(line()));
  setHidden(byId("upload").parentElement, !own());
  setHidden(byId("reset"), !changed());
  byId("check").setAttribute("aria-disabled", String(!changed()));
  byId("apply").setAttribute("aria-disabled", String(!changed() || checked !== text.value));
  pending(present.restart);
  keyed(byId("versions"), present.versions, (one) => `${present.file} ${one.number}`, makeVersion, fillVersion);
  setHidden(byId("none"), present.versions.length > 1);
}

function pending(parts) {
  setHidden(byId("pending"), !parts.length);
  setText(byId("pending"), parts.length ? say("pending", { parts: named(parts) }) : "");
}

const named = (parts) => listed(parts.map((part) => say(`part.${part}`)));

function makeVersion(one) {
  return el(
    "li",
    {},
    el("div", {}, el("b", {}, say("version", { number: one.number })), el("span", { class: "badge badge--well" }, say("version.current"))),
    el("small", {}, `${moment(one.at)} · ${one.by || say("version.outside")}`),
    el("button", { type: "button", class: "small", onclick: () => bring(one.number) }, say("version.bring")),
  );
}

function fillVersion(node, one) {
  setHidden(node.querySelector(".badge"), !one.current);
  setHidden(node.querySelector("button"), one.current);
}

async function bring(number) {
  if (changed() && !(await lose())) return;
  asked += 1;
  opening = null;
  lapse();
  show();
  const mine = turn;
  let said;
  try {
    said = await get(`settings/versions/${number}?file=${encodeURIComponent(present.file)}`);
  } catch (error) {
    if (mine === turn) explain(error);
    return;
  }
  if (mine !== turn) return;
  text.value = said.text;
  await check();
  byId("result").scrollIntoView({ block: "nearest" });
}

const lose = () => confirm({ title: say("lose"), text: say("lose.note"), yes: say("lose.yes"), no: say("frame.cancel"), danger: true });

// --- checking and applying ----------------------------------------------------------------------

async function check() {
  const mine = ++turn;
  const wanted = text.value;
  if (!changed()) {
    byId("result").replaceChildren();
    show();
    return;
  }
  byId("result").replaceChildren(el("p", { class: "note set__checking" }, say("checking")));
  let found;
  try {
    found = await post("settings/check", { text: wanted, file: present.file }, { timeout: CHECK_MS });
  } catch (error) {
    if (mine === turn) byId("result").replaceChildren(el("p", { class: "wrong" }, error.detail || say("frame.offline")));
    return;
  }
  if (mine !== turn) return;
  tell(found, wanted);
  byId("result").firstElementChild.scrollIntoView({ block: "nearest" });
}

function tell(found, wanted) {
  checked = found.problems.length ? null : wanted;
  const parts = [];
  if (found.problems.length) parts.push(el("h3", { class: "wrong" }, say("problems", { count: found.problems.length })), findings(found.problems, go));
  else {
    parts.push(el("h3", { class: "set__good" }, say("good")));
    const what = [];
    if (found.rules) what.push(say("live"));
    if (found.restart.length) what.push(say("restart", { parts: named(found.restart) }));
    if (what.length) parts.push(el("ul", { class: "set__what" }, ...what.map((line) => el("li", {}, line))));
  }
  if (found.warnings.length) parts.push(el("h3", {}, say("warnings")), findings(found.warnings, go));
  if (found.diff.length) parts.push(el("h3", {}, say("diff")), differences(found.diff));
  byId("result").replaceChildren(...parts);
  show();
}

async function apply() {
  if (byId("apply").getAttribute("aria-disabled") === "true") return;
  const wanted = text.value;
  const { file, revision } = present;
  const yes = await confirm({ title: say("apply"), text: say("apply.ask"), yes: say("apply"), no: say("frame.cancel") });
  if (!yes) return;
  byId("apply").setAttribute("aria-disabled", "true");
  const before = asked;
  // Whoever has gone on to another file is not led back, and hears of this one in a sentence only.
  const here = () => before === asked && present.file === file;
  try {
    const done = await post("settings", { text: wanted, revision, file }, { timeout: CHECK_MS });
    toast(say("applied", { number: done.version }));
    if (here()) await load(file, wanted);
  } catch (error) {
    const wrong = error.code === "settings_wrong" && error.present;
    if (wrong && here()) tell(error.present, wanted);
    else if (error instanceof Unknown) toast(say("unknown"), "wrong");
    else explain(error);
    if (!wrong && here()) await load(file, null); // what is there now, to be compared with what was typed
  }
  show();
}

// --- the editor ---------------------------------------------------------------------------------

function go(line) {
  const lines = text.value.split("\n");
  const start = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
  text.focus();
  text.setSelectionRange(start, start + (lines[line - 1] || "").length);
  const height = text.scrollHeight / Math.max(1, lines.length);
  text.scrollTop = Math.max(0, (line - 5) * height);
  where();
}

function where() {
  const before = text.value.slice(0, text.selectionStart).split("\n");
  setText(byId("place"), say("place", { line: before.length, column: before[before.length - 1].length + 1 }));
}

async function upload(chosen) {
  if (!chosen || !present || (changed() && !(await lose()))) return;
  if (chosen.size > LARGEST) {
    toast(say("upload.large"), "wrong");
    return;
  }
  asked += 1;
  opening = null;
  lapse();
  const mine = turn;
  let said;
  try {
    said = new TextDecoder("utf-8", { fatal: true }).decode(await chosen.arrayBuffer());
  } catch (error) {
    toast(say("upload.encoding"), "wrong");
    return;
  }
  if (mine !== turn) return;
  text.value = said.replace(/\r\n/g, "\n");
  check();
}

function save() {
  const link = el("a", { href: URL.createObjectURL(new Blob([text.value], { type: "text/plain" })), download: present.name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

text.addEventListener("input", () => {
  lapse();
  show();
});
for (const kind of ["keyup", "click", "input"]) text.addEventListener(kind, where);
text.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() === "s" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    check();
  }
});
byId("check").addEventListener("click", check);
byId("apply").addEventListener("click", apply);
byId("reset").addEventListener("click", async () => {
  if (!(await lose())) return;
  text.value = present.text;
  lapse();
  byId("result").replaceChildren();
  show();
});
byId("upload").addEventListener("change", (event) => {
  upload(event.target.files[0]);
  event.target.value = "";
});
byId("save").addEventListener("click", save);
window.addEventListener("beforeunload", (event) => {
  if (changed()) event.preventDefault();
});
onUnlocked(() => (present ? load(present.file, present.text) : load("hall", "")));
if (boot.session) load("hall", "");
