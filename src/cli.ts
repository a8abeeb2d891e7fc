#!/usr/bin/env node
import { Command, InvalidArgumentError, Option } from "commander";
import { type Io, packageVersion, type RunOptions, type ShowOptions } from "./config.ts";
import { MsbDepsError } from "./errors.ts";

const FORMAT_NAMES = ["text", "line", "list", "json"];
const AUDIT_FORMAT_NAMES = ["text", "json"];
const THRESHOLDS = ["error", "warning", "info", "none"] as const;

interface Flags {
  artifacts?: string[];
  target?: string;
  runtime?: string;
  image?: string;
  context?: string;
  buildArg?: Record<string, string>;
  platform?: string;
  cache: boolean;
  pull?: boolean;
  engine: RunOptions["engine"];
  explicit?: boolean;
  withRecommended?: boolean;
  online?: boolean;
  allowEmpty?: boolean;
  saveSnapshot?: string;
  snapshot?: string;
  format: string;
  output?: string;
  quiet?: boolean;
  verbose?: boolean;
  color?: boolean;
  progress: ShowOptions["progress"];
}

interface AuditFlags extends Flags {
  build: boolean;
  failureThreshold: (typeof THRESHOLDS)[number];
}

function program(io: Io, finished: (exitCode: number) => void): Command {
  const analyze = new Command("analyze")
    .description("Print the apt-get line that the runtime stage of a multi-stage Dockerfile needs.")
    .usage("[options] <Dockerfile | folder | ->")
    .argument("[dockerfile]", "a Dockerfile, a folder that has one, or - for standard input")
    .action(async (dockerfile: string | undefined, flags: Flags) => {
      const { analyzeCommand } = await import("./commands/analyze.ts");
      finished(await analyzeCommand(runOptions(dockerfile, flags), showOptions(flags), io));
    });
  addOptions(analyze, io.env, FORMAT_NAMES);
  const audit = auditCommand(io, finished);
  const root = new Command("msb-deps").version(packageVersion(), "-V, --version").exitOverride();
  root.addCommand(analyze, { isDefault: true });
  root.addCommand(audit);
  root.helpInformation = () =>
    analyze.helpInformation().replace("Usage: msb-deps analyze", "Usage: msb-deps [analyze]") + EXIT_CODES;
  for (const command of [root, analyze, audit]) {
    command.exitOverride().showHelpAfterError("(msb-deps --help lists the options)");
    command.configureOutput({ writeOut: (text) => io.stdout.write(text), writeErr: (text) => io.stderr.write(text) });
  }
  return root;
}

function auditCommand(io: Io, finished: (exitCode: number) => void): Command {
  const audit = new Command("audit")
    .description("Hold what the runtime stage installs and copies against what it needs.")
    .usage("[options] <Dockerfile | folder | ->")
    .argument("[dockerfile]", "a Dockerfile, a folder that has one, or - for standard input")
    .option("--no-build", "only what the Dockerfile alone tells; needs no engine")
    .addOption(
      new Option("--failure-threshold <severity>", "the least severity that ends in exit code 1")
        .choices(THRESHOLDS)
        .default("warning"),
    )
    .action(async (dockerfile: string | undefined, flags: AuditFlags) => {
      const { auditCommand: run } = await import("./commands/audit.ts");
      const own = { noBuild: !flags.build, failureThreshold: flags.failureThreshold };
      finished(await run(runOptions(dockerfile, flags), own, showOptions(flags), io));
    });
  addOptions(audit, io.env, AUDIT_FORMAT_NAMES);
  return audit;
}

const EXIT_CODES = `
Exit codes:
  0    the line is whole, and nothing is missing
  1    something is missing that no listed package brings
  2    the tool could not do its work, or not all of it
  130  interrupted
`;

