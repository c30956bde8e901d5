// A device as a lead knows it: what it is, and its name among others of its kind.
import { say } from "/pages/shared/frame.js";

export const deviceName = (device) => say("device", { kind: say(`device_class.${device.device_class}`), device: device.id });
