// The acts of the call page, each with one key: row and pad of digits alike, whatever input method is on.

export const ACTS = [
  { name: "next", key: "1", strong: true },
  { name: "recall", key: "2" },
  { name: "start", key: "3" },
  { name: "no_show", key: "4" },
  { name: "hold", key: "5" },
  { name: "transfer", key: "6" },
  { name: "services", key: "7" },
  { name: "number", key: "8" },
  { name: "finish", key: "9" },
  { name: "pause", key: "0" },
  { name: "evaluate", key: "E" },
  { name: "requeue", key: "B" },
  { name: "signature", key: "S" },
  { name: "scan", key: "P" },
  { name: "notice", key: "G" },
];

// What a key event means as "1" … "0" or a capital letter; nothing with a modifier, or while typing.
export function pressed(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat) return "";
  const target = event.target;
  if (target instanceof Element && target.closest("input, textarea, select, [contenteditable]")) return "";
  const found = /^(?:Digit|Numpad|Key)([0-9A-Z])$/.exec(event.code);
  return found ? found[1] : "";
}
