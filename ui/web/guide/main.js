// The guide's page, for a phone in one hand: take a number for someone, put right what is wrong with one,
// say that the paper was changed, call the lead. The buttons lie where the thumb is.
import { get, newKey, post, Problem } from "/pages/shared/api.js";
import { Events } from "/pages/shared/events.js";
import { away, boot, explain, language, onUnlocked, say } from "/pages/shared/frame.js";
import { byId, dialog, el, field, keyed, setText, toast } from "/pages/shared/parts.js";
import { more } from "./more.js";
import { named } from "/pages/shared/text.js";

const OPEN = ["waiting", "called", "serving", "held", "no_show"];
const LOOK_MS = 15000;
const SLIP = { "job.done": "done", "job.failed": "failed", "job.unknown": "unknown" };
const me = boot.session.teller || boot.session.name;
const number = byId("number");
let hall = null;
let shown = null; // id of the ticket on the screen
let asked = 0; // which ticket is wanted: what comes of an earlier wish is not shown
const slips = new Map(); // ids of tickets whose slip was asked for again here, and their numbers

const name = (one) => named(one, language);
const queueName = (id) => {
  const queue = hall && hall.queues.find((one) => one.id === id);
  return queue ? name(queue.name) : id || "";
};

// --- the hall ------------------------------------------------------------------------------------

async function load() {
  try {
    hall = await get("hall");
    // What is done with queues and printers has to know them.
    for (const act of ["take", "paper", "more"]) byId(act).disabled = false;
    const open = hall.windows.filter((one) => ["open", "called", "serving"].includes(one.state)).length;
    const now = say("now", { waiting: String(hall.waiting), windows: String(open) });
    setText(byId("now"), hall.quiet ? `${now} · ${say("quiet.is_on")}` : now);
    keyed(byId("papers"), (hall.printers || []).filter((one) => one.asked), (one) => one.id, testSlip);
  } catch (error) {
    explain(error);
  }
}

let looking = null;
const events = new Events({
  event(kind, data) {
    clearTimeout(looking);
    looking = setTimeout(load, 500);
    if (slips.has(data.ticket) && kind in SLIP) cameOf(kind, data);
    if (shown && data.ticket === shown) refresh();
  },
  reset: load,
  up() {
    away(null);
    load();
    if (shown) refresh();
  },
  lost: away,
});

// --- one ticket ----------------------------------------------------------------------------------

async function find() {
  const typed = number.value.trim().toUpperCase();
  if (!typed) return number.focus();
  hide(); // nobody acts on the ticket before while the next is looked for
  byId("ticket").append(el("p", { class: "empty" }, say("loading")));
  const turn = asked;
  try {
    const ticket = await get(`tickets/${encodeURIComponent(typed)}`);
    if (turn !== asked) return;
    show(ticket);
    number.blur();
  } catch (error) {
    if (turn !== asked) return;
    hide();
    if (error.code === "unknown_ticket") toast(say("none", { number: typed }), "wrong");
    else explain(error);
  }
}

async function refresh() {
  const turn = ++asked;
  try {
    const ticket = await get(`tickets/${encodeURIComponent(shown)}`);
    if (turn === asked) show(ticket);
  } catch (error) {
    if (turn === asked && error instanceof Problem) hide();
  }
}

function hide() {
  asked += 1;
  shown = null;
  byId("ticket").replaceChildren();
}

function show(ticket) {
  shown = ticket.id;
  const fact = (label, value) => (value ? el("div", {}, el("dt", {}, label), el("dd", {}, value)) : null);
  const wait = ticket.wait;
  const state = ticket.priority_state || "none";
  const slip = ticket.print ? ticket.print.state : "none";
  const priority = hall && hall.priorities.find((one) => one.id === ticket.priority);
  byId("ticket").replaceChildren(
    el(
      "article",
      { class: "card guide__ticket" },
      el(
        "div",
        { class: "card__head" },
        el("h2", { class: "guide__number" }, ticket.number),
        el("span", { class: `badge badge--${ticket.state === "no_show" ? "wrong" : "strong"}` }, say("state." + ticket.state)),
        el("button", { type: "button", class: "quiet", onclick: hide }, say("close")),
      ),
      el(
        "dl",
        { class: "guide__facts" },
        fact(say("fact.queue"), queueName(ticket.queue)),
        ticket.state === "waiting" ? fact(say("fact.ahead"), say("fact.ahead.is", { ahead: String(ticket.ahead || 0) })) : null,
        wait ? fact(say("fact.wait"), say("fact.wait.is", { low: String(wait.low || 0), high: String(wait.high || 0) })) : null,
        fact(say("fact.window"), ticket.window),
        fact(say("fact.priority"), ticket.priority ? `${priority ? name(priority.name) : ticket.priority} · ${say("priority." + state)}` : ""),
        fact(say("fact.slip"), slip === "none" ? "" : say("slip." + slip)),
        fact(say("fact.assisted"), ticket.assisted_by === me ? boot.session.person : ticket.assisted_by),
      ),
      OPEN.includes(ticket.state) && (slip === "failed" || slip === "unknown") ? el("p", { class: "wrong" }, say(`slip.${slip}.todo`)) : null,
      el("div", { class: "guide__todo" }, ...todo(ticket)),
    ),
  );
}

