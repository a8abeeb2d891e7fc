import type { ContextSources } from "../dockerfile/context-sources.ts";
import type { BuildPlan, CopyMapping, Stage } from "../dockerfile/plan.ts";
import type { AptFacts } from "../snapshot/apt.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import type { BuilderFiles } from "./builder-files.ts";
import type { Knowledge } from "./knowledge.ts";
import type { Reason } from "./model.ts";
import type { RuntimeBase } from "./runtime-base.ts";

/** Everything that the pure part of the program works on. */
export interface AnalysisInput {
  /** Null with `--image` and no Dockerfile. */
  readonly plan: BuildPlan | null;
  /** What the artifacts of the command line become, where there is no plan to hold them. */
  readonly mappings: readonly CopyMapping[];
  readonly builders: readonly LookedAtBuilder[];
  readonly base: RuntimeBase;
  /** What apt in the runtime base said; null or absent where it was not asked. */
  readonly apt?: AptFacts | null;
  readonly knowledge: Knowledge;
  /** List also what other packages of the line imply. */
  readonly explicit: boolean;
  /** List also what artifacts load directly and the base has. */
  readonly direct?: boolean;
  /** Take what is only recommended: by notes in the files, and by our tables. */
  readonly withRecommended: boolean;
  /** What the runtime stage copies from the build context; absent where nobody looked there. */
  readonly contextSources?: ContextSources;
  /** Packages, by key, of which a run showed that they are wanted (`verify --add-observed`). */
  readonly observed?: ReadonlyMap<string, readonly Reason[]>;
  /** Packages that the user keeps in the line. */
  readonly keep?: readonly KeptPackage[];
}

/** A package that the user wants in the line, whether or not something is seen to need it. */
export interface KeptPackage {
  /** The word for apt: `NAME` or `NAME:ARCHITECTURE`. */
  readonly word: string;
  readonly reason: string;
  /** Where that is written: the name of a config file. */
  readonly from: string;
}

/** A builder that was looked at. */
export interface LookedAtBuilder {
  /** Null with `--image`. */
  readonly stage: Stage | null;
  /** The image reference of `--image`, the folder of `--rootfs`, the archive of `--oci`, or what the stage's FROM names. */
  readonly base: string | null;
  readonly snapshot: Snapshot;
  /** Absent where an engine was asked. */
  readonly files?: BuilderFiles | null | undefined;
}
