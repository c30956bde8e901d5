// Anomalies of all halls, and the month's workbook.

import { get, post } from "/pages/shared/api.js";
import { boot, explain, hallClock, language, moment, onUnlocked, say } from "/pages/shared/frame.js";
import { byId, el, setHidden, setText, toast } from "/pages/shared/parts.js";
import { called } from "/pages/office/naming.js";

const now = hallClock.wall();
const today = hallClock.of(now).date;
byId("last").value = today;
byId("first").value = hallClock.of(now - 6 * 86400000).date;
byId("month").value = today.slice(0, 7);

let asked = 0;

async function load() {
  const turn = ++asked;
  setText(byId("empty"), say("loading"));
  const range = new URLSearchParams({ first: byId("first").value, last: byId("last").value, audit_class: byId("class").value });
  try {
    const rows = await get(`office/anomalies?${range}`);
    if (turn === asked) show(rows);
  } catch (error) {
    if (turn !== asked) return;
    explain(error);
    setText(byId("empty"), say("failed"));
    setHidden(byId("empty"), false);
    setHidden(byId("rows"), true);
  }
}

function show(rows) {
  setText(byId("empty"), say("none"));
  setHidden(byId("empty"), rows.length > 0);
  setHidden(byId("rows"), !rows.length);
  const heads = ["time", "hall", "class", "kind", "number", "window", "teller"];
  const badge = { key: "badge badge--wrong", general: "badge badge--wait", ongoing: "badge badge--strong" };
  byId("rows").replaceChildren(
    el("thead", {}, el("tr", {}, ...heads.map((key) => el("th", { scope: "col" }, say(key))))),
    el(
      "tbody",
      {},
      ...rows.map((row) => {
        const one = row.anomaly;
        return el(
          "tr",
          {},
          el("td", {}, moment(one.wall)),
          el("td", {}, el("a", { href: `/office/hall?id=${encodeURIComponent(row.hall)}` }, called(row.hall_name, row.hall_name_en))),
          el("td", {}, el("span", { class: badge[one.audit_class] }, say(`class.${one.audit_class}`))),
          el("td", {}, say(`kind.${one.kind}`), one.value ? el("small", {}, ` ${say(`value.${one.kind}`, { value: one.value })}`) : null),
          el("td", {}, one.number),
          el("td", {}, one.window),
          el("td", {}, row.person || one.teller || "—"),
        );
      }),
    ),
  );
}

byId("range").addEventListener("submit", (event) => {
  event.preventDefault();
  load();
});

byId("month-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const month = byId("month").value;
  const button = event.target.querySelector("button");
  button.disabled = true;
  try {
    const answer = await fetch(`/api/v1/office/months/${month}.xlsx`, { credentials: "same-origin", headers: { "Accept-Language": language } });
    if (!answer.ok) throw Object.assign(new Error(), { detail: (await answer.json()).detail });
    const link = el("a", { href: URL.createObjectURL(await answer.blob()), download: `halls-${month}.xlsx` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  } catch (error) {
    explain(error);
  }
  button.disabled = false;
});

// --- to the province ----------------------------------------------------------------------------

async function outbox() {
  try {
    const { counts, oldest, error } = await get("office/export");
    const all = Object.keys(counts).length;
    const line = all
      ? say("export.state", { sent: counts.sent || 0, waiting: counts.waiting || 0, refused: counts.refused || 0 })
      : say("export.none");
    const parts = [el("span", {}, line)];
    if (counts.later) parts.push(el("span", {}, ` ${say("export.later", { later: counts.later })}`));
    if (counts.waiting && oldest) parts.push(el("span", {}, ` ${say("export.oldest", { time: moment(oldest) })}`));
    if (error) parts.push(el("span", { class: "wrong" }, ` ${say("export.error", { error })}`));
    byId("export-state").replaceChildren(...parts);
    setHidden(byId("retry"), !counts.refused || boot.session.role === "auditor");
  } catch (error) {
    explain(error);
  }
}

byId("retry").addEventListener("click", async () => {
  try {
    const { count } = await post("office/export/retry");
    toast(say("export.retried", { count }));
    outbox();
  } catch (error) {
    explain(error);
  }
});

function all() {
  load();
  outbox();
}

onUnlocked(all);
all();