function todo(ticket) {
  const act = (text, action, body, done, kind = "") => {
    const key = newKey(); // stays with the button: a second press after no answer does nothing twice
    return el("button", { type: "button", class: kind, onclick: (event) => doIt(event.currentTarget, ticket, action, body, done, key) }, text);
  };
  const said = { number: ticket.number };
  const acts = [];
  if (ticket.can_return) acts.push(act(say("return"), "return", {}, say("return.done", said), "primary"));
  if (ticket.priority && OPEN.includes(ticket.state)) {
    if (ticket.priority_state !== "confirmed") acts.push(act(say("confirm"), "priority", { confirmed: true }, say("confirm.done", said), "primary"));
    if (ticket.priority_state !== "refused") acts.push(act(say("refuse"), "priority", { confirmed: false }, say("refuse.done", said)));
  }
  if (ticket.state === "waiting") acts.push(el("button", { type: "button", onclick: () => move(ticket) }, say("move")));
  if (OPEN.includes(ticket.state)) acts.push(act(say("reprint"), "reprint", {}, ""));
  return acts;
}

async function doIt(button, ticket, action, body, done, key) {
  button.setAttribute("aria-busy", "true");
  const turn = asked;
  if (action === "reprint") slips.set(ticket.id, ticket.number); // what comes of it may be told before the answer
  try {
    const after = await post(`tickets/${encodeURIComponent(ticket.id)}/${action}`, body, { key });
    if (done) toast(done);
    if (after && turn === asked) show(after);
    else if (shown === ticket.id) refresh(); // what was seen meanwhile may be newer than the answer
  } catch (error) {
    if (error instanceof Problem) slips.delete(ticket.id);
    failed(error);
  } finally {
    button.removeAttribute("aria-busy");
  }
}

// A printer that can't does not print by itself later: whoever asked is told what came of it.
function cameOf(kind, { ticket, code }) {
  const why = `slip.why.${code}`;
  toast(say(`reprint.${SLIP[kind]}`, { number: slips.get(ticket), why: why in boot.texts ? say(why) : "" }), kind === "job.done" ? "done" : "wrong");
  slips.delete(ticket);
}

function failed(error) {
  if (error instanceof Problem) {
    explain(error);
    if (shown) refresh();
  } else toast(say("unknown"), "wrong");
}

function move(ticket) {
  const others = hall.queues.filter((one) => one.id !== ticket.queue);
  const key = newKey();
  const shownDialog = dialog({
    title: say("move.title", { number: ticket.number }),
    content: el(
      "div",
      {},
      el("p", { class: "note" }, say("move.note")),
      el(
        "div",
        { class: "guide__choices" },
        ...others.map((queue) =>
          el(
            "button",
            {
              type: "button",
              onclick: (event) => {
                const done = say("move.done", { number: ticket.number, queue: name(queue.name) });
                doIt(event.currentTarget, ticket, "move", { queue: queue.id }, done, `${key}-${queue.id}`).then(() => shownDialog.close());
              },
            },
            name(queue.name),
            el("small", {}, say("take.waiting", { waiting: String(queue.waiting) })),
          ),
        ),
      ),
      el("button", { type: "button", onclick: () => shownDialog.close() }, say("frame.cancel")),
    ),
  });
}

// --- taking a number -----------------------------------------------------------------------------

function take() {
  let priority = null;
  const key = newKey();
  const chips = [{ id: null, name: null }, ...hall.priorities].map((one) =>
    el(
      "button",
      {
        type: "button",
        class: "guide__chip",
        "aria-pressed": String(one.id === null),
        onclick: (event) => {
          priority = one.id;
          for (const chip of chips) chip.setAttribute("aria-pressed", String(chip === event.currentTarget));
        },
      },
      one.name ? name(one.name) : say("take.ordinary"),
    ),
  );
  const headcount = el("input", { type: "number", min: "1", max: "9999", value: "1", inputmode: "numeric" });
  const box = dialog({
    title: say("take.title"),
    content: el(
      "div",
      {},
      el("div", { class: "guide__chips", role: "group", "aria-label": say("take.priority") }, ...chips),
      hall.queues.some((one) => one.headcount) ? field(say("take.headcount"), headcount) : null,
      el("div", { class: "guide__choices", role: "group", "aria-label": say("take.queue") }, ...hall.queues.map(queueButton)),
      el("button", { type: "button", onclick: () => box.close() }, say("frame.cancel")),
    ),
  });
  function queueButton(queue) {
    const note = queue.open ? say("take.waiting", { waiting: String(queue.waiting) }) : say("take.shut");
    return el("button", { type: "button", disabled: !queue.open, onclick: () => issue(queue) }, `${queue.prefix} ${name(queue.name)}`, el("small", {}, note));
  }
  async function issue(queue) {
    const body = { queue: queue.id, assisted_by: me };
    if (priority) body.priority = priority;
    if (queue.headcount) body.headcount = Number(headcount.value) || 1;
    try {
      const issued = await post("tickets", body, { key: `${key}-${queue.id}-${priority}-${body.headcount || 0}` });
      box.close();
      taken(issued);
    } catch (error) {
      failed(error);
    }
  }
}

