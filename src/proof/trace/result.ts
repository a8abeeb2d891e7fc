import type { Analysis } from "../../analysis/model.ts";
import type { BlindSpot } from "../../look/trace-run.ts";
import { endsAlike, endsWell, type RunEnd, type RunPair, type TracedPackage, type TracedPath } from "./model.ts";
import { neededPackages, tracedPackages, unnamedFiles } from "./packages.ts";

/** How a run ended, and how much of it was seen. */
export interface RunAccount extends RunEnd {
  /** Distinct programs and paths. */
  readonly programs: number;
  readonly paths: number;
  /** The last lines of the command, and of the probe. */
  readonly output: readonly string[];
  readonly probeOutput: readonly string[];
}

/** What `trace` came to: `trace` of `trace -f json`. Readers treat enumerations as open. */
export interface TraceResult {
  /** Null where only saved traces were read. */
  readonly command: readonly string[] | null;
  readonly full: RunAccount | null;
  readonly lean: RunAccount | null;
  /** The lean run without what `--add-observed` added; null if it added nothing. */
  readonly leanBefore: RunEnd | null;
  /** Runs of saved traces. */
  readonly saved: readonly RunPair[];
  /** `required` and `used`: what the line needs for the runs, and does not bring. */
  readonly needed: readonly TracedPackage[];
  /** Only asked about. */
  readonly probed: readonly TracedPackage[];
  /** Files that were used, are missing, and belong to no known package. */
  readonly unnamed: readonly TracedPath[];
  /** Looked for in both runs, and there in neither, with the package that is known to have it. */
  readonly vain: readonly TracedPackage[];
  /** How many other paths were looked for in vain. */
  readonly otherVain: number;
  /** Packages that `--add-observed` put into the line. */
  readonly added: readonly TracedPackage[];
  readonly lineBefore: readonly string[];
  readonly line: readonly string[];
  readonly unseen: readonly BlindSpot[];
  /** Why only the loader could be watched, or null. */
  readonly loaderOnly: string | null;
}

/** A result with the analysis whose line it is about. */
export interface TraceReport {
  readonly analysis: Analysis;
  readonly trace: TraceResult;
}

/** The paths of a trace, divided by what they mean for a line that brings some packages. */
export function divided(
  paths: readonly TracedPath[],
  brought: ReadonlySet<string>,
): Pick<TraceResult, "needed" | "probed" | "unnamed" | "vain" | "otherVain"> {
  const isLacking = ({ package: name }: TracedPackage): boolean => !brought.has(name);
  const all = tracedPackages(paths);
  return {
    needed: neededPackages(paths).filter(isLacking),
    probed: all.filter((one) => one.verdict === "probed" && isLacking(one)),
    unnamed: unnamedFiles(paths),
    vain: all.filter((one) => one.state === "vain" && isLacking(one)),
    otherVain: paths.filter(({ state, package: name }) => state === "vain" && name === null).length,
  };
}

/**
 * What a result comes to. `proved`: the lean run ends well and as the full one, and nothing is missing that was used ·
 * `refuted`: something is missing, or a run fails · `open`: not everything was seen.
 */
export function traceVerdict({ full, lean, needed, unnamed, unseen }: TraceResult): "proved" | "refuted" | "open" {
  if (needed.length > 0 || unnamed.some(({ verdict }) => verdict === "required")) return "refuted";
  if (full !== null && lean !== null && !(endsWell(full) && endsAlike(full, lean))) return "refuted";
  return unseen.length > 0 ? "open" : "proved";
}
