// What is wrong with many in the same way is said once: a column that is missing would be a hundred lines.

import { listed, say } from "/pages/shared/frame.js";

const NAMED = 3;

// The problems as sentences, each with the step that it leads to.
export function alike(problems) {
  const found = new Map();
  for (const { step, sentence, item } of problems) {
    const key = `${step} ${sentence}`;
    if (!found.has(key)) found.set(key, { step, sentence, items: [] });
    if (item) found.get(key).items.push(item);
  }
  return [...found.values()].map(({ step, sentence, items }) => ({ step, text: items.length ? `${named(items)}${say("colon")}${sentence}` : sentence }));
}

function named(items) {
  const first = listed(items.slice(0, NAMED));
  return items.length > NAMED ? say("problem.many", { items: first, n: items.length }) : first;
}
