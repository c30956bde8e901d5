// The call strip: next, recall, pause and how many wait, beside another program all day.
// Everything else is a matter for the call page, which shows the same window.

import { get } from "/pages/shared/api.js";
import { onUnlocked, say } from "/pages/shared/frame.js";
import { byId, setHidden, setText } from "/pages/shared/parts.js";
import { Acts } from "/pages/call/act.js";
import { Desk } from "/pages/call/desk.js";
import { pressed } from "/pages/call/keys.js";

const SAID_MS = 5000;
const LOOK_MS = 3000;

let desk = null;
let question = "";
let lost = false;
let saidTimer = null;

const acts = new Acts((state, job) => {
  const what = job ? say(job.name) : "";
  if (state === "unsure" || state === "doubt") tell(say(state, { what }), "wrong", state === "doubt" || state === "unsure");
  else if (state === "asking") tell("");
  show();
});

// Say one line; what is still true stays, the rest goes after a while.
function tell(text, kind = "", stays = false) {
  clearTimeout(saidTimer);
  setText(byId("said"), text);
  byId("said").title = text;
  byId("said").dataset.kind = kind;
  if (text && !stays) saidTimer = setTimeout(() => setText(byId("said"), ""), SAID_MS);
}

function show() {
  const locked = document.body.dataset.locked === "yes";
  const seen = desk && desk.seen;
  const ready = Boolean(seen) && !locked;
  setHidden(byId("open"), Boolean(seen));
  setHidden(byId("question"), !(ready && question));
  setHidden(byId("doubt"), !(ready && acts.doubt && !question));
  setHidden(byId("acts"), Boolean(ready && (question || acts.doubt)));
  if (locked) tell(say("locked"), "wrong", true);
  if (!seen) return;
  const { window } = seen;
  const ticket = window.ticket;
  const paused = Boolean(window.pause);
  byId("strip").dataset.state = lost ? "away" : window.state;
  setText(byId("window"), say("window", { window: window.id }));
  setText(byId("number"), ticket ? ticket.number : "—");
  setText(byId("state"), lost ? say("away") : paused ? say("paused") : say(ticket ? ticket.state : "idle"));
  setText(byId("waiting"), say("waiting", { waiting: window.waiting || 0 }));
  setText(byId("pause-name"), say(paused ? "resume" : "pause"));
  byId("next").disabled = !ready || acts.busy || paused;
  byId("recall").disabled = !ready || acts.busy || !ticket;
  byId("pause").disabled = !ready || acts.busy;
}

async function run(name, action, body) {
  return over(await acts.run(name, `windows/${encodeURIComponent(desk.window)}/${action}`, body));
}

async function over(result) {
  if (!result) return false;
  const { answer, problem, settled, job } = result;
  if (problem) {
    if (problem.code === "not_started" && job.name === "next") {
      question = problem.params.ticket;
      byId("came-no").disabled = !problem.params.no_show;
      tell(problem.params.no_show ? say("came", { number: problem.params.number }) : problem.detail, "", true);
    } else tell(problem.detail || problem.code || "", "wrong");
    if (desk) await desk.load();
    show();
    return false;
  }
  if (settled) tell(say("settled", { what: say(job.name) }));
  if (job.name === "next" && answer === null) tell(say("nobody"));
  if (desk) await desk.load();
  return true;
}

async function answered(work) {
  const ticket = question;
  question = "";
  tell("");
  show();
  await work(ticket);
}

const DO = {
  next: () => run("next", "call-next", { after: desk.ticket ? desk.ticket.id : null }),
  recall: () => run("recall", "recall", { ticket: desk.ticket.id }),
  pause: () => (desk.seen.window.pause ? run("resume", "resume", {}) : run("pause", "pause", {})),
};

function press(name) {
  if (!byId("acts").hidden && !byId(name).disabled) DO[name]();
}

async function begin() {
  if (desk) desk.close();
  desk = null;
  question = "";
  let window = null;
  try {
    const session = await get("session");
    window = session.window || (session.role === "teller" ? null : localStorage.getItem("kioskd_window"));
    if (!window) tell(say("off"), "wrong", true);
  } catch (error) {
    tell(say("away"), "wrong", true);
  }
  if (!window) {
    show();
    setTimeout(begin, LOOK_MS);
    return;
  }
  tell("");
  desk = new Desk(window, {
    changed: () => {
      if (question && (!desk.ticket || desk.ticket.id !== question || desk.ticket.state !== "called")) {
        question = "";
        tell("");
      }
      show();
    },
    event: (kind, data) => {
      if (data.window === window && (kind === "window.signed_out" || kind === "window.signed_in")) begin();
    },
    up: () => {
      lost = false;
      show();
    },
    lost: () => {
      lost = true;
      show();
    },
    failed: () => {},
  });
  await desk.start();
}

for (const name of Object.keys(DO)) byId(name).addEventListener("click", () => press(name));
byId("came-no").addEventListener("click", () =>
  answered(async (ticket) => {
    if (await run("no_show", "no-show", { ticket })) await run("next", "call-next", { after: null });
  }),
);
byId("came-recall").addEventListener("click", () => answered((ticket) => run("recall", "recall", { ticket })));
byId("came-yes").addEventListener("click", () => answered((ticket) => run("start", "start", { ticket })));
byId("again").addEventListener("click", async () => over(await acts.again()));
byId("forget").addEventListener("click", () => {
  acts.forget();
  tell("");
  show();
});
document.addEventListener("keydown", (event) => {
  const name = { 1: "next", 2: "recall", 0: "pause" }[pressed(event)];
  if (name) {
    event.preventDefault();
    press(name);
  }
});
new MutationObserver(show).observe(document.body, { attributes: true, attributeFilter: ["data-locked"] });
onUnlocked(() => (desk ? desk.load(true) : null));
begin();
