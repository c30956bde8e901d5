// What is wrong with a page as it is laid out: text that is cut, covered, too pale, or off the screen.
// Runs in the page and returns sentences.
() => {
  const wrong = [];
  const visible = (node) => node.getClientRects().length > 0;
  const about = (node) => `${node.className || node.id || node.tagName}: ${node.textContent.trim().slice(0, 40)}`;

  const root = document.documentElement;
  if (root.scrollWidth > innerWidth || root.scrollHeight > innerHeight) wrong.push("the page scrolls");

  const texts = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let text = walker.nextNode(); text; text = walker.nextNode()) {
    const parent = text.parentElement;
    if (!text.data.trim() || !visible(parent) || parent.closest("noscript, script")) continue;
    const size = parseFloat(getComputedStyle(parent).fontSize);
    const range = document.createRange();
    range.selectNodeContents(text);
    for (const box of range.getClientRects()) {
      // A font's box is higher than its letters: those are within one em about the middle.
      const middle = (box.top + box.bottom) / 2;
      texts.push({ parent, size, left: box.left, right: box.right, top: middle - size / 2, bottom: middle + size / 2 });
    }
  }

  for (const one of texts) {
    const slack = Math.max(1, one.size * 0.06);
    if (one.left < -1 || one.right > innerWidth + 1 || one.top < -slack || one.bottom > innerHeight + slack) {
      wrong.push("off the screen: " + about(one.parent));
    }
    for (let node = one.parent; node !== document.body; node = node.parentElement) {
      const style = getComputedStyle(node);
      if (style.overflow === "visible" && !node.matches(".call, .tile, tr, .foot, .top, .quiet")) continue;
      const box = node.getBoundingClientRect();
      if (one.left < box.left - 1 || one.right > box.right + 1 || one.top < box.top - slack || one.bottom > box.bottom + slack) {
        wrong.push(`cut by ${node.className || node.tagName}: ${about(one.parent)}`);
      }
    }
  }

  for (let i = 0; i < texts.length; i += 1) {
    for (let j = i + 1; j < texts.length; j += 1) {
      const [one, other] = [texts[i], texts[j]];
      const across = Math.min(one.right, other.right) - Math.max(one.left, other.left);
      const down = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
      if (across > 1 && down > Math.min(one.size, other.size) * 0.15) {
        wrong.push(`${about(one.parent)} covers ${about(other.parent)}`);
      }
    }
  }

  const bytes = (colour) => colour.match(/[\d.]+/g).map(Number);
  const linear = (byte) => (byte / 255 <= 0.04045 ? byte / 255 / 12.92 : ((byte / 255 + 0.055) / 1.055) ** 2.4);
  const light = (colour) => {
    const [red, green, blue] = bytes(colour).map(linear);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const ground = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const colour = bytes(getComputedStyle(at).backgroundColor);
      if (colour.length < 4 || colour[3] === 1) return getComputedStyle(at).backgroundColor;
    }
    return "rgb(255, 255, 255)";
  };
  for (const parent of new Set(texts.map((one) => one.parent))) {
    const pair = [light(getComputedStyle(parent).color), light(ground(parent))].sort((a, b) => b - a);
    const contrast = (pair[0] + 0.05) / (pair[1] + 0.05);
    if (contrast < 4.5) wrong.push(`contrast ${contrast.toFixed(2)}: ${about(parent)}`);
  }

  // Panels must not lie on one another.
  const panels = [...document.querySelectorAll(".top, .call, .quiet, .tile, .queues__table, .foot")].filter(visible);
  panels.forEach((one, i) => {
    const box = one.getBoundingClientRect();
    for (const other of panels.slice(i + 1)) {
      const rest = other.getBoundingClientRect();
      const across = Math.min(box.right, rest.right) - Math.max(box.left, rest.left);
      const down = Math.min(box.bottom, rest.bottom) - Math.max(box.top, rest.top);
      if (across > 1 && down > 1) wrong.push(`${about(one)} lies on ${about(other)}`);
    }
  });
  return wrong;
}
