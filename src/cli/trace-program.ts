import { InvalidArgumentError } from "commander";
import { MsbDepsError } from "../base/errors.ts";
import type { Io } from "../commands/options.ts";
import { formatsOf } from "../report/formats.ts";
import { addBuildOptions, type BuildFlags, NOT_BUILT, runOptions } from "./build-options.ts";
import { seconds } from "./duration.ts";
import { addShowOptions, type ShowFlags, showOptions } from "./show-options.ts";
import { ToolCommand } from "./tool-command.ts";

interface TraceFlags extends BuildFlags, ShowFlags {
  readonly for?: number;
  readonly probe?: string;
  readonly ready?: string;
  readonly signal: number;
  readonly runNetwork?: boolean;
  readonly env?: string[];
  readonly volume?: (readonly [string, string])[];
  readonly user?: string;
  readonly stdin?: boolean;
  readonly tty?: boolean;
  readonly addObserved?: boolean;
  readonly saveTrace?: string;
  readonly fromTrace?: string[];
}

/** `msb-deps trace`. */
export function traceProgram(io: Io, finished: (exitCode: number) => void): ToolCommand {
  const command = new ToolCommand("trace")
    .summary("run a command, and name the packages behind every file that it opens")
    .description(
      "Run a command in the builder with the artifacts, and in an image with the line, and compare every path that it opens, starts, lists or looks for. This executes artifacts.",
    )
    .usage("[options] <Dockerfile | directory | -> [-- <command> [args...]]")
    .argument("[dockerfile]", "Dockerfile, directory that contains one, or - for standard input")
    .argument("[command...]", "command to run (default: ENTRYPOINT and CMD of the runtime stage)")
    .showHelpAfterError("(run msb-deps trace --help for the options)")
    .addExamples(
      ["run a command that ends by itself", "msb-deps trace ./Dockerfile -- app --self-test"],
      ["run a server for ten seconds", "msb-deps trace --for 10 ./Dockerfile"],
      [
        "add the packages that are missing to the line",
        "msb-deps trace --add-observed ./Dockerfile -- app --self-test",
      ],
    )
    .addExitCodes({
      0: "both runs end alike and well, and nothing is missing",
      1: "something is missing, or a run fails",
    })
    .optionsGroup("Trace options:")
    .option("--for <seconds>", "ask the command to end after this time, which is a success: for servers", seconds)
    .option("--probe <command>", "run a shell command of the builder in the same network, then end the traced command")
    .option("--ready <command>", "start the probe once this shell command succeeds")
    .option("--signal <signal>", "signal that asks the command to end", signalNumber, 15)
    .option("--run-network", "give the command network access")
    .option(
      "--env <name=value>",
      "variable for the command; without a value, from the environment; repeatable",
      (value, before: string[] | undefined) => variable(value, before, io.env),
    )
    .option("--volume <source:target>", "mount a file or directory of the engine's host, read-only; repeatable", volume)
    .option("--user <user>", "user of the command (default: that of the runtime stage)")
    .option("--stdin", "pass standard input on to the command, in each run")
    .option("--tty", "give the command a terminal")
    .option("--add-observed", "add the packages that are needed to the line, and run again until nothing changes")
    .option("--save-trace <file>", "save what was observed")
    .option(
      "--from-trace <file>",
      "take what was observed from a saved trace, without a command in place of a run; repeatable",
      (value: string, before: string[] = []) => [...before, value],
    )
    .action(async (dockerfile: string | undefined, words: string[], flags: TraceFlags) => {
      const { traceCommand } = await import("../commands/trace.ts");
      finished(await traceCommand(runOptions(dockerfile, flags), traceOptions(words, flags), showOptions(flags), io));
    });
  addBuildOptions(command, io.env);
  for (const option of command.options) if (NOT_BUILT.has(option.long ?? "")) option.hideHelp();
  addShowOptions(command, {
    formats: formatsOf("trace"),
    format: "text: a table; json",
    quiet: "print no progress",
    verbose: null,
  });
  return command;
}

function traceOptions(command: readonly string[], flags: TraceFlags) {
  if (flags.ready !== undefined && flags.probe === undefined)
    throw new MsbDepsError("usage", "--ready needs --probe.", { hint: "Add --probe COMMAND." });
  if (flags.for !== undefined && flags.probe !== undefined)
    throw new MsbDepsError("usage", "--for and --probe cannot be combined: the probe ends the command.", {
      hint: "Omit one of them.",
    });
  return {
    command,
    seconds: flags.for ?? null,
    probe: flags.probe ?? null,
    ready: flags.ready ?? null,
    signal: flags.signal,
    network: flags.runNetwork ?? false,
    env: flags.env ?? [],
    volumes: flags.volume ?? [],
    user: flags.user ?? null,
    stdin: flags.stdin ?? false,
    tty: flags.tty ?? false,
    addObserved: flags.addObserved ?? false,
    saveTrace: flags.saveTrace ?? null,
    fromTrace: flags.fromTrace ?? [],
  };
}

function variable(
  value: string,
  before: readonly string[] = [],
  env: Readonly<Record<string, string | undefined>>,
): string[] {
  const equals = value.indexOf("=");
  const name = equals < 0 ? value : value.slice(0, equals);
  if (name === "") throw new InvalidArgumentError("a name is required, as in NAME=value.");
  const own = equals < 0 ? env[name] : value.slice(equals + 1);
  return own === undefined ? [...before] : [...before, `${name}=${own}`];
}

/** As docker run has it; the mode can only be `ro`. */
function volume(value: string, before: readonly (readonly [string, string])[] = []): (readonly [string, string])[] {
  const match = /^(\/[^:]*):(\/[^:]+?)\/?(?::ro)?$/.exec(value);
  if (match === null)
    throw new InvalidArgumentError("two absolute paths, as in /srv/data:/data. It is mounted read-only.");
  return [...before, [match[1] ?? "", match[2] ?? ""]];
}

/** signal(7): the numbers are the same on all architectures that are traced. */
const SIGNALS: Readonly<Record<string, number>> = {
  HUP: 1,
  INT: 2,
  QUIT: 3,
  KILL: 9,
  USR1: 10,
  USR2: 12,
  TERM: 15,
  WINCH: 28,
};

function signalNumber(value: string): number {
  const number = SIGNALS[value.toUpperCase().replace(/^SIG/, "")] ?? (/^\d{1,2}$/.test(value) ? Number(value) : 0);
  if (number < 1 || number > 31) throw new InvalidArgumentError("a signal, as in TERM or 15.");
  return number;
}
