// Who did or looked at what, newest first.

import { get } from "/pages/shared/api.js";
import { explain, moment, onUnlocked, say } from "/pages/shared/frame.js";
import { byId, el, setHidden, setText } from "/pages/shared/parts.js";

const PAGE = 100;
let oldest = null;

async function load(more) {
  try {
    const rows = await get(`office/noted?limit=${PAGE}${more && oldest ? `&before=${oldest}` : ""}`);
    if (!more) byId("rows").replaceChildren();
    byId("rows").append(...rows.map(line));
    if (rows.length) oldest = rows[rows.length - 1].at;
    setHidden(byId("older"), rows.length < PAGE);
    setText(byId("empty"), say("none"));
    setHidden(byId("empty"), byId("rows").children.length > 0);
  } catch (error) {
    explain(error);
  }
}

function line(row) {
  const key = `action.${row.action}`;
  const what = say(key);
  const params = Object.entries(row.params).filter(([, value]) => value !== "" && value !== null);
  return el(
    "tr",
    {},
    el("td", {}, moment(row.at)),
    el("td", {}, row.name),
    el("td", {}, what === key ? row.action : what),
    el("td", {}, row.subject),
    el("td", {}, el("small", {}, params.map(([name, value]) => `${name}: ${value}`).join(" · "))),
  );
}

byId("older").addEventListener("click", () => load(true));
onUnlocked(() => load(false));
load(false);
