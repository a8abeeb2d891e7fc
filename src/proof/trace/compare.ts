import { compareNames } from "../../base/names.ts";
import { basename, dirname } from "../../base/paths.ts";
import type { NameSource, SeenKind, TracedPath, TraceVerdict } from "./model.ts";
import { heavier, programsOf, type SeenPath } from "./seen.ts";

/** What is known of the two images that the runs were in. */
export interface Images {
  /** The path without links on its way, and whether something is there before the run; null for what only the run made. */
  place(path: string): { readonly path: string; readonly directory: boolean } | null;
  /** Whether the lean image has something at the path. */
  isInLean(path: string): boolean;
  name(path: string): { readonly package: string; readonly source: NameSource } | null;
  /** The packages of the lean image, as words of apt. */
  readonly brought: ReadonlySet<string>;
}

type Seen = ReadonlyMap<string, SeenPath>;

/** A path that a full run found. */
interface Found extends Omit<TracedPath, "verdict"> {
  /** The name by which it was asked for. */
  readonly asked: string;
}

/**
 * Compares what a full run found with what the lean image has.
 *
 * @param alike both runs ended in the same way
 */
export function comparePaths(full: Seen, lean: Seen, images: Images, alike: boolean): TracedPath[] {
  const found = [...full.values()].flatMap((seen) => (seen.there ? foundPaths(seen, images) : []));
  const missing = found.filter(({ state }) => state === "missing");
  const sought = soughtIn(lean);
  const weighty = missing.filter((one) => one.kind !== "look" && !one.directory);
  const isSought = ({ asked, path }: Found): boolean =>
    [asked, dirname(asked), path, dirname(path)].some((one) => sought.has(one));
  // What only was asked about matters if nothing else tells why the runs differ.
  const suspects = [weighty.filter(isSought), weighty, missing.filter(isSought)].find((some) => some.length > 0) ?? [];
  const required = new Set<Found>(alike ? [] : suspects);
  const judged = found.map((one) => {
    const { asked: _, ...path } = one;
    return { ...path, verdict: required.has(one) ? "required" : verdictOf(one) } as const;
  });
  return [...merged(judged), ...vainPaths(full, lean, images)].sort((a, b) => compareNames(a.path, b.path));
}

/**
 * A name, and what it leads to: a link and its target can be of different packages, and both are needed. What the run itself
 * has made is no need.
 */
function foundPaths(seen: SeenPath, images: Images): Found[] {
  const at = images.place(seen.path);
  if (at === null) return [];
  const directory = seen.directory || at.directory;
  return [...new Set([seen.path, at.path])].map((path): Found => {
    const name = directory ? null : images.name(path);
    return {
      ...{ path, asked: seen.path, kind: directory ? directoryKind(seen.kind) : seen.kind, directory, by: seen.by },
      state: images.isInLean(path) ? "present" : "missing",
      ...{ package: name?.package ?? null, source: name?.source ?? null },
    };
  });
}

/** A directory is opened to list it. */
function directoryKind(kind: SeenKind): SeenKind {
  return kind === "look" ? "look" : "list";
}

function verdictOf({ state, kind, directory }: Found): TraceVerdict | null {
  if (state !== "missing") return null;
  return kind === "look" || directory ? "probed" : "used";
}

/** What a lean run looked for in vain, or listed. */
function soughtIn(lean: Seen): ReadonlySet<string> {
  return new Set([...lean.values()].flatMap(({ path, there, kind }) => (!there || kind === "list" ? [path] : [])));
}

/** One path can be reached by several links. */
function merged(paths: readonly TracedPath[]): TracedPath[] {
  const all = new Map<string, TracedPath>();
  for (const one of paths) {
    const before = all.get(one.path);
    all.set(one.path, before === undefined ? one : joinPaths(before, one));
  }
  return [...all.values()];
}

const VERDICTS: readonly (TraceVerdict | null)[] = [null, "probed", "used", "required"];
const STATES: readonly TracedPath["state"][] = ["vain", "present", "missing"];

/** Two sightings of one path: the weightier of each. */
export function joinPaths(one: TracedPath, other: TracedPath): TracedPath {
  const named = one.package === null ? other : one;
  return {
    path: one.path,
    kind: heavier(one.kind, other.kind),
    directory: one.directory || other.directory,
    by: programsOf(one.by, other.by),
    state: STATES[Math.max(STATES.indexOf(one.state), STATES.indexOf(other.state))] ?? "vain",
    verdict: heavierVerdict(one.verdict, other.verdict),
    package: named.package,
    source: named.source,
  };
}

/** The weightier of two verdicts. */
export function heavierVerdict(one: TraceVerdict | null, other: TraceVerdict | null): TraceVerdict | null {
  return VERDICTS[Math.max(VERDICTS.indexOf(one), VERDICTS.indexOf(other))] ?? null;
}

/**
 * What both runs looked for, and no image has, if something can be said of it. A command that is found in another directory of
 * PATH is not looked for in vain.
 */
function vainPaths(full: Seen, lean: Seen, images: Images): TracedPath[] {
  const found = new Set([...full.values()].flatMap(({ there, path }) => (there ? basename(path) : [])));
  return [...full.values()].flatMap((seen) => {
    const { path, kind, by, there } = seen;
    if (there || lean.get(path)?.there !== false) return [];
    if (images.place(path) !== null || images.isInLean(path)) return [];
    const name = found.has(basename(path)) ? null : images.name(path);
    if (name !== null && images.brought.has(name.package)) return [];
    return [
      {
        ...{ path, kind, directory: false, by, state: "vain" as const, verdict: null },
        ...{ package: name?.package ?? null, source: name?.source ?? null },
      },
    ];
  });
}