function taken(issued) {
  const wait = issued.wait || {};
  hide();
  number.value = ""; // the ticket shown is another now
  const turn = asked;
  const box = dialog({
    title: say("take.done", { number: issued.number }),
    content: el(
      "div",
      { class: "guide__taken" },
      el("p", { class: "guide__number" }, issued.number),
      el("p", {}, say("take.ahead", { ahead: String(issued.ahead || 0), low: issued.wait ? String(wait.low || 0) : "", high: wait.high })),
      el("p", { class: "note" }, say("take.slip")),
      el("button", { type: "button", class: "primary", onclick: () => box.close() }, say("frame.close")),
    ),
  });
  get(`tickets/${encodeURIComponent(issued.id)}`).then(
    (ticket) => turn === asked && show(ticket),
    () => {},
  );
}

// --- paper ---------------------------------------------------------------------------------------

function paper() {
  const printers = hall.printers || [];
  const box = dialog({
    title: say("paper.title"),
    content: el(
      "div",
      {},
      printers.length
        ? el("div", { class: "guide__choices" }, ...printers.map((one) => el("button", { type: "button", onclick: () => changed(one) }, one.name, el("small", {}, left(one)))))
        : el("p", { class: "empty" }, say("paper.none")),
      el("button", { type: "button", onclick: () => box.close() }, say("frame.cancel")),
    ),
  });
  const key = newKey();
  async function changed(printer) {
    try {
      await post(`devices/${encodeURIComponent(printer.id)}/new-roll`, {}, { key: `${key}-${printer.id}` });
      box.close();
      toast(say("paper.done"));
      load();
    } catch (error) {
      failed(error);
    }
  }
}

function left(printer) {
  const words = [say("paper." + (printer.paper || "unknown"))];
  if (printer.left) words.push(say("paper.left", { percent: String(printer.left.percent) }));
  return words.join(" · ");
}

// A test slip waits to be looked at.
function testSlip(printer) {
  const key = newKey();
  const judge = async (clear) => {
    try {
      await post(`devices/${encodeURIComponent(printer.id)}/print-clear`, { clear }, { key: `${key}-${clear}` });
      toast(say("clear.done"));
      load();
    } catch (error) {
      failed(error);
    }
  };
  return el(
    "li",
    { class: "card guide__asked" },
    el("p", {}, say("clear.ask", { printer: printer.name })),
    el("button", { type: "button", onclick: () => judge(false) }, say("clear.no")),
    el("button", { type: "button", class: "primary", onclick: () => judge(true) }, say("clear.yes")),
  );
}

// --- the lead ------------------------------------------------------------------------------------

function help() {
  const places = [say("help.place.desk"), say("help.place.kiosk"), say("help.place.waiting")];
  const windows = hall ? hall.windows.map((one) => say("help.window", { window: one.id })) : [];
  const note = el("input", { maxlength: "100", autocomplete: "off" });
  const keys = new Map(); // the same wish keeps its key
  const box = dialog({
    title: say("help.title"),
    content: el(
      "div",
      {},
      field(say("help.note"), note),
      el("div", { class: "guide__choices" }, ...places.map((place) => el("button", { type: "button", onclick: () => send(place) }, place))),
      el("div", { class: "guide__chips" }, ...windows.map((place) => el("button", { type: "button", class: "guide__chip", onclick: () => send(place) }, place))),
      el("button", { type: "button", onclick: () => box.close() }, say("frame.cancel")),
    ),
  });
  async function send(place) {
    const body = { place, note: note.value.trim() };
    const wish = JSON.stringify(body);
    if (!keys.has(wish)) keys.set(wish, newKey());
    try {
      await post("alerts/call-lead", body, { key: keys.get(wish) });
      box.close();
      toast(say("help.done"));
    } catch (error) {
      failed(error);
    }
  }
}

byId("look").addEventListener("click", find);
number.addEventListener("keydown", (event) => event.key === "Enter" && find());
byId("take").addEventListener("click", take);
byId("paper").addEventListener("click", paper);
byId("help").addEventListener("click", help);
byId("more").addEventListener("click", () => more({ hall: () => hall, name: (queue) => name(queue.name), failed, load }));
onUnlocked(() => {
  load();
  events.reconnect();
});
setInterval(load, LOOK_MS);
load();
events.start();
