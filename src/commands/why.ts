import { examination } from "../analysis/analyze.ts";
import type { Evidence } from "../analysis/why/evidence.ts";
import type { Why } from "../analysis/why/model.ts";
import { runEvidence } from "../analysis/why/run-evidence.ts";
import { why } from "../analysis/why/why.ts";
import { finishPaced } from "../base/steps.ts";
import { requireArtifacts } from "./checks.ts";
import { hold, openConfigs } from "./config/hold.ts";
import type { Io, RunOptions, ShowOptions } from "./options.ts";
import { inputOf, obtainRun } from "./run.ts";
import { readSavedRun } from "./saved-run.ts";
import { writeAs } from "./write-result.ts";

/** What `msb-deps why` is asked. */
export interface WhyOptions {
  readonly name: string;
  /** A saved run in place of a build. */
  readonly from: string | null;
  readonly run: RunOptions;
}

/** `msb-deps why`: what asks for a name, from the command line to the exit code. */
export async function whyCommand({ name, from, run }: WhyOptions, show: ShowOptions, io: Io): Promise<number> {
  const answer = await finishPaced(why(await evidence(from, run, show, io), name), io.signal);
  await writeAs("why", answer, show, io);
  return exitCode(answer);
}

async function evidence(from: string | null, given: RunOptions, show: ShowOptions, io: Io): Promise<Evidence> {
  const { options } = await hold(given, { configs: openConfigs(given, io) });
  const run = from === null ? await obtainRun(options, show, io) : await readSavedRun(from, io.signal);
  const input = inputOf(run, options);
  const examined = await finishPaced(examination(input), io.signal);
  requireArtifacts(examined.analysis, options.allowEmpty);
  return runEvidence(examined, (soname) => input.knowledge.lookup(soname));
}

/** What was found stands; that nothing asks for a name is known only where all could be looked at. */
function exitCode({ needed, complete }: Why): number {
  if (needed) return 0;
  return complete ? 1 : 2;
}
