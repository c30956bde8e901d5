// Papers for the citizen: the notice of what is missing (一次性告知单) and the receipt (受理回执). Missing is what has
// no page yet; the teller ticks what is really missing. The hub prints; this waits for what became of it.

import { get, newKey, post, Problem, Unknown } from "/pages/shared/api.js";
import { language, say } from "/pages/shared/frame.js";
import { dialog, el, select, setText } from "/pages/shared/parts.js";
import { named } from "/pages/shared/text.js";

const LOOK_MS = 700;
const WATCH_MS = 75000;

export function openNotice(desk, until) {
  const base = `windows/${encodeURIComponent(desk.window)}`;
  const { id, number } = desk.ticket;
  const note = el("p", { class: "scan__note", role: "status" }, say("notice.loading"));
  const papers = el("div", { class: "notice__papers" });
  const words = select("language", [["zh", "中文"], ["en", "English"]], language === "en" ? "en" : "zh");
  const print = (paper, look) => el("button", { type: "button", class: look, disabled: true, onclick: () => ask(paper) }, say(`notice.print.${paper}`));
  const buttons = [print("receipt", ""), print("notice", "primary")];
  const content = el(
    "div",
    { class: "notice" },
    el("p", { class: "note" }, say("notice.lead")),
    papers,
    el("label", { class: "notice__language" }, el("span", {}, say("notice.language")), words),
    note,
    el("p", { class: "actions" }, el("button", { type: "button", onclick: () => shown.close() }, say("frame.close")), ...buttons),
  );
  const shown = dialog({ title: say("notice.title", { number }), content, until });
  let over = false;
  shown.closed.then(() => (over = true));

  const tell = (text, kind) => {
    note.dataset.kind = kind;
    setText(note, text);
  };
  const hold = (held) => buttons.forEach((one) => (one.disabled = held));

  async function ask(paper) {
    const missing = [...papers.querySelectorAll("input:checked")].map((box) => box.value);
    hold(true);
    tell(say("notice.asking"), "info");
    const key = newKey();
    try {
      let asked = null;
      for (let tries = 0; !asked; tries += 1) {
        try {
          asked = await post(`${base}/notices`, { ticket: id, paper, language: words.value, missing }, { key });
        } catch (error) {
          if (!(error instanceof Unknown) || tries > 1) throw error;
        }
      }
      await watch(asked.job);
    } catch (error) {
      tell(error instanceof Problem ? error.detail : say("notice.unknown"), "wrong");
    }
    hold(false);
  }

  async function watch(job) {
    tell(say("notice.printing"), "info");
    for (const until = Date.now() + WATCH_MS; !over && Date.now() < until; ) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      const seen = await get(`${base}/notices`).catch(() => null);
      const one = seen && (seen.notices || []).find((each) => each.job === job);
      if (seen && !one) return tell(say("notice.moved_on"), "info");
      if (one && one.state !== "asked") return tell(one.state === "done" ? say("notice.done") : one.sentence || say(`notice.${one.state}`), one.state === "done" ? "done" : "wrong");
    }
    return tell(say("notice.unknown"), "wrong");
  }

  async function load() {
    const [pages, printing] = await Promise.all([get(`${base}/pages`), get(`${base}/notices`)]);
    const due = pages.materials || [];
    papers.replaceChildren(
      ...due.map((one) =>
        el(
          "label",
          { class: "notice__paper" },
          el("input", { type: "checkbox", value: one.name.zh, checked: !one.pages }),
          el("span", {}, named(one.name, language)),
          el("small", {}, one.pages ? say("scan.count", { count: one.pages }) : ""),
        ),
      ),
    );
    if (!due.length) tell(say("notice.no_service"), "wrong");
    else if (!printing.printer) tell(say("notice.no_printer"), "wrong");
    else {
      tell(say(`notice.where.${printing.printer}`), "info");
      hold(false);
      buttons[1].focus();
    }
  }

  load().catch((error) => tell(error.detail || say("frame.failed"), "wrong"));
  return shown.closed;
}
