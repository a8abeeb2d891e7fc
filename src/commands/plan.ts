import { MsbDepsError } from "../base/errors.ts";
import { explicitMapping, parseArtifact } from "../dockerfile/artifacts.ts";
import type { ContextSources } from "../dockerfile/context-sources.ts";
import { makePlan, type PlanOptions } from "../dockerfile/make-plan.ts";
import { parseDockerfile } from "../dockerfile/parse.ts";
import type { BuildPlan, CopyMapping } from "../dockerfile/plan.ts";
import type { Platform } from "../dockerfile/platform.ts";
import { checkStageNames } from "./stage-names.ts";

/** The part of the command line that decides what is built, looked at and compared. */
export interface PlanChoice {
  readonly artifacts: readonly string[];
  readonly target: string | null;
  readonly runtime: string | null;
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly platform: string | null;
  /** Files of the build context that install commands read, by their paths there. */
  readonly contextFiles?: Readonly<Record<string, string>>;
  /** What the runtime stage copies from the build context. */
  readonly contextSources?: ContextSources;
}

/**
 * The plan of a Dockerfile.
 *
 * @param contexts names of `--build-context`, if something is still to be built: names of stages are checked then
 * @throws MsbDepsError `usage` if there is nothing to inspect, `stage-missing`; whatever reading and planning throw
 */
export function planOf(text: string, choice: PlanChoice, contexts: readonly string[] | null = null): BuildPlan {
  const plan = makePlan(parseDockerfile(text), planOptions(choice));
  if (contexts !== null) checkStageNames(plan, contexts);
  if (plan.artifacts.length > 0) return plan;
  if (plan.runtime === null && choice.target !== null) throw targetIsRuntime(plan, choice.target);
  const why =
    plan.runtime === null
      ? "the Dockerfile has no runtime stage with a COPY"
      : "the runtime stage copies nothing from another stage";
  throw new MsbDepsError("usage", `${why}, so there are no artifacts to inspect.`, {
    hint: "Name them with --artifacts, for example --artifacts /out (a path in the builder stage).",
  });
}

/** What to say if the target is the stage that the line is for: nothing is copied out of it. */
export function targetIsRuntime({ stages }: BuildPlan, target: string): MsbDepsError {
  const last = stages.at(-1);
  const others = stages.slice(0, -1).map(({ name, index, line }) => `${name ?? index} (line ${line})`);
  const stage = last?.name ?? target;
  const build = others.length === 0 ? "" : `Stages that can be built: ${others.join(", ")}. `;
  return new MsbDepsError(
    "usage",
    `--target ${target}: ${stage} is the stage that the line is for, and nothing is copied out of it.`,
    {
      hint: `${build}Name what is to be inspected in ${stage} with --artifacts if that is meant.`,
    },
  );
}

/** What a plan is made with. */
export function planOptions({ contextFiles = {}, ...choice }: PlanChoice): PlanOptions {
  const contextFile = (path: string): string | null =>
    Object.hasOwn(contextFiles, path) ? (contextFiles[path] ?? null) : null;
  return { ...choice, platform: parsePlatform(choice.platform), contextFile };
}

/** The mappings of artifacts that are named without a Dockerfile. */
export function mappingsOf(artifacts: readonly string[]): CopyMapping[] {
  return artifacts.map((text) => explicitMapping(0, parseArtifact(text)));
}

/** `linux/arm64`, `linux/arm/v7`, `arm64`. */
export function parsePlatform(text: string | null): Platform | null {
  if (text === null) return null;
  const [first = "", second, variant] = text.split("/");
  return second === undefined ? { os: "linux", arch: first } : { os: first, arch: second, variant };
}
