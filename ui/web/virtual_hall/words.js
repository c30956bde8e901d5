// What the page says: its texts are in zh.js and en.js. {name} is filled in; a missing key shows as itself.

import { EN } from "./en.js";
import { ZH } from "./zh.js";

const BOOKS = { zh: ZH, en: EN };
let language = "zh";

export function setLanguage(code) {
  language = code === "en" ? "en" : "zh";
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
}

export function currentLanguage() {
  return language;
}

export function has(key) {
  return key in BOOKS[language];
}

export function say(key, parameters = {}) {
  const text = BOOKS[language][key];
  if (text === undefined) return key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in parameters ? parameters[name] : whole));
}

// A text that the hub holds in both languages.
export function pick(name) {
  if (!name) return "";
  return typeof name === "string" ? name : name[language] || name.zh || "";
}
