import type { LookedAtBuilder } from "../../analysis/input.ts";
import type { RuntimeBase } from "../../analysis/runtime-base.ts";
import type { ContextSources } from "../../dockerfile/context-sources.ts";
import type { BuildPlan, CopyMapping } from "../../dockerfile/plan.ts";
import type { BuildEvent } from "../../engine/engine.ts";
import type { DockerfileInput } from "../dockerfile-input.ts";
import type { RunOptions } from "../options.ts";

/** What the engine is asked to build and look at. */
export interface GatherRequest {
  readonly options: RunOptions;
  readonly dockerfile: DockerfileInput | null;
  readonly plan: BuildPlan | null;
  readonly contextSources: ContextSources;
  /** Artifact paths by builder, in the order of `plan.builders`; one list with `--image`. */
  readonly artifactPaths: readonly (readonly string[])[];
  /** The mappings of the command line, where there is no plan. */
  readonly mappings: readonly CopyMapping[];
  readonly onEvent: (event: BuildEvent) => void;
}

/** What came of it: one snapshot a builder, and the runtime base. */
export interface Gathered {
  readonly builders: readonly LookedAtBuilder[];
  /** Null where there is no runtime stage and none is named: the caller's tables know the base. */
  readonly base: RuntimeBase | null;
}
