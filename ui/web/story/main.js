// A ticket's story for whoever answers a complaint: found in two steps, told on one page that prints.
import { get } from "/pages/shared/api.js";
import { boot, explain, language, listed, say } from "/pages/shared/frame.js";
import { byId, el } from "/pages/shared/parts.js";
import { named } from "/pages/shared/text.js";
import { askVoid } from "./void.js";

const form = byId("find");
const found = byId("found");
const box = byId("story");
const time = (at) => at.slice(11, 19); // as the hall's clock had it
const clear = (node) => node.replaceChildren();
let asked = 0; // which story is wanted

async function find(event) {
  if (event) event.preventDefault();
  const query = new URLSearchParams({ date: form.elements.date.value });
  for (const name of ["number", "window", "time"]) {
    const value = form.elements[name].value.trim();
    if (value) query.set(name, value);
  }
  const turn = ++asked;
  clear(box);
  clear(found);
  found.append(el("p", { class: "empty", role: "status" }, say("looking")));
  try {
    const tickets = await get(`stories?${query}`);
    if (turn !== asked) return;
    clear(found);
    if (!tickets.length) found.append(el("p", { class: "empty", role: "status" }, say("none")));
    else if (tickets.length === 1) await show(tickets[0]);
    else list(tickets);
  } catch (error) {
    if (turn !== asked) return;
    clear(found);
    if (error.code === "no_figures") found.append(el("p", { class: "empty", role: "status" }, say("none.day", { date: form.elements.date.value })));
    else explain(error);
  }
}

function list(tickets) {
  found.append(
    el("p", { class: "note", role: "status" }, say("found", { count: String(tickets.length) })),
    el(
      "ul",
      { class: "story__list" },
      ...tickets.map((one) =>
        el(
          "li",
          {},
          el(
            "button",
            { type: "button", onclick: () => show(one) },
            el("strong", {}, one.number),
            el("span", {}, one.queue ? named(one.queue, language) : ""),
            el("small", {}, say("found.taken", { time: time(one.taken) })),
            one.called ? el("small", {}, say("found.called", { time: time(one.called) })) : null,
            one.windows ? el("small", {}, say("found.windows", { windows: listed(one.windows) })) : null,
          ),
        ),
      ),
    ),
  );
}

async function show(one) {
  const turn = ++asked;
  try {
    const story = await get(`stories/${encodeURIComponent(one.ticket)}?date=${one.date}`);
    if (turn !== asked) return;
    clear(found);
    clear(box);
    box.append(...sheet({ ...story, ticket: one.ticket }));
    window.scrollTo(0, 0);
  } catch (error) {
    if (turn === asked) explain(error);
  }
}

function span(ms) {
  if (ms === undefined) return "";
  const seconds = Math.round(ms / 1000);
  return say("minutes", { minutes: String(Math.floor(seconds / 60)), seconds: String(seconds % 60) });
}

// A word of this page for a code; what the hub has put into words already stays as it is.
function word(prefix, value) {
  const key = prefix + value;
  return key in boot.texts ? say(key) : String(value);
}

// Values of an event as its sentence says them.
function words(one) {
  const said = one.said || {};
  const level = said.level ? word("level.", said.level) : "";
  return {
    ...said,
    type: one.type,
    window: one.window,
    teller: one.teller,
    reason: one.reason,
    waited: span(said.waited_ms || 0),
    served: span(said.service_ms || 0),
    held: said.held_ms ? span(said.held_ms) : "",
    level,
    result: said.result ? word("result.", said.result) : say("result.done"),
    hold: said.hold ? word("hold.", said.hold) : "",
    decision: said.confirmed ? say("decision.yes") : say("decision.no"),
    why: said.why ? word("why.", said.why) : "",
    step: said.step ? word("step.", said.step) : "",
    ahead: said.low === undefined ? "" : String(said.ahead || 0),
  };
}

function sentence(one) {
  const key = "e." + one.type;
  return say(key in boot.texts ? key : "e.other", words(one));
}

function devices(confirmed) {
  if (!confirmed.length) return say("unconfirmed");
  const names = confirmed.map((one) => {
    const [kind, ...id] = one.split(":");
    const key = "device." + kind;
    return say(key in boot.texts ? key : "device.other", { id: id.join(":") });
  });
  return say("confirmed", { devices: listed(names) });
}

