// Who may sign in to the hub's own pages in this demo, and with what.
import { el, setText } from "./dom.js";
import { say } from "./words.js";

export class Pages {
  constructor() {
    this.button = el("button", { type: "button", class: "tool", "aria-haspopup": "dialog", "aria-expanded": "false", onclick: () => this.show(this.panel.hidden) });
    this.panel = el("div", { class: "pages", role: "dialog", hidden: true });
    this.node = el("div", { class: "pages__place" }, this.button, this.panel);
    this.people = [];
    document.addEventListener("pointerdown", (event) => this.node.contains(event.target) || this.show(false));
    this.node.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || this.panel.hidden) return;
      this.show(false);
      this.button.focus();
    });
  }

  accounts(people) {
    this.people = people || [];
    this.words();
  }

  words() {
    setText(this.button, say("pages.open"));
    this.panel.setAttribute("aria-label", say("pages.title"));
    const password = this.people.length ? this.people[0].password : "";
    this.panel.replaceChildren(
      el("h2", {}, say("pages.title")),
      this.people.length ? el("p", {}, `${say("pages.note")} `, el("code", {}, password)) : el("p", {}, say("pages.wait")),
      el("ul", {}, ...this.people.map((one) => el("li", {}, el("code", {}, one.name), el("span", {}, one.person), el("small", {}, say(`role.${one.role}`))))),
      el("p", {}, el("a", { class: "tool", href: "/sign-in", target: "_blank", rel: "noopener" }, say("pages.enter"))),
    );
  }

  show(open) {
    this.panel.hidden = !open;
    this.button.setAttribute("aria-expanded", String(open));
  }
}
