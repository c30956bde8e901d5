// Problems in words and two texts side by side, as one column that fits a phone.

import { say } from "/pages/shared/frame.js";
import { el } from "/pages/shared/parts.js";

export function findings(list, go) {
  return el(
    "ol",
    { class: "set__found" },
    ...list.map((one) => {
      const place = [one.file, one.path, one.item && `(${one.item})`].filter(Boolean).join(" ");
      return el(
        "li",
        {},
        el("p", {}, one.sentence),
        place ? el("small", {}, place) : null,
        one.line ? el("button", { type: "button", class: "small", onclick: () => go(one.line) }, say("line", { line: one.line })) : null,
      );
    }),
  );
}

const SIGNS = { in: "+", out: "−", same: "" };

export function differences(lines) {
  return el(
    "div",
    { class: "set__diff", tabindex: "0", role: "region", "aria-label": say("diff") },
    ...lines.map((one) =>
      one.kind === "gap"
        ? el("p", { class: "set__gap" }, say("line", { line: one.new }))
        : el(
            "p",
            { "data-kind": one.kind },
            el("span", { class: "set__number", "aria-hidden": "true" }, String(one.new || one.old)),
            el("span", { class: "set__sign" }, SIGNS[one.kind], one.kind === "same" ? null : el("span", { class: "unseen" }, say(`diff.${one.kind}`))),
            el("code", {}, one.text || " "),
          ),
    ),
  );
}
