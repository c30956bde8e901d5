// What waits for a second person: who asked sees it and may take it back, another one decides.

import { post, Unknown } from "/pages/shared/api.js";
import { boot, explain, moment, say } from "/pages/shared/frame.js";
import { byId, confirm, el, keyed, setHidden, toast } from "/pages/shared/parts.js";

const me = boot.session.name;

export function showApprovals(approvals, { may, look }) {
  setHidden(byId("approvals-box"), approvals.length === 0);
  keyed(byId("approvals"), approvals, (one) => one.approval, () => el("li"), (node, one) => {
    const shown = JSON.stringify(one);
    if (node.dataset.shown === shown) return;
    node.dataset.shown = shown;
    const known = ["rating.void", "scan.purge", "words.erase"].includes(one.about);
    const what = known ? say(`about.${one.about}`, { number: one.params.number, window: one.params.window, date: one.params.date, material: one.params.material || "" }) : `${one.about} ${one.subject}`;
    node.replaceChildren(
      el(
        "div",
        {},
        el("p", {}, el("strong", {}, what)),
        el("p", {}, say("approval.why", { why: one.why })),
        el("small", {}, say("approval.who", { person: one.person_name, at: moment(one.at), until: moment(one.until) })),
      ),
      may ? buttons(one, look) : "",
    );
  });
}

function buttons(one, look) {
  if (one.person === me) return el("p", { class: "actions" }, button(say("approval.withdraw"), "small", () => send(one, "withdraw", {}, look)));
  return el(
    "p",
    { class: "actions" },
    button(say("approval.refuse"), "small", () => send(one, "decide", { granted: false }, look)),
    button(say("approval.grant"), "small danger", async () => {
      const sure = await confirm({ title: say("approval.grant"), text: say("approval.sure"), yes: say("approval.grant"), no: say("frame.cancel"), danger: true });
      if (sure) await send(one, "decide", { granted: true }, look);
    }),
  );
}

function button(text, kind, work) {
  const node = el("button", { type: "button", class: kind }, text);
  node.addEventListener("click", async () => {
    node.disabled = true;
    try {
      await work();
    } finally {
      node.disabled = false;
    }
  });
  return node;
}

async function send(one, act, body, look) {
  try {
    // A decision can be made once, so a repeat after a doubt is answered by what became of it.
    await post(`approvals/${encodeURIComponent(one.approval)}/${act}`, body);
    toast(say(act === "withdraw" ? "approval.withdrawn" : body.granted ? "approval.granted" : "approval.refused"));
  } catch (error) {
    if (error instanceof Unknown) toast(say("frame.unknown"), "wrong");
    else explain(error);
  } finally {
    look();
  }
}
