import { basename } from "../base/paths.ts";
import { readShebang } from "../snapshot/shebang.ts";
import { heredocMark } from "./heredoc.ts";
import { type MappedText, MappedTextBuilder, sourceRange } from "./mapped-text.ts";
import type { ParsedInstruction } from "./parse.ts";
import type { ShellWord } from "./shell-command.ts";
import { fieldOf } from "./wrappers.ts";

/** The word behind `-c`, which may stand among other letters: `bash -euxo pipefail -c '…'`, `sh -ec '…'`. */
export function commandString(words: readonly ShellWord[]): readonly ShellWord[] {
  const at = words.findIndex(
    (word, index) => index > 0 && /^-[A-Za-z]*c$/.test(fieldOf(word)) && word.fields.length === 1,
  );
  return at === -1 ? [] : words.slice(at + 1, at + 2);
}

/** The inside of a quoted word in which nothing is escaped or expanded, so that offsets stay exact. */
export function exactInside({ text, start, end, fields }: ShellWord): { start: number; end: number } | null {
  const inner = text.slice(1, -1);
  return /^(['"]).*\1$/s.test(text) && fields.length === 1 && fields[0] === inner
    ? { start: start + 1, end: end - 1 }
    : null;
}

/**
 * The script of a RUN. A lone here-document is the script itself, run by the interpreter of its `#!` line if it has
 * one; any other is handed to the shell as it stands (dockerfile2llb, dispatchRun).
 */
export function scriptOf({ args, heredocs }: ParsedInstruction): { script: MappedText; interpreter: string | null } {
  const [first] = heredocs;
  if (first === undefined) return { script: args, interpreter: null };
  if (heredocMark(args.text) !== null) {
    const shebang = readShebang(first.content.text);
    return { script: first.content, interpreter: shebang && basename(shebang.looksUp ?? shebang.interpreter) };
  }
  const builder = new MappedTextBuilder().addMapped(args);
  for (const { content, name } of heredocs) {
    const end = sourceRange(content, 0, content.text.length).end;
    builder.add("\n", end).addMapped(content).add(name, end);
  }
  return { script: builder.build(), interpreter: null };
}
