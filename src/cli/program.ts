import { Command } from "commander";
import { type Io, packageVersion } from "../config.ts";
import { addBuildOptions, type BuildFlags, runOptions } from "./build-options.ts";
import { addColorOptions, addShowOptions, type ShowFlags, showOptions } from "./show-options.ts";

type Flags = BuildFlags & ShowFlags;
type Finished = (exitCode: number) => void;

/** The whole command line; a command that ends by itself says its exit code to `finished`. */
export function program(io: Io, finished: Finished): Command {
  const analyze = analyzeProgram(io, finished);
  const commands = [analyze];
  const root = new Command("msb-deps").version(packageVersion(), "-V, --version");
  for (const command of commands) root.addCommand(command, { isDefault: command === analyze });
  root.helpInformation = () =>
    analyze.helpInformation().replace("Usage: msb-deps analyze", "Usage: msb-deps [analyze]") +
    ANALYZE_EXIT_CODES +
    commandList(commands);
  for (const command of [root, ...commands]) {
    command.exitOverride();
    command.configureOutput({ writeOut: (text) => io.stdout.write(text), writeErr: (text) => io.stderr.write(text) });
  }
  return root;
}

function commandList(commands: readonly Command[]): string {
  const rows = commands.map((command) => `  ${command.name().padEnd(9)}${command.summary()}\n`);
  return `\nCommands (msb-deps <command> --help tells more):\n${rows.join("")}`;
}

function analyzeProgram(io: Io, finished: Finished): Command {
  const command = new Command("analyze")
    .summary("print the apt-get line (this is the default)")
    .description("Print the apt-get line that the runtime stage of a multi-stage Dockerfile needs.")
    .usage("[options] <Dockerfile | folder | ->")
    .argument("[dockerfile]", "a Dockerfile, a folder that has one, or - for standard input")
    .showHelpAfterError("(msb-deps --help lists the options)")
    .action(async (dockerfile: string | undefined, flags: Flags) => {
      const { analyzeCommand } = await import("../commands/analyze.ts");
      finished(await analyzeCommand(runOptions(dockerfile, flags), showOptions(flags), io));
    });
  addBuildOptions(command, io.env)
    .option("--snapshot <file>", "replay what --save-snapshot kept; needs no engine")
    .option("--explicit", "list also what another listed package pulls in");
  addShowOptions(command, {
    formats: ["text", "line", "list", "json"],
    format: "text (a RUN instruction), line, list or json",
    quiet: "no progress and no summary",
    verbose: "every package with its reasons, every note",
  });
  return addColorOptions(command);
}

const ANALYZE_EXIT_CODES = `
Exit codes:
  0    the line is whole, and nothing is missing
  1    something is missing that no listed package brings
  2    the tool could not do its work, or not all of it
  130  interrupted
`;
