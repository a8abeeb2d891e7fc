import { MsbDepsError } from "../base/errors.ts";
import { explicitMapping, parseArtifact } from "../dockerfile/artifacts.ts";
import type { ContextSources } from "../dockerfile/context-sources.ts";
import { makePlan, type PlanOptions } from "../dockerfile/make-plan.ts";
import { parseDockerfile } from "../dockerfile/parse.ts";
import type { BuildPlan, CopyMapping } from "../dockerfile/plan.ts";
import type { Platform } from "../dockerfile/platform.ts";

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
 * @throws MsbDepsError `usage` where there is nothing to look at; whatever reading and planning throw
 */
export function planOf(text: string, choice: PlanChoice): BuildPlan {
  const plan = makePlan(parseDockerfile(text), planOptions(choice));
  if (plan.artifacts.length > 0) return plan;
  const why =
    plan.runtime === null
      ? "the Dockerfile has no runtime stage with a COPY"
      : "the runtime stage copies nothing from another stage";
  throw new MsbDepsError("usage", `${why}, so there are no artifacts to inspect.`, {
    hint: "Name them with --artifacts, for example --artifacts /out (a path in the builder stage).",
  });
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
