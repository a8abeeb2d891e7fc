import type { LookedAtBuilder } from "../../analysis/input.ts";
import type { BuildPlan, Stage } from "../../dockerfile/plan.ts";
import type { Engine } from "../../engine/engine.ts";
import { checkArtifacts, checkDpkg, hasDpkg } from "../checks.ts";
import { openStage } from "./engine-image.ts";
import type { Gathered, GatherRequest } from "./gather-request.ts";
import type { OpenImage } from "./image-source.ts";
import { calledPaths, lookWithLinks } from "./look-requests.ts";
import { openPlace, thisMachine } from "./open-place.ts";
import { builderPlace } from "./places.ts";
import { runtimeBase } from "./runtime-base.ts";

/**
 * Opens each builder and the runtime base, and inspects them. Images that were made for it are released again, whatever
 * happens.
 * @throws MsbDepsError of the image source, and what the checks of a builder throw
 */
export async function gather(
  request: GatherRequest,
  engine: () => Promise<Engine>,
  signal: AbortSignal,
): Promise<Gathered> {
  const builders: LookedAtBuilder[] = [];
  const leftOut: LookedAtBuilder[] = [];
  const { plan, options } = request;
  const stages = stagesOf(request);
  for (const [index, stage] of stages.entries()) {
    const paths = request.artifactPaths[index] ?? [];
    const opened = await openBuilder(request, stage, paths, engine, signal);
    const { files, reference } = opened;
    const called = calledPaths(plan, request.contextSources, [], []);
    const what = { paths, called, askLoader: opened.hasLoader };
    const snapshot = await lookWithLinks(what, opened.ask).finally(() => opened.close());
    const builder = { stage, base: reference, snapshot, files };
    // One of several may be of another kind (assets, a tool of Alpine); the analysis reports that it was left out.
    if (!hasDpkg(snapshot) && stages.length > 1 && options.target === null) {
      leftOut.push(builder);
      continue;
    }
    checkDpkg(builder);
    checkArtifacts(snapshot, plan, stage);
    builders.push(builder);
  }
  const [first] = builders.length === 0 ? leftOut : [];
  if (first !== undefined) checkDpkg(first);
  return { builders, base: await runtimeBase(request, builders, engine, signal) };
}

/** An image in place of the builder stands for the first builder stage. */
function stagesOf({ plan, options }: GatherRequest): readonly (Stage | null)[] {
  const firstBuilder = ({ builders }: BuildPlan): Stage | null => builders[0] ?? null;
  if (plan === null) return [null];
  return builderPlace(options) === null ? plan.builders : [firstBuilder(plan)];
}

async function openBuilder(
  request: GatherRequest,
  stage: Stage | null,
  artifacts: readonly string[],
  engine: () => Promise<Engine>,
  signal: AbortSignal,
): Promise<OpenImage> {
  const { options, onEvent } = request;
  const place = builderPlace(options);
  if (place === null) return openStage(await engine(), request, stage, signal);
  const { platform, pull } = options;
  const askLoader = options.engine === "ldd";
  return openPlace(place, { engine, machine: thisMachine(), platform, pull, askLoader, artifacts, onEvent, signal });
}
