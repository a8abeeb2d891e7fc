import { applyModifier, type Modifier, replaceIn } from "./modifiers.ts";

/** What is known of a variable: its value, `undefined` where it is not set, null where nobody can say. */
export type Lookup = (name: string) => string | null | undefined;

export interface ExpandOptions {
  readonly lookup: Lookup;
  /** The escape character of the Dockerfile. */
  readonly escape: string;
  /**
   * What a plain `$X` without a value gives: Docker puts nothing there, which is right only where all that could set
   * it is known; elsewhere the whole word is unknown.
   */
  readonly unset: "empty" | "unknown";
}

/** A word that Docker refuses, too: a quote without end, `${`, `${X:?}` without a value. */
class Malformed extends Error {}

const MAX_DEPTH = 50;
// `ENV A=$B$B` over and over doubles each time.
const MAX_LENGTH = 65_536;

/**
 * Expands variables, quotes and escapes in one word of an instruction as BuildKit does (frontend/dockerfile/shell,
 * lex.go). Null where the value is not known or the word is malformed.
 */
export function expand(word: string, options: ExpandOptions): string | null {
  if (!/[$'"\\`]/.test(word)) return word;
  try {
    return new Expansion(word, options).run();
  } catch (error) {
    if (error instanceof Malformed) return null;
    throw error;
  }
}

class Expansion {
  readonly #word: string;
  readonly #options: ExpandOptions;
  #at = 0;
  #depth = 0;

  constructor(word: string, options: ExpandOptions) {
    this.#word = word;
    this.#options = options;
  }

  run(): string | null {
    return this.#until("", false);
  }

  /** Reads up to a stop character (which it eats), or to the end. */
  #until(stop: string, rawEscapes: boolean): string | null {
    if (++this.#depth > MAX_DEPTH) throw new Malformed();
    let result: string | null = "";
    for (;;) {
      if (this.#at >= this.#word.length) {
        if (stop !== "") throw new Malformed();
        break;
      }
      const char = this.#word.charAt(this.#at);
      if (stop !== "" && char === stop) {
        this.#at += 1;
        break;
      }
      result = append(result, this.#piece(char, rawEscapes));
    }
    this.#depth -= 1;
    return result;
  }

  #piece(char: string, rawEscapes: boolean): string | null {
    if (char === "'") return this.#singleQuoted();
    if (char === '"') return this.#doubleQuoted(rawEscapes);
    if (char === "$") return this.#dollar();
    this.#at += 1;
    if (char !== this.#options.escape) return char;
    const escaped = this.#word.charAt(this.#at);
    this.#at += 1;
    return rawEscapes ? char + escaped : escaped;
  }

  #singleQuoted(): string {
    const end = this.#word.indexOf("'", this.#at + 1);
    if (end === -1) throw new Malformed();
    const text = this.#word.slice(this.#at + 1, end);
    this.#at = end + 1;
    return text;
  }

  #doubleQuoted(rawEscapes: boolean): string | null {
    this.#at += 1;
    let result: string | null = "";
    for (;;) {
      const char = this.#word.charAt(this.#at);
      if (char === "") throw new Malformed();
      if (char === "$") {
        result = append(result, this.#dollar());
        continue;
      }
      this.#at += 1;
      if (char === '"') return result;
      result = append(result, char === this.#options.escape ? this.#escapedInQuotes(char, rawEscapes) : char);
    }
  }

  /** In double quotes the escape character counts before `"`, `$` and itself only. */
  #escapedInQuotes(escapeChar: string, rawEscapes: boolean): string {
    const next = this.#word.charAt(this.#at);
    const raw = rawEscapes ? escapeChar : "";
    if (next === '"' || next === "$" || next === escapeChar) {
      this.#at += 1;
      return raw + next;
    }
    return next === "" ? raw : raw + escapeChar;
  }

  #dollar(): string | null {
    this.#at += 1;
    if (this.#word.charAt(this.#at) !== "{") {
      const name = this.#name();
      return name === "" ? "$" : this.#plain(name);
    }
    this.#at += 1;
    if (["", "{", "}", ":"].includes(this.#word.charAt(this.#at))) throw new Malformed();
    const name = this.#name();
    const operator = this.#word.charAt(this.#at);
    this.#at += 1;
    if (operator === "}") return this.#plain(name);
    if (operator === "/") return this.#replace(name);
    return this.#modified(name, operator);
  }

  #plain(name: string): string | null {
    const value = this.#options.lookup(name);
    if (value === undefined) return this.#options.unset === "empty" ? "" : null;
    return value;
  }

  #modified(name: string, operator: string): string | null {
    const colon = operator === ":";
    const modifier = colon ? this.#word.charAt(this.#at) : operator;
    if (colon) this.#at += 1;
    if (!isModifier(modifier)) throw new Malformed();
    const word = this.#until("}", modifier === "#" || modifier === "%");
    const value = this.#options.lookup(name);
    if (value === null) return null;
    if (modifier === "?" && (value === undefined || (colon && value === ""))) throw new Malformed();
    if ((modifier === "#" || modifier === "%") && value === undefined) return this.#plain(name);
    return applyModifier(modifier, colon, value, word);
  }

  /** `${X/pattern/replacement}` and `${X//pattern/replacement}`. */
  #replace(name: string): string | null {
    const all = this.#word.charAt(this.#at) === "/";
    if (all) this.#at += 1;
    const pattern = this.#until("/", true);
    const replacement = this.#until("}", true);
    const value = this.#plain(name);
    if (value === null || pattern === null || replacement === null) return null;
    return replaceIn(value, pattern, replacement, all);
  }

  /** A name, a row of digits, or one special parameter (processName). */
  #name(): string {
    const pattern = /[0-9]+|[@*#?\-$!]|[\p{L}_][\p{L}\p{Nd}_]*/uy;
    pattern.lastIndex = this.#at;
    const name = pattern.exec(this.#word)?.[0] ?? "";
    this.#at += name.length;
    return name;
  }
}

function append(left: string | null, right: string | null): string | null {
  if (left === null || right === null) return null;
  if (left.length + right.length > MAX_LENGTH) throw new Malformed();
  return left + right;
}

function isModifier(text: string): text is Modifier {
  return text !== "" && "-+?#%".includes(text);
}
