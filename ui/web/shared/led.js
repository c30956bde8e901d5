// LED panels: round dots on black, exactly the dots the controller card makes of the bytes it received.
import { el } from "/pages/shared/parts.js";

const COLOURS = [[30, 26, 24], [255, 72, 44], [70, 224, 96], [255, 198, 40]]; // dark, red, green, yellow
const BETWEEN = "#070606";
const GLOW = 0.55;
const FINE = 4; // device pixels a dot at least; the browser scales down smoothly from there
const FASTEST_MS = 60; // a moving text is drawn at most this often

// A page of dots: one text a dot row, top first; one digit a dot: 0 dark, 1 red, 2 green, 3 yellow.
function unpack(page) {
  return page.map((row) => Uint8Array.from(row, Number));
}

// What lies over the lamps: black with a round hole for each.
function grille(pitch) {
  const tile = el("canvas", { width: pitch, height: pitch });
  const pen = tile.getContext("2d");
  pen.fillStyle = BETWEEN;
  pen.fillRect(0, 0, pitch, pitch);
  pen.globalCompositeOperation = "destination-out";
  pen.beginPath();
  pen.arc(pitch / 2, pitch / 2, pitch * 0.47, 0, 2 * Math.PI);
  pen.fill();
  return tile;
}

// The lamps behind it, one pixel each; only those that shine, or all.
function lamps(page, left, top, width, height, shining) {
  const picture = new ImageData(width, height);
  for (let y = 0, at = 0; y < height; y += 1) {
    const row = page && page[y - top];
    for (let x = 0; x < width; x += 1, at += 4) {
      const dot = (row && row[x - left]) || 0;
      if (shining && !dot) continue;
      picture.data.set(COLOURS[dot], at);
      picture.data[at + 3] = 255;
    }
  }
  const canvas = el("canvas", { width, height });
  canvas.getContext("2d").putImageData(picture, 0, 0);
  return canvas;
}

// What is seen of a window after so many seconds: which page, and where its corner stands.
function seen(part, elapsed) {
  if (part.move === "still") {
    const index = part.stay > 0 ? Math.floor(elapsed / part.stay) % part.pages.length : 0;
    return { index, x: 0, y: 0 };
  }
  const page = part.pages[0];
  const sideways = part.move === "left" || part.move === "right";
  const long = sideways ? page[0].length : page.length;
  const room = sideways ? part.width : part.height;
  const gone = (part.step > 0 ? Math.floor(elapsed / part.step) : 0) % (long + room);
  const at = part.move === "left" || part.move === "up" ? room - gone : gone - long;
  return sideways ? { index: 0, x: at, y: 0 } : { index: 0, x: 0, y: at };
}

// Milliseconds until anything moves; 0 when nothing ever does.
function pause(parts, elapsed) {
  const waits = parts.map((part) => {
    if (part.move !== "still") return part.step > 0 ? Math.max(FASTEST_MS, part.step * 1000) : 0;
    return part.pages.length > 1 && part.stay > 0 ? (part.stay - (elapsed % part.stay)) * 1000 + 1 : 0;
  }).filter((ms) => ms > 0);
  return waits.length ? Math.min(...waits) : 0;
}

export class Panel {
  constructor() {
    this.canvas = el("canvas", { role: "img", class: "led" });
    this.node = el("div", { class: "led-frame" }, this.canvas);
    this.key = "";
    this.parts = [];
    this.drawn = []; // what is on the canvas, by part
    this.kept = []; // bitmaps of pages that stand still, by part: flashing costs one copy
    this.timer = 0;
    new ResizeObserver(() => this.fit()).observe(this.node);
    document.addEventListener("visibilitychange", () => this.play());
  }

  // light: {width, height, windows: [{x, y, width, height, pages, move, stay, step}]}
  show(light, label) {
    if (this.canvas.getAttribute("aria-label") !== label) this.canvas.setAttribute("aria-label", label);
    const key = light ? JSON.stringify([light.width, light.height, light.windows]) : "";
    if (key === this.key) return;
    this.key = key;
    this.size = light && { width: light.width, height: light.height };
    this.parts = light ? light.windows.map((part) => ({ ...part, pages: part.pages.map(unpack) })) : [];
    this.since = performance.now();
    this.fit();
    this.clear();
    this.play();
  }

  fit() {
    if (!this.size) return;
    const style = getComputedStyle(this.node);
    const room = this.node.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    const pitch = Math.max(FINE, Math.ceil((room * (window.devicePixelRatio || 1)) / this.size.width));
    const [width, height] = [pitch * this.size.width, pitch * this.size.height];
    if (pitch === this.pitch && this.canvas.width === width && this.canvas.height === height) return;
    this.pitch = pitch;
    this.grille = grille(pitch);
    this.canvas.width = width;
    this.canvas.height = height;
    this.clear();
    this.draw();
  }

  play() {
    clearTimeout(this.timer);
    this.draw();
    const wait = document.hidden ? 0 : pause(this.parts, (performance.now() - this.since) / 1000);
    if (wait) this.timer = setTimeout(() => this.play(), wait);
  }

  // All dots dark, and nothing remembered of what stood there.
  clear() {
    this.drawn = [];
    this.kept = [];
    if (this.size) this.paint(this.canvas.getContext("2d"), null, 0, 0, this.size.width, this.size.height);
  }

  draw() {
    if (!this.size || !this.grille) return;
    const elapsed = (performance.now() - this.since) / 1000;
    this.parts.forEach((part, number) => {
      const { index, x, y } = seen(part, elapsed);
      const state = `${index} ${x} ${y}`;
      if (this.drawn[number] === state) return;
      this.drawn[number] = state;
      const bitmap = part.move === "still" ? this.bitmap(number, index) : this.make(part, index, x, y);
      this.canvas.getContext("2d").drawImage(bitmap, part.x * this.pitch, part.y * this.pitch);
    });
  }

  bitmap(number, index) {
    const kept = this.kept[number] || (this.kept[number] = []);
    return kept[index] || (kept[index] = this.make(this.parts[number], index, 0, 0));
  }

  make(part, index, x, y) {
    const bitmap = el("canvas", { width: part.width * this.pitch, height: part.height * this.pitch });
    this.paint(bitmap.getContext("2d"), part.pages[index], x, y, part.width, part.height);
    return bitmap;
  }

  paint(pen, page, left, top, width, height) {
    const [w, h] = [width * this.pitch, height * this.pitch];
    pen.imageSmoothingEnabled = false;
    pen.drawImage(lamps(page, left, top, width, height, false), 0, 0, w, h);
    pen.fillStyle = pen.createPattern(this.grille, "repeat");
    pen.fillRect(0, 0, w, h);
    if (!page) return;
    pen.imageSmoothingEnabled = true;
    pen.globalCompositeOperation = "lighter";
    pen.globalAlpha = GLOW;
    pen.drawImage(lamps(page, left, top, width, height, true), 0, 0, w, h);
    pen.globalCompositeOperation = "source-over";
    pen.globalAlpha = 1;
  }
}
