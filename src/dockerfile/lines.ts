import { MsbDepsError } from "../base/errors.ts";
import { type MappedText, MappedTextBuilder } from "./mapped-text.ts";

/** One physical line: `[start, end)` without its line break. */
export interface SourceLine {
  readonly text: string;
  readonly start: number;
}

/** The lines of an instruction, joined as Docker joins them. */
export interface LogicalLine {
  readonly mapped: MappedText;
  /** Index of the first physical line, and of the first one after the instruction. */
  readonly first: number;
  readonly next: number;
}

// BuildKit reads lines with a scanner of 64 KiB and refuses longer ones; the size of the whole is our own bound.
const MAX_LINE = 65_535;
const MAX_TEXT = 1024 * 1024;

export function syntaxError(line: number, message: string): MsbDepsError {
  return new MsbDepsError("dockerfile-syntax", `the Dockerfile cannot be read: line ${line}: ${message}.`, {
    hint: `Correct line ${line} of the Dockerfile; \`docker build --check\` shows more.`,
  });
}

/** Splits a text into physical lines, without CR LF or LF and without a byte order mark. */
export function physicalLines(text: string): SourceLine[] {
  if (text.length > MAX_TEXT) throw syntaxError(1, `it is larger than ${MAX_TEXT} characters`);
  const lines: SourceLine[] = [];
  let start = text.startsWith("\uFEFF") ? 1 : 0;
  while (start < text.length) {
    const newline = text.indexOf("\n", start);
    const stop = newline === -1 ? text.length : newline;
    let end = stop;
    while (end > start && text[end - 1] === "\r") end -= 1;
    if (end - start > MAX_LINE) throw syntaxError(lines.length + 1, `it is longer than ${MAX_LINE} characters`);
    lines.push({ text: text.slice(start, end), start });
    start = stop + 1;
  }
  return lines;
}

/** The line of an offset, from 1. */
export function lineOf(lines: readonly SourceLine[], offset: number): number {
  let low = 0;
  let high = lines.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((lines[middle]?.start ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low + 1;
}

/** A line that is nothing but a comment (it may be indented, as everywhere in a Dockerfile). */
export function isComment(line: string): boolean {
  return line.trimStart().startsWith("#");
}

/**
 * Where the continuation character of a line stands, or -1: the escape character, spaces and tabs behind it, and no
 * second escape character before it (parser.go, setEscapeToken).
 */
function continuationAt(line: string, escapeChar: string): number {
  let end = line.length;
  while (end > 0 && (line[end - 1] === " " || line[end - 1] === "\t")) end -= 1;
  const at = end - 1;
  if (at < 0 || line[at] !== escapeChar) return -1;
  return at > 0 && line[at - 1] === escapeChar ? -1 : at;
}

/**
 * Joins the instruction that begins at a physical line: the continuation character and the line break go, comment
 * lines and blank lines in between go, all else stays as it is (parser.go, Parse).
 */
export function joinLines(lines: readonly SourceLine[], first: number, escapeChar: string): LogicalLine {
  const builder = new MappedTextBuilder();
  let index = first;
  while (index < lines.length) {
    const line = lines[index];
    if (line === undefined) break;
    index += 1;
    const dropped = index - 1 > first && (isComment(line.text) || line.text.trim() === "");
    if (dropped) continue;
    const at = continuationAt(line.text, escapeChar);
    builder.add(at === -1 ? line.text : line.text.slice(0, at), line.start);
    if (at === -1) break;
  }
  return { mapped: builder.build(), first, next: index };
}
