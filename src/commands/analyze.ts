import { examination } from "../analysis/analyze.ts";
import type { Analysis, Note } from "../analysis/model.ts";
import { phase } from "../base/phases.ts";
import { finishPaced } from "../base/steps.ts";
import { isLiteral } from "../report/copy.ts";
import { pinText } from "../report/line-options.ts";
import { analysesSummary, analysisBrief } from "../report/many-summary.ts";
import { summary } from "../report/summary.ts";
import type { CheckOptions } from "./check-options.ts";
import { requireArtifacts, requireKept } from "./checks.ts";
import { configsOf, type Held, hold, openConfigs, showAs } from "./config/hold.ts";
import type { Many, ManyWork, Outcome } from "./many.ts";
import type { Io, RunOptions, ShowOptions } from "./options.ts";
import { inputOf, obtainRun } from "./run.ts";
import type { SavedRun } from "./saved-run.ts";
import { requireFormats, writeAs, writeResult } from "./write-result.ts";

/** `msb-deps [analyze]`: the line, from the command line to the exit code. */
export async function analyzeCommand(
  given: RunOptions,
  asked: ShowOptions,
  io: Io,
  check: CheckOptions | null = null,
): Promise<number> {
  const held = await hold(given, { configs: openConfigs(given, io) });
  const show = showAs(asked, "analyze", [held.file]);
  const { document, exitCode, run } = await analyzeOne(held, show, io);
  if (check === null) {
    await phase("report", () => write(document, show, io));
    return exitCode;
  }
  // The diff is the result on standard output; files of -o are written as ever.
  const outputs = show.outputs.filter(({ file }) => file !== null);
  await phase("report", () => write(document, { ...show, outputs }, io));
  const { checkNeeds } = await import("./check-list.ts");
  const diff = await checkNeeds(check, { analysis: document, run, held }, io);
  await writeResult(diff, "verbatim", { file: null }, io);
  return Math.max(exitCode, diff !== "" && !check.update ? 1 : 0);
}

/** `msb-deps [analyze]` of many Dockerfiles, or on many platforms. */
export async function analyzeMany(many: Many, options: RunOptions, asked: ShowOptions, io: Io): Promise<number> {
  const { runMany } = await import("./run-many.ts");
  const configs = openConfigs(options, io);
  const show = showAs(asked, "analyze", await configsOf(many, configs));
  const work: ManyWork<Analysis> = { run: analyzeOne, brief: analysisBrief, summary: analysesSummary };
  requireFormats("analyses", show);
  const { results, exitCode } = await runMany(many, work, { options, configs }, show, io);
  await writeAs("analyses", results, show, io);
  return exitCode;
}

async function analyzeOne(
  { options }: Held,
  show: ShowOptions,
  io: Io,
): Promise<Outcome<Analysis> & { readonly run: SavedRun }> {
  const run = await obtainRun(options, show, io);
  const input = inputOf(run, options);
  const { analysis } = await phase("analysis", () => finishPaced(examination(input), io.signal));
  requireArtifacts(analysis, options.allowEmpty);
  requireKept(analysis);
  return { document: analysis, exitCode: exitCode(analysis), run };
}

async function write(analysis: Analysis, show: ShowOptions, io: Io): Promise<void> {
  const color = show.color ?? wantsColor(io);
  const columns = io.messages.isTerminal ? io.messages.columns : null;
  if (!show.quiet) io.messages.lines(summary(analysis, { verbose: show.verbose, columns }), { color });
  const pinned = show.line === undefined ? null : pinText(analysis, show.line);
  if (pinned !== null && !show.quiet) io.messages.info(pinned);
  await writeAs("analysis", analysis, show, io);
}

/** NO_COLOR (no-color.org) and FORCE_COLOR before the terminal. */
function wantsColor({ env, messages }: Io): boolean {
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== "") return false;
  if (env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== "") return env.FORCE_COLOR !== "0";
  return messages.isTerminal && env.TERM !== "dumb";
}

/** Notes with which the line or the build is not known to be good. */
const OPEN: ReadonlySet<Note["code"]> = new Set(["copy-breaks-merged-usr", "interpreter-unknown", "versions-unproved"]);

/**
 * 2: not all could be inspected. 1: the line and the present COPY instructions are not enough. On a base without apt the
 * COPY instructions are the answer that was asked for, as the line is elsewhere.
 */
export function exitCode(analysis: Analysis): number {
  if (!analysis.complete) return 2;
  const unknown = analysis.artifacts.some(({ libraries }) => libraries.some(({ status }) => status === "unknown"));
  const open = unknown || analysis.notes.some(({ code }) => OPEN.has(code));
  const isAnswer = analysis.notes.some(({ code }) => code === "no-apt-runtime") && analysis.copy.every(isLiteral);
  return analysis.missing.length > 0 || (analysis.copy.length > 0 && !isAnswer) || open ? 1 : 0;
}
