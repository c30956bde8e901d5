// The virtual hall: puts the pieces together and hands them what came in.
import { Bar } from "./bar.js";
import { el } from "./dom.js";
import { KINDS, readEvent, readHall } from "./hall.js";
import { Kiosk, Slot } from "./kiosk.js";
import { Link } from "./link.js";
import { Network } from "./network.js";
import { deviceName } from "./menu.js";
import { Alerts, Log } from "./story.js";
import { alertText, cause, troubleChip, troubleText } from "./troubles.js";
import { Voice } from "./voice.js";
import { Board, Window } from "./windows.js";
import { currentLanguage, say, setLanguage } from "./words.js";

const MOST_ALERTS = 6;
const REMEMBER = "virtual-hall-language";

const page = {
  run: "", // which run of the demo this is
  devices: new Map(), // by id, as the demo sees them
  known: new Map(), // by id, as the hub sees them
  alerts: [],
  hall: null,
  raw: null,
  tellers: {}, // who is signed in, by window
  names: {}, // of tellers
};

const bar = new Bar(() => changeLanguage(currentLanguage() === "zh" ? "en" : "zh"));
const kiosk = new Kiosk();
const slot = new Slot();
const board = new Board();
const voice = new Voice();
const alerts = new Alerts();
const log = new Log();
const network = new Network();
const windows = new Map();
const counter = el("div", { class: "windows" });

document.getElementById("floor").append(
  el("div", { class: "corner" }, kiosk.node, slot.node), board.node, alerts.node, counter,
  el("div", { class: "foot" }, voice.node, network.node), log.node);

let painting = 0;
function paint() {
  if (!painting) painting = requestAnimationFrame(() => {
    painting = 0;
    render();
  });
}

function trouble(device) {
  return troubleChip(device, page.known.get(device.id));
}

function ofKind(kind) {
  return [...page.devices.values()].filter((device) => device.kind === kind);
}

function render() {
  const hall = page.raw && readHall(page.raw);
  if (hall) {
    bar.hall(hall);
    kiosk.update(hall.queues);
  }
  for (const device of ofKind("printer")) {
    slot.update(device, trouble(device), page.known.get(device.id));
    kiosk.printerTrouble = device.real ? "" : cause(page.known.get(device.id));
  }
  for (const device of ofKind("board")) board.update(device, trouble(device));
  const zone = (device) => hall && hall.zones.get(device.zone);
  voice.update(ofKind("speaker"), (device) => ({
    zone: zone(device) || say("voice.everywhere"),
    call: hall && hall.calls.find((call) => !device.zone || call.zone === device.zone),
  }), trouble);
  for (const sign of ofKind("sign")) {
    if (!windows.has(sign.window)) {
      const window = new Window(sign.window);
      windows.set(sign.window, window);
      counter.append(window.node);
    }
  }
  for (const [id, window] of windows) {
    const here = [...page.devices.values()].filter((device) => device.window === id);
    const devices = Object.fromEntries(here.map((device) => [device.kind, device]));
    window.update(devices, { ...(hall && hall.windows.get(id)), teller: page.names[page.tellers[id]] }, trouble);
  }
  const lines = [
    ...[...page.devices.values()].map((device) => troubleText(device, page.known.get(device.id)))
      .filter(Boolean).map((text) => ({ tone: "trouble", text })),
    ...page.alerts.map(alertText).filter(Boolean).map((text) => ({ tone: "notice", text })),
  ];
  alerts.update(lines.length > MOST_ALERTS
    ? [...lines.slice(0, MOST_ALERTS - 1), { tone: "more", text: say("alerts.more", { n: lines.length - MOST_ALERTS + 1 }) }]
    : lines);
  bar.alerts(lines.length);
}

function logDevice(entry) {
  const parameters = { ...entry.parameters };
  const device = page.devices.get(entry.device);
  if (device) {
    parameters.device = () => deviceName(device);
    parameters.window = device.window;
  }
  if (entry.parameters && entry.parameters.key) parameters.key = () => say(`key.${entry.parameters.key}`);
  if (entry.parameters && entry.parameters.level) parameters.level = () => say(`level.${entry.parameters.level}`);
  log.add({ tone: entry.hand ? "hand" : "device", text: `did.${entry.did}`, at: entry.at, parameters, wire: entry.wire });
}

function changeLanguage(code) {
  setLanguage(code);
  try {
    localStorage.setItem(REMEMBER, code);
  } catch (error) {
    // A browser without storage starts in Chinese next time.
  }
  bar.words();
  kiosk.words();
  log.words();
  network.words();
  render();
}

const link = new Link({
  kinds: KINDS,
  up: (on) => bar.link(on),
  hall: (hall) => {
    page.raw = hall;
    paint();
  },
  event: (kind, event) => log.add(readEvent(kind, event)),
  bed: (bed) => {
    if (page.run && page.run !== bed.run) slot.forget();
    page.run = bed.run;
    page.names = bed.tellers;
    page.devices = new Map(bed.devices.map((device) => [device.id, device]));
    log.offset = bed.clock.offset;
    bar.time(bed.clock);
    bar.peopleAre(bed.people);
    bar.pages.accounts(bed.accounts);
    network.update(bed.network);
    if (log.entries.length === 0) bed.log.forEach(logDevice);
    paint();
  },
  device: (device) => {
    page.devices.set(device.id, device);
    paint();
  },
  log: logDevice,
  hub: ({ devices, alerts: raised, tellers }) => {
    page.tellers = tellers;
    page.known = new Map(devices.map((device) => [device.id, device]));
    page.alerts = raised;
    paint();
  },
  accounts: (accounts) => bar.pages.accounts(accounts),
  network: (seen) => network.update(seen),
  people: (people) => bar.peopleAre(people),
  alive: (clock) => bar.time(clock),
});

function remembered() {
  const asked = new URLSearchParams(location.search).get("lang");
  if (asked) return asked;
  try {
    return localStorage.getItem(REMEMBER) || "zh";
  } catch (error) {
    return "zh";
  }
}

setLanguage(remembered());
bar.words();
kiosk.words();
log.words();
network.words();
render();
link.open();
