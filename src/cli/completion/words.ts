import type { Command, Option } from "commander";

/** What the word after an option is. */
export type Value =
  | { readonly kind: "choices"; readonly words: readonly string[] }
  | { readonly kind: "file" | "directory" }
  | { readonly kind: "other"; readonly name: string };

export interface OptionWords {
  /** `-f` and `--format`, or one of them. */
  readonly flags: readonly string[];
  readonly description: string;
  /** Null: it takes none. */
  readonly value: Value | null;
}

export interface CommandWords {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly OptionWords[];
  /** The words that its argument may be; null: its arguments are files. */
  readonly words: readonly string[] | null;
}

/** What can be typed after `msb-deps`: a shell-independent view of the tree of commands. */
export function wordsOf({ commands }: Pick<Command, "commands">): CommandWords[] {
  return commands.map((command) => ({
    name: command.name(),
    summary: command.summary(),
    options: command
      .createHelp()
      .visibleOptions(command)
      .map((option) => ({ flags: flagsOf(option), description: option.description, value: valueAfter(option) })),
    words: command.registeredArguments[0]?.argChoices ?? null,
  }));
}

function flagsOf({ short, long }: Option): string[] {
  return [short, long].flatMap((flag) => (typeof flag === "string" ? [flag] : []));
}

/** Says which kind of word an option takes, by the name of its argument in `--help`. */
function valueAfter({ flags, argChoices }: Option): Value | null {
  const name = /[<[](.*)[\]>]$/.exec(flags)?.[1];
  if (name === undefined) return null;
  if (argChoices !== undefined) return { kind: "choices", words: argChoices };
  if (name === "file" || name === "path") return { kind: "file" };
  return /^dir\b/.test(name) ? { kind: "directory" } : { kind: "other", name };
}
