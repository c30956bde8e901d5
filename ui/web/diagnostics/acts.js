// What a technician does from the page. Each resolves when it was said how it went.

import { post, Unknown } from "/pages/shared/api.js";
import { explain, listed, say } from "/pages/shared/frame.js";
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

// How a test went, null when it was not done or nobody knows.
export async function check(device, level, sure = false) {
  try {
    return await post(path(device, "test"), { level, confirm: sure }, { timeout: TEST_MS });
  } catch (error) {
    if (error.code === "test_needs_confirmation" && !sure) {
      const text = say(level === "interactive" ? "keys.ask" : "test.ask", { device: device.id });
      const yes = await confirm({ title: say("test"), text, yes: say("test.yes"), no: say("frame.cancel") });
      return yes ? check(device, level, true) : null;
    }
    if (error instanceof Unknown) toast(say("test.unknown", { device: device.id }), "wrong");
    else explain(error);
    return null;
  }
}

export function verdict(device, answer, well = "test.well") {
  return answer.passed ? say(well, { device: device.id }) : say("test.bad", { device: device.id, sentence: answer.sentence || answer.code });
}

export async function test(device) {
  const answer = await check(device, "external");
  if (answer) toast(verdict(device, answer), answer.passed ? "done" : "wrong");
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
  const words = (answer) => say("undo.done", { devices: listed(answer.devices) });
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
    const words = (answer) => say("rebind.done", { devices: listed(answer.devices) });
    const asked = post(path(device, "rebind"), { code: code.value.trim() }, { timeout: TEST_MS });
    if (await done(asked, words)) shown.close();
  });
  return shown.closed;
}
