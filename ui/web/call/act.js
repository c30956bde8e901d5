// What a person does at a window: one thing at a time, each under a key of its own.
//
// A press while another is under way is nothing, so a double press is harmless; so is a repeat, because it
// keeps its key and names the ticket it was meant for. When the hub does not answer nobody knows whether
// it was done: it is asked again with the same key for some seconds, as a person would wait. After that
// asking again could call somebody whom nobody expects any more, so a person decides.

import { newKey, post, Unknown } from "/pages/shared/api.js";

const ANSWER_MS = 4000;
const FIRST_WAIT_MS = 300;
const LONGEST_WAIT_MS = 2000;
export const GIVE_UP_MS = 12000;

export class Acts {
  // show(state, job): "idle", "asking" (under way), "unsure" (no answer yet, asked again), "doubt".
  constructor(show) {
    this.show = show;
    this.pending = null;
    this.doubt = null;
  }

  get busy() {
    return this.pending !== null;
  }

  // Resolves { answer }, { problem }, or null when nothing came of it: another act is under way, or
  // this one is in doubt. `answer.settled` says that it took more than one asking.
  async run(name, path, body) {
    if (this.pending) return null;
    return this.#ask({ name, path, body, key: newKey() });
  }

  // Ask once more for what is in doubt: the same key, so it is done once however often it is asked for.
  async again() {
    const job = this.doubt;
    if (!job || this.pending) return null;
    return this.#ask(job);
  }

  forget() {
    this.doubt = null;
    if (!this.pending) this.show("idle", null);
  }

  async #ask(job) {
    this.pending = job;
    this.doubt = null;
    const began = Date.now();
    let settled = false;
    this.show("asking", job);
    for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
      try {
        const answer = await post(job.path, job.body, { key: job.key, timeout: ANSWER_MS });
        return this.#end({ answer, settled, job });
      } catch (error) {
        if (!(error instanceof Unknown)) {
          if (!error.status) console.error(error);
          return this.#end({ problem: error, settled, job });
        }
      }
      settled = true;
      if (Date.now() - began >= GIVE_UP_MS) {
        this.pending = null;
        this.doubt = job;
        this.show("doubt", job);
        return null;
      }
      this.show("unsure", job);
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }

  #end(result) {
    this.pending = null;
    this.show("idle", null);
    return result;
  }
}
