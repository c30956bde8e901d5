// How the page says ages, sizes and the state of a device.

import { language, say } from "/pages/shared/frame.js";
import { named } from "/pages/shared/text.js";

export function age(seconds) {
  if (seconds < 60) return say("age.now");
  if (seconds < 5400) return say("age.min", { n: Math.round(seconds / 60) });
  if (seconds < 129600) return say("age.hour", { n: Math.round(seconds / 3600) });
  return say("age.day", { n: Math.round(seconds / 86400) });
}

export function size(bytes) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let place = 0;
  let value = bytes;
  while (value >= 1024 && place < units.length - 1) {
    value /= 1024;
    place += 1;
  }
  return `${value >= 100 || place === 0 ? Math.round(value) : value.toFixed(1)} ${units[place]}`;
}

// What a device's badge says: "well", "wait" (it works, somebody should know) or "wrong".
export function kind(device) {
  const { state, code } = device.status;
  if (state === "noDevice") return "";
  if (state !== "online" && state !== "deviceBusy") return "wrong";
  return code || device.question || (device.paper && device.paper.percent < 10) ? "wait" : "well";
}

export function badge(device) {
  const { state, paper } = device.status;
  if (device.question) return say("state.question");
  if (state === "online" && paper === "low") return say("state.paper_low");
  return say(`state.${state}`);
}

export function todo(device) {
  const shown = kind(device);
  return shown === "wrong" || shown === "wait";
}

export function place(device) {
  const where = device.window ? say("window", device) : device.zone ? named(device.zone_name, language) || say("zone", device) : "";
  return [say(`device_class.${device.device_class}`), where].filter(Boolean).join(" · ");
}
