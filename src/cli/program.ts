import { existsSync } from "node:fs";
import { Command, Option } from "commander";
import { MsbDepsError } from "../base/errors.ts";
import { similarNames } from "../base/similar.ts";
import type { CheckOptions } from "../commands/check-options.ts";
import type { Io, ShowOptions } from "../commands/options.ts";
import { formatsOf } from "../report/formats.ts";
import { LINE_STYLES, type LineOptions } from "../report/line-options.ts";
import type { TimingsFormat } from "../report/timings.ts";
import { tool } from "../report/tool.ts";
import { auditProgram } from "./audit-program.ts";
import { addBuildOptions, type BuildFlags, runOptions } from "./build-options.ts";
import { completionProgram } from "./completion-program.ts";
import { configProgram } from "./config-program.ts";
import { addPaths, onPaths, type PathFlags, requireOnePlatform } from "./paths.ts";
import { addColorOptions, addShowOptions, type ShowFlags, showOptions } from "./show-options.ts";
import { ToolCommand } from "./tool-command.ts";
import { traceProgram } from "./trace-program.ts";
import { applyVariables } from "./variables.ts";
import { verifyProgram } from "./verify-program.ts";

type Flags = BuildFlags & ShowFlags;
/** What the command line runs in. */
export interface ProgramHost {
  readonly io: Io;
  /** Called with the exit code of a command that ends by itself. */
  readonly finished: (exitCode: number) => void;
  /** Stops the run after so many milliseconds. */
  readonly stopAfter: (milliseconds: number) => void;
  /** Called if the end of the run is to say how long each phase took. */
  readonly showTimings: (format: TimingsFormat) => void;
}

/** The whole command line. */
export function program({ io, finished, stopAfter, showTimings }: ProgramHost): Command {
  const analyze = analyzeProgram(io, finished);
  const commands = [
    analyze,
    auditProgram(io, finished),
    verifyProgram(io, finished),
    traceProgram(io, finished),
    whyProgram(io, finished),
    configProgram(io, finished),
    completionProgram(io, finished),
  ];
  const root = new Command("msb-deps");
  for (const command of commands) root.addCommand(command, { isDefault: command === analyze });
  root.hook("preAction", (_root, command) => {
    applyVariables(command, io.env);
    const { timeout, timings } = command.opts<Flags>();
    if (timeout !== undefined) stopAfter(timeout);
    if (timings !== undefined) showTimings(timings);
  });
  root.helpInformation = () =>
    analyze.helpInformation().replace("Usage: msb-deps analyze", "Usage: msb-deps [analyze]") +
    analyze.ending +
    commandList(commands);
  for (const command of [root, ...commands]) {
    command.optionsGroup("Other options:").version(tool().version, "-V, --version", "print the version");
    command.helpOption("-h, --help", "print this help");
    command.exitOverride();
    command.configureOutput({
      writeOut: (text) => void io.results.write(text, "text"),
      writeErr: (text) => io.messages.lines(text.replace(/\n$/, "").split("\n")),
    });
  }
  return root;
}

function commandList(commands: readonly Command[]): string {
  const rows = commands.map((command) => `  ${command.name().padEnd(12)}${command.summary()}\n`);
  return `\nCommands (see msb-deps <command> --help):\n${rows.join("")}`;
}

