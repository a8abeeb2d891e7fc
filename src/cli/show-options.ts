import { type Command, InvalidArgumentError, Option } from "commander";
import { MsbDepsError } from "../base/errors.ts";
import type { Output, ShowOptions } from "../commands/options.ts";
import type { TimingsFormat } from "../report/timings.ts";

/** What the options of {@link addShowOptions} come to. */
export interface ShowFlags {
  /** Both have every `-f` and `-o`, in their order; absent without any of the two. */
  readonly format?: AskedOutputs;
  readonly output?: AskedOutputs;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly color?: boolean;
  readonly progress: ShowOptions["progress"];
  /** Read by the program itself. */
  readonly timings?: TimingsFormat;
}

/** The words of `-f` and `-o` as given, and the format that holds without one. */
interface AskedOutputs {
  readonly words: readonly { readonly option: "format" | "output"; readonly value: string }[];
  readonly otherwise: string;
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
  addOutputOptions(command, words).option("-q, --quiet", words.quiet);
  if (words.verbose !== null) command.option("-v, --verbose", words.verbose);
  return command
    .addOption(
      new Option("--progress <mode>", "progress display").choices(["auto", "plain", "tty", "quiet"]).default("auto"),
    )
    .addOption(
      new Option("--timings <format>", "write to standard error how long each phase took").choices(["text", "json"]),
    );
}

/** Which `-o` belongs to which `-f` is in their order, which commander keeps only within one option. */
export function addOutputOptions(
  command: Command,
  { formats, format }: Pick<ShowWords, "formats" | "format">,
): Command {
  const asked: AskedOutputs["words"][number][] = [];
  const outputs: AskedOutputs = { words: asked, otherwise: formats[0] ?? "text" };
  const add = (option: "format" | "output", value: string): AskedOutputs => {
    asked.push({ option, value });
    return outputs;
  };
  return command
    .optionsGroup("Output options:")
    .addOption(
      new Option("-f, --format <format>", `${format}; repeatable, each with its -o (default: ${outputs.otherwise})`)
        .choices(formats)
        .argParser((value) => {
          if (!formats.includes(value)) throw new InvalidArgumentError(`Allowed choices are ${formats.join(", ")}.`);
          return add("format", value);
        }),
    )
    .option("-o, --output <file>", "write the result of the -f before it to a file; - is standard output", (value) =>
      add("output", value),
    );
}

/** For a command whose account on standard error has colours. */
export function addColorOptions(command: Command): Command {
  return command.option("--color", "force colours").option("--no-color", "disable colours");
}

export function showOptions(flags: ShowFlags): ShowOptions {
  const asked = flags.format ?? flags.output;
  return {
    outputs: asked === undefined ? [{ format: "text", file: null }] : outputsOf(asked),
    isDefault: asked === undefined,
    quiet: flags.quiet ?? false,
    verbose: flags.verbose ?? false,
    color: flags.color ?? null,
    progress: flags.quiet === true ? "quiet" : flags.progress,
  };
}

/**
 * An `-o` belongs to the `-f` before it; one before all to the first.
 * @throws MsbDepsError `usage` where two results would go to one place
 */
export function outputsOf({ words, otherwise }: AskedOutputs): Output[] {
  const outputs: { format: string | null; file: string | null }[] = [];
  for (const { option, value } of words) {
    const last = outputs.at(-1);
    if (option === "format") {
      if (last?.format === null) last.format = value;
      else outputs.push({ format: value, file: null });
    } else if (last === undefined) outputs.push({ format: null, file: value });
    else if (last.file === null) last.file = value;
    else
      throw new MsbDepsError("usage", `-o ${value} has no -f of its own.`, {
        hint: "Put each -o after the -f that it belongs to: -f text -o a.txt -f json -o a.json.",
      });
  }
  const whole = outputs.map(({ format, file }) => ({ format: format ?? otherwise, file: file === "-" ? null : file }));
  requireApart(whole);
  return whole;
}

function requireApart(outputs: readonly Output[]): void {
  const seen = new Set<string | null>();
  for (const { file } of outputs) {
    if (seen.has(file))
      throw new MsbDepsError("usage", `two formats would be written to ${file ?? "standard output"}.`, {
        hint: "Give each -f a file of its own with -o; one of them can go to standard output.",
      });
    seen.add(file);
  }
}
