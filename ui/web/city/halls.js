// All halls, each with how many wait there now.
import { el, keyed, setHidden, setText } from "/pages/shared/parts.js";

export function halls(city) {
  const { say } = city;
  const list = el("ul", { class: "list" });
  const empty = el("p", { class: "empty", hidden: true }, say("halls.none"));
  const search = el("input", {
    type: "search",
    class: "search",
    placeholder: say("halls.search"),
    "aria-label": say("halls.search"),
    oninput: () => paint(),
  });
  let known = null;

  function paint() {
    if (known === null) return;
    const wanted = search.value.trim().toLowerCase();
    const shown = known.filter((hall) => `${hall.name} ${hall.name_en || ""}`.toLowerCase().includes(wanted));
    keyed(list, shown, (hall) => hall.id, make, update);
    setHidden(search, known.length < 6);
    setText(empty, say(known.length ? "halls.no_match" : "halls.none"));
    setHidden(empty, shown.length > 0);
  }

  function make(hall) {
    return el(
      "li",
      {},
      city.link(`/h/${encodeURIComponent(hall.id)}`, { class: "hall" }, el("strong", {}), el("span", { class: "hall__now" })),
    );
  }

  function update(node, hall) {
    const [name, now] = node.firstChild.children;
    setText(name, city.called(hall.name, hall.name_en));
    const state = hall.stale ? "stale" : hall.open ? "open" : "closed";
    node.firstChild.dataset.state = state;
    setText(now, say(`halls.${state}`, { waiting: String(hall.waiting || 0) }));
  }

  return {
    node: el("section", {}, el("h1", {}, say("halls.title")), el("p", { class: "lead" }, say("halls.lead")), search, list, empty),
    async refresh() {
      known = (await city.get("halls")).halls;
      paint();
    },
  };
}
