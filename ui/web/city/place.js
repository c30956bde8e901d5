// Where one's ticket stands, by the code on its slip. The code stays in the address and goes nowhere else.
import { Problem } from "/pages/shared/api.js";
import { el, setText } from "/pages/shared/parts.js";

export function place(city, id, code) {
  const { say } = city;
  const box = el("article", { class: "card", "aria-live": "polite" }, el("p", { class: "lead" }, say("loading")));
  const title = el("h1", {}, say("place.title"));

  function put(...parts) {
    while (box.firstChild) box.firstChild.remove();
    box.append(...parts.filter(Boolean));
  }

  const figure = (label, value, unit) => el("div", { class: "figure" }, el("span", {}, label), el("strong", {}, value), el("span", {}, unit));

  return {
    node: el("section", {}, city.link(`/h/${encodeURIComponent(id)}`, { class: "back" }, say("place.hall")), title, box, el("p", { class: "hint" }, say("place.hint"))),
    async refresh() {
      let said;
      try {
        said = await city.get(`halls/${encodeURIComponent(id)}/tickets/${encodeURIComponent(code)}`);
      } catch (error) {
        if (!(error instanceof Problem) || error.status !== 404) throw error;
        return put(el("p", { class: "card__state" }, say("place.over")), el("p", {}, say("place.over.more")));
      }
      const ticket = said.place;
      if (ticket.state === "asked" || ticket.state === "refused") {
        return put(el("p", { class: `card__state card__state--${ticket.state}` }, say(`place.${ticket.state}`)), el("p", {}, say(`place.${ticket.state}.more`)));
      }
      const queue = (said.hall.queues || []).find((one) => one.id === ticket.queue);
      setText(title, city.called(said.hall.name, said.hall.name_en));
      const figures = [];
      if (ticket.ahead !== undefined) figures.push(figure(say("place.ahead"), String(ticket.ahead), say("place.people")));
      if (ticket.low !== undefined && ticket.high !== undefined) {
        const range = ticket.low === ticket.high ? String(ticket.high) : `${ticket.low}–${ticket.high}`;
        figures.push(figure(say("place.wait"), range, say("place.minutes")));
      }
      if (ticket.window) figures.push(figure(say("place.window"), ticket.window, say("place.window.unit")));
      put(
        el("p", { class: "card__number" }, ticket.number),
        queue && el("p", { class: "card__queue" }, city.named(queue.name)),
        el("p", { class: `card__state card__state--${ticket.state}` }, say(`place.${ticket.state}`)),
        figures.length > 0 && el("div", { class: "figures" }, ...figures),
        ticket.state === "no_show" && el("p", {}, say("place.no_show.more")),
        said.hall.stale && el("p", { class: "wrong" }, say("place.stale")),
      );
    },
  };
}