function analyzeProgram(io: Io, finished: (exitCode: number) => void): ToolCommand {
  const command = new ToolCommand("analyze")
    .summary("print the install line (the default command)")
    .description("Print the minimal apt-get install line for the runtime stage of a multi-stage Dockerfile.")
    .showHelpAfterError("(run msb-deps --help for the options)")
    .addExamples(
      ["print the line for the last stage of a Dockerfile", "msb-deps ./Dockerfile"],
      ["only what is below /out in the builder, as a list", "msb-deps -a /out -f list ./Dockerfile"],
      ["fail if a committed list has drifted", "msb-deps --check packages.txt ./Dockerfile"],
    )
    .addExitCodes({
      0: "the line is complete",
      1: "something is missing, or must be copied; with --check: the needs have drifted",
    })
    .action(async (paths: string[], flags: Flags & PathFlags & CheckFlags & LineFlags) => {
      checkWords(paths);
      const { analyzeCommand, analyzeMany } = await import("../commands/analyze.ts");
      const shown = showOptions(flags);
      const show = { ...shown, line: lineOptions(flags, shown) };
      const check = checkOptions(flags);
      finished(
        await onPaths(paths, flags, io, {
          one: async (dockerfile) => {
            const options = runOptions(dockerfile, flags);
            if (flags.build) return analyzeCommand(options, show, io, check);
            if (check !== null) throw guessAlone("--check");
            return (await import("../commands/guess.ts")).guessCommand(options, show, io);
          },
          many: (many) => {
            if (!flags.build) throw guessAlone("several Dockerfiles or platforms");
            if (check !== null) throw severalToCheck();
            return analyzeMany(many, runOptions(undefined, flags), show, io);
          },
        }),
      );
    });
  addPaths(command);
  addBuildOptions(command, io.env)
    .option("--snapshot <file>", "replay a run saved with --save-snapshot; needs no engine")
    .optionsGroup("Analysis options:")
    .option("--no-build", "only guess from the -dev packages in the Dockerfile (exit code 2); needs no engine")
    .option("--explicit", "also list the needed packages that apt would install as dependencies")
    .option("--direct", "also list what the artifacts load directly and the base has")
    .option(
      "--check <file>",
      "compare with a committed list (-f list) or report (-f json), or with the list of the Dockerfile itself: a diff and exit code 1 if the needs have drifted",
    )
    .option("--update", "with --check: rewrite the file");
  addShowOptions(command, {
    formats: formatsOf("analysis"),
    format:
      "text: a RUN instruction; line: one shell command; list: one package per line; copy: COPY instructions; others: docs/output.md",
    quiet: "print no progress and no summary",
    verbose: "print the reason for every package, and every note",
  });
  addLineOptions(addColorOptions(command));
  return command;
}

interface LineFlags {
  readonly style?: LineOptions["style"];
  readonly pin?: boolean;
  readonly comments?: boolean;
}

function addLineOptions(command: Command): Command {
  return command
    .addOption(
      new Option("--style <style>", "of the RUN instruction: apt (default); cache-mount; xargs, from a file").choices(
        LINE_STYLES,
      ),
    )
    .option("--pin", "names with versions: from apt with --online, else from the builder")
    .option("--comments", "in the RUN instruction, a comment above each package says what needs it");
}

/** @throws MsbDepsError `usage` for what a format or style has no place for */
function lineOptions(
  { style = "apt", pin = false, comments = false }: LineFlags,
  { outputs }: ShowOptions,
): LineOptions {
  const isText = outputs.some(({ format }) => format === "text");
  const option = style !== "apt" ? `--style ${style}` : "--comments";
  if ((style !== "apt" || comments) && !isText)
    throw new MsbDepsError("usage", `${option} has no effect without -f text.`, { hint: "Omit it, or add -f text." });
  if (style === "xargs" && comments)
    throw new MsbDepsError("usage", "--comments and --style xargs cannot be combined: a list has no comments.", {
      hint: "Omit one of them.",
    });
  return { style, pin, comments };
}

function guessAlone(what: string): MsbDepsError {
  return new MsbDepsError("usage", `analyze --no-build and ${what} cannot be combined: it only guesses.`, {
    hint: "Omit one of them, or use audit --no-build.",
  });
}

interface CheckFlags {
  readonly build: boolean;
  readonly check?: string;
  readonly update?: boolean;
}

function checkOptions({ check, update = false }: CheckFlags): CheckOptions | null {
  if (check !== undefined) return { file: check, update };
  if (!update) return null;
  throw new MsbDepsError("usage", "--update has no effect on its own.", { hint: "Add --check FILE." });
}

