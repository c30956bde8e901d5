// 开门检查: what has not come up before the hall opens, window by window, and what to do about it.

import { say } from "/pages/shared/frame.js";
import { byId, el, setHidden } from "/pages/shared/parts.js";

export function showOpening({ hall }) {
  const { opening } = hall;
  const box = byId("opening");
  setHidden(box, opening === null);
  const shown = JSON.stringify(opening);
  if (box.dataset.shown === shown || opening === null) return;
  box.dataset.shown = shown;
  box.dataset.kind = opening.missing ? "wrong" : "well";
  const { opens, missing, all } = opening;
  box.replaceChildren(
    el(
      "header",
      { class: "card__head" },
      el("h2", {}, say("opening", { opens })),
      el("span", { class: missing ? "badge badge--wrong" : "badge badge--well" }, missing ? say("opening.missing", { missing, all }) : say("opening.well", { all })),
    ),
    ...(missing
      ? [
          el(
            "ul",
            { class: "overview__opening-list" },
            ...opening.windows.map((one) =>
              el(
                "li",
                {},
                el("strong", {}, one.window === null ? say("opening.hall") : say("opening.window", { window: one.window })),
                el("ul", {}, ...one.devices.map((device) => el("li", {}, say("opening.device", { device: device.name, sentence: device.sentence })))),
              ),
            ),
          ),
        ]
      : []),
  );
}
