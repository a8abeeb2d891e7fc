import { examine } from "../analysis/analyze.ts";
import { MsbDepsError } from "../base/errors.ts";
import { parseDockerfile } from "../dockerfile/parse.ts";
import type { BuildPlan } from "../dockerfile/plan.ts";
import type { Engine, Image } from "../engine/engine.ts";
import { verdictOf } from "../proof/verdict.ts";
import { openProgress } from "../report/progress.ts";
import { PROOF_FORMATS } from "../report/proof.ts";
import { requireArtifacts } from "./checks.ts";
import { dockerfileOf } from "./dockerfile-input.ts";
import type { Io, RunOptions, ShowOptions } from "./options.ts";
import { planOf } from "./plan.ts";
import { inputOf, obtainRun } from "./run.ts";
import type { SavedRun } from "./saved-run.ts";
import type { GatherRequest } from "./sources/gather-request.ts";
import { openEngine } from "./sources/open-engine.ts";
import { runtimeImage } from "./sources/runtime-base.ts";
import { prove } from "./verify/prove.ts";
import type { VerifyOptions, Work } from "./verify/work.ts";
import { kindOf, writeResult } from "./write-result.ts";

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
  await writeResult(PROOF_FORMATS[show.format]?.(proved) ?? "", kindOf(show.format), show, io);
  if (!proved.analysis.complete) return 2;
  return { proved: 0, refuted: 1, open: 2 }[verdictOf(proved.proof, own)];
}

function checkOptions(options: RunOptions, own: VerifyOptions): void {
  const usage = (message: string, hint: string): never => {
    throw new MsbDepsError("usage", message, { hint });
  };
  if (options.image !== null)
    usage("verify builds the stages of the Dockerfile, so --image has no place in it.", "Leave it out.");
  if (options.runtimeOci !== null || options.runtimeRootfs !== null)
    usage(
      "verify builds on the runtime base, so --runtime-oci and --runtime-rootfs have no place in it.",
      "Leave them out.",
    );
  if (options.runtime === "none")
    usage("with --runtime none there is nothing to build on.", "Name a stage or an image with --runtime.");
  if (own.addObserved && own.run === null) usage("--add-observed needs a run to observe.", "Add --run COMMAND.");
  if (own.addObserved && own.current)
    usage("--add-observed adds to our line, and --current has none of it.", "Leave one of the two out.");
}

interface Asked {
  readonly options: RunOptions;
  readonly own: VerifyOptions;
  readonly show: ShowOptions;
  readonly io: Io;
}

async function verify(run: SavedRun, { options, own, show, io }: Asked) {
  const input = inputOf(run, options);
  const examination = examine(input);
  requireArtifacts(examination.analysis, options.allowEmpty);
  const text = run.dockerfile ?? "";
  const plan = planOf(text, run.choice);
  if (own.current && plan.runtime === null) {
    throw new MsbDepsError("usage", "there is no runtime stage that --current could build.", {
      hint: "Verify a Dockerfile with two stages, or name the stage with --runtime.",
    });
  }
  if (run.base.source === "none" && run.base.reference === null) {
    throw new MsbDepsError(
      "usage",
      "there is no runtime stage, and no official image is known for the builder's release.",
      {
        hint: "Name what to build on with --runtime.",
      },
    );
  }
  const dockerfile = { bytes: Buffer.from(text), ...(await dockerfileOf(options)) };
  const progress = openProgress(show.progress, io.env, io.messages);
  const engine = await openEngine(io, options.endpoint);
  const request = { options, dockerfile, plan, artifactPaths: [], mappings: [], onEvent: progress.event };
  try {
    requireContainers(engine);
    const base = await baseImage(engine, request, plan, run, io.signal);
    try {
      const parsed = parseDockerfile(text);
      const work: Work = { engine, signal: io.signal, own, input, examination, parsed, plan, request, base };
      return await prove(work);
    } finally {
      await base?.release();
    }
  } finally {
    progress.end();
    await engine.close();
  }
}

/** A builder that keeps its images to itself has nothing to take packages out of. */
function requireContainers({ withoutContainers, endpoint }: Engine): void {
  if (withoutContainers !== true) return;
  throw new MsbDepsError("usage", `verify runs containers of the image that it builds, and the ${endpoint} has none.`, {
    hint: "Verify on an engine: leave --builder and --in-build out, or unset BUILDX_BUILDER.",
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
