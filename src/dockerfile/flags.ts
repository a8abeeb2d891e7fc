import { syntaxError } from "./lines.ts";
import { type MappedText, sliceMapped, trimMapped } from "./mapped-text.ts";

/** A builder flag of an instruction: `--from=builder`, `--link`. */
export interface Flag {
  readonly name: string;
  /** What stands behind `=`, quotes taken off; null without one. */
  readonly value: string | null;
}

interface FlagWord {
  readonly text: string;
  readonly next: number;
}

/**
 * Takes the flags off the front of an instruction's arguments. They end at the first word without two dashes, or at a
 * lone `--` (parser/split_command.go, extractBuilderFlags).
 */
export function takeFlags(args: MappedText): { flags: Flag[]; rest: MappedText } {
  const flags: Flag[] = [];
  const { text } = args;
  let at = 0;
  for (;;) {
    while (at < text.length && text[at]?.trim() === "") at += 1;
    if (!text.startsWith("--", at)) break;
    const word = readWord(text, at);
    at = word.next;
    if (word.text === "--") break;
    const equals = word.text.indexOf("=");
    const name = equals === -1 ? word.text.slice(2) : word.text.slice(2, equals);
    flags.push({ name: name.toLowerCase(), value: equals === -1 ? null : word.text.slice(equals + 1) });
  }
  return { flags, rest: trimMapped(sliceMapped(args, at, text.length)) };
}

function readWord(text: string, start: number): FlagWord {
  let quote = "";
  let word = "";
  let at = start;
  for (; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (quote === "" && char.trim() === "") break;
    if (char === quote) quote = "";
    else if (quote === "" && (char === "'" || char === '"')) quote = char;
    else if (char === "\\") {
      at += 1;
      word += text.charAt(at);
    } else word += char;
  }
  return { text: word, next: at };
}

/** The value of a flag; the last one counts. `undefined` where the flag is missing, null where it has no value. */
export function flagValue(flags: readonly Flag[], name: string): string | null | undefined {
  return flags.findLast((flag) => flag.name === name)?.value;
}

/** Whether a switch is on: given without a value, or with `true`. */
export function flagOn(flags: readonly Flag[], name: string): boolean {
  const value = flagValue(flags, name);
  return value === null || value?.toLowerCase() === "true";
}

/** The value of a flag that needs one; null where the flag is missing. */
export function neededFlag(flags: readonly Flag[], name: string, line: number): string | null {
  const value = flagValue(flags, name);
  if (value === null || value === "") throw syntaxError(line, `the flag --${name} needs a value`);
  return value ?? null;
}
