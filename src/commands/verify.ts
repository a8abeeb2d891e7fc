import { examination } from "../analysis/analyze.ts";
import { MsbDepsError } from "../base/errors.ts";
import { finishPaced } from "../base/steps.ts";
import { parseDockerfile } from "../dockerfile/parse.ts";
import type { BuildPlan } from "../dockerfile/plan.ts";
import type { Engine, Image } from "../engine/engine.ts";
import { verdictOf } from "../proof/verdict.ts";
import { openProgress } from "../report/progress.ts";
import { requireArtifacts } from "./checks.ts";
import { dockerfileOf } from "./dockerfile-input.ts";
import type { Io, RunOptions, ShowOptions } from "./options.ts";
import { planOf } from "./plan.ts";
import { inputOf, obtainRun } from "./run.ts";
import type { SavedRun } from "./saved-run.ts";
import type { GatherRequest } from "./sources/gather-request.ts";
import { closeEngine, openEngine } from "./sources/open-engine.ts";
import { runtimeImage } from "./sources/runtime-base.ts";
import { prove } from "./verify/prove.ts";
import type { VerifyOptions, Work } from "./verify/work.ts";
import { writeAs } from "./write-result.ts";

export type { VerifyOptions } from "./verify/work.ts";

/** `msb-deps verify`: a runtime image built with the line, and its own loader asked about every artifact. */
export async function verifyCommand(
  options: RunOptions,
  own: VerifyOptions,
  show: ShowOptions,
  io: Io,
): Promise<number> {
  checkOptions(options, own);
  const run = await obtainRun(options, show, io);
  const proved = await verify(run, { options, own, show, io });
  await writeAs("proof", proved, show, io);
  if (!proved.analysis.complete) return 2;
  return { proved: 0, refuted: 1, open: 2 }[verdictOf(proved.proof, own)];
}

function checkOptions(options: RunOptions, own: VerifyOptions): void {
  const usage = (message: string, hint: string): never => {
    throw new MsbDepsError("usage", message, { hint });
  };
  if (options.image !== null)
    usage("--image cannot be used with verify, which builds the stages of the Dockerfile.", "Omit it.");
  if (options.runtimeOci !== null || options.runtimeRootfs !== null)
    usage(
      "--runtime-oci and --runtime-rootfs cannot be used with verify, which builds on the runtime base.",
      "Omit them.",
    );
  if (options.runtime === "none")
    usage(
      "verify needs a base to build on, so --runtime none cannot be used.",
      "Name a stage or an image with --runtime.",
    );
  if (own.addObserved && own.run === null) usage("--add-observed needs --run.", "Add --run COMMAND.");
  if (own.addObserved && own.current)
    usage(
      "--add-observed and --current cannot be combined: with --current there is no computed line to add to.",
      "Omit one of them.",
    );
}

interface Asked {
  readonly options: RunOptions;
  readonly own: VerifyOptions;
  readonly show: ShowOptions;
  readonly io: Io;
}

async function verify(run: SavedRun, { options, own, show, io }: Asked) {
  const input = inputOf(run, options);
  const examined = await finishPaced(examination(input), io.signal);
  requireArtifacts(examined.analysis, options.allowEmpty);
  const text = run.dockerfile ?? "";
  const plan = planOf(text, run.choice);
  if (own.current && plan.runtime === null) {
    throw new MsbDepsError("usage", "the Dockerfile has no runtime stage to build with --current.", {
      hint: "Verify a Dockerfile with at least two stages, or name the stage with --runtime.",
    });
  }
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
    requireContainers(engine);
    const base = await baseImage(engine, request, plan, run, io.signal);
    try {
      const parsed = parseDockerfile(text);
      const work: Work = { engine, signal: io.signal, own, input, examination: examined, parsed, plan, request, base };
      return await prove(work);
    } finally {
      await base?.release();
    }
  } finally {
    progress.end();
    await closeEngine(engine, io);
  }
}

/** A builder that keeps its images to itself has nothing to take packages out of. */
function requireContainers({ withoutContainers, endpoint }: Engine): void {
  if (withoutContainers !== true) return;
  throw new MsbDepsError("usage", `verify needs to run containers, which the ${endpoint} cannot do.`, {
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
