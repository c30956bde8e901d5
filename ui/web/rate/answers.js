// Answers on their way to the hub. Each is written down before it is sent and under one key, so that a loss
// of Wi-Fi or power neither loses nor doubles it.
import { newKey, post, Problem } from "/pages/shared/api.js";

const KEY = "kioskd.answers";
const RETRY_MS = 4000;
const MOST = 20;

export class Answers {
  // told(true) when the hub has all, told(false) when one is kept for later.
  constructor(told) {
    this.told = told;
    this.sending = false;
    this.timer = null;
    try {
      this.kept = JSON.parse(localStorage.getItem(KEY) || "[]");
    } catch (error) {
      this.kept = [];
    }
  }

  keep(window, body) {
    this.kept.push({ key: newKey(), window, body });
    this.kept = this.kept.slice(-MOST);
    this.save();
    this.send();
  }

  async send() {
    if (this.sending || !this.kept.length) return;
    this.sending = true;
    clearTimeout(this.timer);
    try {
      while (this.kept.length) {
        const { key, window, body } = this.kept[0];
        try {
          await post(`windows/${encodeURIComponent(window)}/rating`, body, { key });
        } catch (error) {
          // A refusal will be the same tomorrow; everything else is tried again.
          const final = error instanceof Problem && !error.unsaved && error.status < 500 && error.status !== 401;
          if (!final) throw error;
        }
        this.kept.shift();
        this.save();
      }
      this.told(true);
    } catch (error) {
      this.told(false);
      this.timer = setTimeout(() => this.send(), RETRY_MS);
    } finally {
      this.sending = false;
    }
  }

  save() {
    try {
      localStorage.setItem(KEY, JSON.stringify(this.kept));
    } catch (error) {
      // Kept in memory only.
    }
  }
}
