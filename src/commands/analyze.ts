import { analyze } from "../analysis/analyze.ts";
import type { Analysis, Note } from "../analysis/model.ts";
import { MsbDepsError } from "../base/errors.ts";
import { FORMATS } from "../report/formats.ts";
import { summary } from "../report/summary.ts";
import { requireArtifacts } from "./checks.ts";
import type { Io, RunOptions, ShowOptions } from "./options.ts";
import { inputOf, obtainRun } from "./run.ts";
import { kindOf, writeResult } from "./write-result.ts";

/** `msb-deps [analyze]`: the line, from the command line to the exit code. */
export async function analyzeCommand(options: RunOptions, show: ShowOptions, io: Io): Promise<number> {
  const analysis = analyze(inputOf(await obtainRun(options, show, io), options));
  requireArtifacts(analysis, options.allowEmpty);
  await write(analysis, show, io);
  return exitCode(analysis);
}

async function write(analysis: Analysis, show: ShowOptions, io: Io): Promise<void> {
  const report = FORMATS[show.format];
  if (report === undefined)
    throw new MsbDepsError("usage", `there is no format ${show.format}.`, {
      hint: `Formats: ${Object.keys(FORMATS).join(", ")}.`,
    });
  const color = show.color ?? wantsColor(io);
  if (!show.quiet) io.messages.lines(summary(analysis, { verbose: show.verbose }), { color });
  await writeResult(report(analysis), kindOf(show.format), show, io);
}

/** NO_COLOR (no-color.org) and FORCE_COLOR before the terminal. */
function wantsColor({ env, messages }: Io): boolean {
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== "") return false;
  if (env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== "") return env.FORCE_COLOR !== "0";
  return messages.isTerminal && env.TERM !== "dumb";
}

/** Notes with which the line or the build is not known to be good. */
const OPEN: ReadonlySet<Note["code"]> = new Set(["copy-breaks-merged-usr", "interpreter-unknown", "versions-unproved"]);

/** 2: not all could be looked at. 1: the line and the present COPY instructions are not enough. */
function exitCode(analysis: Analysis): number {
  if (!analysis.complete) return 2;
  const unknown = analysis.artifacts.some(({ libraries }) => libraries.some(({ status }) => status === "unknown"));
  const open = unknown || analysis.notes.some(({ code }) => OPEN.has(code));
  return analysis.missing.length > 0 || analysis.copy.length > 0 || open ? 1 : 0;
}