function sheet(story) {
  const of = (...types) => story.entries.filter((one) => types.includes(one.type));
  const [taken] = of("ticket.issued");
  const [called] = of("ticket.called");
  const ends = of("ticket.finished");
  const rating = of("rating.given", "rating.changed", "rating.late").pop();
  const voided = of("rating.voided").length > 0;
  const missed = of("rating.missed").length > 0;
  const wait = taken && taken.said ? taken.said : {};
  const fact = (label, value) => (value ? el("div", {}, el("dt", {}, label), el("dd", {}, value)) : null);
  const who = { hall: named(story.hall, language), first: story.first, last: story.last, time: `${story.told_at.slice(0, 10)} ${time(story.told_at)}`, person: boot.session.person };
  return [
    el(
      "div",
      { class: "card__head" },
      el("h2", {}, say("title", { date: story.date, number: story.number })),
      rating && !voided && ["lead", "admin"].includes(boot.session.role)
        ? el("button", { type: "button", class: "story__print", id: "void", onclick: () => askVoid(story, rating) }, say("void"))
        : null,
      el("button", { type: "button", class: "story__print", onclick: () => window.print() }, say("print")),
    ),
    el(
      "dl",
      { class: "story__sum" },
      fact(say("sum.ahead"), wait.low === undefined ? "" : say("sum.ahead.is", { ahead: String(wait.ahead || 0) })),
      fact(say("sum.promised"), wait.low === undefined ? "" : say("sum.promised.is", { low: String(wait.low), high: String(wait.high) })),
      fact(say("sum.wait"), called ? span((called.said || {}).waited_ms || 0) : ""),
      fact(say("sum.calls"), String(of("ticket.called", "ticket.recalled").length)),
      fact(say("sum.service"), ends.length ? span(ends.reduce((sum, one) => sum + ((one.said || {}).service_ms || 0), 0)) : ""),
      fact(say("sum.rating"), rating ? word("level.", rating.said.level) + (voided ? say("sum.voided") : "") : missed ? say("sum.none") : ""),
    ),
    el("h3", {}, say("section.own")),
    el("ol", { class: "story__line" }, ...story.entries.map(entry)),
    el("h3", {}, say("section.pauses")),
    story.pauses.length ? table(["col.time", "col.window", "col.person", "col.what"], story.pauses, (one) => [time(one.at), one.window, one.teller || "", sentence(one)]) : el("p", {}, say("section.none")),
    el("h3", {}, say("section.calls", { count: String(story.calls.length) })),
    story.calls.length
      ? table(["col.time", "col.number", "col.window", "col.person", "col.reason"], story.calls, (one) => [time(one.at), one.number, one.window, one.teller || "", one.reason || ""])
      : el("p", {}, say("section.none")),
    story.cut ? el("p", { class: "note" }, say("cut")) : null,
    el("p", { class: "story__foot" }, say("foot", who)),
  ].filter(Boolean);
}

function entry(one) {
  return el(
    "li",
    {},
    el("time", {}, time(one.at)),
    el(
      "div",
      {},
      el("p", {}, sentence(one)),
      one.confirmed || one.type === "ticket.called" ? el("p", { class: one.confirmed && one.confirmed.length ? "note" : "wrong" }, devices(one.confirmed || [])) : null,
    ),
    el("small", {}, [one.by ? say("by", { by: one.by }) : "", say("position", { position: one.position })].filter(Boolean).join(" · ")),
  );
}

function table(heads, rows, cells) {
  return el(
    "div",
    { class: "table__scroll" },
    el(
      "table",
      { class: "table" },
      el("thead", {}, el("tr", {}, ...heads.map((head) => el("th", { scope: "col" }, say(head))))),
      el("tbody", {}, ...rows.map((row) => el("tr", {}, ...cells(row).map((cell) => el("td", {}, cell))))),
    ),
  );
}

form.addEventListener("submit", find);
get("hall").then(
  (hall) => (form.elements.date.value = form.elements.date.value || hall.date || ""),
  (error) => explain(error),
);
