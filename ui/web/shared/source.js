// Where a page has a stream from: the line that all pages of this browser have in common (line_worker.js),
// or, where a browser has no shared workers or cannot start this one, a line of its own while it is seen.

import { Line } from "/pages/shared/line.js";

const WORKER = "/pages/shared/line_worker.js";
const NAME = "kioskd line 1"; // another number when pages and worker say other things to each other
const LOOK_MS = 10000;
const UNANSWERED = 3; // looks, and the worker has died, or cannot start
const RETRY_MS = 2000;

// said: message, up, lost as a Line says them; position(), from after which the page wants to go on
// ask: url, headers, silenceMs as for a Line; who, whose session it is; whole, a stream that has no
//   positions and begins with everything
export function source(said, ask) {
  return typeof SharedWorker === "function" ? new Common(said, ask) : new Own(said, ask);
}

class Common {
  constructor(said, ask) {
    this.said = said;
    this.ask = ask;
    this.port = null;
    this.own = null;
    this.retry = null;
    this.answered = false;
    this.unanswered = 0;
    this.looking = setInterval(() => this.look(), LOOK_MS);
    this.hide = () => this.part();
    this.show = (event) => event.persisted && this.join();
    window.addEventListener("pagehide", this.hide);
    window.addEventListener("pageshow", this.show);
    this.join();
  }

  close() {
    clearInterval(this.looking);
    window.removeEventListener("pagehide", this.hide);
    window.removeEventListener("pageshow", this.show);
    this.part();
  }

  reconnect() {
    if (this.own) this.own.reconnect();
    else this.post("reconnect");
  }

  renew() {
    if (this.own) this.own.renew();
    else this.post("renew");
  }

  join() {
    this.part();
    let worker;
    try {
      worker = new SharedWorker(WORKER, { type: "module", name: NAME });
    } catch (error) {
      // A browser may be set to allow none.
      this.alone();
      return;
    }
    const { port } = worker;
    this.port = port;
    this.answered = false;
    this.unanswered = 0;
    worker.onerror = () => this.port === port && this.alone();
    port.onmessage = ({ data }) => {
      if (this.port !== port) return;
      this.answered = true;
      this.unanswered = 0;
      if (data.message) this.said.message(data.message);
      else if (data.up) this.said.up();
      else if (data.up === false) this.said.lost(Date.now() - data.silentMs);
      else if (data.gone) this.join();
    };
    port.postMessage({ act: "join", ask: this.ask, after: this.said.position() });
  }

  part() {
    clearTimeout(this.retry);
    if (this.own) this.own.close();
    this.own = null;
    if (!this.port) return;
    this.post("leave");
    this.port.close();
    this.port = null;
  }

  post(act) {
    if (this.port) this.port.postMessage({ act });
  }

  look() {
    if (!this.port) return;
    if (this.unanswered < UNANSWERED) {
      this.unanswered += 1;
      this.post("here");
    } else if (this.answered) this.join();
    else this.alone();
  }

  // Until its own line is lost a page does without the worker, then it tries it again.
  alone() {
    this.part();
    const lost = (since) => {
      this.said.lost(since);
      this.part();
      this.retry = setTimeout(() => this.join(), RETRY_MS);
    };
    this.own = new Own({ ...this.said, lost }, this.ask);
  }
}

class Own {
  constructor(said, ask) {
    this.said = said;
    this.ask = ask;
    this.line = null;
    this.turn = () => (document.hidden ? this.part() : this.join());
    document.addEventListener("visibilitychange", this.turn);
    this.turn();
  }

  close() {
    document.removeEventListener("visibilitychange", this.turn);
    this.part();
  }

  reconnect() {
    if (this.line) this.line.reconnect();
  }

  renew() {
    if (this.line) this.line.renew();
  }

  join() {
    if (this.line) return;
    this.line = new Line(this.said, this.ask);
    this.line.start(this.said.position());
  }

  part() {
    if (this.line) this.line.close();
    this.line = null;
  }
}
