// Who did or looked at what, newest first.

import { get } from "/pages/shared/api.js";
import { explain, moment, onUnlocked, say } from "/pages/shared/frame.js";
import { byId, el, setHidden, setText } from "/pages/shared/parts.js";

const PAGE = 100;
let oldest = null;
let asked = 0;

async function load(more) {
  const turn = ++asked;
  try {
    const rows = await get(`office/noted?limit=${PAGE}${more && oldest ? `&before=${oldest}` : ""}`);
    if (turn !== asked) return;
    if (!more) byId("rows").replaceChildren();
    byId("rows").append(...rows.map(line));
    if (rows.length) oldest = rows[rows.length - 1].at;
    setHidden(byId("older"), rows.length < PAGE);
    setText(byId("empty"), say("none"));
    setHidden(byId("empty"), byId("rows").children.length > 0);
  } catch (error) {
    if (turn === asked) explain(error);
  }
}

// A text of this page; what it has none for is shown as it is.
function known(key, otherwise) {
  const text = say(key);
  return text === key ? otherwise : text;
}

function param([name, value]) {
  return say("param", { name: known(`param.${name}`, name), value: known(`${name}.${value}`, String(value)) });
}

function line(row) {
  const params = Object.entries(row.params).filter(([, value]) => value !== "" && value !== null);
  return el(
    "tr",
    {},
    el("td", {}, moment(row.at)),
    el("td", {}, row.name),
    el("td", {}, known(`action.${row.action}`, row.action)),
    el("td", {}, row.subject),
    el("td", {}, el("small", {}, params.map(param).join(" · "))),
  );
}

byId("older").addEventListener("click", () => load(true));
onUnlocked(() => load(false));
load(false);
