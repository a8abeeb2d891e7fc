import { CommandReader, type RunFacts, type ShellContext } from "./command-reader.ts";
import { sliceMapped } from "./mapped-text.ts";
import type { ParsedInstruction } from "./parse.ts";

/** Reads the commands of a RUN instruction: shell form, JSON form, here-documents. */
export function runFacts(instruction: ParsedInstruction, context: ShellContext): RunFacts {
  const reader = new CommandReader(context);
  reader.readInstruction(instruction, instruction.json);
  return reader.facts();
}

/** The programs that CMD, ENTRYPOINT or HEALTHCHECK start. */
export function commandPrograms(instruction: ParsedInstruction, context: ShellContext): string[] {
  const reader = new CommandReader(context);
  const { args, keyword, json } = instruction;
  if (keyword !== "HEALTHCHECK") reader.readInstruction(instruction, json);
  else {
    const start = /^cmd\s+/i.exec(args.text)?.[0].length;
    if (start === undefined) return [];
    reader.readInstruction({ ...instruction, args: sliceMapped(args, start, args.text.length) }, json);
  }
  return [...reader.facts().programs];
}

/** A path of plain characters that ends like a script of Python, Ruby, Node.js, PHP or Perl. */
const SCRIPT = /^[\w./@+-]+\.(?:py|rb|js|cjs|mjs|php|pl)$/;

/** The words of CMD, ENTRYPOINT or HEALTHCHECK that name scripts, in either form, within `sh -c` too. */
export function commandScripts({ args, json }: ParsedInstruction): string[] {
  const words = (json ?? [args.text]).flatMap((text) => text.split(/[\s;&|()]+/));
  return words.map((word) => word.replaceAll(/["']/g, "")).filter((word) => SCRIPT.test(word));
}
