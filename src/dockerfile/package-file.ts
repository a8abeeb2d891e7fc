/** A command that prints a file: which, and which of its lines it leaves out. */
export interface FileReader {
  readonly path: string;
  readonly leavesOut: RegExp | null;
}

const PATH = String.raw`((?!-)[\w./+@%,:=-]+)`;
const CAT = new RegExp(String.raw`^\s*(?:cat|<)\s*${PATH}\s*$`);
/** Lines of comments by the patterns that people write for them. */
const GREP = new RegExp(String.raw`^\s*grep\s+-v\s+(['"]?)(\^#|\^\\s\*#|\^\[\[:space:\]\]\*#)\1\s+${PATH}\s*$`);

/** Reads `cat FILE`, `< FILE` and `grep -v '^#' FILE`; null for every other command. */
export function fileReader(command: string): FileReader | null {
  const cat = CAT.exec(command)?.[1];
  if (cat !== undefined) return { path: cat, leavesOut: null };
  const [, , pattern, path] = GREP.exec(command) ?? [];
  return path === undefined ? null : { path, leavesOut: pattern === "^#" ? /^#/ : /^\s*#/ };
}

/** The lines of a file that a reader prints. */
export function printed(text: string, { leavesOut }: FileReader): string {
  if (leavesOut === null) return text;
  return text
    .split("\n")
    .filter((line) => !leavesOut.test(line))
    .join("\n");
}

/** What the shell makes of an unquoted command substitution: fields at white space, no quotes. */
export function substitutedWords(text: string): string[] {
  return text.split(/[ \t\n]+/).filter((word) => word !== "");
}

/**
 * The arguments that xargs reads: parted by blanks and newlines, with quotes and backslashes; `#` means nothing to it
 * (xargs(1)). Other white space is skipped in front of a word alone. Null where a quote is not closed on its line, which xargs refuses.
 */
export function xargsWords(text: string): string[] | null {
  const words: string[] = [];
  let word: string | null = null;
  let quote = "";
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (quote !== "") {
      if (char === "\n") return null;
      if (char === quote) quote = "";
      else word = (word ?? "") + char;
    } else if (char === "'" || char === '"') {
      quote = char;
      word ??= "";
    } else if (char === "\\") {
      at += 1;
      word = (word ?? "") + text.charAt(at);
    } else if (char === " " || char === "\t" || char === "\n") {
      if (word !== null) words.push(word);
      word = null;
    } else if (word !== null || !/\s/.test(char)) word = (word ?? "") + char;
  }
  // An empty word at the very end is none, be it in quotes.
  if (word === null || word === "") return words;
  return quote === "" ? [...words, word] : null;
}

/** Options of xargs that leave its words as they are; those that take a number. */
const PLAIN = /^(?:-[rtx]+|--no-run-if-empty|--verbose|--exit|-[nPL]\d+|--max-(?:args|procs|lines)=\d+)$/;

/**
 * The file that xargs reads by its own options (`-a FILE`); `""` for standard input, null where an option parts words in
 * another way.
 */
export function xargsFile(fields: readonly string[]): string | null {
  let file = "";
  for (let at = 0; at < fields.length; at += 1) {
    const field = fields[at] ?? "";
    const joined = /^--arg-file=(.+)$|^-a(.+)$/.exec(field);
    if (joined !== null) file = joined[1] ?? joined[2] ?? "";
    else if (field === "-a" || field === "--arg-file") file = fields[++at] ?? "";
    else if (/^(?:-[nPL]|--max-args|--max-procs)$/.test(field)) at += 1;
    else if (!PLAIN.test(field)) return null;
  }
  return file;
}
