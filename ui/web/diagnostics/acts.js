// What a technician does from the page. Each resolves when it was said how it went.

import { get, post, Unknown } from "/pages/shared/api.js";
import { explain, say } from "/pages/shared/frame.js";
import { confirm, dialog, el, field, toast } from "/pages/shared/parts.js";

const TEST_MS = 25000; // the hub waits 20 s for a station

const path = (device, act) => `devices/${encodeURIComponent(device.id)}/${act}`;

async function done(work, words) {
  try {
    const answer = await work;
    toast(words(answer));
    return true;
  } catch (error) {
    explain(error);
    return false;
  }
}

export async function test(device, sure = false) {
  let answer;
  try {
    answer = await post(path(device, "test"), { confirm: sure }, { timeout: TEST_MS });
  } catch (error) {
    if (error.code === "test_needs_confirmation" && !sure) {
      const text = say("test.ask", { device: device.id });
      const yes = await confirm({ title: say("test"), text, yes: say("test.yes"), no: say("frame.cancel") });
      if (yes) await test(device, true);
    } else if (error instanceof Unknown) toast(say("test.unknown", { device: device.id }), "wrong");
    else explain(error);
    return;
  }
  if (answer.passed) toast(say("test.well", { device: device.id }));
  else toast(say("test.bad", { device: device.id, sentence: answer.sentence || answer.code }), "wrong");
}

export const newRoll = (device) => done(post(path(device, "new-roll")), () => say("roll.done"));

export const judge = (device, clear) => done(post(path(device, "print-clear"), { clear }), () => say("prints.settled"));

export const settle = (print, printed) =>
  done(post(`jobs/${encodeURIComponent(print.job)}/settle`, { printed }), () => say("prints.settled"));

export const reprint = (print) =>
  done(post(`tickets/${encodeURIComponent(print.ticket)}/reprint`), () => say("prints.reprinted", print));

export async function newUnit(device) {
  const text = say("unit.ask", { device: device.id });
  const yes = await confirm({ title: say("unit"), text, yes: say("unit"), no: say("frame.cancel") });
  if (yes) await done(post(path(device, "new-unit")), () => say("unit.done", { device: device.id }));
}

export async function undo(device) {
  const text = say("undo.ask", { device: device.id });
  const yes = await confirm({ title: say("undo"), text, yes: say("undo"), no: say("frame.cancel") });
  const words = (answer) => say("undo.done", { devices: answer.devices.join(", ") });
  if (yes) await done(post(path(device, "rebind"), { undo: true }, { timeout: TEST_MS }), words);
}

export function rebind(device) {
  const code = el("input", { name: "code", inputmode: "numeric", maxlength: 8, required: true, autocomplete: "off" });
  const form = el(
    "form",
    {},
    el("p", {}, device.sentence),
    field(say("rebind.code"), code),
    el(
      "p",
      { class: "actions" },
      el("button", { type: "button", onclick: () => shown.close() }, say("frame.cancel")),
      el("button", { class: "primary" }, say("frame.confirm")),
    ),
  );
  const shown = dialog({ title: device.id, content: form });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const words = (answer) => say("rebind.done", { devices: answer.devices.join(", ") });
    const asked = post(path(device, "rebind"), { code: code.value.trim() }, { timeout: TEST_MS });
    if (await done(asked, words)) shown.close();
  });
  return shown.closed;
}

// Address, counters and last bytes, as the device's own PC sees them.
export async function details(device, canAct) {
  const facts = el("dl", { class: "diag__facts" });
  const frames = el("ol", { class: "diag__frames", tabindex: "0", "aria-label": say("detail.traffic") });
  const refresh = el("button", { type: "button", onclick: () => load() }, say("refresh"));
  const acts = canAct
    ? [
        el("button", { type: "button", onclick: () => { shown.close(); newUnit(device); } }, say("unit")),
        el("button", { type: "button", onclick: () => { shown.close(); undo(device); } }, say("undo")),
      ]
    : [];
  const shown = dialog({
    title: device.id,
    wide: true,
    content: el(
      "div",
      {},
      facts,
      el("h3", {}, say("detail.traffic")),
      frames,
      el(
        "p",
        { class: "actions" },
        ...acts,
        refresh,
        el("button", { type: "button", class: "primary", onclick: () => shown.close() }, say("frame.close")),
      ),
    ),
  });
  async function load() {
    frames.replaceChildren(el("li", { class: "note" }, say("loading")));
    let pc;
    try {
      pc = await get(`diagnostics/stations/${encodeURIComponent(device.station)}?device=${encodeURIComponent(device.id)}`);
    } catch (error) {
      frames.replaceChildren(el("li", { class: "wrong" }, error.detail || say("frame.offline")));
      return;
    }
    const own = pc.devices.find((one) => one.id === device.id);
    if (!own) return;
    const rows = [
      ["detail.address", own.address],
      ["detail.driver", own.driver],
      own.unit ? ["detail.unit", String(own.unit)] : null,
      own.status.detail ? ["detail.detail", own.status.detail] : null,
      ["detail.counts", say("detail.counts.value", own)],
      ["detail.waits", say("detail.waits.value", pc)],
    ].filter(Boolean);
    facts.replaceChildren(...rows.flatMap(([key, value]) => [el("dt", {}, say(key)), el("dd", {}, value)]));
    const traffic = (own.traffic || []).slice().reverse();
    frames.replaceChildren(...(traffic.length ? traffic.map(frame) : [el("li", { class: "note" }, say("detail.traffic.none"))]));
  }
  await load();
  return shown.closed;
}

function frame(one) {
  const at = new Date(one.at * 1000);
  const time = `${at.toLocaleTimeString("en-GB")}.${String(at.getMilliseconds()).padStart(3, "0")}`;
  const way = one.direction === "<" ? "from" : "to";
  return el(
    "li",
    { "data-way": way },
    el("p", { class: "diag__when" }, `${time} ${say(`detail.${way}`)} · ${say("detail.length", { n: one.length })}`),
    one.meaning ? el("p", { class: "diag__meaning" }, one.meaning) : null,
    one.data ? el("code", {}, one.data) : el("small", {}, say("detail.private")),
  );
}
