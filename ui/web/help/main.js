// The manuals: a search that looks through all of them in the browser, the language, and printing.

import { el, byId, setHidden } from "/pages/shared/parts.js";
import { sayer } from "/pages/shared/text.js";

const say = sayer(JSON.parse(byId("texts").textContent));
const MOST = 12;
const BEFORE = 24;
const AFTER = 70;
const form = byId("search");
const box = byId("found");
let index = null;

async function load() {
  if (!index) {
    const answer = await fetch("/help/index.json");
    index = (await answer.json()).map(([url, chapter, heading, text]) => ({ url, chapter, heading, text, low: `${chapter} ${heading} ${text}`.toLowerCase() }));
  }
  return index;
}

// Every word must be there; a heading weighs more than a text, and a chapter's name more than either.
function rank(part, words) {
  if (!words.every((word) => part.low.includes(word))) return 0;
  return words.reduce((sum, word) => sum + 1 + (part.heading.toLowerCase().includes(word) ? 6 : 0) + (part.chapter.toLowerCase().includes(word) ? 3 : 0), 0);
}

function excerpt(text, words) {
  const at = words.reduce((first, word) => {
    const found = text.toLowerCase().indexOf(word);
    return found >= 0 && (first < 0 || found < first) ? found : first;
  }, -1);
  const start = Math.max(0, at - BEFORE);
  return `${start ? "…" : ""}${text.slice(start, start + BEFORE + AFTER)}${text.length > start + BEFORE + AFTER ? "…" : ""}`;
}

async function search() {
  const words = form.elements.q.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
  setHidden(box, !words.length);
  if (!words.length) return;
  const found = (await load())
    .map((part) => [rank(part, words), part])
    .filter(([weight]) => weight > 0)
    .sort(([a], [b]) => b - a)
    .slice(0, MOST);
  box.replaceChildren(
    ...(found.length
      ? found.map(([, part]) => el("a", { href: part.url }, el("b", {}, part.heading), el("small", {}, part.chapter), el("span", {}, excerpt(part.text, words))))
      : [el("p", { class: "empty" }, say("found.none"))]),
  );
}

form.addEventListener("input", search);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  const first = box.querySelector("a");
  if (first) first.click();
});
form.addEventListener("keydown", (event) => {
  const links = [form.elements.q, ...box.querySelectorAll("a")];
  const at = links.indexOf(document.activeElement);
  if (event.key === "ArrowDown") links[Math.min(at + 1, links.length - 1)].focus();
  else if (event.key === "ArrowUp") links[Math.max(at - 1, 0)].focus();
  else if (event.key === "Escape") setHidden(box, true);
  else return;
  event.preventDefault();
});
document.addEventListener("click", (event) => form.contains(event.target) && event.target.tagName !== "A" ? null : setHidden(box, true));
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && !["INPUT", "TEXTAREA"].includes(document.activeElement.tagName)) {
    event.preventDefault();
    form.elements.q.focus();
  }
});
const other = byId("language");
other.addEventListener("click", () => {
  document.cookie = `kioskd_language=${other.lang}; path=/; max-age=31536000; samesite=strict`;
  window.location.reload();
});
if (byId("print")) byId("print").addEventListener("click", () => window.print());
