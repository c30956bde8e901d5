// Sentences for what is wrong, for the person who looks at the page: what happened, what the hall does, what to do.
import { deviceName } from "./menu.js";
import { has, pick, say } from "./words.js";

const TOLD = new Set(["device", "paper_low", "unreadable"]);

// Which of our sentences fits a device's state as the hub reports it ("" when all is well).
export function cause(known) {
  if (!known) return "";
  const { state, code = "", paper, cover } = known.status;
  if (paper === "out") return "paper_out";
  if (paper === "jammed" || code === "printer.cutter") return "jam";
  if (cover === "open") return "cover_open";
  if (code === "printer.unreadable") return "unreadable";
  if (state === "online" || state === "deviceBusy") return paper === "low" ? "paper_low" : "";
  return state === "hardwareError" || state === "userError" ? "fault" : "silent";
}

function words(device, known, form) {
  const why = cause(known);
  if (!why) return "";
  const own = `trouble.${device.kind}.${why}.${form}`;
  const key = has(own) ? own : `trouble.${why}.${form}`;
  return say(key, { device: deviceName(device), window: device.window });
}

export function troubleChip(device, known) {
  return words(device, known, "chip");
}

export function troubleText(device, known) {
  return words(device, known, "text");
}

// An alert in the hub's own words; those about devices are told above, with what to do.
export function alertText(alert) {
  return TOLD.has(alert.about) ? "" : pick(alert.sentence);
}
