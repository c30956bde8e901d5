// How the standby follows, and taking the hub's place: who and PIN first, then a second yes. When this PC is
// the hub, its address is the hub's, and this page leads there.

import { Problem, get, post } from "/pages/shared/api.js";
import { clock, hallClock, say } from "/pages/shared/frame.js";
import { byId, el, setHidden, setText } from "/pages/shared/parts.js";

const LOOK_MS = 1000;
const TAKE_MS = 120000;
const GO_MS = 4000;
const FOLLOWING = ["following", "catching_up"];

const form = byId("prove");
let step = "look"; // look, prove, confirm, taking, done
let permit = "";
let standing = null;

// --- how it stands ------------------------------------------------------------------------------

async function look() {
  try {
    standing = await get("standby", { timeout: 5000 });
    hallClock.setMs(standing.now);
    show();
  } catch (error) {
    // A hub has no such address: somebody has made this PC the hub.
    if (error instanceof Problem && error.code === "not_found") done();
    else if (step !== "done") showAway();
  }
  if (step !== "done") setTimeout(look, LOOK_MS);
}

function show() {
  const one = standing;
  if (one.code === "taking_over") return showTaking();
  if (step === "taking") {
    // It did not work out, and the standby follows again.
    step = "look";
  }
  const gone = one.code === "absent" || one.code === "shut";
  const following = FOLLOWING.includes(one.code);
  const kind = one.code === "following" ? "well" : gone ? "gone" : "wait";
  byId("standby").dataset.state = kind;
  setText(byId("name"), one.name);
  setText(byId("headline"), say(`state.${one.code}`));
  setText(byId("explained"), explained(one, gone));
  setText(byId("hub"), one.hub.replace(/^https?:\/\//, ""));
  setText(byId("heard"), one.heard ? say("ago", { time: clock(one.heard), ago: length((one.now - one.heard) / 1000) }) : say("never"));
  setText(byId("behind"), one.behind ? say("behind", { count: one.behind }) : following || one.stored !== "0.0" ? say("behind.none") : say("behind.all"));
  setText(byId("since"), say("ago", { time: clock(one.since), ago: length((one.now - one.since) / 1000) }));
  setHidden(byId("facts"), false);
  setHidden(byId("lacks"), !one.lacks.length);
  setText(byId("lacks"), one.lacks.map((lack) => say(`lacks.${lack}`)).join(""));
  if (step !== "look" && !one.may_take) leave();
  setHidden(byId("offer"), step !== "look" || !one.may_take);
  setHidden(form, step !== "prove");
  setHidden(byId("confirm"), step !== "confirm");
}

function explained(one, gone) {
  const shut = one.code === "shut" ? "_shut" : "";
  if (one.may_take) return say(`explained.take${shut}`);
  if (gone && one.wait_s > 0) return say(`explained.wait${shut}`, { seconds: Math.ceil(one.wait_s) });
  return say(`explained.${one.code}`);
}

function showAway() {
  if (step === "taking") return;
  byId("standby").dataset.state = "wait";
  setText(byId("headline"), say("state.away"));
  setText(byId("explained"), say("explained.away"));
  for (const id of ["facts", "offer", "prove", "confirm", "lacks"]) setHidden(byId(id), true);
}

function showTaking() {
  step = "taking";
  byId("standby").dataset.state = "wait";
  setText(byId("headline"), say("state.taking_over"));
  setText(byId("explained"), say("explained.taking_over"));
  for (const id of ["facts", "offer", "prove", "confirm", "lacks"]) setHidden(byId(id), true);
}

function length(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return say("seconds", { n: whole });
  if (whole < 5400) return say("minutes", { n: Math.round(whole / 60) });
  if (whole < 129600) return say("hours", { n: Math.round(whole / 3600) });
  return say("days", { n: Math.round(whole / 86400) });
}

// --- the two steps ------------------------------------------------------------------------------

function leave() {
  step = "look";
  permit = "";
  form.reset();
  setHidden(byId("prove-wrong"), true);
  setHidden(byId("confirm-wrong"), true);
}

function wrong(id, error) {
  setText(byId(id), error.detail || say("frame.offline"));
  setHidden(byId(id), false);
}

byId("take").addEventListener("click", () => {
  step = "prove";
  show();
  form.elements.name.focus();
});

for (const button of document.querySelectorAll('[data-act="leave"]')) {
  button.addEventListener("click", () => {
    leave();
    show();
  });
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = byId("proved");
  if (button.disabled) return;
  button.disabled = true;
  setHidden(byId("prove-wrong"), true);
  const { name, password, pin } = form.elements;
  try {
    const given = await post("standby/prove", { name: name.value, password: password.value, pin: pin.value }, { timeout: 20000 });
    permit = given.permit;
    step = "confirm";
    form.reset();
    byId("consequences").replaceChildren(
      el("li", {}, given.shut_s === null ? say("confirm.off", { silent: length(given.silent_s) }) : say("confirm.shut", { time: length(given.shut_s) })),
      el("li", {}, given.behind ? say("confirm.behind", { count: given.behind }) : say("confirm.whole")),
      el("li", {}, say("confirm.numbers", { count: given.skipped })),
      el("li", {}, say("confirm.stations")),
      el("li", {}, say("confirm.person", { person: given.person })),
    );
    show();
    byId("confirmed").focus();
  } catch (error) {
    wrong("prove-wrong", error);
    if (error.code === "pin_wrong") pin.value = "";
    else password.value = "";
    (error.code === "pin_wrong" ? pin : password).focus();
  }
  button.disabled = false;
});

byId("confirmed").addEventListener("click", async () => {
  const button = byId("confirmed");
  if (button.disabled) return;
  button.disabled = true;
  const wanted = permit;
  showTaking();
  try {
    await post("standby/take-over", { permit: wanted }, { timeout: TAKE_MS });
    // It begins as the hub now; `look` sees when it answers.
  } catch (error) {
    // Without an answer nobody knows: what `look` finds says it.
    if (error instanceof Problem) {
      step = "confirm";
      show();
      wrong("confirm-wrong", error);
    }
  }
  button.disabled = false;
});

function done() {
  step = "done";
  byId("standby").dataset.state = "well";
  setText(byId("headline"), say("state.done"));
  setText(byId("explained"), say("explained.done"));
  for (const id of ["facts", "offer", "prove", "confirm", "lacks"]) setHidden(byId(id), true);
  setHidden(byId("done"), false);
  byId("done").querySelector("a").focus();
  setTimeout(() => window.location.assign("/"), GO_MS);
}

look();
