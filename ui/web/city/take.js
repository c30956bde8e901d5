// A number by phone: the hall gives it, and its slip is printed there in time, or it is void.
import { newKey, post } from "/pages/shared/api.js";
import { el, setHidden, setText } from "/pages/shared/parts.js";

export function take(city, id) {
  const { say } = city;
  const base = `/h/${encodeURIComponent(id)}`;
  const node = el("section", {});
  let chosen = null;
  let shown = null;
  let key = newKey();

  function put(...parts) {
    while (node.firstChild) node.firstChild.remove();
    node.append(city.link(base, { class: "back" }, say("book.back")), el("h1", {}, say("take.title")), ...parts);
  }

  function paint() {
    const open = (shown.queues || []).filter((queue) => queue.open);
    if (shown.remote_min === undefined || !shown.open || !open.length) return put(el("p", { class: "empty" }, say("take.none")));
    const press = (queue) => {
      chosen = queue.id;
      key = newKey();
      paint();
    };
    const choice = (queue) =>
      el("button", { type: "button", class: "choice", "aria-pressed": String(queue.id === chosen), onclick: () => press(queue) }, el("strong", {}, city.named(queue.name)), el("small", {}, say("halls.open", { waiting: String(queue.waiting) })));
    const parts = [
      el("p", { class: "notice" }, say("take.rules", { minutes: String(shown.remote_min) })),
      el("fieldset", { class: "step" }, el("legend", {}, say("book.queue")), el("div", { class: "choices choices--wide" }, ...open.map(choice))),
    ];
    if (chosen) parts.push(form());
    put(...parts);
  }

  function form() {
    const input = el("input", { id: "person", class: "input", name: "person", required: true, maxlength: 40, autocomplete: "off", spellcheck: "false", autocapitalize: "characters", "aria-describedby": "why" });
    const bad = el("p", { class: "wrong", role: "alert", hidden: true });
    const button = el("button", { type: "submit", class: "button button--primary" }, say("take.do"));
    const send = async (event) => {
      event.preventDefault();
      button.disabled = true;
      setHidden(bad, true);
      try {
        const wish = { queue: chosen, person: input.value, language: city.language === "en" ? "en" : "zh" };
        const asked = await post(`halls/${encodeURIComponent(id)}/tickets`, wish, { key });
        city.go(`${base}/t/${encodeURIComponent(asked.code)}`);
      } catch (error) {
        setText(bad, city.wrong(error));
        setHidden(bad, false);
        button.disabled = false;
      }
    };
    return el("form", { class: "step form", onsubmit: send }, el("label", { class: "label", for: "person" }, say("book.person")), input, el("p", { class: "hint", id: "why" }, say("take.why")), bad, button);
  }

  put(el("p", { class: "lead" }, say("loading")));
  return {
    node,
    async refresh() {
      if (shown !== null) return;
      shown = await city.get(`halls/${encodeURIComponent(id)}`);
      paint();
    },
  };
}
