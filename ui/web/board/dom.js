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

const STEP = 0.94; // a text becomes smaller by steps, so that what stands side by side looks alike

// Make texts as small as they must be to fit their boxes, each down to the part of its size that it names
// (data-fit); what still does not fit ends in an ellipsis. A box's size must not depend on its text's. All
// are measured, then all are changed: the page is laid out once a round, however many texts there are.
export function fit(nodes) {
  const due = nodes.filter((node) => node.fitted !== measure(node));
  for (const node of due) resize(node, 1);
  let left = due;
  while (left.length) {
    const smaller = [];
    for (const node of left) {
      const least = Number(node.dataset.fit);
      const { clientWidth, clientHeight, scrollWidth, scrollHeight } = node;
      if (node.scale <= least || (scrollWidth <= clientWidth && scrollHeight <= clientHeight)) continue;
      // What is too wide for its line says by how much; of what is wrapped only the next step is known.
      const steps = scrollWidth > clientWidth ? Math.log(clientWidth / scrollWidth) / Math.log(STEP) : 1;
      smaller.push([node, Math.max(least, node.scale * STEP ** Math.max(1, Math.floor(steps)))]);
    }
    for (const [node, scale] of smaller) resize(node, scale);
    left = smaller.map(([node]) => node);
  }
  for (const node of due) node.fitted = measure(node);
}

function resize(node, scale) {
  node.scale = scale;
  node.style.setProperty("--fit", scale.toFixed(3));
}

function measure(node) {
  return [node.textContent, node.clientWidth, node.clientHeight].join("|");
}
