import type { AccessKind, BlindSpot, TracedRun } from "../../look/trace-run.ts";

/** What a program did with a path; `make` is left out: what a run creates, nobody has to install. */
export type SeenKind = Exclude<AccessKind, "make">;

/**
 * How a path came to its package. `dpkg`: it owns the path in the builder · `source`: it owns the source that the path is
 * compiled from · `table`: by mappings/path-packages.tsv or the tables of commands · `apt`: apt's index of files has it.
 */
export type NameSource = "dpkg" | "source" | "table";

/**
 * `present`: there in both images · `missing`: there in the full run, and not in the lean image · `vain`: looked for in both,
 * and there in neither.
 */
export type PathState = "present" | "missing" | "vain";

/**
 * Of a package whose files are missing: `required`: without it the lean run fails, or ends otherwise · `used`: opened in the full
 * run, and the lean run goes on without it · `probed`: only asked about.
 */
export type TraceVerdict = "required" | "used" | "probed";

/** A path that was seen, with all that is known of it. */
export interface TracedPath {
  readonly path: string;
  /** The weightiest of all that was done with it. */
  readonly kind: SeenKind;
  readonly directory: boolean;
  /** The programs that did it, three at most. */
  readonly by: readonly string[];
  readonly state: PathState;
  /** Of what is missing; else null. */
  readonly verdict: TraceVerdict | null;
  /** The package, by the name that it has in the runtime's release (`name` or `name:arch`), or null. */
  readonly package: string | null;
  readonly source: NameSource | null;
}

/** How one of the runs ended. */
export interface RunEnd extends Pick<TracedRun, "outcome" | "exitCode"> {
  /** The exit code of the probe; null without one. */
  readonly probe: number | null;
}

/** A full run and a lean one of the same command. */
export interface RunPair {
  readonly command: readonly string[];
  readonly full: RunEnd;
  readonly lean: RunEnd;
  readonly unseen: readonly BlindSpot[];
}

/** What `--save-trace` writes and `--from-trace` reads. */
export interface Trace {
  readonly runs: readonly RunPair[];
  /** Sorted by path. */
  readonly paths: readonly TracedPath[];
}

/** A package and what was seen of it. */
export interface TracedPackage {
  readonly package: string;
  /** Of its missing files the weightiest; null where nothing of it is missing. */
  readonly verdict: TraceVerdict | null;
  /** Nothing of it was found; null, as `verdict`, if it is only looked for in vain. */
  readonly state: PathState;
  readonly paths: readonly TracedPath[];
}

/** Whether two runs ended in the same way. */
export function endsAlike(one: RunEnd, other: RunEnd): boolean {
  return one.outcome === other.outcome && one.probe === other.probe && codeOf(one) === codeOf(other);
}

/** A command that we ended has the exit code that our signal gave it. */
function codeOf({ outcome, exitCode }: RunEnd): number | null {
  return outcome === "ended" ? exitCode : null;
}

/** Whether a run came to a good end: by itself, at its time limit, or after its probe. */
export function endsWell({ outcome, exitCode, probe }: RunEnd): boolean {
  return (outcome !== "ended" || exitCode === 0) && (probe ?? 0) === 0;
}
