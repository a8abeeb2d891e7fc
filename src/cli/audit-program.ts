import { Option } from "commander";
import { MsbDepsError } from "../base/errors.ts";
import type { FixOptions } from "../commands/audit-subject.ts";
import type { BaselineOptions } from "../commands/baseline.ts";
import type { Threshold } from "../commands/config/settings.ts";
import type { Io } from "../commands/options.ts";
import { formatsOf } from "../report/formats.ts";
import { addBuildOptions, type BuildFlags, runOptions } from "./build-options.ts";
import { addPaths, onPaths, type PathFlags } from "./paths.ts";
import { addShowOptions, type ShowFlags, showOptions } from "./show-options.ts";
import { ToolCommand } from "./tool-command.ts";

const FIX_LEVELS: readonly FixOptions["level"][] = ["warning", "info"];
export const THRESHOLDS: readonly Threshold[] = ["error", "warning", "info", "none"];

interface AuditFlags extends BuildFlags, ShowFlags, PathFlags {
  readonly build: boolean;
  readonly failureThreshold?: Threshold;
  readonly trace?: string[];
  readonly baseline?: string;
  readonly updateBaseline?: boolean;
  readonly fix?: boolean;
  readonly diff?: boolean;
  readonly fixLevel?: FixOptions["level"];
}

/** `msb-deps audit`. */
export function auditProgram(io: Io, finished: (exitCode: number) => void): ToolCommand {
  const command = new ToolCommand("audit")
    .summary("compare what the runtime stage installs and copies with what it needs")
    .description(
      "Compare what the runtime stage installs and copies with what it needs. Without a Dockerfile, a whole image is audited: what its files without a package need, compared with the packages that were explicitly installed.",
    )
    .showHelpAfterError("(run msb-deps audit --help for the options)")
    .addExamples(
      ["check the list of the runtime stage", "msb-deps audit ./Dockerfile"],
      ["without an engine, every Dockerfile below a directory", "msb-deps audit --no-build ."],
      ["show what --fix would change", "msb-deps audit --diff ./Dockerfile"],
      ["write two formats in one run", "msb-deps audit -f text -f sarif -o audit.sarif ./Dockerfile"],
    )
    .addExitCodes(
      { 0: "no finding at or over the threshold", 1: "findings at or over the threshold" },
      " (with --fix and --diff: for the new text)",
    )
    .optionsGroup("Audit options:")
    .option("--no-build", "check only what the Dockerfile itself shows; needs no engine")
    .option(
      "--trace <file>",
      "take what a saved trace shows as evidence of use; repeatable",
      (value: string, before: string[] = []) => [...before, value],
    )
    .addOption(
      new Option(
        "--failure-threshold <severity>",
        "lowest severity that makes the exit code 1 (default: warning)",
      ).choices(THRESHOLDS),
    )
    .option("--baseline <file>", "leave out the findings of this file: only new ones are shown and counted")
    .option("--update-baseline", "with --baseline: write all findings of this run to the file")
    .option("--fix", "rewrite the Dockerfile: add what is missing, remove what is proved superfluous")
    .option("--diff", "print the changes of --fix as a unified diff; write nothing")
    .addOption(
      new Option(
        "--fix-level <level>",
        "warning (default), or info: also fix infos, such as redundant packages",
      ).choices(FIX_LEVELS),
    )
    .action(async (paths: string[], flags: AuditFlags) => {
      const { auditCommand, auditMany } = await import("../commands/audit.ts");
      const fix = fixOptions(paths[0], flags);
      const own = {
        noBuild: !flags.build,
        traces: flags.trace ?? [],
        failureThreshold: flags.failureThreshold ?? null,
        baseline: baselineOptions(flags),
        fix,
      };
      const show = showOptions(flags);
      finished(
        await onPaths(paths, flags, io, {
          one: (dockerfile) => auditCommand(runOptions(dockerfile, flags), own, show, io),
          many: (many) => auditMany(many, runOptions(undefined, flags), own, show, io),
        }),
      );
    });
  addPaths(command).usage(
    "[options] <path...>\n       msb-deps audit [options] --image <ref> | --oci <path> | --rootfs <dir>",
  );
  addBuildOptions(command, io.env).option(
    "--snapshot <file>",
    "replay a run saved with --save-snapshot; needs no engine",
  );
  addShowOptions(command, {
    formats: formatsOf("audit"),
    format: "text: one finding per line; others: docs/output.md",
    quiet: "print no progress and no count of findings",
    verbose: null,
  });
  return command;
}

function baselineOptions({ baseline, updateBaseline = false }: AuditFlags): BaselineOptions | null {
  if (baseline !== undefined) return { file: baseline, update: updateBaseline };
  if (!updateBaseline) return null;
  throw new MsbDepsError("usage", "--update-baseline has no effect on its own.", { hint: "Add --baseline FILE." });
}

/** With standard input for the Dockerfile the new text is the result. */
function fixOptions(dockerfile: string | undefined, flags: AuditFlags): FixOptions | null {
  const { fix = false, diff = false, fixLevel: level } = flags;
  const usage = (message: string, hint: string): MsbDepsError => new MsbDepsError("usage", message, { hint });
  if (!fix && !diff) {
    if (level === undefined) return null;
    throw usage("--fix-level has no effect on its own.", "Add --fix or --diff.");
  }
  const result = diff ? "diff" : dockerfile === "-" ? "text" : "file";
  return { level: level ?? "warning", result };
}
