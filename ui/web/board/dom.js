// Changing the page only where it differs: an idle hall paints nothing and no screen reader repeats itself.

export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function setAttr(node, name, value) {
  if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}

export function setData(node, name, value) {
  if (node.dataset[name] !== value) node.dataset[name] = value;
}

export function make(tag, name, ...children) {
  const node = document.createElement(tag);
  if (name) node.className = name;
  node.append(...children);
  return node;
}

// Make a parent's children those of `items`, kept by key, in their order. `create(item)` makes a child,
// `update(child, item)` is called for each.
export function keyed(parent, items, keyOf, create, update) {
  const old = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  let at = parent.firstElementChild;
  for (const item of items) {
    const key = keyOf(item);
    let child = old.get(key);
    old.delete(key);
    if (!child) {
      child = create(item);
      child.dataset.key = key;
    }
    update(child, item);
    if (child === at) at = at.nextElementSibling;
    else parent.insertBefore(child, at);
  }
  for (const child of old.values()) child.remove();
}

// Make a text as small as it must be to fit its box, down to a part of its size; what still does not fit
// ends in an ellipsis. The box's size must not depend on the text's.
export function fit(node, least) {
  if (node.fitted === measure(node)) return;
  let scale = 1;
  node.style.setProperty("--fit", "1");
  while (scale > least && (node.scrollWidth > node.clientWidth || node.scrollHeight > node.clientHeight)) {
    scale = Math.max(least, scale * 0.94);
    node.style.setProperty("--fit", scale.toFixed(3));
  }
  node.fitted = measure(node);
}

function measure(node) {
  return [node.textContent, node.clientWidth, node.clientHeight].join("|");
}
