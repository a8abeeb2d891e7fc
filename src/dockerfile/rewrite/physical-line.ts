import { isComment } from "../lines.ts";

/** A line as it stands in the file: `[start, end)` without its line break, `next` behind that. */
export interface PhysicalLine {
  readonly start: number;
  readonly end: number;
  readonly next: number;
  readonly text: string;
  /** The line break, `""` at the end of the file. */
  readonly eol: string;
}

/** The line that an offset is in. */
export function lineAround(text: string, offset: number): PhysicalLine {
  const start = offset === 0 ? 0 : text.lastIndexOf("\n", offset - 1) + 1;
  const newline = text.indexOf("\n", offset);
  const next = newline === -1 ? text.length : newline + 1;
  let end = newline === -1 ? text.length : newline;
  while (end > start && text[end - 1] === "\r") end -= 1;
  return { start, end, next, text: text.slice(start, end), eol: text.slice(end, next) };
}

/** The nearest line above that is neither blank nor a comment, or null. */
export function codeLineAbove(text: string, line: PhysicalLine): PhysicalLine | null {
  let at = line.start;
  while (at > 0) {
    const above = lineAround(text, at - 1);
    if (above.text.trim() !== "" && !isComment(above.text)) return above;
    at = above.start;
  }
  return null;
}

/** The line break that a file uses. */
export function lineBreakOf(text: string): string {
  return /\r?\n/.exec(text)?.[0] ?? "\n";
}

/** A continuation at the end of some text: white space before it, the character, white space behind it. */
export interface Continuation {
  /** Where the white space in front of it begins. */
  readonly at: number;
  readonly pad: string;
  /** The character and what stands behind it. */
  readonly mark: string;
}

/** The continuation that a line, or its rest, ends with, or null; offsets count in `rest`. */
export function continuationOf(rest: string, character: string): Continuation | null {
  const bare = rest.replace(/[ \t]+$/, "");
  if (!bare.endsWith(character) || bare.at(-2) === character) return null;
  const code = bare.slice(0, -1).replace(/[ \t]+$/, "");
  return { at: code.length, pad: bare.slice(code.length, -1), mark: rest.slice(bare.length - 1) };
}
