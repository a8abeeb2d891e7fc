import type { ShellVariables } from "./shell-variables.ts";

/** A word of a command, as it stands and as what it becomes. */
export interface ShellWord {
  readonly text: string;
  /** Offsets in the script, half open. */
  readonly start: number;
  readonly end: number;
  /** What the shell makes of it: one field, several or none. */
  readonly fields: readonly string[];
  readonly literal: boolean;
}

/** A word that no shell reads: of the exec form. */
export function plainWord(text: string): ShellWord {
  return { text, start: 0, end: 0, fields: [text], literal: true };
}

/** A simple command that the script runs, in the order of the script. */
export interface ShellCommand {
  readonly words: readonly ShellWord[];
  readonly start: number;
  readonly end: number;
  readonly heredocs: readonly { readonly text: string; readonly start: number }[];
  /** Files that standard input is taken from. */
  readonly inputs: readonly string[];
  /** The command whose output is its standard input, where that is a plain one and the first of a pipeline; else null. */
  readonly pipedFrom: { readonly text: string; readonly start: number } | null;
  /** The variables at that point, for a shell that the command starts. */
  readonly variables: ShellVariables;
  /** It need not run where the script ends well: in a branch, behind `||` or behind a test. */
  readonly conditional: boolean;
}
