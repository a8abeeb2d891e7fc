import type { Io } from "../commands/options.ts";
import { formatsOf } from "../report/formats.ts";
import { addBuildOptions, type BuildFlags, NOT_BUILT, runOptions } from "./build-options.ts";
import { seconds } from "./duration.ts";
import { requireOnePlatform } from "./paths.ts";
import { addShowOptions, type ShowFlags, showOptions } from "./show-options.ts";
import { ToolCommand } from "./tool-command.ts";

interface VerifyFlags extends BuildFlags, ShowFlags {
  readonly current?: boolean;
  readonly irreducible?: boolean;
  readonly run?: string;
  readonly runTimeout: number;
  readonly runNetwork?: boolean;
  readonly addObserved?: boolean;
}

/** `msb-deps verify`. */
export function verifyProgram(io: Io, finished: (exitCode: number) => void): ToolCommand {
  const command = new ToolCommand("verify")
    .summary("build a runtime image with the line, and prove it with that image's own loader")
    .description(
      "Build a runtime image with the line and the artifacts, ask that image's own loader about every artifact, and print what is proved.",
    )
    .usage("[options] <Dockerfile | directory | ->")
    .argument("[dockerfile]", "Dockerfile, directory that contains one, or - for standard input")
    .showHelpAfterError("(run msb-deps verify --help for the options)")
    .addExamples(
      ["prove the computed line", "msb-deps verify ./Dockerfile"],
      ["also show that no package can be removed", "msb-deps verify --irreducible ./Dockerfile"],
      [
        "prove the runtime stage as written, and start the program",
        "msb-deps verify --current --run 'app --version' .",
      ],
    )
    .addExitCodes({ 0: "proved", 1: "something does not resolve, a package is removable, or the run failed" })
    .optionsGroup("Verify options:")
    .option("--current", "verify the runtime stage as written, instead of one with the computed line")
    .option("--irreducible", "remove each package in turn, and show that something breaks")
    .option("--run <command>", "run a shell command in the image and observe what it opens; this executes artifacts")
    .option("--run-timeout <seconds>", "time limit of --run; a command that still runs then has succeeded", seconds, 10)
    .option("--run-network", "give --run network access")
    .option("--add-observed", "add packages of the builder for libraries that --run does not find, and prove again")
    .action(async (dockerfile: string | undefined, flags: VerifyFlags) => {
      requireOnePlatform(flags);
      const { verifyCommand } = await import("../commands/verify.ts");
      const own = {
        current: flags.current ?? false,
        irreducible: flags.irreducible ?? false,
        run: flags.run ?? null,
        runSeconds: flags.runTimeout,
        runNetwork: flags.runNetwork ?? false,
        addObserved: flags.addObserved ?? false,
      };
      finished(await verifyCommand(runOptions(dockerfile, flags), own, showOptions(flags), io));
    });
  addBuildOptions(command, io.env);
  for (const option of command.options) if (NOT_BUILT.has(option.long ?? "")) option.hideHelp();
  addShowOptions(command, {
    formats: formatsOf("proof"),
    format: "text: a table; json",
    quiet: "print no progress",
    verbose: null,
  });
  return command;
}
