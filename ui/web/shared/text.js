// Sentences of a page. `texts("board", "zh-CN")` gives say(key, params): {name} is a parameter, and a
// part in square brackets is there only if all its parameters are. A key that is missing shows itself.
// One language comes along with a page of the public, so that its first sight waits for nothing.

const ANSWER_MS = 8000; // then whoever asked asks again

export async function texts(page, language) {
  const along = document.getElementById("texts");
  if (along && along.dataset.page === page && along.lang === language) return sayer(JSON.parse(along.textContent));
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), ANSWER_MS);
  try {
    const answer = await fetch(`/pages/${page}/${language}.json`, { signal: patience.signal });
    if (!answer.ok) throw new Error(`no texts of ${page} in ${language}: ${answer.status}`);
    return sayer(await answer.json());
  } finally {
    clearTimeout(timer);
  }
}

export function sayer(sentences) {
  return (key, params = {}) => fill(key in sentences ? sentences[key] : key, params);
}

export function fill(sentence, params) {
  let less = false; // something is left out, and with it goes the blank beside it at an end
  const there = (name) => {
    const known = params[name] !== undefined && params[name] !== null && params[name] !== "";
    if (!known) less = true;
    return known;
  };
  const whole = sentence
    .replace(/\[([^[\]]*)\]/g, (_, part) => ([...part.matchAll(/{(\w+)}/g)].every((field) => there(field[1])) ? part : ""))
    .replace(/{(\w+)}/g, (_, name) => (there(name) ? String(params[name]) : ""));
  return less ? whole.trim() : whole; // a word that joins others may end in a blank of its own
}

// The name of something in a language, {zh, en}: the other language where one is missing.
export function named(name, language) {
  if (!name) return "";
  return language === "en" ? name.en || name.zh : name.zh || name.en;
}
