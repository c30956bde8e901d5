// Signing in, or unlocking a session that is locked.

import { post, setCaller } from "/pages/shared/api.js";
import { boot, language, say } from "/pages/shared/frame.js";
import { byId, setText } from "/pages/shared/parts.js";

const form = byId("form");
const wrong = byId("wrong");
let session = boot.session;
let locked = session.state === "locked";

function show() {
  byId("name-field").hidden = locked;
  form.elements.name.required = !locked;
  byId("other").hidden = !locked;
  byId("note").hidden = !locked;
  if (locked) setText(byId("note"), say("locked", { person: session.person }));
  setText(byId("enter"), say(locked ? "unlock" : "enter"));
  (locked ? form.elements.password : form.elements.name).focus();
}

// Where to go: the page that was asked for, if it is one of this hub's.
function target(entered) {
  const asked = new URLSearchParams(window.location.search).get("next") || "";
  const home = entered.role === "teller" ? "/call" : "/home";
  if (!asked.startsWith("/") || asked.startsWith("/sign-in")) return home;
  const url = new URL(asked, window.location.origin);
  return url.origin === window.location.origin ? url.pathname : home;
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = byId("enter");
  if (button.disabled) return;
  button.disabled = true;
  wrong.hidden = true;
  const { name, password } = form.elements;
  try {
    const entered = locked
      ? await post("session/unlock", { password: password.value })
      : await post("session", { name: name.value, password: password.value });
    const next = target(entered);
    window.location.replace(entered.state === "password" ? `/password?next=${encodeURIComponent(next)}` : next);
  } catch (error) {
    setText(wrong, error.detail || say("offline"));
    wrong.hidden = false;
    password.select();
    password.focus();
    if (error.code === "session_over" || error.code === "token_missing") anybody();
  }
  button.disabled = false;
});

function anybody() {
  locked = false;
  session = { state: "none" };
  setCaller(null, language);
  show();
}

byId("other").addEventListener("click", async () => {
  try {
    await post("session/end");
  } catch (error) {
    // Signing in as somebody else ends it as well.
  }
  anybody();
});

form.elements.password.addEventListener("keyup", (event) => {
  byId("capitals").hidden = !(event.getModifierState && event.getModifierState("CapsLock"));
});

show();
