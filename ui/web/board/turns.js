// Which calls stand on the board now. A call is put up at once; where so many come together that it
// would push out one that nobody has had time to read, it waits its turn. None is left out, and the
// order is that of the calls. After a time away the turns are short: the last calls matter most.

const READ_MS = 3000; // what a call gets at least
const CATCH_UP_MS = 6000; // what all that wait may take together
const SHORTEST_MS = 16; // between two changes that come by themselves

export class Turns {
  constructor() {
    this.shown = null; // `n` of the newest row that is up
    this.since = []; // when the latest ones were put up, oldest first
    this.turn = READ_MS;
  }

  // Return the rows to show, newest first, and how long (ms) until that changes by itself, or null.
  // `rows` are oldest first, `room` is how many fit, `now` any steady milliseconds.
  look(rows, room, now) {
    if (this.shown === null) this.shown = rows.length > room ? rows[rows.length - room - 1].n : 0;
    const waiting = rows.filter((row) => row.n > this.shown);
    // Turns stay as short as the longest wait made them until nobody waits.
    const turn = (this.turn = Math.min(this.turn, (CATCH_UP_MS * room) / Math.max(waiting.length, 1)));
    this.since = this.since.filter((at) => now - at < turn);
    while (waiting.length && this.since.length < room) {
      this.shown = waiting.shift().n;
      this.since.push(now);
    }
    if (!waiting.length) this.turn = READ_MS;
    const up = rows.filter((row) => row.n <= this.shown).slice(-room).reverse();
    return { up, again: waiting.length ? Math.max(turn - (now - this.since[0]), SHORTEST_MS) : null };
  }
}
