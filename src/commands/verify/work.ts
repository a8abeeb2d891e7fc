import type { Examination } from "../../analysis/analyze.ts";
import type { AnalysisInput } from "../../analysis/input.ts";
import type { ParsedDockerfile } from "../../dockerfile/parse.ts";
import type { BuildPlan } from "../../dockerfile/plan.ts";
import type { Engine, Image } from "../../engine/engine.ts";
import type { GatherRequest } from "../sources/gather-request.ts";

/** What `verify` takes beside the options of every run. */
export interface VerifyOptions {
  /** The runtime stage as it stands, in place of one with our line. */
  readonly current: boolean;
  readonly irreducible: boolean;
  /** A command to run in the image, or null. */
  readonly run: string | null;
  readonly runSeconds: number;
  readonly runNetwork: boolean;
  readonly addObserved: boolean;
}

/** All that the parts of a verification work with. */
export interface Work extends BuildWork {
  readonly own: VerifyOptions;
}

/** What images are built from: a run that was analyzed, and the engine. */
export interface BuildWork {
  readonly engine: Engine;
  readonly signal: AbortSignal;
  readonly input: AnalysisInput;
  readonly examination: Examination;
  readonly parsed: ParsedDockerfile;
  readonly plan: BuildPlan;
  /** What the engine was asked before, for the images that are built anew. */
  readonly request: GatherRequest;
  /** The runtime base; null for `FROM scratch`. */
  readonly base: Image | null;
}
