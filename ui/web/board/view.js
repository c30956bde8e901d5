// The page of a board: puts what is to be seen into the document, and makes it fit.
import { fit, keyed, make, setData, setText } from "./dom.js";
import { plan, widthOf } from "./layout.js";

const SECOND = 0.62; // size of the second language beside the first, as style.css has it

const BEAT_MS = 600; // a flash is two beats: less than one a second, and three would be too many
const FLASH_MS = 12000;

const $ = (id) => document.getElementById(id);

export class View {
  constructor(words) {
    this.words = words;
    this.room = 1;
    this.beating = 0;
    this.still = window.matchMedia("(prefers-reduced-motion: reduce)");
    document.documentElement.lang = words.languages[0];
    document.body.classList.toggle("both", words.both);
    document.title = words.say("title");
    for (const id of ["calls", "windows", "queues"]) $(id).setAttribute("aria-label", words.say(id));
    const heads = ["queue", "waiting", "wait"].map((key) => {
      const head = make("th", "", make("span", "cell"));
      head.scope = "col";
      words.write(head.firstElementChild, key);
      return head;
    });
    $("queue-head").append(make("tr", "", ...heads));
  }

  // Divide the screen. What is shown afterwards is fitted by `fitAll`.
  divide(windows, queues, foot) {
    const { innerWidth: width, innerHeight: height } = window;
    const key = [width, height, windows, queues, foot].join();
    if (key === this.divided) return;
    this.divided = key;
    const made = plan({ width, height, windows, queues, foot });
    this.room = made.rows;
    document.body.classList.toggle("tall", made.tall);
    document.body.classList.toggle("footed", foot > 0);
    $("queues").hidden = !queues;
    $("windows").hidden = !windows;
    const root = document.documentElement.style;
    const lengths = {
      unit: `${made.unit}px`,
      foot: made.foot,
      side: made.side,
      rows: made.rows - 1,
      newest: made.newest,
      call: made.call,
      queue: made.queue,
      columns: made.tiles.columns,
      tile: made.tiles.size,
      down: made.tiles.down,
    };
    for (const [name, length] of Object.entries(lengths)) root.setProperty(`--${name}`, String(length));
  }

  head(hall, zone, now) {
    const { words } = this;
    words.put($("hall"), (say, language) => {
      const name = hall.name || {};
      return (language === "en" ? name.en || name.zh : name.zh || name.en) || say("hall");
    });
    $("zone").hidden = !zone;
    if (zone) words.name($("zone"), zone.name);
    words.put($("date"), (say) => say("date", { ...now, weekday: say("weekday." + now.weekday) }));
    setText($("clock"), now.time);
  }

  // Nothing is known of the hall yet, not even its time.
  unread() {
    this.divide(0, 0, 0);
    this.words.write($("hall"), "title");
    this.quiet({ about: "unread" });
    this.fitAll();
  }

  rows(rows) {
    keyed(
      $("rows"),
      rows,
      (row) => `${row.key}.${row.n}`,
      (row) => {
        const window = make("span", "call__window", words("call__word"), make("b", "call__id"), words("call__word"));
        const line = make("p", "call__line", make("b", "call__number"), words("call__state"), window);
        line.dataset.fit = "0.4";
        const item = make("li", "call", line);
        if (row.state === "called") this.#flash(item);
        return item;
      },
      (item, row) => {
        const [number, state, window] = item.firstElementChild.children;
        setData(item, "state", row.state);
        setText(number, row.number);
        this.words.write(state, "row." + row.state);
        this.#window(window, row.window);
      },
    );
  }

  tiles(windows, anybody) {
    keyed(
      $("tiles"),
      windows,
      (window) => window.id,
      () => {
        const name = make("span", "tile__name", words("tile__word"), make("b", "tile__id"), words("tile__word"));
        const head = make("p", "tile__head", name, words("tile__state"));
        const main = make("p", "tile__main");
        head.dataset.fit = "0.4";
        main.dataset.fit = "0.4";
        return make("li", "tile", head, main);
      },
      (item, window) => {
        const [head, main] = item.children;
        const state = window.number ? window.state : idle(window, anybody);
        setData(item, "state", state);
        this.#window(head.firstElementChild, window.id);
        const said = "tile." + state;
        if (window.number) {
          this.words.write(head.lastElementChild, said);
          setText(main, window.number);
          main.classList.add("tile__main--number");
        } else {
          head.lastElementChild.replaceChildren();
          if (main.classList.contains("tile__main--number")) main.replaceChildren();
          main.classList.remove("tile__main--number");
          this.words.write(main, said);
        }
      },
    );
  }

