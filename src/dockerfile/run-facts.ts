import { basename } from "../base/paths.ts";
import { CommandReader, type RunFacts, type ShellContext } from "./command-reader.ts";
import { sliceMapped } from "./mapped-text.ts";
import type { ParsedInstruction } from "./parse.ts";
import type { CommandInstruction, RunInstruction } from "./plan.ts";

/** Reads the commands of a RUN instruction: shell form, JSON form, here-documents. */
export function runFacts(instruction: ParsedInstruction, context: ShellContext): RunFacts {
  const reader = new CommandReader(context);
  reader.readInstruction(instruction, instruction.json);
  return reader.facts();
}

/** What CMD, ENTRYPOINT or HEALTHCHECK starts; nothing for `HEALTHCHECK NONE`. */
export function startedCommand(
  instruction: ParsedInstruction,
  context: ShellContext,
): Pick<CommandInstruction, "argv" | "programs" | "shellForm"> {
  const { json, keyword, args } = instruction;
  const start = keyword === "HEALTHCHECK" ? /^cmd\s+/i.exec(args.text)?.[0].length : 0;
  if (start === undefined) return { argv: [], programs: [], shellForm: false };
  const command = sliceMapped(args, start, args.text.length);
  const reader = new CommandReader(context);
  reader.readInstruction({ ...instruction, args: command }, json);
  const argv = json ?? [...context.shell, command.text];
  return { argv, programs: [...reader.facts().programs], shellForm: json === null };
}

/** What makes or fetches no program, but for packages that apt installs; users, directories, modes and caches. */
const MAKES_NO_PROGRAM: ReadonlySet<string> = new Set(
  "[ adduser addgroup apt apt-cache apt-get apt-mark chgrp chmod chown delgroup deluser dpkg-reconfigure false getent groupadd groupdel groupmod id ldconfig locale-gen mkdir rm rmdir test true update-ca-certificates update-locale useradd userdel usermod".split(
    " ",
  ),
);

/** Whether a RUN may bring programs other than those of packages that it installs by name. */
export function mayBringPrograms({ programs, understood }: Pick<RunInstruction, "programs" | "understood">): boolean {
  return !understood || programs.some((program) => !MAKES_NO_PROGRAM.has(basename(program)));
}

/** A path of plain characters that ends like a script of Python, Ruby, Node.js, PHP or Perl. */
const SCRIPT = /^[\w./@+-]+\.(?:py|rb|js|cjs|mjs|php|pl)$/;

/** The words of CMD, ENTRYPOINT or HEALTHCHECK that name scripts, in either form, within `sh -c` too. */
export function commandScripts({ args, json }: ParsedInstruction): string[] {
  const words = (json ?? [args.text]).flatMap((text) => text.split(/[\s;&|()]+/));
  return words.map((word) => word.replaceAll(/["']/g, "")).filter((word) => SCRIPT.test(word));
}
