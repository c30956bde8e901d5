// Pictures of tellers for 三亮明: looked at, put in their place, taken away.

import { post } from "/pages/shared/api.js";
import { explain, say } from "/pages/shared/frame.js";
import { dialog, el, setHidden, setText, toast } from "/pages/shared/parts.js";

const [WIDTH, HEIGHT] = [720, 880]; // twice what is kept
const LARGEST = 25 << 20;

export function photos(tellers) {
  const search = el("input", { type: "search", placeholder: say("photos.search"), "aria-label": say("photos.search") });
  const list = el("ul", { class: "photos" }, ...tellers.map(teller));
  search.addEventListener("input", () => {
    const words = search.value.trim().toLowerCase();
    for (const node of list.children) setHidden(node, !node.dataset.words.includes(words));
  });
  const shown = dialog({
    title: say("photos"),
    wide: true,
    content: el(
      "div",
      {},
      el("p", { class: "note" }, say("photos.note")),
      tellers.length > 6 ? search : null,
      tellers.length ? list : el("p", { class: "empty" }, say("photos.none")),
      el("p", { class: "actions" }, el("button", { type: "button", class: "primary", onclick: () => shown.close() }, say("frame.close"))),
    ),
  });
}

function teller(one) {
  const path = `tellers/${encodeURIComponent(one.id)}/photo`;
  const picture = el("img", { class: "photos__picture", alt: "", hidden: true });
  const mark = el("span", { class: "photos__picture photos__mark", "aria-hidden": "true" }, one.name.slice(0, 1));
  const note = el("small", {}, say("photos.without"));
  const remove = el("button", { type: "button", class: "small", hidden: true, "aria-label": say("photos.remove_of", { name: one.name }) }, say("photos.remove"));
  const input = el("input", { type: "file", accept: "image/jpeg,image/png,image/webp", class: "unseen", "aria-label": say("photos.choose_of", { name: one.name }) });
  const has = (yes) => {
    setHidden(picture, !yes);
    setHidden(mark, yes);
    setHidden(remove, !yes);
    setText(note, yes ? "" : say("photos.without"));
  };
  const look = () => (picture.src = `/api/v1/${path}?at=${Date.now()}`);
  picture.addEventListener("load", () => has(true));
  picture.addEventListener("error", () => has(false));
  input.addEventListener("change", async () => {
    const file = input.files[0];
    input.value = "";
    if (!file) return;
    let image;
    try {
      image = await small(file);
    } catch (error) {
      toast(say("photos.unusable"), "wrong");
      return;
    }
    await done(post(path, { image }), say("photos.done", { name: one.name }));
    look();
  });
  remove.addEventListener("click", async () => {
    await done(post(`${path}/remove`), say("photos.removed", { name: one.name }));
    look();
  });
  look();
  return el(
    "li",
    { "data-words": `${one.name} ${one.id}`.toLowerCase(), "data-teller": one.id },
    picture,
    mark,
    el("div", {}, el("b", {}, one.name), el("small", {}, ` ${one.id}`), el("div", {}, note)),
    el("p", { class: "actions" }, el("label", { class: "button small photos__choose" }, say("photos.choose"), input), remove),
  );
}

async function done(work, words) {
  try {
    await work;
    toast(words);
  } catch (error) {
    explain(error);
  }
}

// A camera's picture is several megabytes and says where it was taken; what is sent is small and only a picture.
async function small(file) {
  if (file.size > LARGEST) throw new Error("too large");
  const picture = await createImageBitmap(file);
  const scale = Math.min(1, Math.max(WIDTH / picture.width, HEIGHT / picture.height));
  const canvas = el("canvas", { width: Math.round(picture.width * scale), height: Math.round(picture.height * scale) });
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  return canvas.toDataURL("image/jpeg", 0.88).split(",")[1];
}
