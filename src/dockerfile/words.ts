/**
 * Splits arguments at white space outside of quotes; quotes and escapes stay in the words, they go when variables are
 * expanded (parser/line_parsers.go, parseWords).
 */
export function splitWords(text: string, escapeChar: string): string[] {
  const words: string[] = [];
  let word = "";
  let started = false;
  let quote = "";
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (quote === "" && char.trim() === "") {
      if (started) words.push(word);
      word = "";
      started = false;
      continue;
    }
    started = true;
    if (char === escapeChar && quote !== "'") {
      if (at + 1 < text.length) word += char + text.charAt(at + 1);
      at += 1;
      continue;
    }
    if (char === quote) quote = "";
    else if (quote === "" && (char === "'" || char === '"')) quote = char;
    word += char;
  }
  if (started) words.push(word);
  return words;
}

/** Splits arguments at white space and nothing else, as FROM, COPY and ADD do. */
export function splitPlain(text: string): string[] {
  return text.split(/[\t\v\f\r ]+/).filter((word) => word !== "");
}

/**
 * The strings of an argument in JSON form (`["a", "b"]`), or null where it is none: BuildKit then takes the text as a
 * shell command or as words (parseJSON).
 */
export function jsonStrings(text: string): string[] | null {
  if (!text.trimStart().startsWith("[")) return null;
  try {
    const value: unknown = JSON.parse(text);
    if (!Array.isArray(value) || !value.every((item) => typeof item === "string")) return null;
    return value;
  } catch {
    return null;
  }
}

/**
 * The pairs of ENV: `A=1 B="2 3"`, or the old form `A the rest` with one pair. Values keep their quotes
 * (parseNameVal). Null where it is neither.
 */
export function keyValues(text: string, escapeChar: string): [string, string][] | null {
  const words = splitWords(text, escapeChar);
  const first = words[0];
  if (first === undefined) return null;
  if (!first.includes("=")) {
    const parts = /^(\S+)[\t\v\f\r ]+(\S[\s\S]*)$/.exec(text.trim());
    return parts === null ? null : [[parts[1] ?? "", parts[2] ?? ""]];
  }
  const pairs: [string, string][] = [];
  for (const word of words) {
    const equals = word.indexOf("=");
    if (equals <= 0) return null;
    pairs.push([word.slice(0, equals), word.slice(equals + 1)]);
  }
  return pairs;
}

/** The declarations of ARG: `A`, `B=default`; without a default the value is null (parseNameOrNameVal). */
export function declarations(text: string, escapeChar: string): [string, string | null][] {
  return splitWords(text, escapeChar).map((word) => {
    const equals = word.indexOf("=");
    return equals === -1 ? [word, null] : [word.slice(0, equals), word.slice(equals + 1)];
  });
}
