// What is plugged in, which driver works it, at which window it stands, and whether it does.

import { get, post } from "/pages/shared/api.js";
import { explain, say } from "/pages/shared/frame.js";
import { dialog, el, field, setHidden, setText } from "/pages/shared/parts.js";
import { add, fresh, input, pick, refill } from "./grid.js";

const PRESSED = ["call_pad", "rating_pad", "barcode_reader"];
const TRY_MS = 70000;
const LISTEN_MS = 30000;
const STEM = { printer: "printer", caller_display: "sign", call_pad: "keypad", rating_pad: "pad", barcode_reader: "scanner", card_reader: "card", signature_pad: "tablet", speaker: "speaker", document_camera: "camera" };
const ON_A_BUS = ["caller_display", "call_pad", "rating_pad"];
const CLAIMED = ["call_pad", "rating_pad"];

export function devices(box, site) {
  const { draft } = site;
  const tried = { ...draft.tried };
  const places = [["", "—"], ...draft.windows.map((one) => [one.id, say("window", { window: one.id })])];
  const driverOf = (name) => draft.drivers.find((driver) => driver.name === name) || { device_class: "", profiles: [], schemes: [] };
  const rows = [];
  const list = el("div", { class: "setup__devices" });
  const none = el("p", { class: "empty" }, say("device.none"));
  const found = el("div", { class: "setup__plugged" }, el("p", { class: "note" }, say("loading")));
  let plugged = [];

  // A new device's name says what it is and where, until it is in the hall's files.
  function addRow(one, made = false) {
    const driver = pick(choices(one.address, one.driver), one.driver, { "aria-label": say("device.driver") });
    const profile = pick([], "", { "aria-label": say("device.profile") });
    const address = input(one.address, { required: true, "aria-label": say("device.address"), spellcheck: "false" });
    const unit = input(one.unit || 0, { type: "number", min: 0, max: 65535, class: "setup__short", "aria-label": say("device.unit") });
    const window = pick(places, one.window, { "aria-label": say("device.window") });
    const state = el("span", { class: "badge" });
    const said = el("p", { class: "setup__said", role: "status", hidden: true });
    const button = el("button", { type: "button", class: "small" }, say("device.try"));
    const next = el("button", { type: "button", class: "small quiet", onclick: () => another(read()) }, say("device.another"));
    const profiles = (chosen) => refill(profile, [["", say("device.no_profile")], ...driverOf(driver.value).profiles.map((name) => [name, name])], chosen);
    profiles(one.profile);
    const name = el("b", {}, one.id);
    const remove = el("button", { type: "button", class: "small quiet" }, "✕");
    const rename = () => {
      const was = one.id;
      if (made) row.id = one.id = idOf(driver.value, window.value, row);
      if (one.id !== was) {
        tried[one.id] = tried[was];
        delete tried[was];
      }
      setText(name, one.id);
      remove.setAttribute("aria-label", `${say("remove")} ${one.id}`);
    };
    window.addEventListener("change", rename);
    driver.addEventListener("change", () => {
      profiles(driverOf(driver.value).profiles[0]);
      rename();
      delete tried[one.id];
      mark();
    });
    const read = () => {
      const { profile: was, unit: number, window: at, ...rest } = one;
      const made = { ...rest, driver: driver.value, address: address.value.trim() };
      if (Number(unit.value)) made.unit = Number(unit.value);
      if (profile.value) made.profile = profile.value;
      if (window.value) made.window = window.value;
      return made;
    };
    const mark = () => {
      const well = tried[one.id];
      state.className = `badge ${well === true ? "badge--well" : well === false ? "badge--wrong" : ""}`;
      setText(state, say(well === true ? "device.well" : well === false ? "device.unwell" : "device.untried"));
      setHidden(next, !ON_A_BUS.includes(driverOf(driver.value).device_class) || !/^(serial|tcp):/.test(address.value));
      setText(button, say(PRESSED.includes(driverOf(driver.value).device_class) ? "device.press" : "device.try"));
    };
    const done = (well, text) => {
      tried[one.id] = well;
      setHidden(said, !text);
      setText(said, text);
      mark();
    };
    button.addEventListener("click", async () => {
      const pressed = PRESSED.includes(driverOf(driver.value).device_class);
      button.disabled = true;
      setHidden(said, false);
      setText(said, say(pressed ? "device.pressing" : "device.trying"));
      try {
        if (pressed) {
          const heard = await post("setup/devices/listen", { devices: [read()] }, { timeout: LISTEN_MS });
          if (heard.index === null) {
            const answer = await post("setup/devices/try", { device: read() }, { timeout: TRY_MS });
            done(false, answer.well ? say("device.silent") : answer.sentence);
          } else done(true, say("device.heard", { key: keyWord(heard.key) }));
        } else {
          const answer = await post("setup/devices/try", { device: read() }, { timeout: TRY_MS });
          if (!answer.well) done(false, answer.sentence);
          else done(await seen(read()), "");
        }
      } catch (error) {
        setHidden(said, true);
        explain(error);
      }
      button.disabled = false;
    });
    const row = { id: one.id, read, one };
    const node = el(
      "article",
      { class: "setup__device" },
      el("header", {}, name, state, el("span", { class: "setup__gap" }), button, next, remove),
      el("div", { class: "setup__device-fields" }, field(say("device.driver"), driver), field(say("device.profile"), profile), field(say("device.window"), window), field(say("device.address"), address), field(say("device.unit"), unit)),
      said,
    );
    remove.addEventListener("click", () => {
      rows.splice(rows.indexOf(row), 1);
      delete tried[one.id];
      node.remove();
      setHidden(none, rows.length > 0);
      showPlugged();
    });
    rename();
    rows.push(row);
    list.append(node);
    setHidden(none, true);
    mark();
    return node;
  }

  const choices = (address, chosen) => {
    const scheme = address.split(":")[0];
    return draft.drivers.filter((driver) => driver.schemes.includes(scheme) || driver.name === chosen).map((driver) => [driver.name, `${say(`device_class.${driver.device_class}`)} · ${driver.name.split(".")[1]}`]);
  };

  // On one line devices follow each other: the next address, at the next window.
  function another(one) {
    const at = places.findIndex(([id]) => id === one.window);
    const next = one.window ? (places[at + 1] || places[0])[0] : "";
    make(one.address, one.driver, one.profile, next, undefined, (one.unit || 0) + 1).scrollIntoView({ block: "nearest" });
  }

  function idOf(driver, window, row = null) {
    const ids = rows.filter((other) => other !== row).map((other) => other.id);
    const stem = STEM[driverOf(driver).device_class] || "device";
    return window && !ids.includes(`${stem}-${window}`) ? `${stem}-${window}` : fresh(`${stem}-`, ids);
  }

  function make(address, driver, profile, window = "", well = undefined, unit = 0) {
    const id = idOf(driver, window);
    const one = { id, driver, address, ...(profile ? { profile } : {}), ...(unit ? { unit } : {}), ...(window ? { window } : {}) };
    if (well !== undefined) tried[id] = well;
    return addRow(one, true);
  }

  function showPlugged() {
    const used = rows.map((row) => row.read().address.split("?")[0]);
    const free = plugged.filter((one) => !used.includes(one.address.split("?")[0]));
    found.replaceChildren(
      ...(free.length
        ? free.map((one) =>
            el(
              "div",
              { class: "setup__found-one" },
              el("div", {}, el("b", {}, one.role ? say(`role.${one.role}`) : say(`kind.${one.kind}`)), " ", one.name, el("small", {}, [one.node, one.port && say("socket", { port: one.port }), one.usb].filter(Boolean).join(" · ")), one.stable ? null : el("small", { class: "wrong" }, say("device.unstable"))),
              el("button", { type: "button", class: "small", onclick: () => {
                make(one.address, one.drivers[0], driverOf(one.drivers[0]).profiles[0]).scrollIntoView({ block: "nearest" });
                showPlugged();
              } }, say("device.add")),
            ),
          )
        : [el("p", { class: "empty" }, say(plugged.length ? "device.all_used" : "device.nothing"))]),
    );
  }

  async function look() {
    try {
      plugged = (await get("setup/devices")).found;
      showPlugged();
    } catch (error) {
      explain(error);
    }
  }

  // A key pressed at the window says which of several alike stands there.
  function claim() {
    const there = new Set(plugged.flatMap((one) => one.drivers));
    const claimed = draft.drivers
      .filter((driver) => CLAIMED.includes(driver.device_class))
      .flatMap((driver) => driver.profiles.map((profile) => [driver.name, profile]))
      .sort(([one], [other]) => there.has(other) - there.has(one));
    const kind = pick(claimed.map(([driver, profile], n) => [String(n), `${say(`device_class.${driver.split(".")[0]}`)} · ${profile}`]), "0");
    const window = pick(places.slice(1), places[1] && places[1][0]);
    const told = el("p", { class: "note", role: "status" });
    const start = el("button", { class: "primary" }, say("claim.start"));
    const form = el("form", {}, el("p", {}, say("claim.note")), el("div", { class: "fields" }, field(say("claim.kind"), kind), field(say("device.window"), window)), told, el("p", { class: "actions" }, el("button", { type: "button", onclick: () => shown.close() }, say("close")), start));
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const [driver, profile] = claimed[Number(kind.value)];
      const used = rows.map((row) => row.read().address.split("?")[0]);
      const free = plugged.filter((one) => one.drivers.includes(driver) && !used.includes(one.address.split("?")[0]));
      if (!free.length) {
        setText(told, say("claim.none"));
        return;
      }
      start.disabled = true;
      setText(told, say("claim.press", { window: window.value }));
      try {
        const heard = await post("setup/devices/listen", { devices: free.map((one, n) => ({ id: `d${n}`, driver, address: one.address, profile, window: window.value })) }, { timeout: LISTEN_MS });
        if (heard.index === null) setText(told, say("device.silent"));
        else {
          make(free[heard.index].address, driver, profile, window.value, true);
          showPlugged();
          setText(told, say("claim.done", { window: window.value }));
          if (window.selectedIndex < window.options.length - 1) window.selectedIndex += 1;
        }
      } catch (error) {
        explain(error);
      }
      start.disabled = false;
    });
    const shown = dialog({ title: say("claim"), content: form });
  }

  box.append(
    el("h2", {}, say("plugged")),
    found,
    el("p", { class: "setup__adds" }, el("button", { type: "button", class: "small", onclick: look }, say("look")), el("button", { type: "button", class: "small", onclick: claim, disabled: !draft.windows.length }, say("claim")), add(say("device.network"), () => make("tcp://192.168.1.100:9100", "printer.escpos", "escpos-80mm").querySelector("input").focus())),
    el("h2", {}, say("devices")),
    el("form", { class: "setup__form" }, list, none),
  );
  draft.devices.forEach((one) => addRow(one));
  setHidden(none, rows.length > 0);
  look();
  return { collect: () => ({ devices: rows.map((row) => row.read()), tried }) };
}

// A key by its function, or a rating pad's level.
function keyWord(key) {
  const word = say(`key.${key}`);
  return word === `key.${key}` ? key : word;
}

async function seen(device) {
  const shown = dialog({
    title: say("seen"),
    content: el(
      "div",
      {},
      el("p", {}, say(device.window ? "seen.window" : "seen.note", { id: device.id, window: device.window })),
      el("p", { class: "actions" }, el("button", { type: "button", onclick: () => shown.close(false) }, say("no")), el("button", { type: "button", class: "primary", autofocus: true, onclick: () => shown.close(true) }, say("seen.yes"))),
    ),
  });
  return Boolean(await shown.closed);
}
