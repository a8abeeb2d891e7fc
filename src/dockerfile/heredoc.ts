import { type LogicalLine, type SourceLine, syntaxError } from "./lines.ts";
import { type MappedText, MappedTextBuilder } from "./mapped-text.ts";

/** A here-document announced by a word such as `<<EOF`, `3<<-EOF` or `<<'EOF'`. */
export interface HeredocMark {
  readonly name: string;
  /** Whether variables in the content are expanded: no part of the name is quoted. */
  readonly expand: boolean;
  /** `<<-`: tabs at the beginnings of lines are taken off. */
  readonly chomp: boolean;
}

export interface Heredoc extends HeredocMark {
  readonly content: MappedText;
}

/**
 * Reads a whole text as one here-document mark, or null (parser.go, reHeredoc and heredocFromMatch): digits, `<<`,
 * perhaps `-`, and exactly one word without a further `<`.
 */
export function heredocMark(text: string): HeredocMark | null {
  const match = /^\d{0,9}<<(-?)\s{0,99}([^<]{1,4096})$/.exec(text);
  if (match === null) return null;
  const words = splitShellWords(match[2] ?? "");
  const raw = words?.length === 1 ? words[0] : undefined;
  if (raw === undefined) return null;
  const name = unquote(raw);
  return { name, expand: !/['"]/.test(raw), chomp: match[1] === "-" };
}

/** The here-documents that an instruction announces, in order (parser.go, heredocsFromLine). */
export function heredocMarks(text: string): HeredocMark[] {
  if (!text.includes("<<")) return [];
  return (splitShellWords(text) ?? []).map(heredocMark).filter((mark) => mark !== null);
}

/**
 * Words of a line with quotes and escapes left in place; white space right behind `<<` belongs to the word. Null where
 * a quote is never closed: BuildKit then sees no here-document at all.
 */
function splitShellWords(text: string): string[] | null {
  const words: string[] = [];
  let word = "";
  let quote = "";
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (quote !== "") {
      if (char === "\\" && quote === '"') word += text.charAt(at++);
      else if (char === quote) quote = "";
      word += text.charAt(at);
    } else if (char === "'" || char === '"') {
      quote = char;
      word += char;
    } else if (char === "\\") {
      word += text.slice(at, at + 2);
      at += 1;
    } else if (char.trim() === "") {
      if (word.endsWith("<<")) continue;
      if (word !== "") words.push(word);
      word = "";
    } else word += char;
  }
  if (quote !== "") return null;
  if (word !== "") words.push(word);
  return words;
}

function unquote(word: string): string {
  let name = "";
  let quote = "";
  for (let at = 0; at < word.length; at += 1) {
    const char = word.charAt(at);
    if (char === quote) quote = "";
    else if (quote === "" && (char === "'" || char === '"')) quote = char;
    else if (char === "\\" && quote !== "'" && at + 1 < word.length) name += word.charAt(++at);
    else name += char;
  }
  return name;
}

/** Reads the contents of the announced here-documents, which follow the instruction line by line. */
export function readHeredocs(
  lines: readonly SourceLine[],
  logical: LogicalLine,
  marks: readonly HeredocMark[],
): { heredocs: Heredoc[]; next: number } {
  const heredocs: Heredoc[] = [];
  let next = logical.next;
  for (const mark of marks) {
    const builder = new MappedTextBuilder();
    for (;;) {
      const line = lines[next];
      if (line === undefined) throw syntaxError(logical.first + 1, `the here-document ${mark.name} is not terminated`);
      next += 1;
      const text = mark.chomp ? line.text.replace(/^\t+/, "") : line.text;
      if (text === mark.name) break;
      const start = line.start + line.text.length - text.length;
      builder.add(`${text}\n`, start);
    }
    heredocs.push({ ...mark, content: builder.build() });
  }
  return { heredocs, next };
}