function severalToCheck(): MsbDepsError {
  return new MsbDepsError("usage", "--check compares one Dockerfile on one platform with a file.", {
    hint: "Run it for each Dockerfile, with its own file.",
  });
}

/** The first word may be a mistyped command, as analyze need not be named. */
function checkWords([first = ""]: readonly string[]): void {
  const similar = existsSync(first)
    ? []
    : similarNames(first, ["analyze", "audit", "verify", "trace", "why", "config", "completion"]);
  if (similar.length > 0)
    throw new MsbDepsError("usage", `unknown command ${first}. Did you mean ${similar.join(" or ")}?`);
}

function whyProgram(io: Io, finished: (exitCode: number) => void): ToolCommand {
  const command = new ToolCommand("why")
    .summary("show what needs a package, soname or file, and why it is or is not in the line")
    .description(
      "Show the tree from the binaries to a package, soname or file, how the loader finds each library, and why a package is or is not in the line.",
    )
    .usage("[options] <Dockerfile | directory | -> <name>\n       msb-deps why [options] --from <file> <name>")
    .argument(
      "[words...]",
      "the Dockerfile (not with --from; optional with --image, --rootfs, --oci) and a package, soname or path",
    )
    .showHelpAfterError("(run msb-deps why --help for the options)")
    .addExamples(
      ["why a package is or is not in the line", "msb-deps why ./Dockerfile libpq5"],
      ["what needs a library", "msb-deps why ./Dockerfile libssl.so.3"],
      ["from a saved run, without an engine", "msb-deps why --from run.json.gz libpq5"],
    )
    .addExitCodes({
      0: "the artifacts need it, or apt installs it because of them",
      1: "nothing needs it; what is known about it is printed",
      2: "usage error, or the tool could not do its work, or not all of it",
    })
    .action(async (words: string[], flags: Flags & { readonly from?: string }) => {
      requireOnePlatform(flags);
      const { dockerfile, name } = whyWords(words, flags);
      const { whyCommand } = await import("../commands/why.ts");
      const options = { name, from: flags.from ?? null, run: runOptions(dockerfile, flags) };
      finished(await whyCommand(options, showOptions(flags), io));
    });
  addBuildOptions(command, io.env).option(
    "--from <file>",
    "answer from a run saved with --save-snapshot; needs no engine",
  );
  addShowOptions(command, {
    formats: formatsOf("why"),
    format: "text: a tree; json",
    quiet: "print no progress",
    verbose: "print every artifact, every chain, and every candidate that the loader skipped",
  });
  return command;
}

/** One word is the name where a Dockerfile is not needed; two are Dockerfile and name. */
function whyWords(
  words: readonly string[],
  { from, image, rootfs, oci }: Pick<BuildFlags, "image" | "rootfs" | "oci"> & { readonly from?: string },
): { dockerfile: string | undefined; name: string } {
  const name = words.at(-1) ?? "";
  const usage = (message: string, hint: string): never => {
    throw new MsbDepsError("usage", message, { hint });
  };
  if (words.length === 0 && from !== undefined)
    usage(`why --from ${from} needs a name.`, "Add a package, a soname or a path.");
  if (name === "") usage("why needs a name.", "Give a package, a soname or a path.");
  if (words.length > 2)
    usage(`why takes a Dockerfile and one name, got ${words.length} arguments.`, "Ask about one name at a time.");
  if (from !== undefined && words.length > 1)
    usage("a Dockerfile and --from cannot be combined.", "The saved run contains the Dockerfile: pass only the name.");
  if (words.length === 1 && [from, image, rootfs, oci].every((source) => source === undefined))
    usage("why needs a Dockerfile and a name.", "To use a saved run, pass --from FILE and the name.");
  return { dockerfile: words.length > 1 ? words[0] : undefined, name };
}
