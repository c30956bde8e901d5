// Papers under the camera: a live picture, one key for each page, and which paper it is.
//
// The window's own camera where it has one, else the browser's. What was taken is what the hub says; a picture
// that nobody knows the outcome of is sent again under its own key, and is one page.

import { get, newKey, post, Problem, Unknown } from "/pages/shared/api.js";
import { language, listed, say } from "/pages/shared/frame.js";
import { dialog, el, keyed, select, setHidden, setText, toast } from "/pages/shared/parts.js";
import { named } from "/pages/shared/text.js";

const SLOW_MS = 30000;
const READ_MS = 70000;
const CHECK_MS = 2000;
const PREVIEW_MS = 540000; // the hub ends a live picture after ten minutes
const SHAPES = ["sheet", "card", "whole"];
const TONES = ["colour", "grey", "bilevel"];

export function openScan(desk, until) {
  const scan = new Scan(desk.window, desk.ticket.id, desk.ticket.number, until);
  scan.open();
  return scan.closed;
}

class Scan {
  constructor(window, ticket, number, until) {
    this.base = `windows/${encodeURIComponent(window)}`;
    this.ticket = ticket;
    this.number = number;
    this.until = until;
    this.seen = null;
    this.small = new Map(); // thumbnails of this sitting; others are fetched, which the hub notes
    this.material = null; // until the papers due are known
    this.picked = "";
    this.front = "";
    this.replaces = "";
    this.busy = false;
    this.stream = null;
    this.sightless = false; // neither has a camera
    this.away = false; // the window's camera
    this.began = 0; // the live picture
    this.over = false;
  }

  open() {
    this.picture = el("div", { class: "scan__picture" }, el("p", { class: "empty" }, say("scan.begins")));
    this.note = el("p", { class: "scan__note", role: "status" });
    this.shutter = el("button", { type: "button", class: "primary scan__shutter", autofocus: true, onclick: () => this.take() }, el("span", {}, say("scan.take")), el("kbd", {}, "Space"));
    this.shape = select("shape", SHAPES.map((one) => [one, say(`scan.shape.${one}`)]), "sheet", { "aria-label": say("scan.shape"), onchange: () => this.begin("") });
    this.tone = select("tone", TONES.map((one) => [one, say(`scan.tone.${one}`)]), "colour", { "aria-label": say("scan.tone") });
    this.materials = el("div", { class: "scan__materials", role: "radiogroup", "aria-label": say("scan.material") });
    this.pages = el("ol", { class: "scan__pages" });
    this.none = el("p", { class: "empty" }, say("scan.none"));
    this.act = {
      again: el("button", { type: "button", class: "small", onclick: () => this.again() }, say("scan.again")),
      turn: el("button", { type: "button", class: "small", onclick: () => this.turn() }, say("scan.turn")),
      earlier: el("button", { type: "button", class: "small", onclick: () => this.move(-1) }, say("scan.earlier")),
      later: el("button", { type: "button", class: "small", onclick: () => this.move(1) }, say("scan.later")),
      read: el("button", { type: "button", class: "small", hidden: true, onclick: () => this.read() }, say("scan.read")),
      drop: el("button", { type: "button", class: "small danger", onclick: () => this.drop() }, say("scan.drop")),
    };
    const content = el(
      "div",
      { class: "scan" },
      el("div", { class: "scan__left" }, this.picture, this.note, el("div", { class: "scan__bar" }, this.shutter, this.shape, this.tone)),
      el(
        "div",
        { class: "scan__right" },
        el("h3", {}, say("scan.material")),
        this.materials,
        el("h3", {}, say("scan.pages")),
        this.none,
        this.pages,
        el("p", { class: "scan__acts" }, ...Object.values(this.act)),
        el("p", { class: "actions" }, el("button", { type: "button", onclick: () => this.shown.close() }, say("scan.done"))),
      ),
    );
    this.onKey = (event) => this.key(event);
    document.addEventListener("keydown", this.onKey);
    this.finish = content.querySelector(".actions button");
    this.shown = dialog({ title: say("scan.title", { number: this.number }), content, wide: true, until: this.until });
    this.shown.node.classList.add("dialog--scan");
    this.closed = this.shown.closed.then(() => this.end());
    this.look().then(() => this.watch());
    this.checking = setInterval(() => this.check(), CHECK_MS);
  }

