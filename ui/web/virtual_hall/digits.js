// Seven-segment digits of a call keypad.
import { setAttr, svg } from "./dom.js";

const SEGMENTS = {
  " ": "", "-": "g", 0: "abcdef", 1: "bc", 2: "abged", 3: "abgcd", 4: "fgbc", 5: "afgcd",
  6: "afgedc", 7: "abc", 8: "abcdefg", 9: "abcdfg",
};
const SHAPES = {
  a: "2,0 10,0 8.5,2 3.5,2", b: "12,1.5 12,9 10,8 10,3", c: "12,11 12,18.5 10,17 10,12",
  d: "2,20 10,20 8.5,18 3.5,18", e: "0,11 0,18.5 2,17 2,12", f: "0,1.5 0,9 2,8 2,3",
  g: "2.2,10 3.4,9 8.6,9 9.8,10 8.6,11 3.4,11",
};

export class Digits {
  constructor(count) {
    this.cells = Array.from({ length: count }, (_, i) =>
      Object.entries(SHAPES).map(([name, points]) =>
        svg("polygon", { points, "data-segment": name, transform: `translate(${i * 16 + 2} 2)` })));
    this.node = svg("svg", { viewBox: `0 0 ${count * 16} 24`, class: "digits", role: "img" }, ...this.cells.flat());
  }

  show(text, label) {
    const padded = text.padStart(this.cells.length, " ").slice(-this.cells.length);
    this.cells.forEach((cell, i) => {
      const lit = SEGMENTS[padded[i]] || "";
      for (const segment of cell) setAttr(segment, "class", lit.includes(segment.dataset.segment) ? "lit" : null);
    });
    setAttr(this.node, "aria-label", label);
  }
}
