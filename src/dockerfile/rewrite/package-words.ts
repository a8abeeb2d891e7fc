import { compareNames } from "../../base/names.ts";
import type { TextEdit } from "./edit.ts";
import {
  type Continuation,
  codeLineAbove,
  continuationOf,
  lineAround,
  lineBreakOf,
  type PhysicalLine,
} from "./physical-line.ts";

/** A word of an install command where it stands. */
export interface WordSite {
  readonly start: number;
  readonly end: number;
  readonly name: string;
}

/** Behind a word on its line: the end of the command, or of a part of it. */
const OPERATOR = /^[ \t]*[;&|)<>'"`]/;

/** Takes a word out: its line where it has one for itself, the continuation above where it was the last. */
export function removeWord(text: string, site: WordSite, continuation: string): TextEdit[] {
  const line = lineAround(text, site.start);
  const before = text.slice(line.start, site.start);
  const rest = text.slice(site.end, line.end);
  const mark = continuationOf(rest, continuation);
  if (before.trim() !== "") return [fromRow(site, before, mark)];
  if (mark?.at === 0) return [{ start: line.start, end: line.next, text: "" }];
  const above = codeLineAbove(text, line);
  const joint = above === null ? null : continuationOf(above.text, continuation);
  if (above === null || joint === null || !(rest.trim() === "" || OPERATOR.test(rest))) {
    const gap = /^[ \t]*/.exec(rest)?.[0].length ?? 0;
    return [{ start: site.start, end: site.end + gap, text: "" }];
  }
  return joinedTo(above, joint, line, site, rest);
}

/** What stood behind the last word of a command goes to the end of the line above. */
function joinedTo(
  above: PhysicalLine,
  joint: Continuation,
  line: PhysicalLine,
  site: WordSite,
  rest: string,
): TextEdit[] {
  const code = above.start + joint.at;
  if (above.next === line.start) return [{ start: code, end: site.end, text: "" }];
  // Comments stand between, and stay where they are.
  if (rest.trim() !== "")
    return [{ start: site.start, end: site.end + rest.length - rest.trimStart().length, text: "" }];
  const previousBreak = line.start - (above.eol.length > 0 ? above.eol.length : 1);
  return [
    { start: code, end: above.end, text: "" },
    { start: previousBreak, end: line.end, text: "" },
  ];
}

/** Out of a row: the gap in front of it goes too, and a continuation that was set apart keeps its column. */
function fromRow(site: WordSite, before: string, mark: Continuation | null): TextEdit {
  const gap = before.length - before.trimEnd().length;
  const aligned = mark?.at === 0 && isColumn(mark.pad) ? " ".repeat(site.end - site.start + gap) : "";
  return { start: site.start - gap, end: site.end, text: aligned };
}

/** Puts another name in place of a word, which stands at `[start, end)` with all its quotes. */
export function replaceWord(text: string, site: WordSite, word: string, continuation: string): TextEdit[] {
  const line = lineAround(text, site.start);
  const mark = continuationOf(text.slice(site.end, line.end), continuation);
  if (mark?.at !== 0 || !isColumn(mark.pad)) return [{ start: site.start, end: site.end, text: word }];
  const pad = mark.pad.length + (site.end - site.start) - word.length;
  return [{ start: site.start, end: site.end + mark.pad.length, text: word + " ".repeat(Math.max(1, pad)) }];
}

/** Spaces that put the continuation character at a column, as opposed to the usual single one. */
function isColumn(pad: string): boolean {
  return /^ {2,}$/.test(pad);
}

/**
 * Adds a word to the words of a command (in the order of the file), in their layout: at its place where they are
 * sorted, else behind the last.
 */
export function addWord(text: string, words: readonly WordSite[], word: string, continuation: string): TextEdit[] {
  const at = isSorted(words) ? words.findIndex(({ name }) => compareNames(name, word) > 0) : -1;
  const layout = new Layout(text, words, continuation);
  const [first] = words;
  if (at === 0 && first !== undefined) return layout.before(first, word);
  const anchor = words[(at === -1 ? words.length : at) - 1];
  return anchor === undefined ? [] : layout.behind(anchor, word);
}

function isSorted(words: readonly WordSite[]): boolean {
  return words.every(({ name }, index) => index === 0 || compareNames(words[index - 1]?.name ?? "", name) <= 0);
}

/** How the words of one command are laid out. */
class Layout {
  readonly #text: string;
  readonly #words: readonly WordSite[];
  readonly #continuation: string;

