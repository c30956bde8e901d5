// Which window this browser is the rating face of, kept through restarts.
const KEY = "kioskd.face";

export class Pairing {
  constructor() {
    this.token = "";
    this.window = "";
    try {
      const kept = JSON.parse(localStorage.getItem(KEY) || "null");
      if (kept) Object.assign(this, { token: String(kept.token), window: String(kept.window) });
    } catch (error) {
      // Storage that is switched off or spoilt: pair again.
    }
  }

  take({ token, window }) {
    Object.assign(this, { token, window });
    this.keep(JSON.stringify({ token, window }));
  }

  forget() {
    this.token = this.window = "";
    this.keep(null);
  }

  keep(text) {
    try {
      if (text === null) localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, text);
    } catch (error) {
      // It holds until the browser is closed.
    }
  }
}
