// How a board is divided, by computation from the screen: nothing scrolls, nothing overlaps. Lengths are
// hundredths of the screen's shorter side.
//
// A letter is read from 10 m when it is at least a two-hundredth of that high, 50 mm: 17 minutes of arc,
// more than three times what a healthy eye needs. A 55-inch panel of 16:9 is 685 mm high and a digit 0.733
// of its font's size high, so every call is written at 10 hundredths at least.

const GAP = 1.6;
const HEAD = 11;
const FOOT = { usual: 8.6, long: 15, edge: 6.4, letter: 2.3, lines: 2 };
const CALL = 10.6; // font size of a call
const CALL_ROW = 13.4;
const NEWEST = 16;
const NEWEST_ROW = 22;
const QUEUE = { least: 5.4, most: 8.2 };
const QUEUE_HEAD = 5.2;
const TILE = { most: 21, across: 4.1, down: 2.6 };

// `foot` is how much is said at the lower edge, in widths of a hanzi.
export function plan({ width, height, windows, queues, foot }) {
  const unit = Math.min(width, height) / 100;
  const fits = (FOOT.lines * (width / unit - FOOT.edge)) / FOOT.letter;
  const below = foot ? (foot > fits ? FOOT.long : FOOT.usual) : 0;
  const tall = height > width || windows + queues === 0; // nothing stands beside the calls
  const inner = { width: width / unit - 3 * GAP, height: height / unit - HEAD - below - 2 * GAP };
  const share = tall ? 1 : windows > 12 ? 0.5 : 0.44;
  const side = tall ? inner.width : (inner.width - GAP) * share;
  const head = queues ? QUEUE_HEAD + GAP : 0;
  const least = queues * QUEUE.least + head;
  const tiles = grid(windows, side, tall ? inner.height * 0.3 : inner.height - least);
  const left = tall ? 0 : inner.height - least - tiles.height;
  const queue = queues ? Math.min(QUEUE.least + left / queues, QUEUE.most) : 0;
  const calls = tall ? inner.height - tiles.height - GAP - least : inner.height;
  return {
    unit,
    tall,
    foot: below,
    side,
    tiles,
    queue,
    rows: 1 + Math.max(1, Math.floor((calls - NEWEST_ROW) / (CALL_ROW + GAP / 2))),
    newest: NEWEST,
    call: CALL,
  };
}

// Return how wide a text is, in widths of a hanzi.
export function widthOf(text) {
  return [...text].reduce((sum, letter) => sum + (letter < "\u2e80" ? 0.55 : 1), 0);
}

// Choose columns so that what stands in a tile is as large as it can be.
function grid(count, width, height) {
  let best = { columns: 1, size: 0, height: 0, down: 0 };
  for (let columns = 1; columns <= count; columns += 1) {
    const rows = Math.ceil(count / columns);
    const gaps = (GAP / 2) * (rows - 1);
    const across = (width - (GAP / 2) * (columns - 1)) / columns;
    const down = Math.min((height - gaps) / rows, TILE.most);
    const size = Math.min(across / TILE.across, down / TILE.down);
    if (size > best.size + 0.001) best = { columns, size, height: down * rows + gaps, down };
  }
  return best;
}
