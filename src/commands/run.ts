import type { AnalysisInput } from "../analysis/input.ts";
import { assumedBase, knowledgeFor } from "../analysis/knowledge.ts";
import { MsbDepsError } from "../base/errors.ts";
import { phase } from "../base/phases.ts";
import { openProgress } from "../report/progress.ts";
import { askArchive } from "./ask-archive.ts";
import { contextFiles } from "./context-files.ts";
import { contextSources } from "./context-scripts.ts";
import { type DockerfileInput, readDockerfile } from "./dockerfile-input.ts";
import type { Io, RunOptions, ShowOptions } from "./options.ts";
import { mappingsOf, planOf, planOptions } from "./plan.ts";
import { readSavedRun, type SavedRun, writeSavedRun } from "./saved-run.ts";
import { shippedTables } from "./shipped-tables.ts";
import { gather } from "./sources/gather.ts";
import type { Gathered, GatherRequest } from "./sources/gather-request.ts";
import { artifactPaths, outermost } from "./sources/look-requests.ts";
import { engineOnDemand, openEngine } from "./sources/open-engine.ts";
import { basePlace, builderGiven, withDefault } from "./sources/places.ts";

/**
 * The run that a command works on: replayed, or built and inspected now; kept if `--save-snapshot` says so. `dockerfile` is
 * the one that the options name, if it was read already: standard input can be read once.
 */
export async function obtainRun(
  options: RunOptions,
  show: Pick<ShowOptions, "progress" | "quiet">,
  io: Io,
  dockerfile: DockerfileInput | null = null,
): Promise<SavedRun> {
  const run =
    options.snapshot === null
      ? await liveRun(options, show, io, dockerfile)
      : await readSavedRun(options.snapshot, io.signal);
  if (options.saveSnapshot !== null) await save(options.saveSnapshot, run, show, io);
  return run;
}

async function save(
  path: string,
  run: SavedRun,
  { quiet }: Pick<ShowOptions, "quiet">,
  { messages }: Io,
): Promise<void> {
  const names = await writeSavedRun(path, run);
  if (names.length > 0 && !quiet)
    messages.info(`${path} holds the values of --build-arg ${names.join(", ")}: keep it to yourself`);
}

/** Builds and looks, with the progress of it on standard error. */
async function liveRun(
  asked: RunOptions,
  show: Pick<ShowOptions, "progress">,
  io: Io,
  dockerfile: DockerfileInput | null,
): Promise<SavedRun> {
  const options = await withDefault(asked, io, () => engineAnswers(io, asked));
  const { request, text, choice } = await requestOf(options, io, dockerfile);
  const saved = { dockerfile: text, choice, apt: null };
  const progress = openProgress(show.progress, io.env, io.messages);
  const looked = { ...request, onEvent: progress.event };
  const engine = engineOnDemand(io, options.endpoint);
  try {
    const run: SavedRun = { ...saved, ...withBase(await gather(looked, engine.get, io.signal)) };
    if (!options.online) return run;
    return { ...run, apt: await askArchive(await engine.get(), looked, inputOf(run, options), io.signal) };
  } finally {
    progress.end();
    await phase("close the engine", engine.close);
  }
}

/** What is to be looked at, and the text of the Dockerfile that says so. */
async function requestOf(
  options: RunOptions,
  io: Io,
  read: DockerfileInput | null,
): Promise<{
  readonly request: Omit<GatherRequest, "onEvent">;
  readonly text: string | null;
  readonly choice: SavedRun["choice"];
}> {
  const given = builderGiven(options);
  basePlace(options);
  if (given !== null && options.dockerfile === null && options.artifacts.length === 0) {
    throw new MsbDepsError("usage", `${given} without a Dockerfile needs --artifacts.`, {
      hint: "Add --artifacts PATH.",
    });
  }
  const dockerfile =
    given !== null && options.dockerfile === null
      ? null
      : (read ?? (await readDockerfile(options, io.stdin, io.signal)));
  const text = dockerfile === null ? null : Buffer.from(dockerfile.bytes).toString("utf8");
  const files = text === null ? {} : await contextFiles(text, planOptions(options), dockerfile?.contextDir ?? null);
  const choice = { ...choiceOf(options), ...(Object.keys(files).length > 0 ? { contextFiles: files } : {}) };
  const plan = text === null ? null : planOf(text, choice, Object.keys(options.settings.contexts));
  const sources = await contextSources(plan, dockerfile?.contextDir ?? null);
  const mappings = plan === null ? mappingsOf(options.artifacts) : [];
  const paths =
    plan === null
      ? [outermost(mappings.map(({ source }) => source))]
      : plan.builders.map(({ index }) => artifactPaths(plan, index));
  return {
    request: { options, dockerfile, plan, contextSources: sources, artifactPaths: paths, mappings },
    text,
    choice: Object.keys(sources).length > 0 ? { ...choice, contextSources: sources } : choice,
  };
}

async function engineAnswers(io: Io, { endpoint }: RunOptions): Promise<boolean> {
  try {
    await (await openEngine(io, endpoint)).close();
    return true;
  } catch (error) {
    if (error instanceof MsbDepsError && error.code === "no-engine") return false;
    throw error;
  }
}

function choiceOf({ artifacts, target, runtime, buildArgs, platform }: RunOptions): SavedRun["choice"] {
  return { artifacts, target, runtime, buildArgs, platform };
}

/** Without a runtime stage the official image of the builder's release stands in. */
function withBase({ builders, base }: Gathered): Pick<SavedRun, "builders" | "base"> {
  const saved = builders.map(({ stage, base: from, snapshot, files }) => ({
    stage: stage?.index ?? null,
    base: from,
    snapshot,
    files: files ?? null,
  }));
  return {
    builders: saved,
    base: base ?? assumedBase(shippedTables(), builders[0]?.snapshot) ?? { source: "none", reference: null },
  };
}

/** What the pure part works on. */
export function inputOf(run: SavedRun, options: RunOptions): AnalysisInput {
  const plan = run.dockerfile === null ? null : planOf(run.dockerfile, run.choice);
  const builders = run.builders.map(({ stage, base, snapshot, files }) => ({
    stage: stage === null ? null : (plan?.stages[stage] ?? null),
    base,
    // A replayed run may hold what the loader said; our rules alone do not hear it.
    snapshot: options.engine === "static" ? { ...snapshot, questions: [] } : snapshot,
    files,
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
    direct: options.direct ?? false,
    withRecommended: options.withRecommended,
    keep: options.keep ?? [],
    ...(run.choice.contextSources === undefined ? {} : { contextSources: run.choice.contextSources }),
  };
}
