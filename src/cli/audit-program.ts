import { Command, Option } from "commander";
import type { AuditOptions } from "../commands/audit.ts";
import type { Io } from "../config.ts";
import { addBuildOptions, type BuildFlags, runOptions } from "./build-options.ts";
import { addShowOptions, type ShowFlags, showOptions } from "./show-options.ts";

const THRESHOLDS: readonly AuditOptions["failureThreshold"][] = ["error", "warning", "info", "none"];

interface AuditFlags extends BuildFlags, ShowFlags {
  readonly build: boolean;
  readonly failureThreshold: AuditOptions["failureThreshold"];
}

/** `msb-deps audit`. */
export function auditProgram(io: Io, finished: (exitCode: number) => void): Command {
  const command = new Command("audit")
    .summary("hold what the runtime stage installs and copies against what it needs")
    .description(
      "Hold what the runtime stage installs and copies against what it needs. An image without a Dockerfile is audited as a whole: what no package owns in it, against what apt was asked for.",
    )
    .usage("[options] <Dockerfile | folder | ->\n       msb-deps audit [options] --image <ref>")
    .argument("[dockerfile]", "a Dockerfile, a folder that has one, or - for standard input")
    .showHelpAfterError("(msb-deps audit --help lists the options)")
    .addHelpText("after", AUDIT_EXIT_CODES)
    .option("--no-build", "only what the Dockerfile alone tells; needs no engine")
    .addOption(
      new Option("--failure-threshold <severity>", "the least severity that ends in exit code 1")
        .choices(THRESHOLDS)
        .default("warning"),
    )
    .action(async (dockerfile: string | undefined, flags: AuditFlags) => {
      const { auditCommand } = await import("../commands/audit.ts");
      const own = { noBuild: !flags.build, failureThreshold: flags.failureThreshold };
      finished(await auditCommand(runOptions(dockerfile, flags), own, showOptions(flags), io));
    });
  addBuildOptions(command, io.env).option("--snapshot <file>", "replay what --save-snapshot kept; needs no engine");
  return addShowOptions(command, {
    formats: ["text", "json"],
    format: "text (a finding a line) or json",
    quiet: "no progress and no count of findings",
    verbose: null,
  });
}

const AUDIT_EXIT_CODES = `
Exit codes:
  0    no finding at or over the threshold
  1    findings at or over the threshold
  2    the tool could not do its work, or not all of it
  130  interrupted
`;
