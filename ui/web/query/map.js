// The hall's zones with their windows as they are now.
import { el, keyed, setText } from "/pages/shared/parts.js";

const SERVING = ["open", "called", "serving"];

export function map(terminal) {
  const { say } = terminal;
  const zones = el("div", { class: "zones" });
  const node = el("section", { class: "map" }, el("h2", {}, say("map")), el("p", { class: "note" }, say("map.here")), zones);

  function paint() {
    const { hall } = terminal;
    if (!hall) return;
    const used = hall.zones.filter((zone) => hall.windows.some((one) => one.zone === zone.id));
    keyed(zones, used, (zone) => zone.id, zoneNode, (box, zone) => {
      const queues = hall.queues.filter((queue) => queue.zone === zone.id);
      const waiting = queues.reduce((sum, queue) => sum + queue.waiting, 0);
      setText(box.querySelector(".zone__waiting"), say("map.waiting", { waiting: String(waiting) }));
      setText(box.querySelector(".zone__queues"), queues.map((queue) => terminal.named(queue.name)).join(" · "));
      keyed(box.querySelector(".zone__windows"), hall.windows.filter((one) => one.zone === zone.id), (one) => one.id, windowNode, update);
    });
  }

  function zoneNode(zone) {
    return el(
      "section",
      { class: "zone", "aria-label": terminal.named(zone.name) },
      el("div", { class: "zone__head" }, el("h3", {}, terminal.named(zone.name)), el("span", { class: "zone__waiting" })),
      el("p", { class: "zone__queues" }),
      el("ul", { class: "zone__windows" }),
    );
  }

  function windowNode(one) {
    const name = one.name ? terminal.named(one.name) : say("map.window", { window: one.id });
    return el("li", { class: "window" }, el("span", { class: "window__name" }, name), el("strong"), el("span", { class: "window__state" }));
  }

  function update(box, one) {
    box.dataset.serving = String(SERVING.includes(one.state));
    box.dataset.state = one.state;
    setText(box.querySelector("strong"), one.number || "–");
    setText(box.querySelector(".window__state"), say("window." + one.state));
  }

  paint();
  return { node, hall: paint };
}
