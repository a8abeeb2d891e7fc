import { Command, Option } from "commander";
import { MsbDepsError } from "../base/errors.ts";
import type { AuditOptions, FixOptions } from "../commands/audit-subject.ts";
import type { Io } from "../commands/options.ts";
import { addBuildOptions, type BuildFlags, runOptions } from "./build-options.ts";
import { addShowOptions, type ShowFlags, showOptions } from "./show-options.ts";

const FIX_LEVELS: readonly FixOptions["level"][] = ["warning", "info"];
const THRESHOLDS: readonly AuditOptions["failureThreshold"][] = ["error", "warning", "info", "none"];

interface AuditFlags extends BuildFlags, ShowFlags {
  readonly build: boolean;
  readonly failureThreshold: AuditOptions["failureThreshold"];
  readonly fix?: boolean;
  readonly diff?: boolean;
  readonly fixLevel?: FixOptions["level"];
}

/** `msb-deps audit`. */
export function auditProgram(io: Io, finished: (exitCode: number) => void): Command {
  const command = new Command("audit")
    .summary("hold what the runtime stage installs and copies against what it needs")
    .description(
      "Hold what the runtime stage installs and copies against what it needs. An image without a Dockerfile is audited as a whole: what no package owns in it, against what apt was asked for.",
    )
    .usage(
      "[options] <Dockerfile | folder | ->\n       msb-deps audit [options] --image <ref> | --oci <path> | --rootfs <dir>",
    )
    .argument("[dockerfile]", "a Dockerfile, a folder that has one, or - for standard input")
    .showHelpAfterError("(msb-deps audit --help lists the options)")
    .addHelpText("after", AUDIT_EXIT_CODES)
    .option("--no-build", "only what the Dockerfile alone tells; needs no engine")
    .addOption(
      new Option("--failure-threshold <severity>", "the least severity that ends in exit code 1")
        .choices(THRESHOLDS)
        .default("warning"),
    )
    .option("--fix", "rewrite the Dockerfile: add what is missing, take away what is proved to be superfluous")
    .option("--diff", "print what --fix would change, as a unified diff; nothing is written")
    .addOption(
      new Option(
        "--fix-level <level>",
        "warning (the default), or info: also what is no fault, as a repeated package",
      ).choices(FIX_LEVELS),
    )
    .action(async (dockerfile: string | undefined, flags: AuditFlags) => {
      const { auditCommand } = await import("../commands/audit.ts");
      const fix = fixOptions(dockerfile, flags);
      const own = { noBuild: !flags.build, failureThreshold: flags.failureThreshold, fix };
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

/** With standard input for the Dockerfile the new text is the result. */
function fixOptions(dockerfile: string | undefined, flags: AuditFlags): FixOptions | null {
  const { fix = false, diff = false, fixLevel: level } = flags;
  const usage = (message: string, hint: string): MsbDepsError => new MsbDepsError("usage", message, { hint });
  if (!fix && !diff) {
    if (level === undefined) return null;
    throw usage("--fix-level says how far a fix goes, and no fix is asked for.", "Add --fix or --diff.");
  }
  const result = diff ? "diff" : dockerfile === "-" ? "text" : "file";
  return { level: level ?? "warning", result };
}

const AUDIT_EXIT_CODES = `
Exit codes (with --fix and --diff those of the new text):
  0    no finding at or over the threshold
  1    findings at or over the threshold
  2    the tool could not do its work, or not all of it
  130  interrupted
`;
