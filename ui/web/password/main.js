// One's own password, and the one-time password that must be changed first.

import { post } from "/pages/shared/api.js";
import { boot, say, signOut } from "/pages/shared/frame.js";
import { byId, setText } from "/pages/shared/parts.js";

const form = byId("form");
const wrong = byId("wrong");
const forced = boot.session.state === "password";

function refuse(text, input) {
  setText(wrong, text);
  wrong.hidden = false;
  input.select();
  input.focus();
}

function back() {
  const asked = new URLSearchParams(window.location.search).get("next") || "/home";
  const url = new URL(asked, window.location.origin);
  const own = url.origin === window.location.origin && !url.pathname.startsWith("/password");
  window.location.replace(own ? url.pathname : "/home");
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  wrong.hidden = true;
  const { old, again } = form.elements;
  const fresh = form.elements.new;
  if (fresh.value !== again.value) {
    refuse(say("different"), again);
    return;
  }
  byId("save").disabled = true;
  try {
    await post("session/password", { old: old.value, new: fresh.value });
    back();
  } catch (error) {
    refuse(error.detail || say("offline"), error.code && error.code.startsWith("password_") ? fresh : old);
  }
  byId("save").disabled = false;
});

byId("back").addEventListener("click", () => (forced ? signOut() : back()));
byId("forced").hidden = !forced;
form.elements.username.value = boot.session.name || "";
if (boot.session.state === "none") window.location.replace("/sign-in?next=/password");
if (boot.session.state === "locked") window.location.replace("/sign-in?next=/password");
form.elements.old.focus();