  queues(queues) {
    keyed(
      $("queue-rows"),
      queues,
      (queue) => queue.id,
      () => {
        const name = make("th", "", make("span", "cell"));
        name.scope = "row";
        const cells = [make("td", "", make("span", "cell")), make("td", "", make("span", "cell"))];
        for (const cell of [name, ...cells]) cell.firstElementChild.dataset.fit = "0.5";
        return make("tr", "", name, ...cells);
      },
      (item, queue) => {
        const [name, waiting, wait] = [...item.children].map((cell) => cell.firstElementChild);
        this.words.name(name, queue.name);
        setData(item, "closed", String(Boolean(queue.refusal)));
        setText(waiting, this.words.say("people", { count: queue.waiting }));
        this.words.put(wait, (say) => waitOf(queue, say));
      },
    );
  }

  // Say why nobody is called ({about, from}), or nothing (null).
  quiet(phase) {
    $("quiet").hidden = !phase;
    $("rows").hidden = Boolean(phase);
    if (!phase) return;
    const about = "quiet." + phase.about;
    this.words.write($("quiet-title"), about);
    this.words.put($("quiet-more"), (say) => (phase.from ? say("resumes", phase) : say(about + "_more")));
  }

  // Say something at the lower edge: {kind: "lost" | "caption" | "notice", put(node)}, or nothing (null).
  foot(said) {
    $("foot").hidden = !said;
    setData($("foot"), "kind", said ? said.kind : "");
    if (!said) return;
    $("foot-text").dataset.fit = "0.45";
    this.words.put($("foot-text"), said.text);
  }

  // How much a text for the lower edge needs, for `divide`.
  widthOf(said) {
    return said ? this.words.lines(said.text).reduce((sum, [line], at) => sum + widthOf(line) * (at ? SECOND : 1), 0) : 0;
  }

  lost(away) {
    document.body.classList.toggle("lost", away);
  }

  // The font has come: what was measured before it is void.
  refit() {
    for (const node of document.querySelectorAll("[data-fit]")) node.fitted = null;
    this.fitAll();
  }

  fitAll() {
    fit([...document.querySelectorAll("[data-fit]")]);
  }

  // A call flashes for a time after it came up, while it holds; an idle board does nothing.
  #flash(item) {
    if (this.still.matches) return;
    item.classList.add("flash");
    item.flashUntil = performance.now() + FLASH_MS;
    if (!this.beating) this.beating = setInterval(() => this.#beat(), BEAT_MS);
  }

  #beat() {
    const flashing = [...document.querySelectorAll(".call.flash")].filter((item) => {
      const holds = item.dataset.state === "called" && performance.now() < item.flashUntil;
      item.classList.toggle("flash", holds);
      return holds;
    });
    if (flashing.length) document.body.classList.toggle("beat");
    else {
      document.body.classList.remove("beat");
      clearInterval(this.beating);
      this.beating = 0;
    }
  }

  #window(node, id) {
    const [before, number, after] = node.children;
    const { both } = this.words;
    this.words.put(before, (say) => (both ? "" : say("window_before")));
    this.words.put(after, (say, language) => say(both && language === "en" ? "window_before" : "window_after"));
    setText(number, id);
  }
}

function words(name) {
  return make("span", name);
}

function idle(window, anybody) {
  if (window.state === "paused") return "paused";
  if (window.state !== "open") return "closed";
  return anybody ? "waiting" : "welcome";
}

function waitOf(queue, say) {
  if (queue.refusal) {
    const about = "refusal." + queue.refusal;
    const said = say(about);
    return said === about ? say("refusal.other") : said;
  }
  if (!queue.wait) return say("unknown");
  const { low, high } = queue.wait;
  if (high <= 1) return say("soon");
  return low === high ? say("about", { low }) : say("minutes", { low, high });
}
