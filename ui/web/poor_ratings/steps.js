// The form of one step. It is sent with the version that was seen, so two people never do the same twice.

import { get, newKey, post, Unknown } from "/pages/shared/api.js";
import { boot, explain, say } from "/pages/shared/frame.js";
import { dialog, el, field, select, setText } from "/pages/shared/parts.js";

const GROUNDS = ["mistaken", "unfounded"];
const RESULTS = ["satisfied", "dissatisfied", "no_answer"];

export function askStep(item, step, done) {
  const note = el("textarea", { name: "note", rows: 3, maxlength: 1000, required: step !== "follow_up" });
  const ground = step === "appeal" ? select("ground", GROUNDS.map((key) => [key, say(`ground.${key}`)])) : null;
  const results = item.has_contact ? RESULTS : ["anonymous", ...RESULTS];
  const result = step === "follow_up" ? select("result", results.map((key) => [key, say(`result.${key}`)])) : null;
  const content = [
    el("p", { class: "note" }, say(`ask.${step}`)),
    ground && field(say("fact.ground"), ground),
    result && field(say("fact.result"), result),
    field(say("note"), note, say("note.private")),
  ];
  const wish = () => ({ step, version: item.version, note: note.value.trim() || null, ground: ground ? ground.value : "", result: result ? result.value : "" });
  form(say(`step.${step}`), content, item, wish, () => done(step), step === "uphold");
}

// Take an item over, or hand it to another who may.
export async function takeOver(item, done) {
  let people = [];
  try {
    people = (await get("users")).filter((user) => ["lead", "admin"].includes(user.role) && !user.disabled);
  } catch (error) {
    explain(error);
    return;
  }
  const present = item.handler === boot.session.name ? "" : boot.session.name;
  const who = select("handler", people.filter((user) => user.name !== item.handler).map((user) => [user.name, user.person]), present);
  const content = [el("p", { class: "note" }, say("ask.take")), field(say("fact.handler"), who)];
  const wish = () => ({ step: "take", version: item.version, handler: who.value });
  form(say("step.take"), content, item, wish, () => done("take"));
}

// What the citizen said is deleted for good, so another person has to agree.
export function askErasure(item, done) {
  const why = el("input", { name: "why", maxlength: 200, required: true });
  const content = [el("p", { class: "note" }, say("erase.note")), field(say("erase.why"), why)];
  form(say("erase"), content, item, () => ({ why: why.value.trim() }), done, true, "erase");
}

function form(title, content, item, wish, done, danger = false, to = "moves") {
  const wrong = el("p", { class: "wrong", role: "alert", hidden: true });
  const send = el("button", { class: danger ? "danger" : "primary" }, say("confirm"));
  const node = el(
    "form",
    {},
    ...content,
    wrong,
    el("p", { class: "actions" }, el("button", { type: "button", onclick: () => shown.close() }, say("frame.cancel")), send),
  );
  let key = newKey();
  let sent = "";
  node.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (send.disabled) return;
    const body = wish();
    // The same again after a doubt keeps its key and is done once; another text is another wish.
    if (sent && sent !== JSON.stringify(body)) key = newKey();
    sent = JSON.stringify(body);
    send.disabled = true;
    try {
      await post(`poor-ratings/${encodeURIComponent(item.rating)}/${to}`, body, { key });
      shown.close();
      done();
    } catch (error) {
      setText(wrong, error instanceof Unknown ? say("frame.unknown") : error.detail || say("frame.offline"));
      wrong.hidden = false;
    } finally {
      send.disabled = false;
    }
  });
  const shown = dialog({ title: `${title} ${item.number}`, content: node });
}
