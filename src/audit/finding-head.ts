import type { ChainLink } from "../analysis/model.ts";

/** `warning` and up is what a person should look at; `info` is worth knowing and never a fault (docs/rules.md). */
export type Severity = "error" | "warning" | "info";

/**
 * `proved`: by the loader, by dpkg or apt of the images, or by the text of the Dockerfile itself · `declared`: a table, a
 * tag or a field says so · `heuristic`: inferred from names. What is only heuristic is never an error.
 */
export type Confidence = "proved" | "declared" | "heuristic";

/** Lines and columns from 1; columns count UTF-16 units, and the end is the first one behind (as in SARIF). */
export interface Span {
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** One chain from an artifact down to what speaks for the finding. */
export interface Evidence {
  readonly artifact: string;
  readonly chain: readonly ChainLink[];
}

/** What all findings have. */
export interface FindingHead extends Span {
  readonly severity: Severity;
  readonly confidence: Confidence;
  readonly package: string | null;
  readonly evidence: readonly Evidence[];
  /** What the package costs in an image that was audited without its Dockerfile. */
  readonly cost?: Cost;
}

/** What goes when a package goes. */
export interface Cost {
  /** Its Installed-Size and that of the orphans, in KiB. */
  readonly kibibytes: number;
  /** What apt-get autoremove would take with it: automatically installed, and nothing else depends on it. */
  readonly orphans: readonly string[];
}

/** What a finding says, beside where: each rule has its own. */
export interface Detail {
  readonly code: string;
}

/** A finding with a given detail. */
export type Found<D extends Detail> = FindingHead & D;

/** A heuristic is never an error (docs/rules.md). */
export function severityOf(severity: Severity, confidence: Confidence): Severity {
  return severity === "error" && confidence === "heuristic" ? "warning" : severity;
}
