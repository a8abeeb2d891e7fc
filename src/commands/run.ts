import type { AnalysisInput } from "../analysis/input.ts";
import { assumedBase, knowledgeFor } from "../analysis/knowledge.ts";
import type { Io, RunOptions, ShowOptions } from "../config.ts";
import { MsbDepsError } from "../errors.ts";
import { shippedTables } from "../mappings.ts";
import { openProgress } from "../report/progress.ts";
import { askArchive } from "./ask-archive.ts";
import { readDockerfile } from "./dockerfile-input.ts";
import { type Gathered, gather, openEngine } from "./gather.ts";
import { artifactPaths, outermost } from "./look-requests.ts";
import { mappingsOf, planOf } from "./plan.ts";
import { readSavedRun, type SavedRun, writeSavedRun } from "./saved-run.ts";

/** The run that a command works on: replayed, or built and looked at now; kept where `--save-snapshot` says so. */
export async function obtainRun(options: RunOptions, show: Pick<ShowOptions, "progress">, io: Io): Promise<SavedRun> {
  const run = options.snapshot === null ? await liveRun(options, show, io) : await readSavedRun(options.snapshot);
  if (options.saveSnapshot !== null) await writeSavedRun(options.saveSnapshot, run);
  return run;
}

/** Builds and looks, with the progress of it on standard error. */
async function liveRun(options: RunOptions, show: Pick<ShowOptions, "progress">, io: Io): Promise<SavedRun> {
  if (options.image !== null && options.dockerfile === null && options.artifacts.length === 0) {
    throw new MsbDepsError("usage", "with --image and no Dockerfile the artifacts have to be named.", {
      hint: "Add --artifacts PATH.",
    });
  }
  const dockerfile =
    options.image !== null && options.dockerfile === null ? null : await readDockerfile(options, io.stdin, io.signal);
  const text = dockerfile === null ? null : Buffer.from(dockerfile.bytes).toString("utf8");
  const plan = text === null ? null : planOf(text, options);
  const mappings = plan === null ? mappingsOf(options.artifacts) : [];
  const paths =
    plan === null
      ? [outermost(mappings.map(({ source }) => source))]
      : plan.builders.map(({ index }) => artifactPaths(plan, index));
  const progress = openProgress(show.progress, io.env, io.stderr);
  const engine = await openEngine(io, options.endpoint);
  try {
    const request = { options, dockerfile, plan, artifactPaths: paths, mappings, onEvent: progress.event };
    const gathered = await gather(engine, request, io.signal);
    const run: SavedRun = { dockerfile: text, choice: choiceOf(options), ...withBase(gathered), apt: null };
    if (!options.online) return run;
    return { ...run, apt: await askArchive(engine, request, inputOf(run, options), io.signal) };
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

/** What the pure part works on. */
export function inputOf(run: SavedRun, options: RunOptions): AnalysisInput {
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
  return {
    plan,
    mappings,
    builders,
    base: run.base,
    apt: run.apt,
    knowledge,
    explicit: options.explicit,
    withRecommended: options.withRecommended,
  };
}
