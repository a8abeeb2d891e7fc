import { type Command, Option } from "commander";
import type { ShowOptions } from "../commands/options.ts";

/** What the options of {@link addShowOptions} come to. */
export interface ShowFlags {
  readonly format: string;
  readonly output?: string;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly color?: boolean;
  readonly progress: ShowOptions["progress"];
}

/** How a command words what all commands have. */
export interface ShowWords {
  readonly formats: readonly string[];
  readonly format: string;
  readonly quiet: string;
  /** Null: the command has nothing more to say. */
  readonly verbose: string | null;
}

/** The options that say how the result is shown; the first format is the default. */
export function addShowOptions(command: Command, words: ShowWords): Command {
  command
    .optionsGroup("Output options:")
    .addOption(
      new Option("-f, --format <format>", words.format).choices(words.formats).default(words.formats[0] ?? "text"),
    )
    .option("-o, --output <file>", "write the result to a file")
    .option("-q, --quiet", words.quiet);
  if (words.verbose !== null) command.option("-v, --verbose", words.verbose);
  return command.addOption(
    new Option("--progress <mode>", "progress display").choices(["auto", "plain", "tty", "quiet"]).default("auto"),
  );
}

/** For a command whose account on standard error has colours. */
export function addColorOptions(command: Command): Command {
  return command.option("--color", "force colours").option("--no-color", "disable colours");
}

export function showOptions(flags: ShowFlags): ShowOptions {
  return {
    format: flags.format,
    output: flags.output ?? null,
    quiet: flags.quiet ?? false,
    verbose: flags.verbose ?? false,
    color: flags.color ?? null,
    progress: flags.quiet === true ? "quiet" : flags.progress,
  };
}