  constructor(text: string, words: readonly WordSite[], continuation: string) {
    this.#text = text;
    this.#words = words;
    this.#continuation = continuation;
  }

  behind(anchor: WordSite, word: string): TextEdit[] {
    const indentation = this.#indentation(anchor);
    if (indentation === null) return this.#inRow(anchor.end, ` ${word}`);
    const line = lineAround(this.#text, anchor.start);
    const mark = continuationOf(this.#text.slice(anchor.end, line.end), this.#continuation);
    const own = mark?.at === 0 ? mark : null;
    const pad = own?.pad ?? this.#padAt(anchor.end - line.start);
    const tail = own?.mark ?? this.#continuation;
    const break_ = line.eol === "" ? lineBreakOf(this.#text) : line.eol;
    const behind = own === null ? "" : fitted(own.pad, anchor.end - line.start, indentation.length + word.length);
    const end = anchor.end + (own?.pad.length ?? 0);
    return [{ start: anchor.end, end, text: `${pad}${tail}${break_}${indentation}${word}${behind}` }];
  }

  before(first: WordSite, word: string): TextEdit[] {
    const indentation = this.#indentation(first);
    const line = lineAround(this.#text, first.start);
    const above = codeLineAbove(this.#text, line);
    if (indentation === null || above === null) return this.#inRow(first.start, `${word} `, first.end);
    if (!this.#leads(first)) {
      const pad = this.#padAt(first.start - line.start + word.length);
      const text = `${word}${pad}${this.#continuation}${line.eol}${indentation}`;
      return [{ start: first.start, end: first.start, text }];
    }
    const mark = continuationOf(this.#text.slice(first.end, line.end), this.#continuation);
    const width = indentation.length + word.length;
    const pad = mark?.at === 0 ? fitted(mark.pad, first.end - line.start, width) : this.#padAt(width);
    const tail = `${pad}${mark?.at === 0 ? mark.mark : this.#continuation}${above.eol}`;
    return [{ start: above.next, end: above.next, text: `${indentation}${word}${tail}` }];
  }

  /** Where a word has a line for itself, the white space that such lines begin with; null where words stand in rows. */
  #indentation(anchor: WordSite): string | null {
    const shared = this.#words.some((other) => other !== anchor && this.#sameLine(other, anchor));
    if (this.#leads(anchor)) return shared ? null : this.#leading(anchor);
    const next = this.#words[this.#words.indexOf(anchor) + 1];
    const others = this.#words.slice(1).some((other, at) => this.#sameLine(other, this.#words[at] ?? other));
    if (next === undefined || shared || others || !this.#leads(next)) return null;
    return this.#leading(next);
  }

  #sameLine(one: WordSite, other: WordSite): boolean {
    return lineAround(this.#text, one.start).start === lineAround(this.#text, other.start).start;
  }

  #leads(site: WordSite): boolean {
    return this.#leading(site).trim() === "";
  }

  #leading(site: WordSite): string {
    return this.#text.slice(lineAround(this.#text, site.start).start, site.start);
  }

  /** The white space in front of a continuation, as the other lines of the words have it. */
  #padAt(width: number): string {
    for (const site of this.#words.toReversed()) {
      const line = lineAround(this.#text, site.start);
      const mark = continuationOf(this.#text.slice(site.end, line.end), this.#continuation);
      if (mark?.at === 0) return fitted(mark.pad, site.end - line.start, width);
    }
    return " ";
  }

  /** Into a row; a continuation at its end that was set apart keeps its column as far as that goes. */
  #inRow(at: number, inserted: string, from = at): TextEdit[] {
    const line = lineAround(this.#text, from);
    const rest = this.#text.slice(from, line.end);
    const mark = continuationOf(rest, this.#continuation);
    const edits = [{ start: at, end: at, text: inserted }];
    if (mark === null || !isColumn(mark.pad)) return edits;
    const start = from + mark.at;
    const text = " ".repeat(Math.max(1, mark.pad.length - inserted.length));
    if (start === at) return [{ start, end: start + mark.pad.length, text: inserted + text }];
    return [...edits, { start, end: start + mark.pad.length, text }];
  }
}

/** The padding that keeps the column of a continuation, where it was one; `width` is that of the code in front. */
function fitted(pad: string, before: number, width: number): string {
  return isColumn(pad) ? " ".repeat(Math.max(1, before + pad.length - width)) : pad;
}