function addOptions(command: Command, env: Io["env"], formats: readonly string[]): void {
  const repeat = (value: string, before: string[] | undefined): string[] => [...(before ?? []), value];
  const buildArg = (value: string, before: Record<string, string> | undefined): Record<string, string> => {
    const equals = value.indexOf("=");
    const name = equals < 0 ? value : value.slice(0, equals);
    if (name === "") throw new InvalidArgumentError("a name is needed, as in NAME=value.");
    // As docker build: a name alone takes its value from the environment, and is left out where that has none.
    const text = equals < 0 ? env[name] : value.slice(equals + 1);
    return text === undefined ? { ...before } : { ...before, [name]: text };
  };
  command
    .option(
      "-a, --artifacts <src[:dest]>",
      "what the runtime stage copies (default: all that it does copy); repeatable",
      repeat,
    )
    .option(
      "-t, --target <stage>",
      "the stage to build (default: builder, else those that the runtime stage copies from)",
    )
    .option("--runtime <stage|image|none>", "what the line is for (default: the last stage)")
    .option("--image <ref>", "look at this image instead of building one")
    .option("--context <dir>", "build context (default: the folder of the Dockerfile)")
    .option(
      "--build-arg <name[=value]>",
      "build-time variable, the value from the environment without one; repeatable",
      buildArg,
    )
    .option("--platform <os/arch>", "platform to build for")
    .option("--no-cache", "build without the cache")
    .option("--pull", "look for newer base images")
    .addOption(
      new Option("--engine <engine>", "ldd (the builder's own, checked by our rules) or static (runs nothing)")
        .choices(["ldd", "static"])
        .default("ldd"),
    )
    .option("--explicit", "list also what another listed package pulls in")
    .option("--with-recommended", "take also what is only recommended: data and plugins that no loader sees")
    .option("--online", "let apt in the runtime base say what it has (needs network)")
    .option("--allow-empty", "no ELF file and no script among the artifacts is no error")
    .option("--save-snapshot <file>", "keep what was seen, to replay or to report a bug")
    .option("--snapshot <file>", "replay what --save-snapshot kept; needs no engine")
    .addOption(
      new Option("-f, --format <format>", "how the result is written; text is for people")
        .choices(formats)
        .default("text"),
    )
    .option("-o, --output <file>", "write the result to a file")
    .option("-q, --quiet", "no progress and no summary")
    .option("-v, --verbose", "every package with its reasons, every note")
    .option("--color", "colours also where standard error is no terminal")
    .option("--no-color", "no colours")
    .addOption(
      new Option("--progress <mode>", "auto, plain, tty or quiet")
        .choices(["auto", "plain", "tty", "quiet"])
        .default("auto"),
    );
}

function runOptions(dockerfile: string | undefined, flags: Flags): RunOptions {
  return {
    dockerfile: dockerfile ?? null,
    artifacts: flags.artifacts ?? [],
    target: flags.target ?? null,
    runtime: flags.runtime ?? null,
    image: flags.image ?? null,
    context: flags.context ?? null,
    buildArgs: flags.buildArg ?? {},
    platform: flags.platform ?? null,
    noCache: !flags.cache,
    pull: flags.pull ?? false,
    engine: flags.engine,
    explicit: flags.explicit ?? false,
    withRecommended: flags.withRecommended ?? false,
    online: flags.online ?? false,
    allowEmpty: flags.allowEmpty ?? false,
    saveSnapshot: flags.saveSnapshot ?? null,
    snapshot: flags.snapshot ?? null,
  };
}

function showOptions(flags: Flags): ShowOptions {
  return {
    format: flags.format,
    output: flags.output ?? null,
    quiet: flags.quiet ?? false,
    verbose: flags.verbose ?? false,
    color: flags.color ?? null,
    progress: flags.quiet === true ? "quiet" : flags.progress,
  };
}

/** One paragraph for a failure that we understand; the stack for one that we do not. */
function report(error: unknown, io: Io): number {
  if (!(error instanceof MsbDepsError)) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    io.stderr.write(`msb-deps: this is a fault of msb-deps itself; please report it.\n${text}\n`);
    return 2;
  }
  const tried = error.tried.length === 0 ? "" : `\nTried:\n${error.tried.map((item) => `  - ${item}\n`).join("")}`;
  const hint = error.hint === null ? "" : `${tried === "" ? " " : ""}${error.hint}`;
  io.stderr.write(`msb-deps: ${error.message}${tried}${hint}\n`);
  return error.exitCode;
}

async function main(): Promise<number> {
  const interruption = new AbortController();
  const io: Io = {
    env: process.env,
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    signal: interruption.signal,
  };
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(name, () => {
      // The first asks for an orderly end; who asks again does not want to wait for it.
      if (interruption.signal.aborted) process.exit(130);
      interruption.abort(new MsbDepsError("interrupted", `interrupted by ${name}.`));
    });
  }
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
    throw error;
  });
  let exitCode = 0;
  try {
    await program(io, (code) => {
      exitCode = code;
    }).parseAsync();
    return exitCode;
  } catch (error) {
    // commander has said its part already: help and version end with 0, a wrong use with 2.
    if (error instanceof Error && error.name === "CommanderError")
      return (error as { exitCode?: number }).exitCode === 0 ? 0 : 2;
    return report(error, io);
  }
}

process.exitCode = await main();
