// What a board says, in one language or in both, Chinese first.
import { named, texts } from "/pages/shared/text.js";
import { make, setAttr, setText } from "./dom.js";

const LANGUAGES = { zh: ["zh-CN"], en: ["en"], both: ["zh-CN", "en"] };

export async function words(wanted) {
  const languages = LANGUAGES[wanted] || LANGUAGES.zh;
  return new Words(languages, await Promise.all(languages.map((language) => texts("board", language))));
}

class Words {
  constructor(languages, sayers) {
    this.languages = languages;
    this.sayers = sayers;
  }

  get both() {
    return this.languages.length > 1;
  }

  // Return a sentence in the first language.
  say(key, params) {
    return this.sayers[0](key, params);
  }

  // Write a sentence into an element, each language in a line of its own.
  write(node, key, params) {
    this.put(node, (say) => say(key, params));
  }

  // Write what `text(say, language)` gives for each language.
  put(node, text) {
    const said = this.lines(text);
    while (node.childElementCount < said.length) node.append(make("span", "line"));
    while (node.childElementCount > said.length) node.lastElementChild.remove();
    said.forEach(([line, language], at) => {
      setText(node.children[at], line);
      setAttr(node.children[at], "lang", language);
    });
  }

  // Return [line, language] of what `text` gives, without what is empty or said twice.
  lines(text) {
    const lines = this.languages.map((language, at) => [text(this.sayers[at], language), language]);
    return lines.filter(([line], at) => line && (at === 0 || line !== lines[0][0]));
  }

  // Write the name of something, {zh, en}.
  name(node, name) {
    this.put(node, (_, language) => named(name, language));
  }
}
