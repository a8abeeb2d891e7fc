import { Command } from "commander";
import { MsbDepsError } from "../base/errors.ts";
import type { Io } from "../commands/options.ts";
import { auditProgram } from "./audit-program.ts";
import { addBuildOptions, type BuildFlags, runOptions } from "./build-options.ts";
import { addColorOptions, addShowOptions, type ShowFlags, showOptions } from "./show-options.ts";
import { verifyProgram } from "./verify-program.ts";
import { packageVersion } from "./version.ts";

type Flags = BuildFlags & ShowFlags;
/** The whole command line; a command that ends by itself says its exit code to `finished`. */
export function program(io: Io, finished: (exitCode: number) => void): Command {
  const analyze = analyzeProgram(io, finished);
  const commands = [analyze, auditProgram(io, finished), verifyProgram(io, finished), whyProgram(io, finished)];
  const root = new Command("msb-deps").version(packageVersion(), "-V, --version");
  for (const command of commands) root.addCommand(command, { isDefault: command === analyze });
  root.helpInformation = () =>
    analyze.helpInformation().replace("Usage: msb-deps analyze", "Usage: msb-deps [analyze]") +
    ANALYZE_EXIT_CODES +
    commandList(commands);
  for (const command of [root, ...commands]) {
    command.exitOverride();
    command.configureOutput({
      writeOut: (text) => void io.results.write(text, "text"),
      writeErr: (text) => io.messages.lines(text.replace(/\n$/, "").split("\n")),
    });
  }
  return root;
}

function commandList(commands: readonly Command[]): string {
  const rows = commands.map((command) => `  ${command.name().padEnd(9)}${command.summary()}\n`);
  return `\nCommands (msb-deps <command> --help tells more):\n${rows.join("")}`;
}

function analyzeProgram(io: Io, finished: (exitCode: number) => void): Command {
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

function whyProgram(io: Io, finished: (exitCode: number) => void): Command {
  const command = new Command("why")
    .summary("show what asks for a package, soname or file, and why it is or is not in the line")
    .description(
      "Show the tree from the binaries down to a package, soname or file, how the loader finds each library of it, and why a package is or is not in the line.",
    )
    .usage("[options] <Dockerfile | folder | -> <name>\n       msb-deps why [options] --from <file> <name>")
    .argument(
      "<words...>",
      "the Dockerfile, unless --from, --image, --rootfs or --oci stands for it, and the name to ask about",
    )
    .showHelpAfterError("(msb-deps why --help lists the options)")
    .addHelpText("after", WHY_EXIT_CODES)
    .action(async (words: string[], flags: Flags & { readonly from?: string }) => {
      const { dockerfile, name } = whyWords(words, flags);
      const { whyCommand } = await import("../commands/why.ts");
      const options = { name, from: flags.from ?? null, run: runOptions(dockerfile, flags) };
      finished(await whyCommand(options, showOptions(flags), io));
    });
  addBuildOptions(command, io.env).option(
    "--from <file>",
    "answer from a run kept by --save-snapshot; needs no engine",
  );
  return addShowOptions(command, {
    formats: ["text", "json"],
    format: "text (a tree) or json",
    quiet: "no progress",
    verbose: "every artifact, every way to the name, every place that the loader passed over",
  });
}

const WHY_EXIT_CODES = `
Exit codes:
  0    the artifacts ask for it, or apt brings it because of them
  1    nothing asks for it; what is known of it is printed
  2    usage, or the tool could not do its work, or not all of it
  130  interrupted
`;

/** One word is the name where a Dockerfile is not needed; two are Dockerfile and name. */
function whyWords(
  words: readonly string[],
  { from, image, rootfs, oci }: Pick<BuildFlags, "image" | "rootfs" | "oci"> & { readonly from?: string },
): { dockerfile: string | undefined; name: string } {
  const name = words.at(-1) ?? "";
  const usage = (message: string, hint: string): never => {
    throw new MsbDepsError("usage", message, { hint });
  };
  if (name === "") usage("why needs a name to ask about.", "Name a package, a soname or a file.");
  if (words.length > 2) usage(`why takes one name, and there are ${words.length} words.`, "Ask one at a time.");
  if (from !== undefined && words.length > 1)
    usage("with --from there is no Dockerfile to name.", "The saved file holds it: leave it out.");
  if (words.length === 1 && [from, image, rootfs, oci].every((source) => source === undefined))
    usage("why needs two words: a Dockerfile and a name.", "Or name what was saved: --from FILE.");
  return { dockerfile: words.length > 1 ? words[0] : undefined, name };
}
