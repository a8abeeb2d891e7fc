import { analyze } from "../analysis/analyze.ts";
import type { AnalysisInput } from "../analysis/input.ts";
import { assumedBase, knowledgeFor } from "../analysis/knowledge.ts";
import type { Analysis, Note } from "../analysis/model.ts";
import type { Io, RunOptions, ShowOptions } from "../config.ts";
import { MsbDepsError } from "../errors.ts";
import { shippedTables } from "../mappings.ts";
import { FORMATS } from "../report/formats.ts";
import { openProgress } from "../report/progress.ts";
import { summary } from "../report/summary.ts";
import { askArchive } from "./ask-archive.ts";
import { readDockerfile } from "./dockerfile-input.ts";
import { type Gathered, gather, openEngine } from "./gather.ts";
import { artifactPaths, outermost } from "./look-requests.ts";
import { mappingsOf, planOf } from "./plan.ts";
import { readSavedRun, type SavedRun, writeSavedRun } from "./saved-run.ts";
import { writeStream, writeWhole } from "./write-result.ts";

/** `msb-deps [analyze]`: the line, from the command line to the exit code. */
export async function analyzeCommand(options: RunOptions, show: ShowOptions, io: Io): Promise<number> {
  const run = await obtainRun(options, show, io);
  const analysis = wholeAnalysis(analysisInput(run, options), options);
  await write(analysis, show, io);
  return exitCode(analysis);
}

/** The run that a command works on: a live one, or a saved one. It is saved where that is asked for. */
export async function obtainRun(options: RunOptions, show: ShowOptions, io: Io): Promise<SavedRun> {
  const run = options.snapshot === null ? await liveRun(options, show, io) : await readSavedRun(options.snapshot);
  if (options.saveSnapshot !== null) await writeSavedRun(options.saveSnapshot, run);
  return run;
}

/** @throws MsbDepsError `no-artifacts` */
export function wholeAnalysis(input: AnalysisInput, options: RunOptions): Analysis {
  const analysis = analyze(input);
  requireArtifacts(analysis, options);
  return analysis;
}

/** Builds and looks, with the progress of it on standard error. */
async function liveRun(options: RunOptions, show: ShowOptions, io: Io): Promise<SavedRun> {
  if (options.image !== null && options.dockerfile === null && options.artifacts.length === 0) {
    throw new MsbDepsError("usage", "with --image and no Dockerfile the artifacts have to be named.", {
      hint: "Add --artifacts PATH.",
    });
  }
  const dockerfile =
    options.image !== null && options.dockerfile === null ? null : await readDockerfile(options, io.stdin);
  const text = dockerfile === null ? null : Buffer.from(dockerfile.bytes).toString("utf8");
  const plan = text === null ? null : planOf(text, options);
  const mappings = plan === null ? mappingsOf(options.artifacts) : [];
  const paths =
    plan === null
      ? [outermost(mappings.map(({ source }) => source))]
      : plan.builders.map(({ index }) => artifactPaths(plan, index));
  const progress = openProgress(show.progress, io.env, io.stderr);
  const engine = await openEngine(io);
  try {
    const request = { options, dockerfile, plan, artifactPaths: paths, mappings, onEvent: progress.event };
    const gathered = await gather(engine, request, io.signal);
    const run: SavedRun = { dockerfile: text, choice: choiceOf(options), ...withBase(gathered), apt: null };
    if (!options.online) return run;
    return { ...run, apt: await askArchive(engine, request, analysisInput(run, options), io.signal) };
  } finally {
    progress.end();
    await engine.close();
  }
}

function choiceOf({ artifacts, target, runtime, buildArgs, platform }: RunOptions): SavedRun["choice"] {
  return { artifacts, target, runtime, buildArgs, platform };
}

/** Without a runtime stage the official image of the builder's release stands in. */
function withBase({ builders, base }: Gathered): Pick<SavedRun, "builders" | "base"> {
  const saved = builders.map(({ stage, base: from, snapshot }) => ({
    stage: stage?.index ?? null,
    base: from,
    snapshot,
  }));
  return {
    builders: saved,
    base: base ?? assumedBase(shippedTables(), builders[0]?.snapshot) ?? { source: "none", reference: null },
  };
}

/** What the pure part needs of a run. */
export function analysisInput(run: SavedRun, options: RunOptions): AnalysisInput {
  const plan = run.dockerfile === null ? null : planOf(run.dockerfile, run.choice);
  const builders = run.builders.map(({ stage, base, snapshot }) => ({
    stage: stage === null ? null : (plan?.stages[stage] ?? null),
    base,
    // A replayed run may hold what the loader said; our rules alone do not hear it.
    snapshot: options.engine === "static" ? { ...snapshot, questions: [] } : snapshot,
  }));
  const mappings = plan === null ? mappingsOf(run.choice.artifacts) : [];
  const knowledge = knowledgeFor(
    shippedTables(),
    builders.map(({ snapshot }) => snapshot),
    run.base,
  );
  return { plan, mappings, builders, base: run.base, apt: run.apt, knowledge, explicit: options.explicit, withRecommended: options.withRecommended };
}

function requireArtifacts(analysis: Analysis, { allowEmpty }: RunOptions): void {
  if (analysis.artifacts.length > 0 || allowEmpty) return;
  throw new MsbDepsError("no-artifacts", "there is no ELF file and no script among the artifacts.", {
    hint: "Look whether the right path is named with --artifacts; --allow-empty takes this for an answer.",
  });
}

async function write(analysis: Analysis, show: ShowOptions, io: Io): Promise<void> {
  const report = FORMATS[show.format];
  if (report === undefined)
    throw new MsbDepsError("usage", `there is no format ${show.format}.`, {
      hint: `Formats: ${Object.keys(FORMATS).join(", ")}.`,
    });
  const color = show.color ?? wantsColor(io);
  if (!show.quiet) await writeStream(io.stderr, summary(analysis, { color, verbose: show.verbose }));
  if (show.output === null) await writeStream(io.stdout, report(analysis));
  else await writeWhole(show.output, report(analysis));
}

/** NO_COLOR (no-color.org) and FORCE_COLOR before the terminal. */
function wantsColor({ env, stderr }: Io): boolean {
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== "") return false;
  if (env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== "") return env.FORCE_COLOR !== "0";
  return stderr.isTTY && env.TERM !== "dumb";
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
