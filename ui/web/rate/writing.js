// A field to write in by hand: strokes in units of 1000 by 500, thinned as they are drawn.
import { el } from "/pages/shared/parts.js";

const WIDTH = 1000;
const HEIGHT = 500;
const NEAR = 6; // units; points closer than that say nothing new
const MOST = 7500;
const PEN = 8;

export class Writing {
  constructor({ say }, strokes) {
    this.strokes = strokes;
    this.canvas = el("canvas", { class: "writing__field", width: WIDTH, height: HEIGHT, role: "img", "aria-label": say("options.write") });
    this.clear = el("button", { type: "button", class: "writing__clear", onclick: () => this.wipe() }, say("options.wipe"));
    this.hint = el("p", { class: "writing__hint", "aria-hidden": "true" }, say("options.write"));
    this.node = el("div", { class: "writing" }, this.canvas, this.hint, this.clear);
    this.stroke = null;
    this.canvas.addEventListener("pointerdown", (event) => this.begin(event));
    this.canvas.addEventListener("pointermove", (event) => this.go(event));
    for (const kind of ["pointerup", "pointercancel", "lostpointercapture"]) this.canvas.addEventListener(kind, () => (this.stroke = null));
    this.draw();
  }

  at(event) {
    const box = this.canvas.getBoundingClientRect();
    const within = (value, most) => Math.max(0, Math.min(most, Math.round(value)));
    return [within(((event.clientX - box.left) / box.width) * WIDTH, WIDTH), within(((event.clientY - box.top) / box.height) * HEIGHT, HEIGHT)];
  }

  begin(event) {
    event.preventDefault();
    if (this.strokes.length >= 290 || this.points() >= MOST) return;
    this.canvas.setPointerCapture(event.pointerId);
    this.stroke = [this.at(event)];
    this.strokes.push(this.stroke);
    this.draw();
  }

  go(event) {
    if (!this.stroke || this.stroke.length >= 990 || this.points() >= MOST) return;
    for (const one of event.getCoalescedEvents ? event.getCoalescedEvents() : [event]) {
      const [x, y] = this.at(one);
      const [px, py] = this.stroke[this.stroke.length - 1];
      if (Math.hypot(x - px, y - py) >= NEAR) this.stroke.push([x, y]);
    }
    this.draw();
  }

  points() {
    return this.strokes.reduce((sum, stroke) => sum + stroke.length, 0);
  }

  wipe() {
    this.strokes.length = 0;
    this.stroke = null;
    this.draw();
  }

  draw() {
    const pen = this.canvas.getContext("2d");
    pen.clearRect(0, 0, WIDTH, HEIGHT);
    pen.lineWidth = PEN;
    pen.lineCap = "round";
    pen.lineJoin = "round";
    pen.strokeStyle = "#12263a";
    for (const stroke of this.strokes) {
      pen.beginPath();
      pen.moveTo(...stroke[0]);
      for (const point of stroke.length > 1 ? stroke.slice(1) : stroke) pen.lineTo(...point);
      pen.stroke();
    }
    this.hint.hidden = this.strokes.length > 0;
    this.clear.hidden = this.strokes.length === 0;
  }
}
