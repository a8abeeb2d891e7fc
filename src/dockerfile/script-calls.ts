import { ARGUMENTS, CommandReader, type ProgramCall } from "./command-reader.ts";
import { lineOf } from "./lines.ts";

/** What a script of a shell calls. */
export interface ScriptCalls {
  readonly calls: readonly ProgramCall[];
  /**
   * All that it calls itself is among these, or among its own arguments: no command that is not known, no file that is
   * sourced or handed to a shell.
   */
  readonly certain: boolean;
  /** It reads other files with `.` or `source`, which may define functions that it calls. */
  readonly sources: boolean;
  /** It runs its own arguments as a command: `exec "$@"`. */
  readonly runsArguments: boolean;
}

/** Reads the script of a shell; nothing is known of its environment. */
export function scriptCalls(text: string, shell: string): ScriptCalls {
  let start = 0;
  const lines = text.split("\n").map((line) => {
    const at = start;
    start += line.length + 1;
    return { text: line, start: at };
  });
  const lookup = (name: string): string | null => (OWN.has(name) ? ARGUMENTS : null);
  const reader = new CommandReader({
    lineOf: (offset) => lineOf(lines, offset),
    lookup,
    shell: [shell],
    fileText: () => null,
  });
  reader.readFile(text);
  const { calls, certain, sources, runsArguments, unknown } = reader.calls();
  // In a function these are the function's own.
  const changed = unknown.every((word) => CHANGED.test(word)) && !/\(\s*\)|\bfunction\b/.test(text);
  const isWhole = certain && (unknown.length === 0 || changed) && !replacesArguments(text);
  return { calls, certain: isWhole, sources, runsArguments };
}

/** The script's own arguments and name: what they are is for its caller to say. */
const OWN: ReadonlySet<string> = new Set(["@", "*", "0", "BASH_SOURCE"]);
/** The arguments as a word, behind a `set --` or `shift` in one branch of several. */
const CHANGED = /^"?\$(?:@|\{@\})"?$/;

/** Whether `set --` puts something in place of the arguments that is not written out beside it. */
function replacesArguments(text: string): boolean {
  return text.split("\n").some((line) => {
    if (!/\bset\b/.test(line)) return false;
    if (line.length > MAX_LINE) return true;
    const sets = line.matchAll(/\bset\b[^;&|]*?\s--?(?:\s+([^;]*)|$)/g);
    return [...sets].some(([, words = ""]) => /[$`\\]/.test(words.replace(/"?\$(?:@|\{@\})"?/g, "")));
  });
}

/** A longer line that sets something is not worth the time of looking through it. */
const MAX_LINE = 2000;
