/** Where each instruction of a Dockerfile starts. Only that: meaning is the business of src/dockerfile. */
export interface InstructionStart {
  /** In upper case. */
  readonly keyword: string;
  readonly rest: string;
  /** Counted from 1. */
  readonly line: number;
  /** The last line of its text; heredocs stand behind it. */
  readonly lastLine: number;
}

/**
 * Instructions with continuations, comment lines and heredocs taken together.
 * https://docs.docker.com/reference/dockerfile/#format
 */
export function instructionStarts(dockerfile: string): readonly InstructionStart[] {
  const lines = dockerfile.replace(/^\uFEFF/, "").split(/\r?\n/);
  const escaped = escapeCharacter(lines);
  const found: InstructionStart[] = [];
  for (let at = 0; at < lines.length; at++) {
    if (isNothing(lines[at])) continue;
    const line = at + 1;
    let text = "";
    for (; at < lines.length; at++) {
      const next = lines[at] ?? "";
      if (isNothing(next)) continue;
      const body = next.trimEnd();
      text += body.endsWith(escaped) ? body.slice(0, -1) : next;
      if (!body.endsWith(escaped)) break;
    }
    const [, keyword = "", rest = ""] = /^\s*(\S+)\s*(.*)$/s.exec(text) ?? [];
    found.push({ keyword: keyword.toUpperCase(), rest, line, lastLine: Math.min(at, lines.length - 1) + 1 });
    if (/^(RUN|COPY|ADD)$/i.test(keyword)) at = skipHeredocs(lines, at, rest);
  }
  return found;
}

/** Of an error of an engine: a word that it takes for an instruction, and that the file has only within a heredoc. */
export function isOfHeredoc(dockerfile: string, word: string): boolean {
  return !instructionStarts(dockerfile).some(({ keyword }) => keyword === word.toUpperCase());
}

/** Empty lines and comments also vanish inside a continuation. */
function isNothing(line: string | undefined): boolean {
  return line === undefined || /^\s*(#|$)/.test(line);
}

/** The parser directive `# escape=` stands before everything else. */
function escapeCharacter(lines: readonly string[]): string {
  for (const line of lines) {
    const directive = /^\s*#\s*(\w+)\s*=\s*(\S+)\s*$/.exec(line);
    if (directive === null) return "\\";
    if (directive[1]?.toLowerCase() === "escape") return directive[2] ?? "\\";
  }
  return "\\";
}

/** The index of the last line that belongs to the heredocs begun in `text`. */
function skipHeredocs(lines: readonly string[], last: number, text: string): number {
  let at = last;
  for (const [, dash, , name] of text.matchAll(/(?<!<)<<(-?)(["']?)([A-Za-z_][\w.]*)\2/g)) {
    const start = at + 1;
    const end = lines.findIndex((line, index) => index >= start && (dash ? line.replace(/^\t+/, "") : line) === name);
    if (end === -1) return lines.length;
    at = end;
  }
  return at;
}
