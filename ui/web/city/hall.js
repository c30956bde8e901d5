// One hall: its queues with how long one waits, and what one can do from here.
import { el, keyed, setHidden, setText } from "/pages/shared/parts.js";

export function hall(city, id) {
  const { say } = city;
  const title = el("h1", {}, " ");
  const now = el("p", { class: "lead" }, " ");
  const notice = el("p", { class: "notice", hidden: true });
  const list = el("ul", { class: "list" });
  const none = el("p", { class: "empty", hidden: true }, say("hall.no_queues"));
  const base = `/h/${encodeURIComponent(id)}`;
  const byTime = city.link(`${base}/book`, { class: "button button--primary", hidden: true }, say("hall.book"));
  const acts = el("div", { class: "acts", hidden: true }, byTime);
  const byPhone = city.link(`${base}/take`, { class: "button", hidden: true }, say("hall.take"));
  const neither = el("p", { class: "notice", hidden: true }, say("hall.neither"));
  acts.append(byPhone);
  let times = null;

  // Whether there are times to come: asked once, and taken for granted where nobody knows.
  async function offers() {
    try {
      return (await city.get(`halls/${encodeURIComponent(id)}/slots`)).offers.some((offer) => offer.days.length);
    } catch (error) {
      return null;
    }
  }

  function make() {
    return el(
      "li",
      { class: "queue" },
      el("strong", { class: "queue__name" }),
      el("span", { class: "queue__wait" }),
      el("span", { class: "queue__more" }),
    );
  }

  function update(node, queue) {
    const [name, wait, more] = node.children;
    setText(name, city.named(queue.name));
    node.dataset.open = String(queue.open);
    const range = queue.low === undefined || queue.high === undefined ? "wait.unknown" : queue.high === 0 ? "wait.none" : "wait.range";
    setText(wait, queue.open ? say(range, { low: String(queue.low), high: String(queue.high) }) : say("wait.closed"));
    setText(more, queue.open ? say("queue.more", { waiting: String(queue.waiting), windows: String(queue.windows) }) : "");
  }

  return {
    node: el("section", {}, city.link("/", { class: "back" }, say("back")), title, now, notice, acts, neither, list, none, el("p", { class: "hint" }, say("hall.hint"))),
    async refresh() {
      const shown = await city.get(`halls/${encodeURIComponent(id)}`);
      setText(title, city.called(shown.name, shown.name_en));
      if (times === null) times = await offers();
      const at = shown.at ? new Date(shown.at).toLocaleTimeString(city.language, { hour: "2-digit", minute: "2-digit" }) : "";
      const state = shown.stale ? (at ? "stale_since" : "stale") : shown.open ? "open" : times === false ? "closed_only" : "closed";
      setText(now, say(`hall.${state}`, { waiting: String(shown.waiting || 0), at }));
      now.dataset.state = shown.stale ? "stale" : "";
      const said = shown.notice ? city.named(shown.notice) : "";
      setText(notice, said);
      setHidden(notice, !said);
      const queues = shown.queues || [];
      keyed(list, queues, (queue) => queue.id, make, update);
      setHidden(none, queues.length > 0);
      setHidden(byPhone, shown.remote_min === undefined || !shown.open || shown.stale);
      setHidden(byTime, times === false);
      setHidden(acts, byTime.hidden && byPhone.hidden);
      setHidden(neither, !acts.hidden);
    },
  };
}
