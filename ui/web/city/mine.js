// One's own appointment, by its code: when and where, the QR code for the kiosk, and giving it back.
import { post } from "/pages/shared/api.js";
import { confirm, el, setHidden, setText, toast } from "/pages/shared/parts.js";

const KEPT = "city.codes";
const MOST = 5;
const SVG = "http://www.w3.org/2000/svg";

export function remember(code) {
  const codes = [code, ...remembered().filter((one) => one !== code)].slice(0, MOST);
  keep(codes);
}

export function remembered() {
  try {
    const codes = JSON.parse(localStorage.getItem(KEPT) || "[]");
    return Array.isArray(codes) ? codes.filter((one) => typeof one === "string") : [];
  } catch (error) {
    return [];
  }
}

function keep(codes) {
  try {
    localStorage.setItem(KEPT, JSON.stringify(codes));
  } catch (error) {
    // A browser that keeps nothing: the code is on the screen.
  }
}

export function mine(city) {
  const { say } = city;
  const bad = el("p", { class: "wrong", role: "alert", hidden: true });
  const input = el("input", { id: "code", class: "input input--code", name: "code", maxlength: 20, required: true, autocomplete: "off", spellcheck: "false", autocapitalize: "characters", placeholder: "ABC-DEF-GHJ" });
  const found = el("div", {});
  const list = el("ul", { class: "list" });
  const heading = el("h2", { hidden: true }, say("mine.kept"));

  async function look(code) {
    setHidden(bad, true);
    try {
      const shown = await city.get(`appointments/${encodeURIComponent(code)}`);
      remember(shown.code);
      while (found.firstChild) found.firstChild.remove();
      found.append(appointment(city, shown));
      found.scrollIntoView({ block: "nearest" });
    } catch (error) {
      setText(bad, city.wrong(error));
      setHidden(bad, false);
    }
    paint();
  }

  function paint() {
    const codes = remembered();
    while (list.firstChild) list.firstChild.remove();
    for (const code of codes) {
      const forget = () => {
        keep(remembered().filter((one) => one !== code));
        paint();
      };
      list.append(
        el(
          "li",
          { class: "kept" },
          el("button", { type: "button", class: "kept__code", onclick: () => look(code) }, code),
          el("button", { type: "button", class: "kept__forget", "aria-label": say("mine.forget", { code }), onclick: forget }, say("mine.forget.short")),
        ),
      );
    }
    setHidden(heading, codes.length === 0);
  }

  paint();
  return {
    node: el(
      "section",
      {},
      el("h1", {}, say("mine.title")),
      el(
        "form",
        {
          class: "step form",
          onsubmit: (event) => {
            event.preventDefault();
            look(input.value);
          },
        },
        el("label", { class: "label", for: "code" }, say("mine.code")),
        input,
        bad,
        el("button", { type: "submit", class: "button button--primary" }, say("mine.look")),
      ),
      found,
      heading,
      list,
    ),
  };
}

// An appointment as a card.
export function appointment(city, shown) {
  const { say } = city;
  const waiting = shown.state === "asked" || shown.state === "booked";
  const card = el("article", { class: `card card--${shown.state}` });
  const fact = (key, value) => el("div", { class: "fact" }, el("dt", {}, say(key)), el("dd", {}, value));
  card.append(
    el("p", { class: "card__state" }, say(`state.${shown.state}`)),
    el("p", { class: "card__when" }, `${city.when(shown.date)} ${shown.start}–${shown.end}`),
    el(
      "dl",
      { class: "facts" },
      fact("card.hall", city.called(shown.hall_name, shown.hall_name_en)),
      fact("card.queue", shown.queue_name ? city.named(shown.queue_name) : shown.queue),
  shown.service && fact("card.service", shown.service_name ? city.named(shown.service_name) : shown.service),
      waiting && fact("card.checkin", `${shown.from}–${shown.until}`),
      shown.number && fact("card.number", shown.number),
    ),
  );
  if (waiting) {
    card.append(drawn(shown.qr, say("card.qr")), el("p", { class: "card__code" }, shown.code), el("p", { class: "hint" }, say("card.how")));
  }
  if (shown.state === "refused") card.append(el("p", { class: "hint" }, say("card.refused")));
  if (shown.may_cancel) {
    card.append(el("button", { type: "button", class: "button button--danger", onclick: () => cancel(city, shown, card) }, say("card.cancel")));
  } else if (waiting) {
    card.append(el("p", { class: "hint" }, say("card.fixed")));
  }
  return card;
}

async function cancel(city, shown, card) {
  const { say } = city;
  const sure = await confirm({ title: say("cancel.title"), text: say("cancel.text", { date: city.when(shown.date), start: shown.start }), yes: say("cancel.yes"), no: say("cancel.no"), danger: true });
  if (!sure) return;
  try {
    card.replaceWith(appointment(city, await post(`appointments/${encodeURIComponent(shown.code)}/cancel`)));
    toast(say("cancel.done"));
  } catch (error) {
    toast(city.wrong(error), "wrong");
  }
}

function drawn(rows, label) {
  const size = rows.length;
  const picture = document.createElementNS(SVG, "svg");
  picture.setAttribute("viewBox", `-4 -4 ${size + 8} ${size + 8}`);
  picture.setAttribute("class", "qr");
  picture.setAttribute("role", "img");
  picture.setAttribute("aria-label", label);
  const path = document.createElementNS(SVG, "path");
  let way = "";
  rows.forEach((row, y) => [...row].forEach((dark, x) => (way += dark === "1" ? `M${x} ${y}h1v1h-1z` : "")));
  path.setAttribute("d", way);
  picture.append(path);
  return picture;
}
