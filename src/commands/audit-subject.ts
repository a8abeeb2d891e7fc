import type { FixLevel } from "../audit/fix/model.ts";
import type { AuditInput } from "../audit/input.ts";
import type { Steps } from "../base/steps.ts";
import type { BaselineOptions } from "./baseline.ts";
import type { Threshold } from "./config/settings.ts";
import type { RunOptions } from "./options.ts";

/** What `--fix` and `--diff` ask for. */
export interface FixOptions {
  readonly level: FixLevel;
  /** `file`: the Dockerfile is rewritten · `diff`: the result is a unified diff · `text`: it is the new text. */
  readonly result: "file" | "diff" | "text";
}

/** A Dockerfile to audit, and what is seen with any text in its place. */
export interface Subject {
  readonly text: string;
  /** The path that findings name, `-` for standard input. */
  readonly file: string;
  /** Where it is written; null for standard input, or a saved run without its Dockerfile. */
  readonly path: string | null;
  readonly buildArgs: RunOptions["buildArgs"];
  readonly look: (text: string) => Steps<AuditInput>;
}

/** What `audit` takes beside the options of every run. */
export interface AuditOptions {
  /** Only the rules that need no build. */
  readonly noBuild: boolean;
  /** Files of `trace --save-trace`: what their runs used is in use. */
  readonly traces: readonly string[];
  /** Null if no option says so. */
  readonly failureThreshold: Threshold | null;
  readonly baseline: BaselineOptions | null;
  /** Rewrite the Dockerfile, or show how; null only tells the findings. */
  readonly fix: FixOptions | null;
}
