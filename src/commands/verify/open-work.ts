import { examination } from "../../analysis/analyze.ts";
import { MsbDepsError } from "../../base/errors.ts";
import { finishPaced } from "../../base/steps.ts";
import { parseDockerfile } from "../../dockerfile/parse.ts";
import type { BuildPlan } from "../../dockerfile/plan.ts";
import type { Engine, Image } from "../../engine/engine.ts";
import { openProgress } from "../../report/progress.ts";
import { requireArtifacts } from "../checks.ts";
import { dockerfileOf } from "../dockerfile-input.ts";
import type { Io, RunOptions, ShowOptions } from "../options.ts";
import { planOf } from "../plan.ts";
import { inputOf } from "../run.ts";
import type { SavedRun } from "../saved-run.ts";
import type { GatherRequest } from "../sources/gather-request.ts";
import { closeEngine, openEngine } from "../sources/open-engine.ts";
import { runtimeImage } from "../sources/runtime-base.ts";
import type { BuildWork } from "./work.ts";

/** Whoever builds on the runtime base needs one: options that put something else in its place are refused. */
export function checkBuildable(command: string, options: RunOptions): void {
  const usage = (message: string, hint: string): never => {
    throw new MsbDepsError("usage", message, { hint });
  };
  if (options.image !== null)
    usage(`--image cannot be used with ${command}, which builds the stages of the Dockerfile.`, "Omit it.");
  if (options.runtimeOci !== null || options.runtimeRootfs !== null)
    usage(
      `--runtime-oci and --runtime-rootfs cannot be used with ${command}, which builds on the runtime base.`,
      "Omit them.",
    );
  if (options.runtime === "none")
    usage(
      `${command} needs a base to build on, so --runtime none cannot be used.`,
      "Name a stage or an image with --runtime.",
    );
}

interface Asked {
  readonly options: RunOptions;
  readonly show: Pick<ShowOptions, "progress">;
  readonly io: Io;
}

/** Analyzes a run and opens the engine for the images that are built from it; closes both, whatever happens. */
export async function withWork<T>(
  command: string,
  run: SavedRun,
  { options, show, io }: Asked,
  use: (work: BuildWork) => Promise<T>,
): Promise<T> {
  const input = inputOf(run, options);
  const examined = await finishPaced(examination(input), io.signal);
  requireArtifacts(examined.analysis, options.allowEmpty);
  const text = run.dockerfile ?? "";
  const plan = planOf(text, run.choice);
  if (run.base.source === "none" && run.base.reference === null) {
    throw new MsbDepsError(
      "usage",
      "the Dockerfile has no runtime stage, and no official image is known for the builder's release.",
      {
        hint: "Name a base image with --runtime.",
      },
    );
  }
  const dockerfile = { bytes: Buffer.from(text), ...(await dockerfileOf(options)) };
  const progress = openProgress(show.progress, io.env, io.messages);
  const engine = await openEngine(io, options.endpoint);
  const request = {
    options,
    dockerfile,
    plan,
    contextSources: {},
    artifactPaths: [],
    mappings: [],
    onEvent: progress.event,
  };
  try {
    requireContainers(command, engine);
    const base = await baseImage(engine, request, plan, run, io.signal);
    try {
      const parsed = parseDockerfile(text);
      return await use({ engine, signal: io.signal, input, examination: examined, parsed, plan, request, base });
    } finally {
      await base?.release();
    }
  } finally {
    progress.end();
    await closeEngine(engine, io);
  }
}

/** A builder that keeps its images to itself has nothing to take packages out of. */
function requireContainers(command: string, { withoutContainers, endpoint }: Engine): void {
  if (withoutContainers !== true) return;
  throw new MsbDepsError("usage", `${command} needs to run containers, which the ${endpoint} cannot do.`, {
    hint: "Use an engine: omit --builder and --in-build, or unset BUILDX_BUILDER.",
  });
}

/** The base that the line is added to; where there is no runtime stage, the one that the answer took in its place. */
async function baseImage(
  engine: Engine,
  request: GatherRequest,
  plan: BuildPlan,
  { base }: SavedRun,
  signal: AbortSignal,
): Promise<Image | null> {
  if (base.source !== "mappings") return (await runtimeImage(engine, request, signal))?.image ?? null;
  const { options, onEvent } = request;
  const platform = plan.runtime?.platform ?? options.platform;
  return engine.image(base.reference, { platform, pull: options.pull, onEvent, signal });
}
