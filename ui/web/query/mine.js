// My number: place, people ahead and wait by the number alone; with the check code of the slip also back in
// after a no-show, another slip, or giving it up.
import { get, newKey, post, Problem } from "/pages/shared/api.js";
import { confirm, el, setHidden, setText, toast } from "/pages/shared/parts.js";

const REFRESH_MS = 30000; // besides when something happened: waits grow by themselves
const CHECK_DIGITS = 4;
// What each act asks and says.
const ACTS = { return: "act.return.", reprint: "act.reprint.", cancel: "act.cancel." };
const OPEN = ["waiting", "called", "serving", "held", "no_show"];

export function mine(terminal) {
  const { say } = terminal;
  let prefix = "";
  let digits = "";
  let check = "";
  let at = "digits";
  let timer = null;
  let gone = false;
  let asked = 0; // which number is wanted
  const node = el("section", { class: "mine" });
  const queues = (terminal.hall && terminal.hall.queues) || [];
  const prefixes = [...new Set(queues.map((queue) => queue.prefix))].slice(0, 12);
  prefix = prefixes[0] || "A";
  form();

  function later() {
    clearTimeout(timer);
    timer = setTimeout(refresh, REFRESH_MS);
  }

  function stop() {
    clearTimeout(timer);
    timer = null;
  }

  function put(...parts) {
    while (node.firstChild) node.firstChild.remove();
    node.append(...parts);
  }

  function form() {
    stop();
    asked += 1;
    const number = el("button", { type: "button", class: "entry", onclick: () => turn("digits") });
    const code = el("button", { type: "button", class: "entry", onclick: () => turn("check") });
    const wrong = el("p", { class: "wrong", role: "alert", hidden: true });
    const ask = el("button", { type: "button", class: "big primary", onclick: () => look(wrong) }, say("ask"));
    const letters = prefixes.map((letter) =>
      el("button", { type: "button", class: "key", onclick: () => ((prefix = letter), typed()) }, letter),
    );
    const type = (digit) => {
      if (at === "check") check = (check + digit).slice(0, CHECK_DIGITS);
      else digits = (digits + digit).slice(0, 5);
      typed();
    };
    const back = () => {
      if (at === "check") check = check.slice(0, -1);
      else digits = digits.slice(0, -1);
      typed();
    };
    const clear = () => {
      digits = check = "";
      at = "digits";
      typed();
    };
    const key = (text, action, more = "") => el("button", { type: "button", class: `key ${more}`, onclick: action }, text);
    function turn(where) {
      at = where;
      paint();
    }
    function typed() {
      asked += 1;
      paint();
    }
    function paint() {
      setText(number, prefix + (digits || "___"));
      setText(code, check.padEnd(CHECK_DIGITS, "_"));
      number.setAttribute("aria-pressed", String(at === "digits"));
      code.setAttribute("aria-pressed", String(at === "check"));
      letters.forEach((one) => one.setAttribute("aria-pressed", String(one.textContent === prefix)));
      ask.disabled = !digits || (check.length > 0 && check.length < CHECK_DIGITS);
      setHidden(wrong, true);
    }
    number.setAttribute("aria-label", say("number"));
    code.setAttribute("aria-label", say("check"));
    put(
      el("h2", {}, say("my")),
      el(
        "div",
        { class: "mine__form" },
        el(
          "div",
          { class: "mine__fields" },
          el("p", { class: "label" }, say("number"), el("small", {}, say("number.note", { example: `${prefix}012` }))),
          number,
          el("p", { class: "label" }, say("check"), el("small", {}, say("check.note"))),
          code,
          wrong,
          ask,
        ),
        el(
          "div",
          { class: "pad" },
          el("div", { class: "pad__letters" }, ...letters),
          el(
            "div",
            { class: "pad__digits" },
            ...["1", "2", "3", "4", "5", "6", "7", "8", "9"].map((digit) => key(digit, () => type(digit))),
            key(say("clear"), clear, "key--word"),
            key("0", () => type("0")),
            key(say("back"), back, "key--word"),
          ),
        ),
      ),
    );
    paint();
  }

  // A number is typed as it is read: 12 and 012 are the same where the hall has three digits.
  const name = () => {
    const padded = prefix + digits.padStart(3, "0");
    return check ? `${padded}-${check}` : padded;
  };

  async function look(wrong) {
    const turn = ++asked;
    try {
      const ticket = await get(`tickets/${encodeURIComponent(name())}`);
      if (turn === asked) result(ticket);
    } catch (error) {
      if (turn !== asked || gone) return;
      const text = error.code === "unknown_ticket" ? say("none") : error.detail || say("away");
      setText(wrong, text);
      setHidden(wrong, false);
    }
  }

  function result(ticket) {
    if (gone) return;
    stop();
    const box = el("div", { class: "ticket" }, ...facts(ticket));
    put(
      el("h2", {}, say("my")),
      box,
      check ? el("div", { class: "mine__acts" }, ...acts(ticket)) : el("p", { class: "note" }, say("act.hint")),
      el("button", { type: "button", class: "big", onclick: again }, say("again")),
    );
    if (OPEN.includes(ticket.state)) later();
  }

  function again() {
    digits = check = "";
    at = "digits";
    form();
  }

  // Something happened in the hall: look again at the number that is shown.
  function lookAgain() {
    if (timer !== null) refresh();
  }

  async function refresh() {
    const turn = asked;
    try {
      const ticket = await get(`tickets/${encodeURIComponent(name())}`);
      if (turn !== asked) return;
      // A question that is open keeps what it was asked about.
      if (timer !== null && !document.querySelector(".veil")) return result(ticket);
    } catch (error) {
      if (turn !== asked || gone) return;
      if (!(error instanceof Problem)) terminal.failed(error);
    }
    if (timer !== null) later();
  }

  function facts(ticket) {
    const figure = (label, value, unit) =>
      el("div", { class: "figure" }, el("span", {}, label), el("strong", {}, value), el("span", {}, unit));
    const parts = [
      el("p", { class: "ticket__number" }, ticket.number),
      el("p", { class: `ticket__state ticket__state--${ticket.state}` }, say("state." + ticket.state)),
    ];
    if (ticket.state === "waiting") {
      const figures = [figure(say("ahead"), String(ticket.ahead || 0), say("ahead.unit"))];
      const wait = ticket.wait;
      if (wait) figures.push(figure(say("wait"), say("wait.range", { low: String(wait.low || 0), high: String(wait.high || 0) }), say("wait.unit")));
      parts.push(el("div", { class: "figures" }, ...figures));
      if (!ticket.ahead) parts.push(el("p", { class: "ticket__note" }, say("next")));
    }
    if (ticket.window) parts.push(el("div", { class: "figures" }, figure(say("window"), ticket.window, say("window.unit"))));
    if (ticket.state === "no_show") parts.push(el("p", { class: "ticket__note" }, say("state.no_show.note")));
    if (ticket.priority_state === "pending") parts.push(el("p", { class: "ticket__note" }, say("priority.pending")));
    return parts;
  }

  function acts(ticket) {
    const wanted = [];
    if (ticket.can_return) wanted.push("return");
    if (OPEN.includes(ticket.state)) wanted.push("reprint");
    if (ticket.state === "waiting") wanted.push("cancel");
    return wanted.map((act) => {
      // The key stays with the button: whoever presses again after no answer does nothing twice.
      const key = newKey();
      const kind = act === "cancel" ? "big danger-line" : act === "return" ? "big primary" : "big";
      return el("button", { type: "button", class: kind, onclick: () => doIt(act, key) }, say("act." + act));
    });
  }

  async function doIt(act, key) {
    const sure = await confirm({
      title: say(ACTS[act] + "ask"),
      text: say(ACTS[act] + "sure"),
      yes: say("act.yes"),
      no: say("act.no"),
      danger: act === "cancel",
    });
    if (!sure || gone) return;
    stop();
    const turn = ++asked;
    try {
      const ticket = await post(`tickets/${encodeURIComponent(name())}/${act}`, {}, { key });
      if (gone) return;
      toast(say(ACTS[act] + "done"));
      if (turn === asked) result(ticket);
    } catch (error) {
      if (gone) return;
      toast(error.detail || say("act.unknown"), "wrong");
      if (turn === asked) later();
    }
  }

  return {
    node,
    look: lookAgain,
    leave() {
      gone = true;
      stop();
      for (const veil of document.querySelectorAll(".veil")) veil.remove();
      for (const one of document.querySelectorAll(".toast")) one.remove();
    },
  };
}