  key(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || event.target.tagName === "SELECT") return;
    if (event.code === "Space") {
      event.preventDefault();
      this.take();
    } else if (event.code === "Delete") this.drop();
  }

  // --- what the hub knows -----------------------------------------------------------------------

  async look() {
    try {
      this.seen = await get(`${this.base}/pages`);
    } catch (error) {
      this.tell(error.detail || say("frame.failed"), "wrong");
      return;
    }
    if (this.over) return;
    setHidden(this.act.read, !this.seen.reader);
    if (this.seen.closed) this.tell(this.seen.sentence, "wrong");
    this.show();
  }

  show() {
    const pages = this.seen.pages || [];
    const papers = (this.seen.materials || []).map((one) => ({ key: one.name.zh, text: named(one.name, language), pages: one.pages || 0, due: true }));
    papers.push({ key: "", text: say("scan.other"), pages: pages.filter((one) => !one.material).length, due: false });
    if (!papers.some((one) => one.key === this.material)) this.material = (papers.find((one) => one.due && !one.pages) || papers[0]).key;
    keyed(
      this.materials,
      papers,
      (one) => one.key,
      (one) => el("button", { type: "button", class: "scan__paper", role: "radio", onclick: () => this.choose(one.key) }, el("span", {}, one.text), el("b", { class: "badge" })),
      (node, one) => {
        const missing = one.due && !one.pages;
        node.setAttribute("aria-checked", String(one.key === this.material));
        node.lastElementChild.className = `badge ${missing ? "badge--wait" : "badge--well"}`;
        setText(node.lastElementChild, missing ? say("scan.missing") : say("scan.count", { count: one.pages }));
        setHidden(node.lastElementChild, !one.due && !one.pages);
      },
    );
    if (!pages.some((one) => one.id === this.picked)) this.picked = pages.length ? pages[pages.length - 1].id : "";
    setHidden(this.none, pages.length > 0);
    keyed(
      this.pages,
      pages,
      (one) => one.id,
      (one) => {
        const image = el("img", { alt: "" });
        this.thumbnail(one.id, image);
        return el("li", {}, el("button", { type: "button", class: "scan__page", onclick: () => this.pick(one.id) }, image, el("span", {}), el("small", {})));
      },
      (node, one) => {
        const [, name, warning] = node.firstElementChild.children;
        node.firstElementChild.setAttribute("aria-pressed", String(one.id === this.picked));
        const paper = papers.find((other) => other.key === (one.material || ""));
        setText(name, `${pages.indexOf(one) + 1} ${paper ? paper.text : one.material}`);
        setText(warning, (one.warnings || []).map((word) => say(`scan.warning.${word}`)).join(" · "));
      },
    );
    const shown = this.pages.querySelector('[aria-pressed="true"]');
    if (shown && this.shownPage !== this.picked) shown.scrollIntoView({ block: "nearest" });
    this.shownPage = this.picked;
    const at = pages.findIndex((one) => one.id === this.picked);
    for (const one of Object.values(this.act)) one.disabled = at < 0 || this.busy;
    this.act.earlier.disabled = this.act.earlier.disabled || at === 0;
    this.act.later.disabled = this.act.later.disabled || at === pages.length - 1;
    setText(this.none, say(this.sightless ? "scan.none.yet" : "scan.none"));
    // Not disabled: the focus stays where the next press is wanted. Where nothing can be taken none is.
    this.shutter.setAttribute("aria-disabled", String(this.busy || Boolean(this.seen.closed) || !this.sees));
    this.shutter.disabled = this.sightless;
  }

  // Whether there is a camera to take a picture with: the window's, or this browser's.
  get sees() {
    return Boolean(this.seen && (this.seen.camera || this.stream));
  }

  async thumbnail(page, image) {
    const known = this.small.get(page);
    image.src = known ? `data:image/jpeg;base64,${known}` : `/api/v1/${this.base}/pages/${page}?small=true`;
  }

  choose(material) {
    this.material = material;
    this.begin("");
    this.show();
    const pages = this.seen.pages || [];
    const own = pages.find((one) => one.id === this.picked);
    if (own && !own.material && material) this.arrange(pages.map((one) => [one.id, one === own ? material : one.material || ""]));
  }

  pick(page) {
    this.picked = page;
    this.show();
  }

  // --- taking -----------------------------------------------------------------------------------

  // The next picture is of this page again, or the back of this card.
  begin(front, replaces = "") {
    this.front = front;
    this.replaces = replaces;
    this.tell(front ? say("scan.turn_card") : replaces ? say("scan.take_again") : "", "info");
  }

  async take() {
    if (this.busy || !this.sees || this.seen.closed) return;
    this.hold(true);
    this.tell(say("scan.taking"), "info");
    const wanted = { ticket: this.ticket, shape: this.shape.value, tone: this.tone.value, material: this.material };
    if (this.front) wanted.front = this.front;
    if (this.replaces) wanted.replaces = this.replaces;
    let taken = "";
    try {
      const page = await this.once(wanted, newKey());
      this.small.set(page.id, page.small);
      taken = page.id;
      const second = wanted.shape === "card" && !wanted.front && !wanted.replaces;
      this.begin(second ? page.id : "");
      const warnings = (page.warnings || []).map((word) => say(`scan.warning.${word}.text`));
      if (page.codes) warnings.push(say("scan.codes", { codes: listed(page.codes) }));
      if (warnings.length) this.tell(warnings.join(" "), page.warnings ? "wrong" : "info");
      else if (!second) this.tell(say("scan.taken"), "done");
    } catch (error) {
      this.tell(error instanceof Problem ? error.detail : say("scan.unknown"), "wrong");
    }
    await this.look();
    if (taken) this.picked = taken;
    this.hold(false);
  }

  async once(wanted, key) {
    const blob = this.stream ? await still(this.stream) : null;
    const path = blob ? `${this.base}/pages/picture?${new URLSearchParams(wanted)}` : `${this.base}/pages`;
    for (let tries = 0; ; tries += 1) {
      try {
        return await post(path, blob || wanted, { key, timeout: SLOW_MS });
      } catch (error) {
        if (!(error instanceof Unknown) || tries > 1) throw error;
      }
    }
  }

  again() {
    if (this.picked) this.begin("", this.picked);
  }

  turn() {
    return this.change(async () => {
      const page = await post(`${this.base}/pages/turn`, { ticket: this.ticket, page: this.picked }, { timeout: SLOW_MS });
      this.small.set(page.id, page.small);
      return page.id;
    });
  }

  // The writing on the picked page, to be copied; it is kept nowhere.
  async read() {
    if (this.busy || !this.picked) return;
    this.hold(true);
    this.tell(say("scan.reading"), "info");
    try {
      const { lines } = await get(`${this.base}/pages/${this.picked}/text`, { timeout: READ_MS });
      this.tell("", "info");
      const text = el("textarea", { class: "scan__text", readonly: true, rows: 16 });
      text.value = lines.join("\n");
      const shown = dialog({ title: say("scan.read"), content: el("div", {}, lines.length ? text : el("p", { class: "empty" }, say("scan.read.none")), el("p", { class: "actions" }, el("button", { type: "button", class: "primary", onclick: () => shown.close() }, say("frame.close")))) });
      if (lines.length) text.select();
    } catch (error) {
      this.tell(error instanceof Problem ? error.detail : say("frame.failed"), "wrong");
    }
    this.hold(false);
  }

  drop() {
    if (!this.picked) return undefined;
    return this.change(async () => void (await post(`${this.base}/pages/drop`, { ticket: this.ticket, pages: [this.picked] })));
  }

  move(by) {
    const order = (this.seen.pages || []).map((one) => [one.id, one.material || ""]);
    const at = order.findIndex(([id]) => id === this.picked);
    if (at < 0 || !order[at + by]) return undefined;
    [order[at], order[at + by]] = [order[at + by], order[at]];
    return this.arrange(order);
  }

  arrange(pages) {
    return this.change(async () => void (await post(`${this.base}/pages/arrange`, { ticket: this.ticket, pages })));
  }

  async change(work) {
    if (this.busy) return;
    this.hold(true);
    let picked = this.picked;
    try {
      picked = (await work()) || picked;
    } catch (error) {
      this.tell(error instanceof Problem ? error.detail : say("scan.unknown"), "wrong");
    }
    await this.look();
    this.picked = picked;
    this.hold(false);
  }

  hold(busy) {
    this.busy = busy;
    this.shown.node.setAttribute("aria-busy", String(busy));
    if (this.seen) this.show();
  }

  tell(text, kind) {
    this.note.dataset.kind = kind;
    setText(this.note, text);
  }

  // --- the live picture ---------------------------------------------------------------------------

  async watch() {
    if (this.over || !this.seen) return;
    if (this.seen.camera) {
      const image = el("img", { class: "scan__live", alt: say("scan.live") });
      image.addEventListener("error", () => {
        if (!this.over && image.isConnected) this.lose(this.seen.camera);
      });
      this.away = false;
      this.began = Date.now();
      image.src = `/api/v1/${this.base}/camera/preview?t=${this.began}`;
      this.picture.replaceChildren(image);
      return;
    }
    if (!navigator.mediaDevices) {
      this.blind("scan.insecure");
      return;
    }
    try {
      const size = { width: { ideal: 3264 }, height: { ideal: 2448 } };
      const stream = await navigator.mediaDevices.getUserMedia({ video: size, audio: false });
      if (this.over) {
        stream.getTracks().forEach((track) => track.stop());
        return;
      }
      const video = el("video", { class: "scan__live", autoplay: true, muted: true, playsinline: true });
      video.srcObject = stream;
      this.stream = { stream, video };
      this.picture.replaceChildren(video);
      this.show();
    } catch (error) {
      if (!this.over) this.blind(error.name === "NotAllowedError" ? "scan.denied" : error.name === "NotReadableError" ? "scan.taken_by_other" : "scan.no_camera");
    }
  }

  // A live picture that ended keeps its last frame, and no browser says so: the hub knows how the camera is.
  async check() {
    if (this.over || this.busy || !this.seen || !this.seen.camera) return;
    let seen;
    try {
      seen = await get(`${this.base}/pages`);
    } catch {
      return; // what is asked next says what is wrong
    }
    const { camera } = seen;
    if (this.over || this.busy || !camera) return;
    this.seen.camera = camera;
    if (camera.state !== "online") this.lose(camera);
    else if (this.away || Date.now() - this.began > PREVIEW_MS) this.watch();
  }

  lose(camera) {
    this.away = true;
    this.empty((camera && camera.sentence) || say("scan.no_picture"));
  }

  // There is nothing to take a picture with, and why.
  blind(why) {
    this.sightless = true;
    this.empty(say(why));
    const focused = document.activeElement === this.shutter;
    this.show();
    if (focused) this.finish.focus();
  }

  empty(text) {
    this.picture.replaceChildren(el("p", { class: "empty" }, text));
  }

  end() {
    this.over = true;
    clearInterval(this.checking);
    document.removeEventListener("keydown", this.onKey);
    this.picture.replaceChildren(); // ends the preview's request
    if (this.stream) this.stream.stream.getTracks().forEach((track) => track.stop());
    const pages = (this.seen && this.seen.pages) || [];
    if (pages.length) toast(say("scan.kept", { number: this.number, count: pages.length }));
  }
}

// One still of a browser's camera, at the camera's full size.
async function still({ stream, video }) {
  const track = stream.getVideoTracks()[0];
  if (window.ImageCapture) {
    try {
      const photo = await new ImageCapture(track).takePhoto();
      if (photo.type === "image/jpeg") return photo;
    } catch (error) {
      // Not every camera gives photos beside its video: its frame is as large as was asked for.
    }
  }
  const canvas = el("canvas", { width: video.videoWidth, height: video.videoHeight });
  canvas.getContext("2d").drawImage(video, 0, 0);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.92));
}
