import { MsbDepsError } from "../base/errors.ts";
import { verdictOf } from "../proof/verdict.ts";
import { hold, openConfigs } from "./config/hold.ts";
import type { Io, RunOptions, ShowOptions } from "./options.ts";
import { obtainRun } from "./run.ts";
import { checkBuildable, withWork } from "./verify/open-work.ts";
import { prove } from "./verify/prove.ts";
import type { VerifyOptions } from "./verify/work.ts";
import { writeAs } from "./write-result.ts";

export type { VerifyOptions } from "./verify/work.ts";

/** `msb-deps verify`: a runtime image built with the line, and its own loader asked about every artifact. */
export async function verifyCommand(given: RunOptions, own: VerifyOptions, show: ShowOptions, io: Io): Promise<number> {
  const { options } = await hold(given, { configs: openConfigs(given, io) });
  checkOptions(options, own);
  const run = await obtainRun(options, show, io);
  const proved = await withWork("verify", run, { options, show, io }, (work) => {
    if (own.current && work.plan.runtime === null) throw noRuntime();
    return prove({ ...work, own });
  });
  await writeAs("proof", proved, show, io);
  if (!proved.analysis.complete) return 2;
  return { proved: 0, refuted: 1, open: 2 }[verdictOf(proved.proof, own)];
}

function checkOptions(options: RunOptions, own: VerifyOptions): void {
  const usage = (message: string, hint: string): never => {
    throw new MsbDepsError("usage", message, { hint });
  };
  checkBuildable("verify", options);
  if (own.addObserved && own.run === null) usage("--add-observed needs --run.", "Add --run COMMAND.");
  if (own.addObserved && own.current)
    usage(
      "--add-observed and --current cannot be combined: with --current there is no computed line to add to.",
      "Omit one of them.",
    );
}

function noRuntime(): MsbDepsError {
  return new MsbDepsError("usage", "the Dockerfile has no runtime stage to build with --current.", {
    hint: "Verify a Dockerfile with at least two stages, or name the stage with --runtime.",
  });
}
