import type { ParsedDockerfile } from "../dockerfile/parse.ts";
import { FINDING_CODES, type Finding, type FindingCode } from "./finding.ts";

/** What the comments of a Dockerfile ask to leave out. */
export interface Ignores {
  readonly everywhere: ReadonlySet<string>;
  /** By the instruction below the comment: its lines and the codes. */
  readonly ranges: readonly { readonly line: number; readonly endLine: number; readonly codes: ReadonlySet<string> }[];
  /** Codes that do not exist, and where they are named. */
  readonly unknown: readonly { readonly code: string; readonly line: number }[];
}

const COMMENT = /^\s*#\s*msb-deps\s+(global\s+)?ignore\s*=\s*([\w-]+(?:\s*,\s*[\w-]+)*)\s*(?:#.*|$)/;

/**
 * Reads `# msb-deps ignore=CODE[,CODE] # reason` in the comments right above an instruction, and `# msb-deps global
 * ignore=CODE` in any comment between instructions. Blank lines and other comments may stand in between.
 */
export function readIgnores({ text, instructions }: ParsedDockerfile): Ignores {
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  const everywhere = new Set<string>();
  const ranges: { line: number; endLine: number; codes: ReadonlySet<string> }[] = [];
  const unknown: { code: string; line: number }[] = [];
  let next = 0;
  for (const { line, endLine } of [...instructions, { line: lines.length + 1, endLine: lines.length + 1 }]) {
    const codes = new Set<string>();
    for (let at = next; at < line - 1; at += 1) {
      const [, global, list] = COMMENT.exec(lines[at] ?? "") ?? [];
      for (const code of (list ?? "").split(",").map((word) => word.trim())) {
        if (code === "") continue;
        if (!isCode(code)) unknown.push({ code, line: at + 1 });
        else (global === undefined ? codes : everywhere).add(code);
      }
    }
    if (codes.size > 0) ranges.push({ line, endLine, codes });
    next = Math.max(next, endLine);
  }
  return { everywhere, ranges, unknown };
}

/** Whether a finding is to be left out. */
export function isIgnored({ code, line }: Finding, { everywhere, ranges }: Ignores): boolean {
  if (everywhere.has(code)) return true;
  return ranges.some((range) => line >= range.line && line <= range.endLine && range.codes.has(code));
}

function isCode(word: string): word is FindingCode {
  return (FINDING_CODES as readonly string[]).includes(word);
}
